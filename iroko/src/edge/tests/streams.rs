use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::*;
use super::others::CHUNK;
use super::rig::{request, rig};
use super::sockets::{serving, short, talk};

fn export(kind: &str, more: &str) -> String {
    format!("GET /ten/mkt/v1/exports/{kind} HTTP/1.1\r\nhost: x\r\n{more}\r\n")
}

/// Whether the last chunk, the one without a byte, has come.
fn is_whole(answer: &str) -> bool {
    answer.ends_with("\r\n0\r\n\r\n")
}

#[tokio::test]
async fn a_stream_is_sent_plain_and_untagged() {
    let rig = rig(EdgeConfig::default()).await;
    let packs = request("GET", "/ten/mkt/v1/exports/ten").header("accept-encoding", "br");
    let seen = rig.send(packs, "").await;
    assert_eq!((seen.status, seen.body.len()), (200, 10 * CHUNK));
    assert_eq!((seen.header("content-type"), seen.header("content-encoding")), ("text/csv", ""));
    let head = rig.send(request("HEAD", "/ten/mkt/v1/exports/endless"), "").await;
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, ""));
    assert_eq!(rig.get("/ten/mkt/v1/once").await.code(), "broken", "nobody shares a stream");
}

#[tokio::test]
async fn a_stream_that_breaks_is_not_taken_for_a_whole_one() {
    let (_rig, running) = serving(Times::default(), EdgeConfig::default()).await;
    for kind in ["broken", "panic"] {
        let seen = talk(running.address, export(kind, "").as_bytes()).await;
        assert!(seen.starts_with("HTTP/1.1 200") && !is_whole(&seen), "{kind}");
    }
    let both = format!("{}{}", export("ten", ""), export("ten", "connection: close\r\n"));
    let seen = talk(running.address, both.as_bytes()).await;
    assert!(is_whole(&seen) && seen.matches("HTTP/1.1 200").count() == 2, "the connection goes on");
}

#[tokio::test]
async fn a_long_stream_is_neither_idle_nor_too_long() {
    let (rig, running) = serving(short(), EdgeConfig::default()).await;
    // It takes longer than an idle connection may last, and sends nothing for a while each time.
    let seen = talk(running.address, export("patient", "connection: close\r\n").as_bytes()).await;
    assert!(is_whole(&seen));
    // Afterwards the connection is idle as ever, and closed.
    assert!(is_whole(&talk(running.address, export("patient", "").as_bytes()).await));
    assert_eq!(rig.edge.gate.view().inflight, 0);
}

#[tokio::test]
async fn whoever_does_not_read_is_cut() {
    let config = EdgeConfig { chunk_time: Duration::from_millis(200), ..EdgeConfig::default() };
    let (_rig, running) = serving(short(), config).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(export("endless", "").as_bytes()).await.unwrap();
    // Without a cut there would always be somebody to write to: the stream has no end.
    while stream.write_all(b"x").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(running.stop(Duration::from_secs(10)).await, 0);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(!rest.ends_with(b"\r\n0\r\n\r\n"));
}

#[tokio::test]
async fn a_stream_for_nobody_ends() {
    let (rig, running) = serving(Times::default(), EdgeConfig::default()).await;
    for kind in ["endless", "waiting"] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(export(kind, "").as_bytes()).await.unwrap();
        let mut some = [0; 1_000];
        stream.read_exact(&mut some).await.unwrap();
        drop(stream);
    }
    // Neither the one that has always more nor the one that waits keeps its connection.
    let address = running.address;
    assert!(
        talk(address, export("ten", "connection: close\r\n").as_bytes()).await.starts_with("HTTP/1.1 200")
    );
    assert_eq!(running.stop(Duration::from_secs(10)).await, 0);
    drop(rig);
}

#[tokio::test]
async fn a_long_file_is_sent_as_slowly_as_it_is_read() {
    let (_rig, running) = serving(short(), EdgeConfig::default()).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let ask = "GET /ten/mkt/v1/files/a.bin HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut seen = vec![0; 1 << 20];
    stream.read_exact(&mut seen).await.unwrap();
    // Longer than a connection may be idle.
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    stream.read_to_end(&mut seen).await.unwrap();
    let head = seen.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    assert!(String::from_utf8_lossy(&seen[..head]).contains("content-length: 5242880"));
    assert_eq!(seen.len() - head, 5 << 20);
}

#[tokio::test]
async fn a_stream_over_http_2_breaks_alone() {
    use http_body_util::{BodyExt, Full};
    use hyper_util::rt::{TokioExecutor, TokioIo};
    let (_rig, running) = serving(Times::default(), EdgeConfig::default()).await;
    let stream = TcpStream::connect(running.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    for (kind, expected) in [("ten", true), ("broken", false), ("panic", false), ("ten", true)] {
        let uri = format!("http://localhost:1/ten/mkt/v1/exports/{kind}");
        let request = http::Request::get(uri).body(Full::<bytes::Bytes>::default()).unwrap();
        let response = sender.send_request(request).await.unwrap();
        let body = response.into_body().collect().await;
        assert_eq!(body.is_ok_and(|body| body.to_bytes().len() == 10 * CHUNK), expected, "{kind}");
    }
}
