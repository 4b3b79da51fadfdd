//! The demo whose pages are looked at.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::server::{Launch, Server};
use ureq::Agent;

use crate::environment;
use crate::run::run;
use crate::step::Outcome;

/// Its busiest city, and who manages it.
const MARKET: &str = "/cityhelper/boston";
/// A market with stores.
const SHOPS: &str = "/ihhashi/johannesburg";
pub const OWNER: &str = "owner@cityhelper.example";
/// A citizen who also works for an agency.
pub const WORKER: &str = "ama@cityhelper.example";
/// What is reported, and goes to that agency.
pub const REPORTED: &str = "pothole";
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

    /// A page of the market with stores.
    pub fn shop(&self, path: &str) -> String {
        format!("{}{SHOPS}{path}", self.server.url())
    }

    /// The id of a request by its tracking number.
    pub fn request(&self, number: &str) -> Outcome<String> {
        text(&self.read(&format!("/v1/track/{number}"))?, "id")
    }

    pub fn read(&self, path: &str) -> Outcome<Value> {
        told(path, self.agent.get(self.page(path)).call())
    }

    /// An agency that what is reported goes to, and somebody of it; where its desk is.
    pub fn agency(&self) -> Outcome<String> {
        let token = self.token(OWNER)?;
        let post = |path: &str, body: Value| {
            let asked = self.agent.post(self.page(path)).header("authorization", &token);
            told(path, asked.send_json(body))
        };
        let put = |path: &str, body: Value| {
            let asked = self.agent.put(self.page(path)).header("authorization", &token);
            told(path, asked.send_json(body))
        };
        let provider = text(&post("/v1/providers", json!({ "name": "Cleaning" }))?, "id")?;
        put(&format!("/v1/providers/{provider}/agency"), json!({}))?;
        let mine = self.agent.get(self.page("/v1/me")).header("authorization", &self.token(WORKER)?);
        let person = text(&told("/v1/me", mine.call())?, "id")?;
        let role = json!({ "person": person, "place": "provider", "provider": provider, "role": "staff" });
        post("/v1/grants", role)?;
        put("/v1/routes", json!({ "routes": [{ "category": REPORTED, "agency": provider }] }))?;
        Ok(format!("/providers/{provider}/desk"))
    }

    fn token(&self, contact: &str) -> Outcome<String> {
        let signs = json!({ "contact": contact, "password": PASSWORD });
        let signed = told("/v1/sign-in", self.agent.post(self.page("/v1/sign-in")).send_json(signs))?;
        Ok(format!("Bearer {}", text(&signed, "access_token")?))
    }

    /// The last code that the demo sent to somebody: it is said where the demo runs.
    pub fn code_of(&self, contact: &str) -> Outcome<String> {
        let said = format!("one-time code for {contact} of ");
        if !self.server.says(&said, READY_WITHIN) {
            return Err(format!("no code for {contact} is said"));
        }
        let output = self.server.output();
        let line = output.lines().rev().find(|line| line.contains(&said)).unwrap_or_default();
        Ok(line.rsplit(' ').next().unwrap_or_default().to_owned())
    }

    /// Bytes on the wire until the page and all that it needs is there, apart from pictures.
    pub fn first_load(&self, page: &str) -> Outcome<usize> {
        let fetch = |url: String| -> Outcome<Vec<u8>> {
            let asked = self.agent.get(&url).header("accept-encoding", "br");
            let mut answer = asked.call().map_err(|fault| format!("{url}: {fault}"))?;
            answer.body_mut().read_to_vec().map_err(|fault| format!("{url}: {fault}"))
        };
        let plain = self.agent.get(page).call();
        let plain = plain.and_then(|mut answer| answer.body_mut().read_to_string());
        let plain = plain.map_err(|fault| format!("{page}: {fault}"))?;
        let mut bytes = fetch(page.to_owned())?.len();
        let links = plain
            .split("<link rel=\"stylesheet\" href=\"")
            .skip(1)
            .chain(plain.split("<script src=\"").skip(1));
        for link in links.filter_map(|rest| rest.split('"').next()) {
            bytes += fetch(format!("{}{link}", self.server.url()))?.len();
        }
        Ok(bytes)
    }
}

fn told(path: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Outcome<Value> {
    let mut answer = answer.map_err(|fault| format!("{path}: {fault}"))?;
    answer.body_mut().read_json().map_err(|fault| format!("{path}: {fault}"))
}

fn text(value: &Value, field: &str) -> Outcome<String> {
    value[field].as_str().map(str::to_owned).ok_or_else(|| format!("an answer has no {field}: {value}"))
}
