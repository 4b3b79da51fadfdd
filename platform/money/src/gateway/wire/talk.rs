//! Asking over HTTP, and reading answers leniently: what cannot be read is an outcome that is unknown.

use kernel::{Currency, Money};
use outward::{Outward, Request};
use serde_json::Value;

use crate::gateway::adapter::{Callback, Forged};
use crate::gateway::report::{Report, Standing, Trouble};
use crate::payment::limits::{ANSWER_BYTES_MAX, CALL_TIME_MAX};

pub struct Answer {
    pub status: u16,
    pub body: Value,
}

/// Sent once: whether it is sent again is decided where the attempt is known.
pub async fn ask(outward: &Outward, request: Request) -> Result<Answer, Trouble> {
    let request = request.tries(1).time_max(CALL_TIME_MAX).answer_bytes_max(ANSWER_BYTES_MAX);
    let response = outward.send(request).await?;
    let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
    Ok(Answer { status: response.status.as_u16(), body })
}

impl Answer {
    /// The body of a yes; what else it says as a report, where that is certain.
    pub fn yes(self) -> Result<Result<Value, Report>, Trouble> {
        let detail = says(&self.body, "message").or_else(|| says(&self.body, "errorMessage"));
        let no = |code: &str| Ok(Err(Report { detail: detail.clone(), ..Report::declined(code) }));
        match self.status {
            200..=299 if self.body.is_object() => Ok(Ok(self.body)),
            401 | 403 => no("misconfigured"),
            404 => Ok(Err(Report::new(Standing::NotFound))),
            429 => Err(Trouble::NotArrived("it has too much to do".to_owned())),
            400..=499 => no("refused"),
            status => Err(Trouble::Unknown(format!("it answered {status}"))),
        }
    }
}

/// A text or a number, as text.
pub fn says(body: &Value, pointer: &str) -> Option<String> {
    let value = if pointer.starts_with('/') { body.pointer(pointer)? } else { body.get(pointer)? };
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub fn unreadable() -> Trouble {
    Trouble::Unknown("its answer cannot be read".to_owned())
}

/// An amount in whole and parts, such as `12.50`; further zeros behind it are no fault.
pub fn major(text: &str, currency: Currency) -> Option<Money> {
    let bare = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    };
    Money::parse(bare, currency).ok()
}

/// An amount and its currency, each at its place; none where no amount is stated.
pub fn stated(body: &Value, amount: &str, currency: &str) -> Result<Option<Money>, Trouble> {
    let Some(text) = says(body, amount) else { return Ok(None) };
    let currency: Currency =
        says(body, currency).and_then(|code| code.parse().ok()).ok_or_else(unreadable)?;
    major(&text, currency).map(Some).ok_or_else(unreadable)
}

/// The number alone, as gateways write it.
pub fn number(amount: Money) -> String {
    let mut text = amount.to_string();
    text.truncate(text.find(' ').unwrap_or(text.len()));
    text
}

pub fn callback_body(callback: &Callback) -> Result<Value, Forged> {
    serde_json::from_slice(&callback.body).map_err(|_| Forged::Unreadable)
}

/// What is put into a path: letters and digits pass, all else is written in numbers.
pub fn in_path(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_gateways_write_them() {
        for (text, code, minor) in [
            ("100", "ETB", Some(10_000)),
            ("100.0", "ETB", Some(10_000)),
            ("100.50", "ETB", Some(10_050)),
            ("100.500000", "ETB", Some(10_050)),
            ("100.505", "ETB", None),
            ("100.0", "JPY", Some(100)),
            ("1e3", "ETB", None),
            ("-5", "ETB", Some(-500)),
            ("", "ETB", None),
        ] {
            let found = major(text, code.parse().unwrap()).map(Money::minor);
            assert_eq!(found, minor, "{text} {code}");
        }
    }

    #[test]
    fn what_an_answer_says_for_certain() {
        let yes = |status, text: &str| Answer { status, body: serde_json::from_str(text).unwrap() }.yes();
        assert!(matches!(yes(200, "{}"), Ok(Ok(_))));
        assert!(matches!(yes(200, "null"), Err(Trouble::Unknown(_))));
        assert!(matches!(yes(429, "{}"), Err(Trouble::NotArrived(_))));
        assert!(matches!(yes(500, "{}"), Err(Trouble::Unknown(_))));
        assert!(matches!(yes(302, "{}"), Err(Trouble::Unknown(_))));
        for (status, standing, code) in [
            (404, Standing::NotFound, None),
            (401, Standing::Declined, Some("misconfigured")),
            (400, Standing::Declined, Some("refused")),
        ] {
            let report = yes(status, "{\"message\":\"No.\"}").unwrap().unwrap_err();
            assert_eq!((report.standing, report.code.as_deref()), (standing, code), "{status}");
        }
    }
}
