//! The server that is killed, and the database under it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use testkit::server::{Launch, Server};
use testkit::{Cluster, Postgres};

use super::clock::Clock;
use crate::environment;
use crate::run::{output_of, run};
use crate::step::Outcome;

const SAID_LINES: usize = 30;
const READY_WITHIN: Duration = Duration::from_secs(60);

pub enum Backend {
    Sqlite,
    Postgres { programs: PathBuf },
}

/// What is there before the first round.
pub struct Site {
    pub market: &'static str,
    /// Of everybody.
    pub password: &'static str,
    /// Commands, word by word; `{password}` is a file with it.
    pub prepare: Vec<String>,
}

pub struct Victim {
    server: Server,
    market: &'static str,
    program: PathBuf,
    settings: Vec<String>,
    postgres: Option<(Postgres, Cluster)>,
    clock: Clock,
    folder: TempDir,
}

/// In release unless told otherwise, as it will run: a debug build is too slow to have much in flight.
pub fn build(debug: bool) -> Outcome<PathBuf> {
    let (profile, folder) = if debug { ("dev", "debug") } else { ("release", "release") };
    run(environment::cargo().args(["build", "--profile", profile, "--quiet", "--package", "iroko"]))?;
    Ok(environment::built(folder).join("iroko"))
}

impl Victim {
    pub fn new(program: &Path, backend: Backend, site: &Site) -> Outcome<Self> {
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
        std::fs::write(&file, site.password).map_err(|fault| format!("{}: {fault}", file.display()))?;
        let file = file.display().to_string();
        for line in &site.prepare {
            let words = line.split(' ').map(|word| if word == "{password}" { file.as_str() } else { word });
            output_of(Command::new(program).args(words).args(&flags))?;
        }
        let clock = Clock::new(folder.path())?;
        let mut launch = Launch::new(program)
            .args(["serve", "--set", "server.listen=127.0.0.1:{port}"])
            .args(&flags)
            .ready_within(READY_WITHIN);
        for (name, value) in clock.variables() {
            launch = launch.env(name, value);
        }
        let (market, program) = (site.market, program.to_owned());
        Ok(Self { server: launch.try_start()?, market, program, settings: flags, postgres, clock, folder })
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

    /// The last it said, and what it leaves undone, for the report of a failure.
    pub fn said(&self) -> String {
        let output = self.server.output();
        let is_news =
            |line: &&str| !line.contains(" request: ") && !line.contains("database is out of reach");
        let lines: Vec<&str> = output.lines().filter(is_news).collect();
        let lines = lines[lines.len().saturating_sub(SAID_LINES)..].join("\n");
        let undone = ["jobs dead", "events lag", "events parked"].map(|command| {
            let said = output_of(&mut self.command(command)).unwrap_or_else(|fault| fault);
            format!("{command}:\n{said}")
        });
        format!("{lines}\n{}", undone.join("\n"))
    }

    /// Kills it, and starts it so many seconds later by its own clock.
    pub fn sleep(&mut self, seconds: u64) -> Outcome {
        self.clock.go_on(seconds)?;
        self.server.restart();
        Ok(())
    }

    /// How far its clock is ahead of the machine's.
    pub fn ahead_s(&self) -> u64 {
        self.clock.ahead_s()
    }

    /// Has a command, such as `events verify`, look at the market while it is served; it must be content.
    pub fn asked(&self, command: &str) -> Outcome {
        output_of(&mut self.command(command)).map(drop).map_err(|fault| format!("{command}: {fault}"))
    }

    fn command(&self, command: &str) -> Command {
        let mut asked = Command::new(&self.program);
        asked.args(command.split(' ')).arg(self.market).args(&self.settings);
        asked.envs(self.clock.variables()).current_dir(self.folder.path());
        asked
    }
}
