//! Spans of requests, sent to a collector as OTLP/HTTP JSON.
//!
//! Written here because the SDK for it would add 27 s of processor time to a cold release build and
//! thirty crates, for one message of fixed shape. Plain http only: a collector stands beside the
//! process or in its cluster, and takes it from there.

mod encode;
mod send;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kernel::jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::limits::{SPAN_BATCH_MAX, SPAN_GATHER, SPAN_QUEUE_MAX};
use crate::trace::TraceContext;

/// A request that was answered.
#[derive(Debug, Clone)]
pub struct FinishedSpan {
    pub trace: TraceContext,
    pub method: &'static str,
    /// The pattern, never the path.
    pub route: Arc<str>,
    pub status: u16,
    pub start: Timestamp,
    pub elapsed: Duration,
    pub tenant: Arc<str>,
    pub market: Arc<str>,
}

/// Where spans go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector {
    host: String,
    port: u16,
    path: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CollectorError {
    #[error(
        "https is not supported for traces; name a collector beside this process, such as http://127.0.0.1:4318"
    )]
    Https,
    #[error("expected the address of a collector, such as http://127.0.0.1:4318")]
    NotAnAddress,
}

impl std::str::FromStr for Collector {
    type Err = CollectorError;

    fn from_str(text: &str) -> Result<Self, CollectorError> {
        let uri: hyper::Uri = text.parse().map_err(|_| CollectorError::NotAnAddress)?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(CollectorError::Https),
            _ => return Err(CollectorError::NotAnAddress),
        }
        let authority = uri.authority().ok_or(CollectorError::NotAnAddress)?;
        if authority.host().is_empty() || authority.as_str().contains('@') {
            return Err(CollectorError::NotAnAddress);
        }
        let host = authority.host().to_owned();
        let path = match uri.path() {
            "/" => "/v1/traces".to_owned(),
            path => path.to_owned(),
        };
        Ok(Self { host, port: authority.port_u16().unwrap_or(4318), path })
    }
}

impl std::fmt::Display for Collector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "http://{}:{}{}", self.host, self.port, self.path)
    }
}

/// Takes spans without waiting and sends them in the background.
pub struct Exporter {
    queue: mpsc::Sender<FinishedSpan>,
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    dropped: AtomicU64,
}

impl Exporter {
    /// Must be called within a runtime. `instance` tells processes of one deployment apart.
    pub fn start(collector: Collector, instance: String) -> Self {
        let (queue, spans) = mpsc::channel(SPAN_QUEUE_MAX);
        let counts = Arc::new(Counts::default());
        let task = tokio::spawn(run(spans, collector, instance, counts.clone()));
        Self { queue, counts, task }
    }

    /// Queues a span of a trace that is marked as sampled; a full queue drops it and counts.
    pub fn record(&self, span: FinishedSpan) {
        if span.trace.sampled() && self.queue.try_send(span).is_err() {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn sent(&self) -> impl Fn() -> u64 + Send + Sync + use<> {
        let counts = self.counts.clone();
        move || counts.sent.load(Ordering::Relaxed)
    }

    /// Spans that found the queue full, or that the collector would not take.
    pub fn dropped(&self) -> impl Fn() -> u64 + Send + Sync + use<> {
        let counts = self.counts.clone();
        move || counts.dropped.load(Ordering::Relaxed)
    }

    /// Sends what is queued, for at most so long.
    pub async fn stop(self, within: Duration) {
        drop(self.queue);
        let abort = self.task.abort_handle();
        if tokio::time::timeout(within, self.task).await.is_err() {
            abort.abort();
        }
    }
}

async fn run(
    mut spans: mpsc::Receiver<FinishedSpan>,
    collector: Collector,
    instance: String,
    counts: Arc<Counts>,
) {
    let mut batch = Vec::with_capacity(SPAN_BATCH_MAX);
    loop {
        let more = gather(&mut spans, &mut batch).await;
        if !batch.is_empty() {
            let number = batch.len() as u64;
            let counter = match send::send(&collector, encode::request(&instance, &batch)).await {
                Ok(()) => &counts.sent,
                Err(error) => {
                    tracing::warn!(spans = number, collector = %collector, %error, "Traces could not be sent");
                    &counts.dropped
                }
            };
            counter.fetch_add(number, Ordering::Relaxed);
            batch.clear();
        }
        if !more {
            return;
        }
    }
}

/// Waits for a first span and then a little for more; says whether there can be further ones.
async fn gather(spans: &mut mpsc::Receiver<FinishedSpan>, batch: &mut Vec<FinishedSpan>) -> bool {
    match spans.recv().await {
        Some(first) => batch.push(first),
        None => return false,
    }
    let until = tokio::time::sleep(SPAN_GATHER);
    tokio::pin!(until);
    while batch.len() < SPAN_BATCH_MAX {
        tokio::select! {
            span = spans.recv() => match span {
                Some(span) => batch.push(span),
                None => return false,
            },
            () = &mut until => break,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_collectors() {
        for (text, expect) in [
            ("http://127.0.0.1:4318", Ok("http://127.0.0.1:4318/v1/traces")),
            ("http://collector", Ok("http://collector:4318/v1/traces")),
            ("http://[::1]:9/otlp", Ok("http://[::1]:9/otlp")),
            ("https://collector", Err(CollectorError::Https)),
            ("collector:4318", Err(CollectorError::NotAnAddress)),
            ("http://", Err(CollectorError::NotAnAddress)),
            ("http://user:pass@host", Err(CollectorError::NotAnAddress)),
            ("", Err(CollectorError::NotAnAddress)),
        ] {
            let parsed = text.parse::<Collector>().map(|collector| collector.to_string());
            assert_eq!(parsed.as_deref().map_err(Clone::clone), expect, "{text}");
        }
    }
}
