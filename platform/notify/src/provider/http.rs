//! Any provider of SMS or push messages that takes a message by one HTTP request, described in the
//! settings: where to, which headers, which fields.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::Method;
use kernel::jiff::SignedDuration;
use outward::{Outward, Request, Response};
use serde_json::Value;
use store::Market;

use super::{Content, Outcome, Parcel, Provider, outcome_of};
use crate::limits::WIRE_TIME_MAX;

/// How a request is written. In every text `{to}`, `{text}`, `{title}`, `{body}`, `{data}` and `{key}`
/// stand for what the message says.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    Json(Value),
    Fields(Vec<(String, String)>),
}

/// One provider.
#[derive(Clone)]
pub struct HttpProvider {
    pub name: String,
    pub url: String,
    /// With credentials.
    pub headers: Vec<(String, String)>,
    pub form: Form,
    /// The header in which it takes a key against repetition, if it does.
    pub key_header: Option<String>,
    /// Where its answer holds its own name for the message, as a JSON pointer.
    pub reference: Option<String>,
    /// What stands in its refusal when the recipient does not exist.
    pub recipient_errors: Vec<String>,
}

/// Headers may hold credentials, and so may the address.
impl std::fmt::Debug for HttpProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HttpProvider({})", self.name)
    }
}

impl HttpProvider {
    pub fn over(self, outward: Arc<Outward>) -> Arc<dyn Provider> {
        Arc::new(Http { its: self, outward })
    }

    fn request(&self, parcel: &Parcel) -> Request {
        let words = words(parcel);
        let mut request = Request::new(Method::POST, &self.url).time_max(WIRE_TIME_MAX / 2).tries(1);
        request = match &self.form {
            Form::Json(value) => request.json(&filled(value, &words)),
            Form::Fields(fields) => {
                let fields: Vec<(&str, String)> =
                    fields.iter().map(|(name, text)| (name.as_str(), fill(text, &words))).collect();
                request.form(fields.iter().map(|(name, text)| (*name, text.as_str())))
            }
        };
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match &self.key_header {
            Some(header) => request.header(header, &parcel.key),
            None => request,
        }
    }

    /// What an answer means.
    fn read(&self, answer: &Response) -> Outcome {
        let status = answer.status;
        let retry_after = answer.retry_after.and_then(|wait| SignedDuration::try_from(wait).ok());
        let error = format!("{} answered {status}", self.name);
        let complaint = answer.text();
        let is_recipient = || self.recipient_errors.iter().any(|text| complaint.contains(text.as_str()));
        match status.as_u16() {
            200..=299 if is_recipient() => Outcome::Recipient { error },
            200..=299 => Outcome::Sent { reference: self.reference_in(answer) },
            // Not taken on, by the status's own meaning.
            408 | 425 | 429 | 503 => Outcome::Failed { error, retry_after },
            // It may have broken after the message went out.
            500..=599 => Outcome::Unknown { error },
            _ if is_recipient() => Outcome::Recipient { error },
            _ => Outcome::Refused { error },
        }
    }

    fn reference_in(&self, answer: &Response) -> Option<String> {
        let value: Value = answer.json().ok()?;
        match value.pointer(self.reference.as_ref()?)? {
            Value::String(text) => Some(text.chars().take(200).collect()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

struct Http {
    its: HttpProvider,
    outward: Arc<Outward>,
}

impl Provider for Http {
    fn name(&self) -> &str {
        &self.its.name
    }

    fn send<'a>(&'a self, _: &'a Market, parcel: &'a Parcel) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match self.outward.send(self.its.request(parcel)).await {
                Ok(answer) => self.its.read(&answer),
                Err(error @ (outward::Error::Inside { .. } | outward::Error::Address(_))) => {
                    Outcome::Refused { error: error.to_string() }
                }
                Err(error) => outcome_of(&error),
            }
        })
    }
}

fn words(parcel: &Parcel) -> [(&'static str, &str); 6] {
    let (text, title, body, data) = match &parcel.content {
        Content::Sms { text } => (text.as_str(), "", text.as_str(), "{}"),
        Content::Email { subject, text, .. } => (text.as_str(), subject.as_str(), text.as_str(), "{}"),
        Content::Push { title, body, data } => (body.as_str(), title.as_str(), body.as_str(), data.as_str()),
        Content::Webhook { body, .. } => (body.as_str(), "", body.as_str(), "{}"),
    };
    [
        ("to", &parcel.to),
        ("text", text),
        ("title", title),
        ("body", body),
        ("data", data),
        ("key", &parcel.key),
    ]
}

/// In one pass, so that what a message says is never taken for a place to be filled.
fn fill(pattern: &str, words: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let word = words.iter().find_map(|(name, word)| {
            let after = rest[1..].strip_prefix(name)?.strip_prefix('}')?;
            Some((word, after))
        });
        match word {
            Some((word, after)) => {
                out.push_str(word);
                rest = after;
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn filled(value: &Value, words: &[(&str, &str)]) -> Value {
    match value {
        // `{data}` alone is JSON, not text.
        Value::String(text) if text == "{data}" => {
            let data = words.iter().find(|(name, _)| *name == "data").map_or("{}", |(_, data)| data);
            serde_json::from_str(data).unwrap_or(Value::Null)
        }
        Value::String(text) => Value::String(fill(text, words)),
        Value::Array(items) => items.iter().map(|item| filled(item, words)).collect(),
        Value::Object(object) => {
            Value::Object(object.iter().map(|(name, item)| (name.clone(), filled(item, words))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, StatusCode};
    use serde_json::json;

    #[test]
    fn places_are_filled_once() {
        let words = [("to", "+25 {text}"), ("text", "a {to} \"b\""), ("data", "{\"n\":1}")];
        assert_eq!(fill("x {to} {text} {no} {", &words), "x +25 {text} a {to} \"b\" {no} {");
        let form = json!({"messages": [{"to": "{to}", "text": "{text}"}], "data": "{data}", "n": 5});
        let expect =
            json!({"messages": [{"to": "+25 {text}", "text": "a {to} \"b\""}], "data": {"n": 1}, "n": 5});
        assert_eq!(filled(&form, &words), expect);
    }

    #[test]
    fn what_an_answer_means() {
        let provider = HttpProvider {
            name: "first".into(),
            url: String::new(),
            headers: Vec::new(),
            form: Form::Fields(Vec::new()),
            key_header: None,
            reference: Some("/messages/0/id".into()),
            recipient_errors: vec!["InvalidNumber".into()],
        };
        for (status, body, expect) in [
            (200, r#"{"messages": [{"id": "x1"}]}"#, "sent"),
            (202, "OK", "sent"),
            (200, r#"{"status": "InvalidNumber"}"#, "recipient"),
            (400, "InvalidNumber", "recipient"),
            (400, "no credit", "refused"),
            (401, "", "refused"),
            (429, "", "failed"),
            (503, "", "failed"),
            (500, "", "unknown"),
            (504, "", "unknown"),
            (302, "", "refused"),
        ] {
            let answer = Response {
                status: StatusCode::from_u16(status).unwrap(),
                headers: HeaderMap::new(),
                body: body.into(),
                retry_after: None,
                destination: String::new(),
            };
            let outcome = provider.read(&answer);
            assert_eq!(outcome.name(), expect, "{status} {body}");
            if let Outcome::Sent { reference: Some(reference) } = outcome {
                assert_eq!(reference, "x1");
            }
        }
    }
}
