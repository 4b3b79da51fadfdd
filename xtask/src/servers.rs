//! PostgreSQL and Redis for a chore: found or installed, private, and gone with the chore.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::environment::{POSTGRES, POSTGRES_BIN, REDIS, REQUIRE};
use testkit::{Cluster, RedisServer};

use crate::step::{Outcome, warn};
use crate::watchdog::Watchdog;
use crate::{environment, install};

/// The oldest PostgreSQL that the store is written for.
const POSTGRES_VERSION_MIN: u32 = 15;

/// Where packages put PostgreSQL's programs: folder, how the entries below it begin, and the rest.
const PLACES: [(&str, &str, &str); 5] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
];

/// Running servers. The order of the fields is the order of their end.
#[derive(Debug)]
pub struct Servers {
    postgres: Option<(PathBuf, Cluster)>,
    redis: Option<RedisServer>,
    folder: PathBuf,
    watchdog: Watchdog,
}

impl Servers {
    pub fn provide() -> Outcome<Servers> {
        if postgres_programs().is_none() || redis_program().is_none() {
            install::from_packages(postgres_programs().is_none(), redis_program().is_none());
        }
        let folder = private_folder()?;
        let watchdog = Watchdog::start(&folder)?;
        let mut servers = Servers { postgres: None, redis: None, folder, watchdog };
        if let Some(programs) = postgres_programs() {
            let folder = servers.subfolder("postgres")?;
            let cluster = Cluster::start_in(&programs, &folder).map_err(|fault| fault.to_string())?;
            servers.postgres = Some((programs, cluster));
        }
        if let Some(program) = redis_program() {
            let folder = servers.subfolder("redis")?;
            servers.redis =
                Some(RedisServer::start_in(&program, &folder).map_err(|fault| fault.to_string())?);
        }
        Ok(servers)
    }

    pub fn has_postgres(&self) -> bool {
        self.postgres.is_some()
    }

    /// The folder of PostgreSQL's programs, for a server of one's own.
    pub fn postgres_programs(&self) -> Option<&Path> {
        self.postgres.as_ref().map(|(programs, _)| programs.as_path())
    }

    pub fn has_redis(&self) -> bool {
        self.redis.is_some()
    }

    /// Runs a command that finds the servers in its environment. Nothing it starts outlives it, and
    /// its temporary files go with the servers.
    pub fn run(&mut self, command: &mut Command) -> Outcome {
        for name in [POSTGRES, POSTGRES_BIN, REDIS] {
            command.env_remove(name);
        }
        if let Some((programs, cluster)) = &self.postgres {
            command.env(POSTGRES, cluster.url()).env(POSTGRES_BIN, programs);
        }
        if let Some(redis) = &self.redis {
            command.env(REDIS, redis.url());
        }
        command.env("TMPDIR", self.subfolder("tmp")?);
        self.watchdog.run(command)
    }

    /// The same, where a missing server is a failure.
    pub fn run_requiring_all(&mut self, command: &mut Command) -> Outcome {
        self.run(command.env(REQUIRE, "1"))
    }

    fn subfolder(&self, name: &str) -> Outcome<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
        Ok(folder)
    }
}

/// Removed by the watchdog, which is why nothing here does it.
fn private_folder() -> Outcome<PathBuf> {
    let made = tempfile::Builder::new().prefix("iroko-").tempdir();
    let folder = made.map_err(|fault| format!("no temporary folder: {fault}"))?.keep();
    // PostgreSQL runs under another name when we are root, and must be able to walk in.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))
        .map_err(|fault| format!("{}: {fault}", folder.display()))?;
    Ok(folder)
}

fn redis_program() -> Option<PathBuf> {
    environment::on_path("redis-server").or_else(|| environment::on_path("valkey-server"))
}

/// The folder with PostgreSQL's programs, the newest one first.
fn postgres_programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = PLACES
        .iter()
        .flat_map(|(folder, begin, rest)| below(Path::new(folder), begin, rest))
        .chain(
            environment::on_path("initdb")
                .and_then(|initdb| Some(initdb.canonicalize().ok()?.parent()?.into())),
        )
        .filter(|folder| folder.join("initdb").is_file())
        .filter_map(|folder| Some((version(&folder)?, folder)))
        .collect();
    found.sort();
    let (version, folder) = found.pop()?;
    if version < POSTGRES_VERSION_MIN {
        warn(&format!("PostgreSQL {version} is too old; {POSTGRES_VERSION_MIN} or newer is needed"));
        return None;
    }
    Some(folder)
}

fn below(folder: &Path, begin: &str, rest: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(begin));
    named.map(|entry| entry.path().join(rest)).collect()
}

fn version(programs: &Path) -> Option<u32> {
    let output = Command::new(programs.join("postgres")).arg("--version").output().ok()?;
    major(&String::from_utf8_lossy(&output.stdout))
}

/// The major version in `postgres (PostgreSQL) 15.20 (Debian …)`.
fn major(text: &str) -> Option<u32> {
    let number = text.split_once("(PostgreSQL) ")?.1;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        let check = |text, expected| assert_eq!(major(text), expected, "{text}");
        check("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n", Some(15));
        check("postgres (PostgreSQL) 18beta1\n", Some(18));
        check("command not found", None);
    }
}
