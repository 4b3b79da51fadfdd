//! The city under test, as one of its citizens sees it.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

pub const OWNER: &str = "owner@crash.example";
pub const PASSWORD: &str = "crashes are survived";
/// The market that is written to.
pub const MARKET: &str = "crash/city";
/// Longer than any restart, so that what is not answered was lost with the server.
const TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub struct City {
    agent: Agent,
    base: String,
    /// Of its owner, good for longer than a round.
    token: String,
}

/// What the server said to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// 201, under this id.
    Taken(String),
    /// 400: it was wrong on purpose.
    Refused,
    /// 429 or 503: come again.
    Later,
    /// No answer: the connection broke.
    Nothing,
}

impl City {
    pub fn at(url: String) -> Result<Self, String> {
        let config =
            Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false).build();
        let mut city =
            Self { agent: config.into(), base: format!("{url}/{MARKET}/v1"), token: String::new() };
        let signs = json!({ "contact": OWNER, "password": PASSWORD });
        let begun = std::time::Instant::now();
        while city.token.is_empty() {
            match city.post("/sign-in", None, false, &signs)? {
                Some((200, value)) => {
                    city.token = value["access_token"].as_str().unwrap_or_default().to_owned()
                }
                None | Some((429 | 503, _)) if begun.elapsed() < TIMEOUT => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                other => return Err(format!("the owner cannot sign in: {other:?}")),
            }
        }
        Ok(city)
    }

    /// None: no answer came.
    pub fn post(
        &self,
        path: &str,
        key: Option<&str>,
        as_owner: bool,
        body: &Value,
    ) -> Result<Option<(u16, Value)>, String> {
        let mut request = self.agent.post(format!("{}{path}", self.base));
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if as_owner {
            request = request.header("Authorization", format!("Bearer {}", self.token));
        }
        let Ok(mut answer) = request.send_json(body) else { return Ok(None) };
        let status = answer.status().as_u16();
        Ok(answer.body_mut().read_json::<Value>().ok().map(|value| (status, value)))
    }

    pub fn patch(
        &self,
        path: &str,
        ticket: &str,
        offset: usize,
        bytes: &[u8],
    ) -> Result<Option<u16>, String> {
        let request = self.agent.patch(format!("{}{path}", self.base));
        let request = request.header("Upload-Ticket", ticket).header("Upload-Offset", offset.to_string());
        let sent = request.header("Content-Type", "application/offset+octet-stream").send(bytes);
        Ok(sent.ok().map(|answer| answer.status().as_u16()))
    }

    pub fn upload(&self, id: &str, ticket: &str) -> Result<Value, String> {
        let asked = self.agent.get(format!("{}/uploads/{id}", self.base)).header("Upload-Ticket", ticket);
        let mut answer = asked.call().map_err(|fault| format!("{id}: {fault}"))?;
        answer.body_mut().read_json().map_err(|fault| format!("{id}: {fault}"))
    }

    /// What must be there.
    pub fn get_known(&self, path: &str) -> Result<Value, String> {
        match self.get(path)? {
            (200, value) => Ok(value),
            (status, value) => Err(format!("{path} is answered {status}: {value}")),
        }
    }

    /// Reports number so and so; one with a wrong category must be refused.
    pub fn report(&self, number: u64, right: bool) -> Result<Said, String> {
        let category = if right { "pothole" } else { "no_such_category" };
        let body = json!({
            "category": category,
            "description": format!("report {number}"),
            "place": { "lat": 42.36 + (number % 1000) as f64 / 1e5, "long": -71.05 },
        });
        let sent = self
            .agent
            .post(format!("{}/requests", self.base))
            .header("Idempotency-Key", format!("key-{number}"))
            .send_json(&body);
        let Ok(mut answer) = sent else { return Ok(Said::Nothing) };
        let status = answer.status().as_u16();
        let Ok(value) = answer.body_mut().read_json::<Value>() else { return Ok(Said::Nothing) };
        match status {
            201 => Ok(Said::Taken(value["id"].as_str().ok_or("an answer without an id")?.to_owned())),
            400 if !right => Ok(Said::Refused),
            429 | 503 => Ok(Said::Later),
            _ => Err(format!("report {number} is answered {status}: {value}")),
        }
    }

    /// The description under an id, if there is such a request.
    pub fn read(&self, id: &str) -> Result<Option<String>, String> {
        match self.get(&format!("/requests/{id}"))? {
            (200, value) => Ok(value["description"].as_str().map(str::to_owned)),
            (404, _) => Ok(None),
            (status, value) => Err(format!("{id} is answered {status}: {value}")),
        }
    }

    /// How many requests the consumer of events has counted.
    pub fn counted(&self) -> Result<u64, String> {
        let (status, value) = self.get("/categories?fields=requests")?;
        let items =
            value["items"].as_array().ok_or(format!("the categories are answered {status}: {value}"))?;
        Ok(items.iter().filter_map(|item| item["requests"].as_u64()).sum())
    }

    /// Every id there is, page by page.
    pub fn every_id(&self) -> Result<Vec<String>, String> {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let (status, value) = self.get(&format!("/requests?limit=100&fields=id{cursor}"))?;
            let items = value["items"].as_array().ok_or(format!("the list is answered {status}: {value}"))?;
            ids.extend(items.iter().filter_map(|item| item["id"].as_str().map(str::to_owned)));
            match value["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(ids),
            }
        }
    }

    fn get(&self, path: &str) -> Result<(u16, Value), String> {
        let mut answer = self
            .agent
            .get(format!("{}{path}", self.base))
            .call()
            .map_err(|fault| format!("GET {path}: {fault}"))?;
        let value = answer.body_mut().read_json().map_err(|fault| format!("GET {path}: {fault}"))?;
        Ok((answer.status().as_u16(), value))
    }
}
