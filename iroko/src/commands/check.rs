//! `iroko check`: settings, database, clock and disk, and what to do about each.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use identity::NoChannel;
use kernel::jiff::Timestamp;
use serde_json::json;

use super::report::{Failure, Report};
use super::{control, serve};
use crate::config::{Config, Faults};
use crate::platform::Platform;

/// Less room than this will not last a day.
const DISK_FREE_MB_MIN: u64 = 512;
/// A sync slower than this makes every write slow.
const SYNC_MS_MAX: u128 = 20;
/// This program was not written before.
const EARLIEST: &str = "2026-01-01T00:00:00Z";

/// One thing looked at.
struct Finding {
    what: &'static str,
    /// What was found.
    found: String,
    /// What to do, if it is not well.
    advice: Option<String>,
}

pub fn run(config: Result<Config, Faults>) -> Result<Report, Failure> {
    let config = config?;
    let mut findings = vec![Finding::well("settings", "every one is valid")];
    findings.push(clock());
    findings.push(disk(&config.settings.store.folder));
    findings.push(serve::runtime(&config.settings)?.block_on(database(&config)));
    let mut text = String::new();
    let mut data = Vec::new();
    for Finding { what, found, advice } in &findings {
        let mark = if advice.is_none() { "ok  " } else { "BAD " };
        text += &format!("{mark} {what:<10} {found}\n");
        if let Some(advice) = advice {
            text += &format!("     → {advice}\n");
        }
        data.push(json!({ "what": what, "ok": advice.is_none(), "found": found, "advice": advice }));
    }
    if findings.iter().any(|finding| finding.advice.is_some()) {
        let message = format!("not everything is well\n{}", text.trim_end());
        return Err(Failure::failed(message).with(json!({ "findings": data })));
    }
    Ok(Report::new(text, json!({ "findings": data })))
}

impl Finding {
    fn well(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, found: found.into(), advice: None }
    }

    fn bad(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what, found: found.into(), advice: Some(advice.into()) }
    }
}

fn clock() -> Finding {
    let now = kernel::Clock::now(&kernel::SystemClock);
    let earliest: Timestamp = EARLIEST.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    if now < earliest {
        return Finding::bad(
            "clock",
            format!("it says {now}"),
            "set the machine's clock, and keep it with NTP",
        );
    }
    Finding::well("clock", format!("it says {now}"))
}

fn disk(folder: &Path) -> Finding {
    match try_disk(folder) {
        Err(error) => Finding::bad(
            "disk",
            format!("{}: {error}", folder.display()),
            "let this user write there, or name another folder in store.folder",
        ),
        Ok((free_mb, _)) if free_mb < DISK_FREE_MB_MIN => {
            Finding::bad("disk", format!("{free_mb} MB free at {}", folder.display()), "make room")
        }
        Ok((_, sync_ms)) if sync_ms > SYNC_MS_MAX => Finding::bad(
            "disk",
            format!("a sync takes {sync_ms} ms"),
            "use a local disk; every write waits for one sync",
        ),
        Ok((free_mb, sync_ms)) => Finding::well(
            "disk",
            format!("{free_mb} MB free at {}, a sync takes {sync_ms} ms", folder.display()),
        ),
    }
}

/// Free megabytes, and how long one written and synced page takes.
fn try_disk(folder: &Path) -> std::io::Result<(u64, u128)> {
    fs::create_dir_all(folder)?;
    let usage = rustix::fs::statvfs(folder)?;
    let free_mb = usage.f_bavail * usage.f_frsize / (1 << 20);
    let path = folder.join("check.partial");
    let mut file = fs::File::create(&path)?;
    file.write_all(&[0; 4096])?;
    let started = Instant::now();
    let synced = file.sync_all();
    let took = started.elapsed();
    fs::remove_file(&path)?;
    synced?;
    Ok((free_mb, took.as_millis()))
}

async fn database(config: &Config) -> Finding {
    if control::is_served(&config.settings.store.folder).await {
        return Finding::well("database", "a running server holds the folder");
    }
    match Platform::open(config, Arc::new(NoChannel)).await {
        Ok(platform) => {
            let markets = platform.directory().markets().len();
            Finding::well("database", format!("open, {markets} markets are served"))
        }
        Err(failure) => Finding::bad(
            "database",
            failure.message,
            "look at store.kind, store.url and store.folder; is the database running?",
        ),
    }
}
