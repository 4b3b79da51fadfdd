//! The harness against a pretend server: this test binary itself, started again.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};

use super::*;

const LISTEN: &str = "TESTKIT_PRETEND_PORT";
const MODE: &str = "TESTKIT_PRETEND_MODE";

/// Does nothing unless the tests below start it.
#[test]
fn pretend() {
    let Some(port) = environment::read(LISTEN) else { return };
    eprintln!("listening on {port}");
    assert!(environment::read(MODE).is_none(), "told not to start");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.parse().unwrap())).unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let _ = stream.read(&mut [0; 512]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
}

fn launch() -> Launch {
    Launch::new(std::env::current_exe().unwrap())
        .args(["--exact", "server::tests::pretend", "--nocapture"])
        .env(LISTEN, "{port}")
}

#[test]
fn a_server_is_started_killed_and_restarted() {
    let mut server = launch().start();
    let port = server.port();
    assert!(server.is_running());
    assert!(server.says(&format!("listening on {port}"), READY_WITHIN), "{}", server.output());

    server.kill();
    assert!(!server.is_running());
    assert!(http::get(port, "/readyz").is_err(), "nobody listens after a kill");

    server.restart();
    assert_eq!(server.port(), port, "a restarted server keeps its port");
    let ended = server.terminate().expect("it ends when asked to");
    assert!(!ended.success());
    assert!(!server.is_running());
}

#[test]
fn a_server_that_does_not_start_shows_what_it_said() {
    let output = launch().env(MODE, "refuse").try_start().expect_err("it refuses to start");
    assert!(output.contains("told not to start"), "{output}");
}

#[test]
fn a_missing_program_is_named() {
    let output = Launch::new("/no/such/program").try_start().expect_err("there is no such program");
    assert!(output.contains("/no/such/program"), "{output}");
}

#[test]
fn a_dropped_server_is_gone() {
    let server = launch().start();
    let port = server.port();
    drop(server);
    assert!(http::get(port, "/readyz").is_err());
}
