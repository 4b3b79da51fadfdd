//! The demo whose pages are looked at.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use testkit::server::{Launch, Server};
use ureq::Agent;

use crate::environment;
use crate::run::run;
use crate::step::Outcome;

/// Its busiest city, and who manages it.
const MARKET: &str = "/cityhelper/boston";
pub const OWNER: &str = "owner@cityhelper.example";
pub const PASSWORD: &str = "iroko-demo-2026";
/// A debug build fills the demo slowly when the machine is busy.
const READY_WITHIN: Duration = Duration::from_secs(300);
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Its fields are dropped in this order: the server is gone before its folder is.
pub struct City {
    server: Server,
    agent: Agent,
    folder: TempDir,
}

impl City {
    pub fn start() -> Outcome<Self> {
        run(environment::cargo().args(["build", "--quiet", "--package", "iroko"]))?;
        let folder =
            tempfile::Builder::new().prefix("iroko-pages-").tempdir().map_err(|fault| fault.to_string())?;
        let data = folder.path().join("data");
        let launch = Launch::new(environment::built("debug/iroko"))
            .args(["demo", "--set", "server.listen=127.0.0.1:{port}", "--set", "telemetry.access_log=off"])
            .args(["--set", "limits.anonymous_per_minute=100000000"])
            .args(["--set".to_owned(), format!("store.folder={}", data.display())])
            .ready_within(READY_WITHIN);
        let config = Agent::config_builder().timeout_global(Some(ANSWER_WITHIN));
        Ok(Self { server: launch.try_start()?, agent: config.build().into(), folder })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn page(&self, path: &str) -> String {
        format!("{}{MARKET}{path}", self.server.url())
    }

    /// The id of a request by its tracking number.
    pub fn request(&self, number: &str) -> Outcome<String> {
        let answer = self.agent.get(self.page(&format!("/v1/track/{number}"))).call();
        let mut answer = answer.map_err(|fault| fault.to_string())?;
        let request: Value = answer.body_mut().read_json().map_err(|fault| fault.to_string())?;
        Ok(request["id"].as_str().unwrap_or_default().to_owned())
    }
}
