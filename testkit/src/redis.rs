//! Redis for tests.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::cluster::Account;
use crate::environment::{REDIS, read_or_skip};
use crate::limits::{ANSWER_WITHIN, PORTS_TRIED_MAX, READY_WITHIN};
use crate::{ports, wait};

/// Address of the shared Redis, or `None` where there is none. Tests share it, so each puts a
/// prefix of its own before its keys.
pub fn redis() -> Option<String> {
    read_or_skip(REDIS, "Redis")
}

/// A Redis of our own that keeps nothing; killed when the value is dropped.
#[derive(Debug)]
pub struct RedisServer {
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    server: Option<Child>,
}

impl RedisServer {
    pub fn start_in(program: &Path, folder: &Path) -> io::Result<RedisServer> {
        let (program, folder) = (program.to_path_buf(), folder.to_path_buf());
        let mut redis = RedisServer { program, folder, port: 0, server: None };
        for attempt in 1.. {
            redis.port = ports::free_port()?;
            match redis.start() {
                Err(_) if attempt < PORTS_TRIED_MAX => {}
                outcome => return outcome.map(|()| redis),
            }
        }
        unreachable!("the attempts end by returning")
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts it again after `kill`, at the same address and empty.
    pub fn start(&mut self) -> io::Result<()> {
        self.kill();
        let log = File::create(self.folder.join("redis.log"))?;
        let mut command = Command::new(&self.program);
        command.args([
            "--port",
            &self.port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
        command.arg("--pidfile").arg(self.pid_file());
        command.arg("--dir").arg(&self.folder).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        if let Some(account) = Account::for_servers()? {
            chown(&self.folder, Some(account.user), Some(account.group))?;
            command.uid(account.user).gid(account.group);
        }
        let mut server = command.spawn()?;
        let mut ended = false;
        let ready = wait::until(READY_WITHIN, || {
            ended = !matches!(server.try_wait(), Ok(None));
            ended || answers(self.port)
        });
        self.server = Some(server);
        if ready && !ended {
            return Ok(());
        }
        self.kill();
        let log = std::fs::read_to_string(self.folder.join("redis.log")).unwrap_or_default();
        Err(io::Error::other(format!("Redis does not start\n{log}")))
    }

    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
            let _ = std::fs::remove_file(self.pid_file());
        }
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.join("redis.pid")
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn answers(port: u16) -> bool {
    ping(port).is_ok_and(|answer| answer == *b"+PONG\r\n")
}

fn ping(port: u16) -> io::Result<[u8; 7]> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_redis_answers() {
        let Some(url) = redis() else { return };
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("an address with a port");
        assert!(answers(port));
    }
}
