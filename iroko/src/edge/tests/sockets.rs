use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::super::*;
use super::rig::{Rig, rig};

pub(super) async fn serving(times: Times, config: EdgeConfig) -> (Rig, Running) {
    let rig = rig(config).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = start(rig.edge.clone(), listener, times).unwrap();
    (rig, running)
}

pub(super) fn short() -> Times {
    Times { head: Duration::from_millis(200), idle: Duration::from_millis(400) }
}

/// Sends these bytes and reads until the other side closes.
pub(super) async fn talk(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

const GET: &str = "GET /ten/mkt/v1/things/a HTTP/1.1\r\nhost: x\r\n";

#[tokio::test]
async fn slow_and_idle_connections_are_cut() {
    let (_rig, running) = serving(short(), EdgeConfig::default()).await;
    // Each of these waits for the server to close: nothing at all, half a head, idle after an answer.
    assert_eq!(talk(running.address, b"").await, "");
    assert_eq!(talk(running.address, GET.as_bytes()).await, "");
    assert!(talk(running.address, format!("{GET}\r\n").as_bytes()).await.starts_with("HTTP/1.1 200"));
    let after = format!("{GET}\r\nGET /ten/");
    assert_eq!(talk(running.address, after.as_bytes()).await.matches("HTTP/1.1").count(), 1);
}

#[tokio::test]
async fn slow_bodies_and_large_heads_are_refused() {
    let config = EdgeConfig { body_time: Duration::from_millis(100), ..EdgeConfig::default() };
    let (_rig, running) = serving(short(), config).await;
    let post = "POST /ten/mkt/v1/things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let slow = format!("{post}content-length: 20\r\n\r\n{{\"name\"");
    assert!(talk(running.address, slow.as_bytes()).await.starts_with("HTTP/1.1 408"));
    let huge = format!("{post}content-length: 99999999\r\n\r\n{{");
    assert!(talk(running.address, huge.as_bytes()).await.starts_with("HTTP/1.1 413"));
    let chunk = "x".repeat(0x1000);
    let mut chunked = format!("{post}transfer-encoding: chunked\r\n\r\n");
    for _ in 0..300 {
        chunked.push_str(&format!("1000\r\n{chunk}\r\n"));
    }
    let seen = talk(running.address, chunked.as_bytes()).await;
    assert!(seen.is_empty() || seen.starts_with("HTTP/1.1 413"), "{seen}");
    let many: String = (0..200).map(|it| format!("x-{it}: y\r\n")).collect();
    assert!(talk(running.address, format!("{GET}{many}\r\n").as_bytes()).await.starts_with("HTTP/1.1 431"));
    let long = format!("{GET}x-long: {}\r\n\r\n", "y".repeat(40 << 10));
    let seen = talk(running.address, long.as_bytes()).await;
    assert!(seen.is_empty() || seen.starts_with("HTTP/1.1 431"), "{seen}");
    assert!(talk(running.address, format!("{GET}\r\n").as_bytes()).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_panic_costs_neither_connection_nor_process() {
    let (_rig, running) = serving(short(), EdgeConfig::default()).await;
    let both = format!("{}\r\n{GET}connection: close\r\n\r\n", GET.replace("things/a", "things/panic"));
    let seen = talk(running.address, both.as_bytes()).await;
    assert!(seen.starts_with("HTTP/1.1 500") && seen.contains("HTTP/1.1 200"), "{seen}");
}

#[tokio::test]
async fn http_2_is_spoken() {
    let (_rig, running) = serving(Times::default(), EdgeConfig::default()).await;
    let stream = TcpStream::connect(running.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    for name in ["a", "panic", "b"] {
        let uri = format!("http://localhost:1/ten/mkt/v1/things/{name}");
        let request = http::Request::get(uri).body(Full::<Bytes>::default()).unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(response.status().as_u16(), if name == "panic" { 500 } else { 200 });
        assert_eq!(response.version(), http::Version::HTTP_2);
        response.into_body().collect().await.unwrap();
    }
}

#[tokio::test]
async fn stopping_lets_requests_finish_and_cuts_the_rest() {
    let (_rig, running) = serving(Times::default(), EdgeConfig::default()).await;
    let address = running.address;
    let ask = |name: &'static str| {
        let request = format!("{}\r\n", GET.replace("things/a", name));
        tokio::spawn(async move { talk(address, request.as_bytes()).await })
    };
    let (pause, slow) = (ask("things/pause"), ask("things/slow"));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(running.stop(Duration::from_secs(2)).await, 1);
    assert!(pause.await.unwrap().starts_with("HTTP/1.1 200"));
    assert_eq!(slow.await.unwrap(), "");
    assert!(TcpStream::connect(address).await.is_err());
}
