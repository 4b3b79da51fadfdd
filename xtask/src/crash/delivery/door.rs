//! The market's address, and those who come to it.

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;

use crate::step::Outcome;

pub const MARKET: &str = "crash/market";
pub const PASSWORD: &str = "crashes are survived";
/// Longer than any restart, so that what is not answered was lost with the server.
const TIMEOUT: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(90);

/// Somebody who signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Owner,
    Manager,
    Buyer(usize),
    Rider(usize),
}

pub const BUYERS: usize = 6;
pub const RIDERS: usize = 4;

impl Who {
    pub fn all() -> Vec<Who> {
        let both = (0..BUYERS).map(Who::Buyer).chain((0..RIDERS).map(Who::Rider));
        [Who::Owner, Who::Manager].into_iter().chain(both).collect()
    }

    pub fn email(self) -> String {
        let name = match self {
            Who::Owner => "owner".to_owned(),
            Who::Manager => "manager".to_owned(),
            Who::Buyer(number) => format!("buyer{number}"),
            Who::Rider(number) => format!("rider{number}"),
        };
        format!("{name}@crash.example")
    }

    fn place(self) -> usize {
        match self {
            Who::Owner => 0,
            Who::Manager => 1,
            Who::Buyer(number) => 2 + number,
            Who::Rider(number) => 2 + BUYERS + number,
        }
    }
}

/// What somebody shows, and their id.
#[derive(Debug, Clone, Default)]
struct Papers {
    token: String,
    id: String,
}

#[derive(Clone)]
pub struct Door {
    agent: Agent,
    base: String,
    papers: Arc<RwLock<Vec<Papers>>>,
}

/// A status and a body; nothing where no answer came.
pub type Answer = Option<(u16, Value)>;

impl Door {
    pub fn at(url: &str) -> Self {
        let config =
            Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false).build();
        let papers = Arc::new(RwLock::new(vec![Papers::default(); Who::all().len()]));
        Self { agent: config.into(), base: format!("{url}/{MARKET}/v1"), papers }
    }

    /// Everybody shows who they are; tokens do not last.
    pub fn sign_in(&self) -> Outcome {
        for who in Who::all() {
            let signs = json!({ "contact": who.email(), "password": PASSWORD });
            let answer = self.patiently(|| self.send("POST", "/sign-in", None, None, &signs))?;
            let token = answer["access_token"].as_str().ok_or(format!("{who:?} cannot sign in: {answer}"))?;
            let token = token.to_owned();
            let me = self.patiently(|| self.send("GET", "/me", Some(&token), None, &Value::Null))?;
            let id = me["id"].as_str().ok_or(format!("{who:?} is nobody: {me}"))?.to_owned();
            self.papers.write().map_err(|_| "a writer of the test panicked")?[who.place()] =
                Papers { token, id };
        }
        Ok(())
    }

    pub fn id(&self, who: Who) -> String {
        self.papers.read().map(|papers| papers[who.place()].id.clone()).unwrap_or_default()
    }

    pub fn ask(&self, who: Who, method: &str, path: &str, key: Option<&str>, body: &Value) -> Answer {
        let token = self.papers.read().map(|papers| papers[who.place()].token.clone()).ok()?;
        self.send(method, path, Some(&token), key, body)
    }

    fn send(&self, method: &str, path: &str, token: Option<&str>, key: Option<&str>, body: &Value) -> Answer {
        let url = format!("{}{path}", self.base);
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let sent = match body {
            Value::Null => self.agent.run(request.body(()).ok()?),
            body => {
                let request = request.header("Content-Type", "application/json");
                self.agent.run(request.body(body.to_string()).ok()?)
            }
        };
        let mut answer = sent.ok()?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string().ok()?;
        if text.is_empty() {
            return Some((status, Value::Null));
        }
        serde_json::from_str(&text).ok().map(|value| (status, value))
    }

    /// Asked until it is answered well.
    fn patiently(&self, ask: impl Fn() -> Answer) -> Outcome<Value> {
        let begun = Instant::now();
        loop {
            match ask() {
                Some((200..=204, value)) => return Ok(value),
                None | Some((429 | 503, _)) if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                other => return Err(format!("{other:?}")),
            }
        }
    }

    /// What must be there.
    pub fn read(&self, who: Who, path: &str) -> Outcome<Value> {
        let answer = self.patiently(|| self.ask(who, "GET", path, None, &Value::Null));
        answer.map_err(|fault| format!("GET {path}: {fault}"))
    }

    /// What must be taken.
    pub fn make(&self, who: Who, method: &str, path: &str, key: &str, body: &Value) -> Outcome<Value> {
        let answer = self.patiently(|| self.ask(who, method, path, Some(key), body));
        answer.map_err(|fault| format!("{method} {path}: {fault}"))
    }

    /// Every page of a list.
    pub fn every(&self, who: Who, path: &str) -> Outcome<Vec<Value>> {
        let mark = if path.contains('?') { '&' } else { '?' };
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.read(who, &format!("{path}{mark}limit=100{cursor}"))?;
            all.extend(page["items"].as_array().ok_or(format!("{path}: {page}"))?.iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(all),
            }
        }
    }
}
