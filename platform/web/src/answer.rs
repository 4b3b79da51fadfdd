//! What goes back.

use std::marker::PhantomData;

use bytes::Bytes;
use http::StatusCode;
use kernel::Refusal;
use serde::Serialize;
use serde_json::Value;

/// A typed answer; the type is what the OpenAPI document promises.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    reply: Reply,
    of: PhantomData<fn() -> T>,
}

/// An answer as bytes, as it is sent, stored for a repeated key, or cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: StatusCode,
    pub location: Option<String>,
    /// JSON unless the endpoint says otherwise; empty for 204.
    pub body: Bytes,
    pub cache: CachePolicy,
    /// Set where a version is at hand; otherwise the edge makes one from the body.
    pub etag: Option<String>,
}

/// Who else may keep the answer, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CachePolicy {
    #[default]
    Private,
    Public {
        max_age_s: u32,
        stale_s: u32,
    },
}

impl<T: Serialize> Answer<T> {
    pub fn ok(value: &T) -> Result<Self, Refusal> {
        Self::with(StatusCode::OK, value)
    }

    pub fn created(location: String, value: &T) -> Result<Self, Refusal> {
        let mut answer = Self::with(StatusCode::CREATED, value)?;
        answer.reply.location = Some(location);
        Ok(answer)
    }

    pub fn with(status: StatusCode, value: &T) -> Result<Self, Refusal> {
        let body = serde_json::to_vec(value)
            .map_err(|_| Refusal::unavailable("answer_broken", "The answer could not be written.", 60))?;
        Ok(Self::from(Reply::json(status, body.into())))
    }

    /// Anyone may keep it this long, and a little longer while fetching the next.
    pub fn public(mut self, max_age_s: u32, stale_s: u32) -> Self {
        self.reply.cache = CachePolicy::Public { max_age_s, stale_s };
        self
    }
}

impl Answer<()> {
    /// Done, nothing to show.
    pub fn done() -> Self {
        Self::from(Reply::json(StatusCode::NO_CONTENT, Bytes::new()))
    }
}

impl<T> From<Reply> for Answer<T> {
    fn from(reply: Reply) -> Self {
        Self { reply, of: PhantomData }
    }
}

impl<T> From<Answer<T>> for Reply {
    fn from(answer: Answer<T>) -> Reply {
        answer.reply
    }
}

impl Reply {
    pub fn json(status: StatusCode, body: Bytes) -> Self {
        Self { status, location: None, body, cache: CachePolicy::Private, etag: None }
    }

    /// Only these fields of the object, or of each of its `items`. Names are known to be valid.
    pub fn only(mut self, fields: &[String]) -> Self {
        if let Ok(Value::Object(mut object)) = serde_json::from_slice(&self.body) {
            match object.get_mut("items") {
                Some(Value::Array(items)) => items.iter_mut().for_each(|item| keep(item, fields)),
                _ => object.retain(|name, _| fields.contains(name)),
            }
            self.body = Value::Object(object).to_string().into();
        }
        self
    }
}

fn keep(item: &mut Value, fields: &[String]) {
    if let Value::Object(object) = item {
        object.retain(|name, _| fields.contains(name));
    }
}
