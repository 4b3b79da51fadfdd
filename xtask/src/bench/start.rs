//! How long the program needs from its start to its first ready answer, on a folder that is there.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::figure::{Figure, median};
use super::ours::{Ours, Programs};
use crate::step::Outcome;

const STARTS: u32 = 5;
const START_MS_MAX: f64 = 200.0;
const READY_WITHIN: Duration = Duration::from_secs(30);
const ASK_EVERY: Duration = Duration::from_millis(1);

pub fn run(programs: &Programs, data: &Path, what: &str) -> Outcome<Figure> {
    let ours = Ours::on_folder(programs, data);
    let times = (0..STARTS).map(|_| one(&ours)).collect::<Outcome<Vec<_>>>()?;
    let middle = median(times).ok_or("it was never started")?;
    Ok(Figure::below(format!("start on {what}"), middle, START_MS_MAX, "ms"))
}

fn one(ours: &Ours) -> Outcome<f64> {
    let port = testkit::free_port().map_err(|fault| fault.to_string())?;
    let mut command = ours.command(port);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let mut server = command.spawn().map_err(|fault| format!("the server: {fault}"))?;
    while !is_ready(port) {
        if started.elapsed() > READY_WITHIN {
            let _ = server.kill();
            return Err("the server does not get ready".into());
        }
        std::thread::sleep(ASK_EVERY);
    }
    let took = started.elapsed();
    end(server);
    Ok(took.as_secs_f64() * 1e3)
}

/// In order, so that the next start finds an orderly folder.
fn end(mut server: Child) {
    if let Some(pid) = i32::try_from(server.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::TERM);
    }
    if !testkit::until(READY_WITHIN, || !matches!(server.try_wait(), Ok(None))) {
        let _ = server.kill();
    }
    let _ = server.wait();
}

fn is_ready(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(READY_WITHIN))?;
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status.ends_with(b"200"))
    };
    ask().unwrap_or(false)
}
