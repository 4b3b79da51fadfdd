//! Server-Sent Events: what is told while it happens, as a stream that browsers read by themselves.

use std::fmt::Write;
use std::io;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::Stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

use crate::answer::{Answer, Bare};

pub const EVENT_STREAM: &str = "text/event-stream";

/// The last event that a client has seen, which it says when it comes back.
const LAST_EVENT_ID: &str = "last-event-id";
/// Proxies that gather what they pass on are asked not to.
const BUFFERING: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// Some events as they are sent, put together one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventText(String);

impl EventText {
    /// How long a client waits before it comes back.
    pub fn retry(mut self, milliseconds: u32) -> Self {
        let _ = write!(self.0, "retry: {milliseconds}\n\n");
        self
    }

    /// A sign of life; and a client that comes back says that it has seen everything up to here.
    pub fn seen(mut self, id: i64) -> Self {
        let _ = write!(self.0, ":\nid: {id}\n\n");
        self
    }

    /// An event; with an `id`, a client that comes back says that it has seen this one.
    pub fn event(mut self, name: &'static str, id: Option<i64>, data: &impl Serialize) -> Self {
        let _ = writeln!(self.0, "event: {name}");
        if let Some(id) = id {
            let _ = writeln!(self.0, "id: {id}");
        }
        // JSON as it is written here has no line breaks. What is sent is plain data: writing it cannot fail.
        let _ = write!(self.0, "data: {}\n\n", serde_json::to_string(data).unwrap_or_default());
        self
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a client that comes back has stopped; nothing of what is no number.
pub fn last_event(headers: &HeaderMap) -> Option<i64> {
    headers.get(LAST_EVENT_ID)?.to_str().ok()?.trim().parse().ok()
}

impl Answer<Bare> {
    /// Events as they happen, until there are no more.
    pub fn events(events: impl Stream<Item = EventText> + Send + 'static) -> Self {
        let chunks = events.map(|event| io::Result::Ok(Bytes::from(event.0)));
        Self::stream(EVENT_STREAM, chunks).header(BUFFERING.0, BUFFERING.1)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::answer::Reply;

    #[test]
    fn events_are_written_as_browsers_read_them() {
        let text = EventText::default()
            .retry(2_000)
            .event("order", Some(7), &serde_json::json!({"note": "two\nlines\r"}))
            .event("rider", None, &[1, 2])
            .seen(9);
        let expected = "retry: 2000\n\nevent: order\nid: 7\ndata: {\"note\":\"two\\nlines\\r\"}\n\n\
                        event: rider\ndata: [1,2]\n\n:\nid: 9\n\n";
        assert_eq!(text.as_str(), expected);
        assert!(!text.is_empty() && EventText::default().is_empty());
    }

    #[test]
    fn whoever_comes_back_says_where_they_stopped() {
        for (given, expected) in
            [("7", Some(7)), (" 12 ", Some(12)), ("", None), ("7a", None), ("99999999999999999999", None)]
        {
            let headers = HeaderMap::from_iter([(
                HeaderName::from_static(LAST_EVENT_ID),
                HeaderValue::from_str(given).unwrap(),
            )]);
            assert_eq!(last_event(&headers), expected, "{given}");
        }
        assert_eq!(last_event(&HeaderMap::new()), None);
    }

    #[test]
    fn they_are_streamed_one_by_one() {
        let events = [EventText::default().seen(3), EventText::default().retry(1)];
        let reply = Reply::from(Answer::events(futures_util::stream::iter(events)));
        assert_eq!(reply.media, EVENT_STREAM);
        let mut chunks = reply.stream.unwrap().take().unwrap();
        for expected in [Some(":\nid: 3\n\n"), Some("retry: 1\n\n"), None] {
            let chunk = chunks.next().now_or_never().unwrap();
            assert_eq!(chunk.map(Result::unwrap), expected.map(Bytes::from));
        }
    }
}
