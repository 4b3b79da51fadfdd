//! One message to the collector, tried a few times.

use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::Collector;
use crate::limits::{
    SPAN_ANSWER_BYTES_MAX, SPAN_BACK_OFF_MAX, SPAN_BACK_OFF_MIN, SPAN_SEND_TIMEOUT, SPAN_SEND_TRIES,
};

#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error("no answer in time")]
    TimedOut,
    #[error("no connection: {0}")]
    Connect(#[from] std::io::Error),
    #[error("the exchange broke off: {0}")]
    Http(#[from] hyper::Error),
    #[error("the request could not be made: {0}")]
    Request(#[from] hyper::http::Error),
    #[error("the collector answered {0}")]
    Refused(StatusCode),
}

impl SendError {
    /// The statuses that the protocol names as worth another try; so is anything that broke on the way.
    fn may_pass(&self) -> bool {
        !matches!(self, Self::Request(_))
            && !matches!(self, Self::Refused(status) if !matches!(status.as_u16(), 429 | 502 | 503 | 504))
    }
}

pub(super) async fn send(collector: &Collector, body: Vec<u8>) -> Result<(), SendError> {
    let body = Bytes::from(body);
    let mut tries = 1;
    loop {
        let sent = tokio::time::timeout(SPAN_SEND_TIMEOUT, post(collector, body.clone())).await;
        match sent.unwrap_or(Err(SendError::TimedOut)) {
            Err(error) if tries < SPAN_SEND_TRIES && error.may_pass() => {
                tokio::time::sleep(back_off(tries)).await;
                tries += 1;
            }
            outcome => return outcome,
        }
    }
}

fn back_off(tries: u32) -> Duration {
    (SPAN_BACK_OFF_MIN * 2u32.saturating_pow(tries - 1)).min(SPAN_BACK_OFF_MAX)
}

async fn post(collector: &Collector, body: Bytes) -> Result<(), SendError> {
    let host = collector.host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, collector.port)).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Dropped with this call, also when it times out.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let request = Request::post(&collector.path)
        .header(HOST, format!("{}:{}", collector.host, collector.port))
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(body))?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    // Read to the end so that the collector sees a whole exchange; what it says is not needed.
    let _ = Limited::new(answer.into_body(), SPAN_ANSWER_BYTES_MAX).collect().await;
    if status.is_success() { Ok(()) } else { Err(SendError::Refused(status)) }
}
