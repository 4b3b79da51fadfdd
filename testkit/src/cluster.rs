//! A PostgreSQL of our own: private folder, private port, private socket.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::limits::{
    OUTPUT_LINES_SHOWN, PORTS_TRIED_MAX, POSTGRES_CONNECTIONS_MAX, READY_WITHIN, STOP_WITHIN,
};
use crate::{ports, sql, wait};

/// Whom the server runs as. PostgreSQL refuses to run as root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    pub user: u32,
    pub group: u32,
}

impl Account {
    /// Nobody else is needed unless we are root.
    pub fn for_servers() -> io::Result<Option<Account>> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        let accounts = fs::read_to_string("/etc/passwd")?;
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| Account::named(name, &accounts))
            .map(Some)
            .ok_or_else(|| {
                io::Error::other(
                    "PostgreSQL does not run as root, and there is neither `postgres` nor `nobody`",
                )
            })
    }

    fn named(name: &str, accounts: &str) -> Option<Account> {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some(Account { user: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
    }
}

/// Stopped, and its data gone, when the value is dropped.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    account: Option<Account>,
    port: u16,
    server: Option<Child>,
    /// Present when the folder is ours to remove.
    _temporary: Option<tempfile::TempDir>,
}

impl Cluster {
    /// A running server with its data below `folder`, which stays.
    pub fn start_in(programs: &Path, folder: &Path) -> io::Result<Cluster> {
        let account = Account::for_servers()?;
        let mut cluster = Cluster {
            programs: programs.to_path_buf(),
            folder: folder.to_path_buf(),
            account,
            port: 0,
            server: None,
            _temporary: None,
        };
        cluster.create()?;
        for attempt in 1.. {
            cluster.port = ports::free_port()?;
            match cluster.start() {
                Err(_) if attempt < PORTS_TRIED_MAX && cluster.log().contains("could not bind") => {}
                outcome => return outcome.map(|()| cluster),
            }
        }
        unreachable!("the attempts end by returning")
    }

    /// A running server in a folder that goes away with it.
    pub fn start_temporary(programs: &Path) -> io::Result<Cluster> {
        let temporary = crate::folder();
        let mut cluster = Cluster::start_in(programs, temporary.path())?;
        cluster._temporary = Some(temporary);
        Ok(cluster)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The superuser's connection string, over the socket.
    pub fn url(&self) -> String {
        format!("host={} port={} user=postgres dbname=postgres", self.folder.display(), self.port)
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts the server again after `stop` or `kill`, at the same addresses.
    pub fn start(&mut self) -> io::Result<()> {
        let url = self.url();
        let mut last = String::from("it was never tried");
        // After a kill the old server's children need a moment to notice; until then the new one refuses.
        let ready = wait::until(READY_WITHIN, || {
            match self.server.as_mut().map(Child::try_wait) {
                None => match self.spawn() {
                    Ok(child) => self.server = Some(child),
                    Err(fault) => last = fault.to_string(),
                },
                Some(Ok(None)) => match sql::run(&url, "select 1") {
                    Ok(_) => return true,
                    Err(fault) => last = fault.to_string(),
                },
                Some(_) => {
                    self.server = None;
                    return self.log().contains("could not bind");
                }
            }
            false
        });
        if ready && self.server.is_some() {
            return Ok(());
        }
        self.kill();
        Err(io::Error::other(format!("PostgreSQL does not start: {last}\n{}", self.log())))
    }

    /// Stops the server in order; open connections are cut.
    pub fn stop(&mut self) {
        self.end(Signal::INT);
    }

    /// The server is gone at once, as after a crash. What it acknowledged is in the operating
    /// system's hands and survives, since the machine itself goes on.
    pub fn kill(&mut self) {
        self.end(Signal::KILL);
    }

    fn end(&mut self, signal: Signal) {
        let Some(mut server) = self.server.take() else { return };
        if let Some(pid) = i32::try_from(server.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, signal);
        }
        if !wait::until(STOP_WITHIN, || !matches!(server.try_wait(), Ok(None))) {
            let _ = server.kill();
        }
        let _ = server.wait();
    }

    fn create(&self) -> io::Result<()> {
        // Others must reach the data and the socket inside, whoever we are.
        fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o755))?;
        if let Some(account) = self.account {
            chown(&self.folder, Some(account.user), Some(account.group))?;
        }
        let mut command = self.program("initdb");
        command.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        let answer = command.arg("--pgdata").arg(self.data()).output()?;
        if answer.status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!("initdb failed: {}", String::from_utf8_lossy(&answer.stderr))))
    }

    fn spawn(&self) -> io::Result<Child> {
        let log = File::create(self.log_path())?;
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        command.args(["-p", &self.port.to_string()]);
        // Commits still wait for the log to be written, so a killed server loses nothing; only a
        // loss of power would, and tests do not survive that either.
        for setting in
            ["listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off", "shared_buffers=64MB"]
        {
            command.args(["-c", setting]);
        }
        command.args(["-c", &format!("max_connections={POSTGRES_CONNECTIONS_MAX}")]);
        command.stdout(log.try_clone()?).stderr(log).spawn()
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.stdin(Stdio::null()).current_dir(&self.folder).env("LC_ALL", "C").env_remove("PGDATA");
        if let Some(account) = self.account {
            command.uid(account.user).gid(account.group);
        }
        command
    }

    fn log_path(&self) -> PathBuf {
        self.folder.join("postgres.log")
    }

    fn log(&self) -> String {
        let text = fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(OUTPUT_LINES_SHOWN)..].join("\n")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Without a checkpoint: nobody will read this data again.
        self.end(Signal::QUIT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_by_name() {
        let accounts = "root:x:0:0::/home:/bin/sh\npostgres:x:101:104:x,,:/var/lib:/bin/bash\nbroken:x\n";
        assert_eq!(Account::named("postgres", accounts), Some(Account { user: 101, group: 104 }));
        for absent in ["nobody", "broken", "post"] {
            assert_eq!(Account::named(absent, accounts), None, "{absent}");
        }
    }

    #[test]
    fn what_was_committed_survives_a_killed_server() {
        let Some(mut cluster) = crate::postgres_cluster() else { return };
        sql::run(&cluster.url(), "create table kept (n int)").unwrap();
        sql::run(&cluster.url(), "insert into kept values (1)").unwrap();
        cluster.kill();
        assert!(sql::run(&cluster.url(), "select 1").is_err(), "a killed server does not answer");
        cluster.start().unwrap();
        assert_eq!(sql::run(&cluster.url(), "select n from kept").unwrap(), ["1"]);
        cluster.stop();
        assert!(sql::run(&cluster.url(), "select 1").is_err(), "a stopped server does not answer");
        cluster.start().unwrap();
        assert_eq!(sql::run(&cluster.url(), "select n from kept").unwrap(), ["1"]);
    }
}
