//! Kinds of value for what lies outside this machine: servers, providers, buckets, and when people are
//! left in peace.

use std::collections::BTreeMap;
use std::path::Path;

use kernel::jiff::civil::Time;
use outward::Destination;
use serde::Deserialize;
use telemetry::Secret;

use super::kinds::{HIDDEN, Kind, choice, kind};

const LETTERS_MAX: usize = 1_000;

choice!(
    /// How the way to a server for e-mail is protected.
    Security { Tls = "tls", StartTls = "starttls", Plain = "plain" }
);

/// A line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text(pub String);

/// A line of text that is shown to nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words(pub Secret<String>);

/// Where people reach this server, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicUrl(pub String);

/// From one time on the wall to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quiet {
    pub from: Time,
    pub to: Time,
}

/// Somebody who takes messages over HTTP. It holds credentials, so nothing of it is shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HttpProvider(pub Secret<Described>);

/// How such a provider is described.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Described {
    pub url: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub json: Option<serde_json::Value>,
    pub fields: Option<BTreeMap<String, String>>,
    pub key_header: Option<String>,
    pub reference: Option<String>,
    #[serde(default)]
    pub recipient_errors: Vec<String>,
}

fn line(text: &str) -> Option<String> {
    let fits = !text.trim().is_empty() && text.chars().count() <= LETTERS_MAX;
    (fits && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

fn public_url(text: &str) -> Option<PublicUrl> {
    let url = text.strip_suffix('/').unwrap_or(text);
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[]".contains(&byte);
    (!rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(is_good))
        .then(|| PublicUrl(url.to_owned()))
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn quiet(text: &str) -> Option<Quiet> {
    let (from, to) = text.split_once('-')?;
    Some(Quiet { from: time(from)?, to: time(to)? })
}

fn provider(text: &str) -> Option<HttpProvider> {
    let described: Described = serde_json::from_str(text).ok()?;
    let has_one_form = described.json.is_some() != described.fields.is_some();
    has_one_form.then(|| HttpProvider(Secret::new(described)))
}

kind!(Text, secret = false, |text, _base| line(text).map(Text), |it| it.0.clone(), "a line of text");
kind!(
    Words,
    secret = true,
    |text, _base| line(text).map(|it| Words(Secret::new(it))),
    |it| {
        let _ = it;
        HIDDEN.to_owned()
    },
    "a line of text"
);
kind!(
    PublicUrl,
    secret = false,
    |text, _base| public_url(text),
    |it| it.0.clone(),
    "an address such as https://example.org"
);
kind!(
    Quiet,
    secret = false,
    |text, _base| quiet(text),
    |it| format!("{}-{}", it.from.strftime("%H:%M"), it.to.strftime("%H:%M")),
    "two times of day, such as 21:00-08:00"
);
kind!(
    HttpProvider,
    secret = true,
    |text, _base| provider(text),
    |it| {
        let _ = it;
        HIDDEN.to_owned()
    },
    "a JSON object with url, and json or fields"
);
kind!(
    Destination,
    secret = false,
    |text, _base| text.parse().ok(),
    |it| it.to_string(),
    "a host name, an address, or a block of addresses such as 10.0.0.0/8"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_and_what_is_not() {
        let base = Path::new("");
        for (text, shown) in
            [("21:00-08:00", Some("21:00-08:00")), ("9-5", None), ("25:00-08:00", None), ("21:00", None)]
        {
            assert_eq!(Quiet::parse(text, base).ok().map(|it| it.show()).as_deref(), shown, "{text}");
        }
        for (text, shown) in [
            ("https://example.org/", Some("https://example.org")),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("example.org", None),
            ("https://", None),
            ("https://a b", None),
            ("https://user@example.org", None),
        ] {
            assert_eq!(PublicUrl::parse(text, base).ok().map(|it| it.show()).as_deref(), shown, "{text}");
        }
        for (text, is_good) in [
            (
                r#"{"url":"https://sms.example","json":{"to":"{to}"},"headers":{"authorization":"hunter2"}}"#,
                true,
            ),
            (r#"{"url":"https://sms.example","fields":{"to":"{to}"},"key_header":"idempotency-key"}"#, true),
            (r#"{"url":"https://sms.example"}"#, false),
            (r#"{"url":"https://sms.example","json":{},"fields":{}}"#, false),
            (r#"{"url":"https://sms.example","json":{},"more":"hunter2"}"#, false),
            ("hunter2", false),
        ] {
            let parsed = HttpProvider::parse(text, base);
            assert_eq!(parsed.is_ok(), is_good, "{text}");
            assert!(!format!("{parsed:?}").contains("hunter2"), "{text}");
        }
    }
}
