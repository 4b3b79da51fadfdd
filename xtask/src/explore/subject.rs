//! The server that is explored: a demo of its own, with an owner who can sign in.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::server::{Launch, Server};
use ureq::Agent;

use crate::run::run;
use crate::step::Outcome;
use crate::{environment, explore::document};

/// The demo's market that uses the most apps.
const MARKET: &str = "cityhelper/boston";
const OWNER: &str = "owner@cityhelper.example";
const CITIZEN: &str = "ama@cityhelper.example";
const PASSWORD: &str = "iroko-demo-2026";
/// A debug build fills the demo slowly when the machine is busy.
const READY_WITHIN: Duration = Duration::from_secs(180);
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// Raised so far that 429 does not stand before everything else.
const LIMITS: [&str; 4] =
    ["anonymous_per_minute", "free_per_15_minutes", "basic_per_15_minutes", "premium_per_15_minutes"];

pub struct Subject {
    agent: Agent,
    server: Server,
}

/// Things that exist: made-up ids would only ever find 404.
pub struct Known {
    pub citizen: String,
    pub category: String,
    pub request: String,
    pub provider: String,
    pub cursor: String,
}

pub fn build() -> Outcome<PathBuf> {
    run(environment::cargo().args(["build", "--quiet", "--package", "iroko"]))?;
    Ok(environment::built("debug/iroko"))
}

impl Subject {
    pub fn start(program: &Path, folder: &Path) -> Outcome<Self> {
        let data = folder.join("data");
        let mut launch = Launch::new(program)
            .args(["demo", "--set", "server.listen=127.0.0.1:{port}", "--set", "telemetry.access_log=off"])
            .args(["--set".to_owned(), format!("store.folder={}", data.display())])
            .ready_within(READY_WITHIN);
        for limit in LIMITS {
            launch = launch.args(["--set".to_owned(), format!("limits.{limit}=100000000")]);
        }
        let config = Agent::config_builder().timeout_global(Some(ANSWER_WITHIN)).http_status_as_error(false);
        Ok(Self { agent: config.build().into(), server: launch.try_start()? })
    }

    pub fn base(&self) -> String {
        format!("{}/{MARKET}", self.server.url())
    }

    pub fn document(&self) -> Outcome<Value> {
        let document = self.get(&format!("{}/openapi.json", self.server.url()), None)?;
        document::narrowed(document, &self.base())
    }

    pub fn sign_in_owner(&self) -> Outcome<String> {
        Ok(text(&self.sign_in(OWNER)?, "access_token")?.to_owned())
    }

    pub fn known(&self) -> Outcome<Known> {
        let owner = self.sign_in_owner()?;
        let provider = self.post("/v1/providers", Some(&owner), &json!({"name": "Explored"}))?;
        let requests = self.get(&format!("{}/v1/requests?limit=1", self.base()), None)?;
        let request = &requests["items"][0];
        Ok(Known {
            citizen: text(&self.sign_in(CITIZEN)?, "person")?.to_owned(),
            category: text(request, "category")?.to_owned(),
            request: text(request, "id")?.to_owned(),
            provider: text(&provider, "id")?.to_owned(),
            cursor: text(&requests, "next")?.to_owned(),
        })
    }

    /// An owner who lost their session or role half-way was refused from then on, and nothing behind
    /// the refusals was seen.
    pub fn is_still_owner(&self, token: &str) -> Outcome {
        self.get(&format!("{}/v1/grants", self.base()), Some(token))
            .map(drop)
            .map_err(|fault| format!("the owner is no owner any more, so this round saw too little: {fault}"))
    }

    fn sign_in(&self, contact: &str) -> Outcome<Value> {
        self.post("/v1/sign-in", None, &json!({"contact": contact, "password": PASSWORD}))
    }

    fn get(&self, url: &str, token: Option<&str>) -> Outcome<Value> {
        let mut request = self.agent.get(url);
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        read(url, request.call())
    }

    fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Outcome<Value> {
        let url = format!("{}{path}", self.base());
        let mut request = self.agent.post(&url);
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        read(&url, request.send_json(body))
    }
}

fn read(url: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Outcome<Value> {
    let mut answer = answer.map_err(|fault| format!("{url}: {fault}"))?;
    let status = answer.status();
    let value: Value = answer.body_mut().read_json().map_err(|fault| format!("{url}: {fault}"))?;
    if status.is_success() { Ok(value) } else { Err(format!("{url} is answered {status}: {value}")) }
}

fn text<'v>(value: &'v Value, field: &str) -> Outcome<&'v str> {
    value[field].as_str().ok_or_else(|| format!("an answer has no {field}: {value}"))
}
