//! Thousands who follow their orders at once, each over a connection of its own.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;
use testkit::server::Server;

use super::super::figure::Figure;
use super::super::memory::resident_mb;
use super::super::open;
use super::super::people::Client;
use super::asks::Asks;
use super::place::{Place, TENANT, path};
use crate::step::Outcome;

const EACH: usize = 10;
const MEMORY_MB_MAX: f64 = 1_000.0;
const HEARD_WITHIN: Duration = Duration::from_secs(30);
/// Orders that move on while all are followed.
const MOVED: usize = 100;

pub fn run(server: &Server, place: &Place) -> Outcome<Vec<Figure>> {
    let count = place.people.len() * EACH;
    let asks = Asks { place, url: &server.url() };
    let orders = asks.orders_of(&place.people, count as u32, "{\"method\":\"cash\"}")?;
    let ids = open::ask_all(&server.url(), &orders, |body| {
        let order: serde_json::Value = serde_json::from_slice(body).ok()?;
        Some(order["id"].as_str()?.to_owned())
    })?;
    let before_mb = resident_mb(server, "VmRSS")?;
    let mut followers = (0..count)
        .map(|place_of| follow(server, &ids[place_of], &place.people[place_of % place.people.len()].token))
        .collect::<Outcome<Vec<_>>>()?;
    let began = hear(&mut followers, |heard| heard.contains("event:"))?;
    let client = Client::of_tenant(&server.url(), TENANT);
    let mut times = Vec::new();
    for number in 0..MOVED {
        let place_of = number * count / MOVED;
        let reject = path(&format!("/providers/{}/orders/{}/reject", place.provider, ids[place_of]));
        let started = Instant::now();
        client.send("POST", &reject, &place.merchant.token, &json!({"reason": "sold out"}))?;
        hear(&mut followers[place_of..=place_of], |heard| heard.contains("cancelled"))?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_unstable_by(f64::total_cmp);
    let all_mb = resident_mb(server, "VmRSS")?;
    Ok(vec![
        Figure::noted("orders followed at once, each over its connection", count as f64, ""),
        Figure::noted("  all of them heard how their order stands after", began.as_secs_f64(), "s"),
        Figure::below("  memory of the process", all_mb, MEMORY_MB_MAX, "MB"),
        Figure::noted("  of which were there before", before_mb, "MB"),
        Figure::noted("  asked until heard, p50", times[times.len() / 2], "ms"),
        Figure::noted("  asked until heard, the longest", times[times.len() - 1], "ms"),
    ])
}

struct Follower {
    stream: TcpStream,
    heard: String,
}

fn follow(server: &Server, order: &str, token: &str) -> Outcome<Follower> {
    let url = server.url();
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let failed = |fault: std::io::Error| format!("a follower: {fault}");
    let mut stream = TcpStream::connect(address).map_err(failed)?;
    let path = format!("/{TENANT}{}", path(&format!("/orders/{order}/live")));
    let ask = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).map_err(failed)?;
    stream.set_nonblocking(true).map_err(failed)?;
    Ok(Follower { stream, heard: String::new() })
}

/// Until each has heard it.
fn hear(followers: &mut [Follower], is_it: impl Fn(&str) -> bool) -> Outcome<Duration> {
    let started = Instant::now();
    let mut bytes = vec![0; 64 << 10];
    loop {
        let mut waiting = 0;
        for follower in followers.iter_mut().filter(|follower| !is_it(&follower.heard)) {
            match follower.stream.read(&mut bytes) {
                Ok(0) => return Err(format!("a follower was hung up on: {}", follower.heard)),
                Ok(count) => follower.heard.push_str(&String::from_utf8_lossy(&bytes[..count])),
                Err(fault) if fault.kind() == ErrorKind::WouldBlock => {}
                Err(fault) => return Err(format!("a follower: {fault}")),
            }
            waiting += usize::from(!is_it(&follower.heard));
        }
        if waiting == 0 {
            return Ok(started.elapsed());
        }
        if started.elapsed() > HEARD_WITHIN {
            return Err(format!("{waiting} followers have not heard it"));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
