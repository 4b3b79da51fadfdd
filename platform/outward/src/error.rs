use bytes::Bytes;
use http::StatusCode;
use std::time::Duration;

use crate::limits::DETAIL_LETTERS_MAX;

/// Why no useful answer came. `destination` is scheme, host and port: nothing of the path.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Not an address that can be called at all.
    #[error("the address cannot be used: {0}")]
    Address(&'static str),
    /// It leads inside, and the settings do not allow that.
    #[error("{destination} leads to an inner address that is not allowed (see outward.allowed)")]
    Inside { destination: String },
    /// It failed too often a moment ago.
    #[error("{destination} failed too often and is left alone for {} s more", wait.as_secs())]
    LeftAlone { destination: String, wait: Duration },
    #[error("{destination} is out of reach: {detail}")]
    OutOfReach { destination: String, detail: String, may_have_arrived: bool },
    #[error("{destination} took too long")]
    TimedOut { destination: String, may_have_arrived: bool },
    #[error("{destination} answered with more than {bytes_max} bytes")]
    TooLarge { destination: String, bytes_max: usize },
    /// Only from [`crate::Response::success`]: `send` itself gives every answer as it came.
    #[error("{destination} answered {status}")]
    Status { destination: String, status: StatusCode, retry_after: Option<Duration>, complaint: Bytes },
}

impl Error {
    /// Whether the other side may have got the request and acted on it.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Error::Address(_) | Error::Inside { .. } | Error::LeftAlone { .. } => false,
            Error::OutOfReach { may_have_arrived, .. } | Error::TimedOut { may_have_arrived, .. } => {
                *may_have_arrived
            }
            Error::TooLarge { .. } | Error::Status { .. } => true,
        }
    }

    /// When the other side, or the breaker, wants to be asked again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::LeftAlone { wait, .. } => Some(*wait),
            Error::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// The innermost words of an error and those around it, without any address.
pub(crate) fn detail(error: &dyn std::error::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !words.iter().any(|before| before.contains(&text)) {
            words.push(text);
        }
        next = error.source();
    }
    words.join(": ").chars().take(DETAIL_LETTERS_MAX).collect()
}
