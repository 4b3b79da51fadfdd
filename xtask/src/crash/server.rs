//! The server that is killed, and the database under it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use testkit::server::{Launch, Server};
use testkit::{Cluster, Postgres};

use super::city::{MARKET, OWNER, PASSWORD};
use crate::environment;
use crate::run::{output_of, run};
use crate::step::Outcome;

const SAID_LINES: usize = 30;
const READY_WITHIN: Duration = Duration::from_secs(60);

pub enum Backend {
    Sqlite,
    Postgres { programs: PathBuf },
}

pub struct Victim {
    server: Server,
    program: PathBuf,
    settings: Vec<String>,
    postgres: Option<(Postgres, Cluster)>,
    folder: TempDir,
}

/// In release unless told otherwise, as it will run: a debug build is too slow to have much in flight.
pub fn build(debug: bool) -> Outcome<PathBuf> {
    let (profile, folder) = if debug { ("dev", "debug") } else { ("release", "release") };
    run(environment::cargo().args(["build", "--profile", profile, "--quiet", "--package", "iroko"]))?;
    Ok(environment::built(folder).join("iroko"))
}

impl Victim {
    pub fn new(program: &Path, backend: Backend) -> Outcome<Self> {
        let folder =
            tempfile::Builder::new().prefix("iroko-crash-").tempdir().map_err(|fault| fault.to_string())?;
        let data = folder.path().join("data");
        let mut settings = vec![
            format!("store.folder={}", data.display()),
            "limits.anonymous_per_minute=100000000".to_owned(),
            "limits.premium_per_15_minutes=100000000".to_owned(),
        ];
        let postgres = match backend {
            Backend::Sqlite => None,
            Backend::Postgres { programs } => {
                let cluster = Cluster::start_temporary(&programs).map_err(|fault| fault.to_string())?;
                let database = Postgres::on(&cluster.url());
                let secret = "Y3Jhc2hlcyBhcmUgdGVzdGVkIHdpdGggdGhpcyBvbmU=";
                settings.extend([
                    "store.kind=postgres".to_owned(),
                    format!("store.url={}", database.url()),
                    format!("identity.secret={secret}"),
                ]);
                Some((database, cluster))
            }
        };
        let flags: Vec<String> =
            settings.iter().flat_map(|setting| ["--set".to_owned(), setting.clone()]).collect();
        let file = folder.path().join("password");
        std::fs::write(&file, PASSWORD).map_err(|fault| format!("{}: {fault}", file.display()))?;
        let file = file.display().to_string();
        let (tenant, city) = MARKET.split_once('/').unwrap_or((MARKET, ""));
        let prepare: [&[&str]; 4] = [
            &["tenant", "add", tenant, "--name", "Crash", "--tier", "premium"],
            &["market", "add", tenant, city, "--time-zone", "UTC", "--template", "city"],
            &["person", "add", tenant, "--email", OWNER, "--name", "Owner", "--password-file", &file],
            &["person", "grant", tenant, "--email", OWNER, "--role", "owner"],
        ];
        for words in prepare {
            output_of(Command::new(program).args(words).args(&flags))?;
        }
        let server = Launch::new(program)
            .args(["serve", "--set", "server.listen=127.0.0.1:{port}"])
            .args(&flags)
            .ready_within(READY_WITHIN)
            .try_start()?;
        Ok(Self { server, program: program.to_owned(), settings: flags, postgres, folder })
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Kills the server or, where there is one, the database under it; says which.
    pub fn hit(&mut self, database: bool) -> Outcome<&'static str> {
        match &mut self.postgres {
            Some((_, cluster)) if database => {
                cluster.kill();
                cluster.start().map_err(|fault| fault.to_string())?;
                Ok("killing PostgreSQL")
            }
            _ => {
                self.server.restart();
                Ok("killing the server")
            }
        }
    }

    /// The last it said, for the report of a failure.
    pub fn said(&self) -> String {
        let output = self.server.output();
        let lines: Vec<&str> = output.lines().collect();
        lines[lines.len().saturating_sub(SAID_LINES)..].join("\n")
    }

    /// Has everything counted anew from the first event, while the counting may not have caught up yet.
    pub fn rebuild(&self) -> Outcome {
        let mut command = Command::new(&self.program);
        command.args(["events", "rebuild", MARKET]).args(&self.settings).current_dir(self.folder.path());
        output_of(&mut command).map(drop)
    }

    /// Asks the server itself: positions contiguous, cursors within them.
    pub fn verify(&self) -> Outcome {
        let mut command = Command::new(&self.program);
        command.args(["events", "verify", MARKET]).args(&self.settings).current_dir(self.folder.path());
        output_of(&mut command).map(drop)
    }
}
