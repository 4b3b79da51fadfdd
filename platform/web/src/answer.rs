//! What goes back: whole or as a stream, JSON or anything else.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, Stream};
use http::{HeaderName, HeaderValue, StatusCode};
use kernel::Refusal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::Value;

pub const JSON: &str = "application/json";

/// A typed answer; the type is what the OpenAPI document promises.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    reply: Reply,
    of: PhantomData<fn() -> T>,
}

/// The type of an answer that is no JSON of ours: a page, a picture, a table, a protocol's own form.
#[derive(Debug, Clone, Copy)]
pub struct Bare;

/// An answer as bytes, as it is sent, stored for a repeated key, or cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: StatusCode,
    pub media: Cow<'static, str>,
    pub location: Option<String>,
    /// More headers. They are sent, but not kept for a repeated key: they may set a cookie.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The whole body. Empty for 204, and where a stream follows.
    pub body: Bytes,
    pub stream: Option<Streamed>,
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
    /// Under this address there will never be anything else.
    Immutable,
}

/// A body that is made while it is sent. It can be taken once, by whoever sends it.
#[derive(Clone)]
pub struct Streamed(Arc<Mutex<Option<Chunks>>>);

/// The parts of a streamed body, in order.
pub type Chunks = BoxStream<'static, io::Result<Bytes>>;

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
}

impl<T> Answer<T> {
    /// Anyone may keep it this long, and a little longer while fetching the next.
    pub fn public(mut self, max_age_s: u32, stale_s: u32) -> Self {
        self.reply.cache = CachePolicy::Public { max_age_s, stale_s };
        self
    }

    /// Anyone may keep it for ever: its address changes when it does.
    pub fn immutable(mut self) -> Self {
        self.reply.cache = CachePolicy::Immutable;
        self
    }

    /// One more header. Of the same name again, the last holds; cookies are added up.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.reply.headers.push((name, value));
        self
    }

    /// A version of the answer, in place of one made from its body: `a1` or `"a1"` or `W/"a1"`.
    pub fn etag(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        let is_quoted = text.ends_with('"');
        self.reply.etag = Some(if is_quoted { text } else { format!("\"{text}\"") });
        self
    }

    /// Another status than the constructor's, such as 206.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.reply.status = status;
        self
    }
}

impl Answer<()> {
    /// Done, nothing to show.
    pub fn done() -> Self {
        Self::from(Reply::json(StatusCode::NO_CONTENT, Bytes::new()))
    }
}

impl Answer<Bare> {
    pub fn bytes(status: StatusCode, media: impl Into<Cow<'static, str>>, body: impl Into<Bytes>) -> Self {
        Self::from(Reply::bytes(status, media, body))
    }

    /// Sent as it is made: neither tagged nor packed, and never kept for a repeated key. An error, or
    /// a panic, cuts the connection, so that nobody takes a part for the whole.
    pub fn stream(
        media: impl Into<Cow<'static, str>>,
        chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Self {
        let stream = Some(Streamed::new(chunks));
        Self::from(Reply { stream, ..Reply::bytes(StatusCode::OK, media, Bytes::new()) })
    }

    /// Done; what there is to see is there.
    pub fn see_other(location: impl Into<String>) -> Self {
        Self::from(Reply::see_other(location))
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

impl JsonSchema for Bare {
    fn schema_name() -> Cow<'static, str> {
        "Bare".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "binary"})
    }
}

impl Reply {
    pub fn json(status: StatusCode, body: Bytes) -> Self {
        Self {
            status,
            media: Cow::Borrowed(JSON),
            location: None,
            headers: Vec::new(),
            body,
            stream: None,
            cache: CachePolicy::Private,
            etag: None,
        }
    }

    pub fn bytes(status: StatusCode, media: impl Into<Cow<'static, str>>, body: impl Into<Bytes>) -> Self {
        Self { media: media.into(), ..Self::json(status, body.into()) }
    }

    pub fn see_other(location: impl Into<String>) -> Self {
        let location = Some(location.into());
        Self { location, ..Self::json(StatusCode::SEE_OTHER, Bytes::new()) }
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

impl Streamed {
    pub fn new(chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Some(chunks.boxed()))))
    }

    /// `None`: somebody has it already.
    pub fn take(&self) -> Option<Chunks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Streamed")
    }
}

/// One stream is like itself only.
impl PartialEq for Streamed {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Streamed {}

fn keep(item: &mut Value, fields: &[String]) {
    if let Value::Object(object) = item {
        object.retain(|name, _| fields.contains(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_quoted_once() {
        for (given, expected) in [("a1", "\"a1\""), ("\"a1\"", "\"a1\""), ("W/\"a1\"", "W/\"a1\"")] {
            let reply = Reply::from(Answer::bytes(StatusCode::OK, "text/plain", "x").etag(given));
            assert_eq!(reply.etag.as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_stream_is_there_for_one() {
        let reply = Reply::from(Answer::stream("text/csv", futures_util::stream::empty()));
        let again = reply.clone();
        assert_eq!(reply, again);
        let stream = again.stream.unwrap();
        assert!(stream.take().is_some() && stream.take().is_none());
        assert!(reply.stream.unwrap().take().is_none());
    }
}
