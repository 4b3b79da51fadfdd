use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::limits::COMPLAINT_BYTES_MAX;

/// An answer, read whole and within its bound.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// As the other side asks, counted from now.
    pub retry_after: Option<Duration>,
    /// Who answered: scheme, host and port.
    pub destination: String,
}

impl Response {
    /// Only where the status says so; otherwise what was answered instead.
    pub fn success(self) -> Result<Self, Error> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(Error::Status {
            destination: self.destination,
            status: self.status,
            retry_after: self.retry_after,
            complaint: self.body.slice(..self.body.len().min(COMPLAINT_BYTES_MAX)),
        })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}
