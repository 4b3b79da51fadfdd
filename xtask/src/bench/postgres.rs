//! PostgreSQL as one would run it: every commit waits for the disk. The one for tests does not.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use testkit::Account;

use crate::run::output_of;
use crate::step::Outcome;

const READY_WITHIN: Duration = Duration::from_secs(60);
const STOP_WITHIN: Duration = Duration::from_secs(30);
const SETTINGS: [&str; 5] =
    ["listen_addresses=", "shared_buffers=256MB", "max_wal_size=4GB", "max_connections=100", "fsync=on"];

/// Stopped, and its data gone, when the value is dropped.
#[derive(Debug)]
pub struct Durable {
    programs: PathBuf,
    account: Option<Account>,
    server: Child,
    folder: TempDir,
}

impl Durable {
    pub fn start(programs: &Path) -> Outcome<Self> {
        let failed = |fault: std::io::Error| format!("PostgreSQL: {fault}");
        let folder = tempfile::Builder::new().prefix("iroko-bench-").tempdir().map_err(failed)?;
        let account = Account::for_servers().map_err(failed)?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).map_err(failed)?;
        if let Some(account) = account {
            chown(folder.path(), Some(account.user), Some(account.group)).map_err(failed)?;
        }
        let data = folder.path().join("data");
        let mut initdb = program(programs, "initdb", folder.path(), account);
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--pgdata"]);
        output_of(initdb.arg(&data))?;
        let log = File::create(folder.path().join("log")).map_err(failed)?;
        let mut postgres = program(programs, "postgres", folder.path(), account);
        postgres.arg("-D").arg(data).arg("-k").arg(folder.path());
        postgres.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        postgres.stdout(log.try_clone().map_err(failed)?).stderr(log);
        let server = postgres.spawn().map_err(failed)?;
        let durable = Self { programs: programs.to_owned(), account, server, folder };
        match testkit::until(READY_WITHIN, || durable.psql("postgres", "select 1").is_ok()) {
            true => Ok(durable),
            false => Err("PostgreSQL does not get ready".into()),
        }
    }

    /// A fresh database, and its connection string.
    pub fn database(&self, name: &str) -> Outcome<String> {
        self.psql("postgres", &format!("create database {name}"))?;
        Ok(format!("host={} user=postgres dbname={name}", self.folder.path().display()))
    }

    fn psql(&self, database: &str, sql: &str) -> Outcome {
        let mut psql = program(&self.programs, "psql", self.folder.path(), self.account);
        psql.arg("-h").arg(self.folder.path()).args(["-U", "postgres", "-d", database, "-c", sql]);
        let output = psql.output().map_err(|fault| format!("psql: {fault}"))?;
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }
}

fn program(programs: &Path, name: &str, folder: &Path, account: Option<Account>) -> Command {
    let mut command = Command::new(programs.join(name));
    command.stdin(Stdio::null()).current_dir(folder).env("LC_ALL", "C").env_remove("PGDATA");
    if let Some(account) = account {
        command.uid(account.user).gid(account.group);
    }
    command
}

impl Drop for Durable {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.server.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::QUIT);
        }
        if !testkit::until(STOP_WITHIN, || !matches!(self.server.try_wait(), Ok(None))) {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }
}
