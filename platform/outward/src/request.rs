use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;

use crate::limits;

/// What is asked of the other side, and under which limits.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) time_max: Option<Duration>,
    pub(crate) answer_bytes_max: Option<usize>,
    pub(crate) tries: Option<u32>,
    pub(crate) repeatable: bool,
    pub(crate) redirects: u32,
    /// What could not be made of what was given; said by `send`, so that building needs no `?`.
    pub(crate) fault: Option<&'static str>,
}

/// Path, headers and body may hold secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} …, {} bytes)", self.method, self.body.len())
    }
}

impl Request {
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        let repeatable = method.is_idempotent();
        Self {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            time_max: None,
            answer_bytes_max: None,
            tries: None,
            repeatable,
            redirects: 0,
            fault: None,
        }
    }

    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::POST, url)
    }

    pub fn put(url: impl Into<String>) -> Self {
        Self::new(Method::PUT, url)
    }

    pub fn delete(url: impl Into<String>) -> Self {
        Self::new(Method::DELETE, url)
    }

    /// The same, to another address.
    pub fn at(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => self.fault = Some("a header cannot be written"),
        }
        self
    }

    /// `Authorization: Bearer …`, never shown in a debug form.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    pub fn json(mut self, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.body("application/json", body),
            Err(_) => {
                self.fault = Some("the body cannot be written as JSON");
                self
            }
        }
    }

    pub fn form<'a>(self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    /// With all tries.
    pub fn time_max(mut self, time: Duration) -> Self {
        self.time_max = Some(time.min(limits::TIME_CEILING));
        self
    }

    pub fn answer_bytes_max(mut self, bytes: usize) -> Self {
        self.answer_bytes_max = Some(bytes);
        self
    }

    /// At most so many, the first included; 1 is never tried again.
    pub fn tries(mut self, tries: u32) -> Self {
        self.tries = Some(tries.clamp(1, limits::TRIES_MAX));
        self
    }

    /// Although its method says otherwise it may be sent twice: it carries a key by which the other
    /// side knows it again.
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Follows so many redirects of a GET or HEAD, each checked like the first address. Credentials
    /// are not sent on to another destination.
    pub fn redirects(mut self, count: u32) -> Self {
        self.redirects = count.min(limits::REDIRECTS_MAX);
        self
    }
}
