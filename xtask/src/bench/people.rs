//! People who sign in: their tokens are real ones.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use super::ours::{Ours, TENANT};
use crate::step::Outcome;

/// As many as there are connections.
pub const PEOPLE: u32 = 64;
const PASSWORD: &str = "correct horse battery staple";
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Asks the server for what the load is made of.
pub struct Client {
    agent: Agent,
    base: String,
}

impl Client {
    pub fn of(url: &str) -> Self {
        Self::of_tenant(url, TENANT)
    }

    pub fn of_tenant(url: &str, tenant: &str) -> Self {
        let config = Agent::config_builder().timeout_global(Some(ANSWER_WITHIN)).http_status_as_error(false);
        Self { agent: config.build().into(), base: format!("{url}/{tenant}") }
    }

    /// A path below the tenant.
    pub fn get(&self, path: &str) -> Outcome<Value> {
        let asked = self.agent.get(format!("{}{path}", self.base)).call();
        self.read(path, asked)
    }

    pub fn post(&self, path: &str, body: &Value) -> Outcome<Value> {
        let asked = self.agent.post(format!("{}{path}", self.base)).send_json(body);
        self.read(path, asked)
    }

    fn read(
        &self,
        path: &str,
        asked: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Outcome<Value> {
        let mut answer = asked.map_err(|fault| format!("{path}: {fault}"))?;
        let text = answer.body_mut().read_to_string().map_err(|fault| format!("{path}: {fault}"))?;
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        match answer.status().is_success() {
            true => Ok(value),
            false => Err(format!("{path} is answered {}: {value}", answer.status())),
        }
    }

    pub fn tokens(&self, market: &str) -> Outcome<Vec<String>> {
        (0..PEOPLE).map(|number| self.token(market, number)).collect()
    }

    pub fn token(&self, market: &str, number: u32) -> Outcome<String> {
        self.sign_in(market, &email(number), PASSWORD)
    }

    pub fn sign_in(&self, market: &str, contact: &str, password: &str) -> Outcome<String> {
        let body = json!({ "contact": contact, "password": password });
        let tokens = self.post(&format!("/{market}/v1/sign-in"), &body)?;
        Ok(tokens["access_token"].as_str().ok_or("a sign-in without a token")?.to_owned())
    }

    /// In somebody's name, from a path below the tenant.
    pub fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> Outcome<Value> {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(body.to_string())
            .map_err(|fault| format!("{path}: {fault}"))?;
        self.read(path, self.agent.run(request))
    }
}

fn email(number: u32) -> String {
    format!("p{number}@example.com")
}

/// `home` holds the file with the password while the command reads it.
pub fn add(ours: &Ours, home: &Path, number: u32) -> Outcome {
    add_to(ours, TENANT, home, number)
}

pub fn add_to(ours: &Ours, tenant: &str, home: &Path, number: u32) -> Outcome {
    let file = home.join("password");
    fs::write(&file, PASSWORD).map_err(|fault| format!("{}: {fault}", file.display()))?;
    let (email, file, name) = (email(number), file.display().to_string(), format!("Person {number}"));
    let words = ["person", "add", tenant, "--email", &email, "--name", &name, "--password-file", &file];
    ours.say(&words).map(drop)
}
