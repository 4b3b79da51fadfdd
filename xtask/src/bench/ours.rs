//! The program under measurement: its commands, and how it serves with everything on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use testkit::server::{Launch, Server};

use crate::environment;
use crate::run::{run, shown};
use crate::step::Outcome;

pub const TENANT: &str = "bench";

const READY_WITHIN: Duration = Duration::from_secs(60);
/// The limits are asked at every request and never reached.
const SETTINGS: [&str; 4] = [
    "limits.free_per_15_minutes=100000000",
    "limits.basic_per_15_minutes=100000000",
    "limits.premium_per_15_minutes=100000000",
    "limits.anonymous_per_minute=100000000",
];
/// Protects nothing: the database goes away with the measurement.
const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The built programs: ours, and the bare endpoints beside it.
#[derive(Debug, Clone)]
pub struct Programs {
    pub iroko: PathBuf,
    pub bare: PathBuf,
}

impl Programs {
    /// The bare endpoints take minutes more, with all that tests need, and only races run against them.
    pub fn provide(iroko: Option<&Path>, with_bare: bool) -> Outcome<Self> {
        let build = || {
            let mut command = environment::cargo();
            command.args(["build", "--release", "--quiet", "--package", "iroko"]);
            command
        };
        if iroko.is_none() {
            run(&mut build())?;
        }
        if with_bare {
            run(build().args(["--example", "bare"]))?;
        }
        Ok(Self {
            iroko: iroko.map_or_else(|| environment::built("release/iroko"), Path::to_owned),
            bare: environment::built("release/examples/bare"),
        })
    }
}

/// Our program on one folder or database.
#[derive(Debug, Clone)]
pub struct Ours {
    program: PathBuf,
    flags: Vec<String>,
}

impl Ours {
    pub fn on_folder(programs: &Programs, folder: &Path) -> Self {
        let ours = Self { program: programs.iroko.clone(), flags: Vec::new() };
        let ours = ours.with(&format!("store.folder={}", folder.display()));
        SETTINGS.iter().fold(ours, |ours, setting| ours.with(setting))
    }

    /// The folder keeps what is not in the database.
    pub fn on_postgres(programs: &Programs, url: &str, folder: &Path) -> Self {
        let ours = Self::on_folder(programs, folder).with("store.kind=postgres");
        ours.with(&format!("store.url={url}")).with(&format!("identity.secret={SECRET}"))
    }

    pub fn with(mut self, setting: &str) -> Self {
        self.flags.extend(["--set".to_owned(), setting.to_owned()]);
        self
    }

    /// What a command says with `--json`.
    pub fn say<S: AsRef<str>>(&self, words: &[S]) -> Outcome<Value> {
        let mut command = Command::new(&self.program);
        command.args(words.iter().map(AsRef::as_ref)).arg("--json").args(&self.flags);
        // It says what went wrong on its standard output too, which is what a person wants to see.
        let output = command.stdin(Stdio::null()).output().map_err(|fault| format!("iroko: {fault}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        match serde_json::from_str(&text) {
            Ok(said) if output.status.success() => Ok(said),
            _ => Err(format!(
                "`{}` failed: {}{text}",
                shown(&command),
                String::from_utf8_lossy(&output.stderr)
            )),
        }
    }

    pub fn add_tenant(&self) -> Outcome {
        self.say(&["tenant", "add", TENANT, "--name", "Bench", "--tier", "premium"]).map(drop)
    }

    pub fn add_market(&self, slug: &str) -> Outcome<Value> {
        self.say(&["market", "add", TENANT, slug, "--time-zone", "UTC", "--template", "city"])
    }

    pub fn launch(&self) -> Launch {
        self.launched("serve")
    }

    fn launched(&self, command: &str) -> Launch {
        let launch = Launch::new(&self.program).args([command, "--set", "server.listen=127.0.0.1:{port}"]);
        launch.args(&self.flags).ready_within(READY_WITHIN)
    }

    /// With the demo's places and people.
    pub fn demo(&self) -> Outcome<Server> {
        self.launched("demo").try_start()
    }

    pub fn serve(&self) -> Outcome<Server> {
        self.launch().try_start()
    }

    /// To start it without waiting for it.
    pub fn command(&self, port: u16) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["serve", "--set", &format!("server.listen=127.0.0.1:{port}")]).args(&self.flags);
        command
    }

    /// Events that consumers have not handled yet, over these markets. Where none has begun, all are left.
    pub fn events_behind(&self, markets: &[String]) -> Outcome<u64> {
        let mut behind = 0;
        for market in markets {
            let lag = self.say(&["events", "lag", &format!("{TENANT}/{market}")])?;
            let consumers = lag["consumers"].as_array().ok_or("lag without consumers")?;
            behind += match consumers.is_empty() {
                true => lag["last"].as_u64().ok_or("lag without a last event")?,
                false => consumers.iter().filter_map(|consumer| consumer["behind"].as_u64()).sum(),
            };
        }
        Ok(behind)
    }
}
