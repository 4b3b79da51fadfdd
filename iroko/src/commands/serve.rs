//! `iroko serve` and `iroko demo`: start everything, wait for the signal, stop everything in order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bus::Bus;
use serde_json::json;
use store::Place;
use telemetry::{Exporter, Logs, Metrics};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::control;
use super::report::{Failure, FailureKind, Report};
use crate::config::{Config, Role, Settings};
use crate::platform::{Platform, Served};
use crate::{demo, followers};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Production,
    /// Data is made where it is missing, and one-time codes are printed.
    Demo,
}

pub fn runtime(settings: &Settings) -> Result<Runtime, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if settings.process.worker_threads.get() > 0 {
        builder.worker_threads(settings.process.worker_threads.get() as usize);
    }
    builder.enable_all().build().map_err(|error| Failure::failed(format!("the runtime does not start: {error}")))
}
