//! The server that is explored: a demo of its own, with people who can sign in.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::server::{Launch, Server};
use ureq::{Agent, Body, RequestBuilder};

use crate::environment;
use crate::run::run;
use crate::step::Outcome;

/// The demo's market that uses the most apps.
pub const TENANT: &str = "cityhelper";
pub const MARKET: &str = "boston";
pub const OWNER: &str = "owner@cityhelper.example";
pub const CITIZEN: &str = "ama@cityhelper.example";
/// Signs in over and over, so that it must be nobody whose session is still needed.
pub const NEIGHBOUR: &str = "bo@cityhelper.example";
pub const PASSWORD: &str = "iroko-demo-2026";
/// A debug build fills the demo slowly when the machine is busy.
const READY_WITHIN: Duration = Duration::from_secs(180);
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
const BODY_BYTES_MAX: u64 = 64 << 20;
/// Raised so far that 429 does not stand before everything else.
const LIMITS: [&str; 4] =
    ["anonymous_per_minute", "free_per_15_minutes", "basic_per_15_minutes", "premium_per_15_minutes"];

/// Its fields are dropped in this order: the server is gone before its folder is.
pub struct Subject {
    agent: Agent,
    server: Server,
    folder: TempDir,
}

/// Things that exist: made-up ids would only ever find 404.
pub struct Known {
    pub citizen: String,
    pub category: String,
    pub request: String,
    pub provider: String,
    pub cursor: String,
    /// Another one of the owner's.
    pub session: String,
    /// Somebody else's.
    pub grant: String,
}

impl Known {
    /// All of it, and words that mean something in requests.
    pub fn words(&self) -> Vec<String> {
        let Self { citizen, category, request, provider, cursor, session, grant } = self;
        let ids = [citizen, category, request, provider, cursor, session, grant].into_iter().cloned();
        let words =
            ["open", "closed", "2026-01-31T12:00:00Z", "-71.2,42.2,-70.9,42.5", "42.36", "-71.06", MARKET];
        ids.chain(words.map(str::to_owned)).collect()
    }
}

pub fn build() -> Outcome<PathBuf> {
    run(environment::cargo().args(["build", "--quiet", "--package", "iroko"]))?;
    Ok(environment::built("debug/iroko"))
}

impl Subject {
    pub fn start(program: &Path) -> Outcome<Self> {
        let folder =
            tempfile::Builder::new().prefix("iroko-explore-").tempdir().map_err(|fault| fault.to_string())?;
        let data = folder.path().join("data");
        let mut launch = Launch::new(program)
            .args(["demo", "--set", "server.listen=127.0.0.1:{port}", "--set", "telemetry.access_log=off"])
            .args(["--set".to_owned(), format!("store.folder={}", data.display())])
            .ready_within(READY_WITHIN);
        for limit in LIMITS {
            launch = launch.args(["--set".to_owned(), format!("limits.{limit}=100000000")]);
        }
        let config = Agent::config_builder()
            .timeout_global(Some(ANSWER_WITHIN))
            .http_status_as_error(false)
            .allow_non_standard_methods(true);
        Ok(Self { agent: config.build().into(), server: launch.try_start()?, folder })
    }

    /// The document as a file, for one market that exists: on others everything is 404.
    pub fn document(&self) -> Outcome<PathBuf> {
        let mut document = self.read_document()?;
        let here = format!("/{TENANT}/{MARKET}");
        let paths = std::mem::take(&mut document["paths"]);
        let mut found = serde_json::Map::new();
        for (path, mut methods) in paths.as_object().cloned().unwrap_or_default() {
            if let Some(parameters) = methods["parameters"].as_array_mut() {
                parameters.retain(|it| !matches!(it["name"].as_str(), Some("tenant" | "market")));
            }
            found.insert(path.replacen("/{tenant}/{market}", &here, 1), methods);
        }
        document["paths"] = Value::Object(found);
        let file = self.folder().join("openapi.json");
        std::fs::write(&file, document.to_string())
            .map_err(|fault| format!("{}: {fault}", file.display()))?;
        Ok(file)
    }

    pub fn address(&self) -> String {
        self.server.url()
    }

    pub fn read_document(&self) -> Outcome<Value> {
        read("openapi.json", self.agent.get(format!("{}/openapi.json", self.address())).call())
    }

    /// Anything at all; its status.
    pub fn send(&self, request: ureq::http::Request<Vec<u8>>) -> Result<u16, ureq::Error> {
        let mut answer = self.agent.run(request)?;
        // Read to its end, so that the connection serves the next one.
        let _ = answer.body_mut().with_config().limit(BODY_BYTES_MAX).read_to_vec();
        Ok(answer.status().as_u16())
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// An access token.
    pub fn sign_in(&self, contact: &str) -> Outcome<String> {
        let body = json!({"contact": contact, "password": PASSWORD});
        text(&self.post("/v1/sign-in", None, &body)?, "access_token")
    }

    pub fn known(&self) -> Outcome<Known> {
        let (owner, citizen) = (self.sign_in(OWNER)?, self.sign_in(CITIZEN)?);
        let provider = self.post("/v1/providers", Some(&owner), &json!({"name": "Explored"}))?;
        let requests = self.get("/v1/requests?limit=1", None)?;
        let request = &requests["items"][0];
        let sessions = self.get("/v1/me/sessions", Some(&owner))?;
        let grants = self.get("/v1/grants", Some(&owner))?;
        Ok(Known {
            citizen: text(&self.get("/v1/me", Some(&citizen))?, "id")?,
            category: text(request, "category")?,
            request: text(request, "id")?,
            provider: text(&provider, "id")?,
            cursor: text(&requests, "next")?,
            session: text(&sessions["items"][0], "id")?,
            grant: text(&grants["items"][0], "id")?,
        })
    }

    pub fn get(&self, path: &str, token: Option<&str>) -> Outcome<Value> {
        read(path, signed(self.agent.get(self.url(path)), token).call())
    }

    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> Outcome<Value> {
        read(path, self.agent.post(self.url(path)).send_form(fields.iter().copied()))
    }

    pub fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Outcome<Value> {
        read(path, signed(self.agent.post(self.url(path)), token).send_json(body))
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{TENANT}/{MARKET}{path}", self.server.url())
    }
}

fn signed<B>(request: RequestBuilder<B>, token: Option<&str>) -> RequestBuilder<B> {
    match token {
        Some(token) => request.header("Authorization", format!("Bearer {token}")),
        None => request,
    }
}

fn read(path: &str, answer: Result<ureq::http::Response<Body>, ureq::Error>) -> Outcome<Value> {
    let mut answer = answer.map_err(|fault| format!("{path}: {fault}"))?;
    let status = answer.status();
    let value: Value = answer.body_mut().read_json().map_err(|fault| format!("{path}: {fault}"))?;
    if status.is_success() { Ok(value) } else { Err(format!("{path} is answered {status}: {value}")) }
}

fn text(value: &Value, field: &str) -> Outcome<String> {
    value[field].as_str().map(str::to_owned).ok_or_else(|| format!("an answer has no {field}: {value}"))
}
