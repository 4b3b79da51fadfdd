use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::*;
use super::sockets::{serving, talk};

const POST: &str =
    "POST /ten/mkt/v1/things HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n";
const THING: &str = r#"{"name":"a"}"#;

fn head() -> String {
    format!("{POST}content-length: {}\r\n\r\n", THING.len())
}

/// Sends the head of a request and the first byte of its body.
async fn begin(running: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(format!("{}{}", head(), &THING[..1]).as_bytes()).await.unwrap();
    stream
}

async fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn arriving(rig: &super::rig::Rig, count: usize) {
    let is_so = || rig.edge.arriving.count() == count && rig.edge.gate.view().inflight == 0;
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn slow_bodies_keep_nobody_out() {
    let gate = LimitPolicy { start: 4, min: 4, max: 4 };
    let (rig, running) = serving(Times::default(), EdgeConfig { gate, ..EdgeConfig::default() }).await;
    let mut slow = Vec::new();
    for _ in 0..20 {
        slow.push(begin(&running).await);
    }
    // All of them are on their way, and none holds a place of those that are worked on.
    arriving(&rig, 20).await;
    assert_eq!(rig.get("/ten/mkt/v1/things/a").await.status, 200);
    for mut stream in slow {
        stream.write_all(&THING.as_bytes()[1..]).await.unwrap();
        assert!(answer(stream).await.starts_with("HTTP/1.1 201"));
    }
    arriving(&rig, 0).await;
}

#[tokio::test]
async fn one_address_has_few_bodies_on_their_way() {
    let config = EdgeConfig { bodies_arriving_per_address_max: 2, ..EdgeConfig::default() };
    let (rig, running) = serving(Times::default(), config).await;
    let slow = [begin(&running).await, begin(&running).await];
    arriving(&rig, 2).await;
    let refused = answer(begin(&running).await).await;
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("retry-after: 1"), "{refused}");
    assert!(rig.edge.metrics.text().contains("guard_shed_total{priority=\"normal\"} 1"));
    // Whoever goes away leaves their place to others.
    drop(slow);
    arriving(&rig, 0).await;
    let mut next = begin(&running).await;
    next.write_all(&THING.as_bytes()[1..]).await.unwrap();
    assert!(answer(next).await.starts_with("HTTP/1.1 201"));
}

#[tokio::test]
async fn a_body_that_comes_with_its_head_is_there_at_once() {
    let config = EdgeConfig { bodies_arriving_max: 0, ..EdgeConfig::default() };
    let (_rig, running) = serving(Times::default(), config).await;
    for _ in 0..20 {
        let seen = talk(running.address, format!("{}{THING}", head()).as_bytes()).await;
        assert!(seen.starts_with("HTTP/1.1 201"), "{seen}");
        let chunked = format!("{POST}transfer-encoding: chunked\r\n\r\nc\r\n{THING}\r\n0\r\n\r\n");
        let seen = talk(running.address, chunked.as_bytes()).await;
        assert!(seen.starts_with("HTTP/1.1 201"), "{seen}");
    }
    assert!(answer(begin(&running).await).await.starts_with("HTTP/1.1 503"));
}
