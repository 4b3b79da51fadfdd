//! Asking another server: at most ten seconds, a bounded answer, a breaker for each server.

use std::sync::Arc;

use kernel::jiff::{SignedDuration, Timestamp};
use outward::{Error, Outward, Request as Ask, Response};

use super::model::Endpoint;
use super::pace::Outcome;
use super::wire::{self, Attribute, Service, Taken, Theirs};
use crate::limits;
use crate::request::model::Request;

/// One server, as one market knows it.
pub struct Client<'a> {
    outward: &'a Arc<Outward>,
    endpoint: &'a Endpoint,
    api_key: Option<String>,
}

/// Why nothing came of it.
#[derive(Debug, Clone)]
pub struct Failed {
    pub outcome: Outcome,
    /// Without anything private.
    pub detail: String,
    pub retry_after: Option<SignedDuration>,
}

/// What of a request goes over; contacts stay here.
pub struct Parcel<'a> {
    pub request: &'a Request,
    pub service: &'a str,
    /// The number under which people know it; it is also how it is found again over there.
    pub reference: &'a str,
    pub photos: Vec<String>,
}

impl<'a> Client<'a> {
    pub fn new(outward: &'a Arc<Outward>, endpoint: &'a Endpoint, api_key: Option<String>) -> Self {
        Self { outward, endpoint, api_key }
    }

    /// Sent once: whether it may be sent again is for the caller to find out.
    pub async fn send(&self, parcel: &Parcel<'_>) -> Result<Taken, Failed> {
        let mut fields = fields(parcel);
        if let Some(key) = &self.api_key {
            fields.push(("api_key".to_owned(), key.clone()));
        }
        if let Some(jurisdiction) = &self.endpoint.jurisdiction {
            fields.push(("jurisdiction_id".to_owned(), jurisdiction.clone()));
        }
        let pairs = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let ask = Ask::post(self.url("requests", &[])).form(pairs).tries(1);
        let answer = self.ask(ask).await?;
        wire::taken(&answer.body).map_err(|error| Failed {
            // They said yes, in words that cannot be read.
            outcome: Outcome::Unknown,
            detail: error.to_string(),
            retry_after: None,
        })
    }

    pub async fn token(&self, token: &str) -> Result<Taken, Failed> {
        let answer =
            self.ask(Ask::get(self.url(&format!("tokens/{}", encoded(token)), &[])).tries(1)).await?;
        Ok(wire::taken(&answer.body).unwrap_or_else(|_| Taken::Token(token.to_owned())))
    }

    /// The one that carries this reference, among those of its service since then.
    pub async fn search(
        &self,
        service: &str,
        reference: &str,
        since: Timestamp,
    ) -> Result<Option<Theirs>, Failed> {
        let from = since.checked_sub(limits::FORWARD_SEARCH_MARGIN).unwrap_or(since);
        let from = from.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let url = self.url("requests", &[("service_code", service), ("start_date", &from)]);
        let found = read(wire::requests(&self.ask(Ask::get(url)).await?.body))?;
        let has = |theirs: &Theirs| theirs.description.as_ref().is_some_and(|text| text.contains(reference));
        Ok(found.into_iter().find(has))
    }

    /// How these stand, of as many as they know.
    pub async fn look(&self, ids: &[&str]) -> Result<Vec<Theirs>, Failed> {
        let url = self.url("requests", &[("service_request_id", &ids.join(","))]);
        let found = read(wire::requests(&self.ask(Ask::get(url)).await?.body))?;
        // Some servers know nothing of lists of ids and answer with whatever is new.
        Ok(found.into_iter().filter(|theirs| ids.contains(&theirs.id.as_str())).collect())
    }

    pub async fn services(&self) -> Result<Vec<Service>, Failed> {
        read(wire::services(&self.ask(Ask::get(self.url("services", &[]))).await?.body))
    }

    pub async fn definition(&self, service: &str) -> Result<Vec<Attribute>, Failed> {
        let url = self.url(&format!("services/{}", encoded(service)), &[]);
        read(wire::definition(&self.ask(Ask::get(url)).await?.body))
    }

    fn url(&self, what: &str, query: &[(&str, &str)]) -> String {
        let ending = self.endpoint.form.ending();
        let mut url = format!("{}/{what}.{ending}", self.endpoint.url.trim_end_matches('/'));
        let jurisdiction = self.endpoint.jurisdiction.as_deref().map(|it| ("jurisdiction_id", it));
        for (place, (name, value)) in jurisdiction.iter().chain(query).enumerate() {
            url.push(if place == 0 { '?' } else { '&' });
            url += &format!("{name}={}", encoded(value));
        }
        url
    }

    async fn ask(&self, ask: Ask) -> Result<Response, Failed> {
        let ask = ask.time_max(limits::FORWARD_TIME_MAX).answer_bytes_max(limits::FORWARD_ANSWER_BYTES_MAX);
        let answered = self.outward.send(ask).await.and_then(Response::success);
        answered.map_err(|error| failed(&error))
    }
}

fn failed(error: &Error) -> Failed {
    let outcome = match error {
        Error::Status { status, .. } => match status.as_u16() {
            408 | 425 | 429 | 500..=599 => Outcome::NotNow,
            _ => Outcome::Refused,
        },
        Error::Address(_) | Error::Inside { .. } => Outcome::Refused,
        error if error.may_have_arrived() => Outcome::Unknown,
        _ => Outcome::NotNow,
    };
    let said = match error {
        Error::Status { complaint, .. } => wire::complaint(complaint),
        _ => String::new(),
    };
    let detail = if said.is_empty() { error.to_string() } else { format!("{error}: {said}") };
    let retry_after = error.retry_after().and_then(|wait| SignedDuration::try_from(wait).ok());
    Failed { outcome, detail, retry_after }
}

fn read<T>(found: Result<T, wire::Unreadable>) -> Result<T, Failed> {
    found.map_err(|error| Failed { outcome: Outcome::NotNow, detail: error.to_string(), retry_after: None })
}

/// The form of a request. The reference stands in the text, where every server keeps it.
fn fields(parcel: &Parcel<'_>) -> Vec<(String, String)> {
    let request = parcel.request;
    let reference = format!("\n\n[{}]", parcel.reference);
    let room = limits::FORWARD_TEXT_LETTERS_MAX.saturating_sub(reference.chars().count());
    let text: String = request.description.chars().take(room).collect();
    let mut fields = vec![
        ("service_code".to_owned(), parcel.service.to_owned()),
        ("lat".to_owned(), request.place.lat().to_string()),
        ("long".to_owned(), request.place.long().to_string()),
        ("description".to_owned(), text + &reference),
    ];
    fields.extend(request.address.iter().map(|address| ("address_string".to_owned(), address.clone())));
    fields.extend(parcel.photos.iter().map(|photo| ("media_url".to_owned(), photo.clone())));
    let answers = request.answers.as_deref().and_then(|text| serde_json::from_str(text).ok());
    if let Some(serde_json::Value::Object(answers)) = answers {
        for (code, answer) in answers {
            match answer {
                serde_json::Value::Array(values) => {
                    fields.extend(values.iter().map(|value| (format!("attribute[{code}][]"), plain(value))));
                }
                value => fields.push((format!("attribute[{code}]"), plain(&value))),
            }
        }
    }
    fields
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// One part of an address: everything but the plainest letters as it must be written.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b',' => {
                out.push(byte.into())
            }
            byte => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use geo::Point;

    use super::*;
    use crate::request::model::RequestId;

    #[test]
    fn a_form_has_all_that_they_need_and_nobody_s_name() {
        let place = Point::from_e7(423_601_230, -710_000_000).unwrap();
        let mut request = Request::new(RequestId::from_raw(1), "hole", "Deep", place, Timestamp::UNIX_EPOCH);
        request.answers = Some(r#"{"SIZE":"big","WHERE":["a","b"],"N":3}"#.into());
        let parcel = Parcel {
            request: &request,
            service: "001",
            reference: "AB-12",
            photos: vec!["https://p/1".into()],
        };
        let fields = fields(&parcel);
        let expect = [
            ("service_code", "001"),
            ("lat", "42.360123"),
            ("long", "-71"),
            ("description", "Deep\n\n[AB-12]"),
            ("media_url", "https://p/1"),
            ("attribute[N]", "3"),
            ("attribute[SIZE]", "big"),
            ("attribute[WHERE][]", "a"),
            ("attribute[WHERE][]", "b"),
        ];
        assert_eq!(fields, expect.map(|(name, value)| (name.to_owned(), value.to_owned())));
        request.description = "x".repeat(9_000);
        let parcel = Parcel { request: &request, service: "001", reference: "AB-12", photos: Vec::new() };
        let text = &super::fields(&parcel)[3].1;
        assert!(text.ends_with("x\n\n[AB-12]") && text.chars().count() == limits::FORWARD_TEXT_LETTERS_MAX);
    }

    #[test]
    fn addresses_are_written_safely() {
        assert_eq!(encoded("a b/ü?&=,1"), "a%20b%2F%C3%BC%3F%26%3D,1");
    }
}
