//! A server of the real binary with its own folder or database, and the command line beside it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use testkit::Postgres;
use testkit::server::{Launch, Server};

use crate::client::Client;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_iroko");
/// Nothing that a test waits for takes so long.
pub const SOON: Duration = Duration::from_secs(30);
/// 32 bytes that are nobody's.
const SECRET: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=";

pub struct World {
    pub server: Server,
    pub settings: Vec<String>,
    folder: tempfile::TempDir,
    place: PathBuf,
    pub database: Option<Postgres>,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl World {
    pub fn embedded() -> World {
        World::with(Vec::new())
    }

    pub fn with(more: Vec<String>) -> World {
        let folder = testkit::folder();
        let settings = settings(folder.path(), more);
        let server = launch("serve", &settings).start();
        World { server, settings, place: data(folder.path()), folder, database: None }
    }

    /// Where the system lets it have so many files and connections open.
    pub fn with_files_max(files: u32) -> World {
        let folder = testkit::folder();
        let settings = settings(folder.path(), Vec::new());
        let limited = format!("ulimit -n {files} && exec \"$@\"");
        let shell = Launch::new("/bin/sh").args(["-c", &limited, "sh", PROGRAM, "serve"]);
        let server = shell.args(&settings).start();
        World { server, settings, place: data(folder.path()), folder, database: None }
    }

    /// With its data below a folder of somebody else's.
    pub fn at(place: &Path) -> World {
        let folder = testkit::folder();
        let mut settings = settings(folder.path(), Vec::new());
        settings.extend(["--set".into(), format!("store.folder={}", data(place).display())]);
        let server = launch("serve", &settings).start();
        World { server, settings, folder, place: data(place), database: None }
    }

    pub fn postgres() -> Option<World> {
        let database = testkit::postgres()?;
        let folder = testkit::folder();
        let settings = settings(folder.path(), on_postgres(&database.url()));
        let server = launch("serve", &settings).start();
        Some(World { server, settings, place: data(folder.path()), folder, database: Some(database) })
    }

    /// On a database and nothing else: no folder, so no socket for commands either.
    pub fn postgres_alone() -> Option<World> {
        let database = testkit::postgres()?;
        let folder = testkit::folder();
        let mut settings = settings(folder.path(), on_postgres(&database.url()));
        let at = settings.iter().position(|it| it.starts_with("store.folder=")).expect("it is set");
        settings.drain(at - 1..=at);
        settings.extend(["--set".into(), format!("media.folder={}", folder.path().join("media").display())]);
        let server = launch("serve", &settings).start();
        Some(World { server, settings, place: data(folder.path()), folder, database: Some(database) })
    }

    /// The same test on both engines; the second where there is one.
    pub fn each(test: fn(&mut World)) {
        test(&mut World::embedded());
        if let Some(mut world) = World::postgres() {
            test(&mut world);
        }
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.place.clone()
    }

    /// A path beside the data folder.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn client(&self) -> Client {
        Client::new(self.server.url())
    }

    pub fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Said {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).args(&self.settings);
        said(command)
    }

    /// A command that must succeed; its words separated by spaces.
    #[track_caller]
    pub fn done(&self, command: &str) -> String {
        let said = self.run(command.split(' '));
        assert_eq!(said.code, 0, "{command}: {said:?}");
        said.out
    }

    #[track_caller]
    pub fn done_json(&self, command: &str) -> Value {
        let out = self.done(&format!("{command} --json"));
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{command}: {error}: {out}"))
    }

    pub fn add_tenant(&self, slug: &str) {
        self.done(&format!("tenant add {slug} --name {slug} --tier premium"));
    }

    pub fn add_city(&self, tenant: &str, slug: &str) {
        self.done(&format!("market add {tenant} {slug} --time-zone America/New_York --template city"));
    }

    /// A person who signs in with `PASSWORD`.
    pub fn add_person(&self, tenant: &str, email: &str) -> String {
        let file = self.beside("password");
        std::fs::write(&file, crate::people::PASSWORD).expect("the folder is writable");
        let file = file.display();
        let person = self.done_json(&format!(
            "person add {tenant} --email {email} --name Somebody --password-file {file}"
        ));
        person["id"].as_str().expect("a person has an id").to_owned()
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// Arguments of every command: the port and the folder of its own, and no limits that tests would meet.
pub fn settings(folder: &Path, more: Vec<String>) -> Vec<String> {
    let own = [
        "server.listen=127.0.0.1:{port}".to_owned(),
        format!("store.folder={}", data(folder).display()),
        "limits.anonymous_per_minute=1000000".into(),
        "limits.premium_per_15_minutes=1000000".into(),
    ];
    own.into_iter().chain(more).flat_map(|setting| ["--set".to_owned(), setting]).collect()
}

pub fn on_postgres(url: &str) -> Vec<String> {
    vec![
        "store.kind=postgres".to_owned(),
        format!("store.url={url}"),
        format!("identity.secret={SECRET}"),
        "store.pool_size=6".into(),
    ]
}

pub fn launch(command: &str, settings: &[String]) -> Launch {
    Launch::new(PROGRAM).arg(command).args(settings)
}

/// Runs a command without a port of its own to its end.
pub fn said(mut command: Command) -> Said {
    let arguments: Vec<String> =
        command.get_args().map(|argument| argument.to_string_lossy().replace("{port}", "0")).collect();
    let mut plain = Command::new(command.get_program());
    if let Some(folder) = command.get_current_dir() {
        plain.current_dir(folder);
    }
    for (name, value) in command.get_envs().filter_map(|(name, value)| Some((name, value?))) {
        plain.env(name, value);
    }
    command = plain;
    command.args(&arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let process = command.spawn().expect("the program starts");
    let id = process.id();
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || ended.send(process.wait_with_output()));
    let Ok(output) = end.recv_timeout(SOON * 2) else {
        if let Some(id) = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
        }
        panic!("{arguments:?} does not end");
    };
    let output = output.expect("its output is read");
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
