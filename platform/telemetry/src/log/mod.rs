//! Logs: one line per fact, as text for people or JSON for machines.
//!
//! `tracing` is the interface; this layer writes its events itself, because free text must be
//! redacted field by field, and a line must never wait for a slow terminal or disk.

mod layer;
mod line;
mod sink;

use std::io::Write;
use std::str::FromStr;
use std::sync::Arc;

use kernel::Clock;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

pub(crate) use layer::with_buffer;
pub(crate) use line::Line;
pub(crate) use sink::Sink;

use crate::access::{AccessLog, AccessPolicy};
use layer::LogLayer;
use sink::Writer;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone)]
pub struct LogConfig {
    pub format: Format,
    /// `info`, or by part: `info,store=debug`.
    pub filter: String,
}

#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("the log filter is not valid: {0}")]
    Filter(String),
    #[error("logging was started before")]
    Started,
    #[error("the log writer did not start: {0}")]
    Writer(#[from] std::io::Error),
}

/// The running log. Dropping it writes what is left.
pub struct Logs {
    sink: Arc<Sink>,
    format: Format,
    clock: Arc<dyn Clock>,
    _writer: Writer,
}

/// Starts logging for the whole process, on standard error.
pub fn init(config: &LogConfig, clock: Arc<dyn Clock>) -> Result<Logs, LogError> {
    let (logs, subscriber) = Logs::to(Box::new(std::io::stderr()), config, clock)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::Started)?;
    Ok(logs)
}

/// Whether the filter makes sense, and if not why.
pub fn check_filter(filter: &str) -> Result<(), String> {
    Targets::from_str(filter).map(|_| ()).map_err(|error| error.to_string())
}

impl Logs {
    /// Logging into any writer, with the subscriber that feeds it; for tests and tools.
    pub fn to(
        out: Box<dyn Write + Send>,
        config: &LogConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, impl tracing::Subscriber + Send + Sync + use<>), LogError> {
        let filter =
            Targets::from_str(&config.filter).map_err(|error| LogError::Filter(error.to_string()))?;
        let (sink, writer) = Sink::start(out)?;
        let layer = LogLayer { sink: sink.clone(), format: config.format, clock: clock.clone() };
        let subscriber = Registry::default().with(layer.with_filter(filter));
        Ok((Self { sink, format: config.format, clock, _writer: writer }, subscriber))
    }

    /// The request lines of the edge, into the same stream.
    pub fn access(&self, policy: AccessPolicy) -> AccessLog {
        AccessLog::new(self.sink.clone(), self.format, policy, self.clock.clone())
    }

    /// Lines that did not fit the buffer since the start.
    pub fn dropped(&self) -> impl Fn() -> u64 + Send + Sync + use<> {
        let sink = self.sink.clone();
        move || sink.dropped()
    }
}
