//! `iroko check`: settings, clock, open files, disk and database, and what to do about each.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use identity::NoChannel;
use kernel::jiff::Timestamp;
use media::object::{Objects, Where};
use serde_json::json;
use store::Place;

use super::report::{Failure, Report};
use super::{control, serve};
use crate::config::{Config, Faults, Settings};
use crate::descriptors::{self, Share};
use crate::outside;
use crate::platform::Platform;

/// Less room than this will not last a day.
const DISK_FREE_MB_MIN: u64 = 512;
/// A sync slower than this makes every write slow.
const SYNC_MAX: Duration = Duration::from_millis(20);
/// So many are measured, for the one in the middle: others may be writing just now.
const SYNCS: usize = 9;
/// Enough of measuring a disk that is very slow.
const SYNCS_WITHIN: Duration = Duration::from_secs(3);
/// This program was not written before.
const EARLIEST: &str = "2026-01-01T00:00:00Z";

/// One thing looked at.
pub struct Finding {
    what: &'static str,
    /// What was found.
    found: String,
    level: Level,
    /// What to do, if it is not well.
    advice: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Ok,
    /// It works, and could be better.
    Warning,
    Bad,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Bad => "bad",
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Level::Ok => "ok  ",
            Level::Warning => "WARN",
            Level::Bad => "BAD ",
        }
    }
}

pub fn run(config: Result<Config, Faults>) -> Result<Report, Failure> {
    let config = config?;
    let mut findings = vec![Finding::well("settings", "every one is valid")];
    findings.push(clock());
    findings.push(files(descriptors::share(&config.settings)));
    // Without files of its own the disk is the database server's affair.
    findings.extend(control::folder(&config).map(disk));
    let runtime = serve::runtime(&config.settings)?;
    findings.push(runtime.block_on(database(&config)));
    findings.push(runtime.block_on(objects(&config.settings)));
    findings.push(messages(&config.settings));
    let text: String = findings.iter().map(Finding::text).collect();
    let data: Vec<_> = findings.iter().map(Finding::data).collect();
    if findings.iter().any(Finding::is_bad) {
        let message = format!("not everything is well\n{}", text.trim_end());
        return Err(Failure::failed(message).with(json!({ "findings": data })));
    }
    Ok(Report::new(text, json!({ "findings": data })))
}

impl Finding {
    pub fn well(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, found: found.into(), level: Level::Ok, advice: None }
    }

    pub fn bad(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what, found: found.into(), level: Level::Bad, advice: Some(advice.into()) }
    }

    pub fn warning(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::bad(what, found, advice) }
    }

    pub fn is_bad(&self) -> bool {
        self.level == Level::Bad
    }

    pub fn is_warning(&self) -> bool {
        self.level == Level::Warning
    }

    /// In one line, without what to do.
    pub fn line(&self) -> String {
        format!("{}: {}", self.what, self.found)
    }

    pub fn text(&self) -> String {
        let advice = self.advice.as_ref().map_or_else(String::new, |advice| format!("     → {advice}\n"));
        format!("{} {:<10} {}\n{advice}", self.level.mark(), self.what, self.found)
    }

    pub fn data(&self) -> serde_json::Value {
        let Self { what, found, level, advice } = self;
        json!({ "what": what, "ok": !self.is_bad(), "level": level.name(), "found": found, "advice": advice })
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

fn files(share: Share) -> Finding {
    let Share { allowed, markets, connections, is_cut } = share;
    let found = format!("{allowed} may be open: {markets} markets and {connections} connections at once");
    if is_cut {
        let advice = "raise the limit of open files (ulimit -n, LimitNOFILE), or lower \
                      store.open_markets_max and server.max_connections to what fits";
        return Finding::warning("files", found, advice);
    }
    Finding::well("files", found)
}

pub fn disk(folder: &Path) -> Finding {
    let tried = match folder.try_exists() {
        Ok(false) => try_parent(folder),
        _ => try_disk(folder),
    };
    match tried {
        Err(error) => Finding::bad(
            "disk",
            format!("{}: {error}", folder.display()),
            "let this user write there, or name another folder in store.folder",
        ),
        Ok((free_mb, syncs)) => judge_disk(&folder.display().to_string(), free_mb, syncs),
    }
}

/// Where the folder would be made, which is left to the first start.
fn try_parent(folder: &Path) -> std::io::Result<(u64, Vec<Duration>)> {
    let parent = folder.ancestors().find(|it| it.exists()).unwrap_or(Path::new("."));
    let trial = tempfile::tempdir_in(parent)?;
    let found = try_disk(trial.path())?;
    trial.close()?;
    Ok(found)
}

fn judge_disk(folder: &str, free_mb: u64, syncs: Vec<Duration>) -> Finding {
    if free_mb < DISK_FREE_MB_MIN {
        return Finding::bad("disk", format!("{free_mb} MB free at {folder}"), "make room");
    }
    let count = syncs.len();
    let sync = median(syncs);
    let sync_ms = sync.as_secs_f64() * 1_000.0;
    let found =
        format!("{free_mb} MB free at {folder}, a sync takes {sync_ms:.1} ms (the median of {count})");
    if sync > SYNC_MAX {
        let advice = format!(
            "every write waits for one sync; under {} ms is well: use a local disk, or look for what else \
             writes to this one",
            SYNC_MAX.as_millis()
        );
        return Finding::warning("disk", found, advice);
    }
    Finding::well("disk", found)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Free megabytes, and how long each of several written and synced pages takes.
fn try_disk(folder: &Path) -> std::io::Result<(u64, Vec<Duration>)> {
    let usage = rustix::fs::statvfs(folder)?;
    let free_mb = usage.f_bavail * usage.f_frsize / (1 << 20);
    let path = folder.join("check.partial");
    let file = fs::File::create(&path)?;
    let syncs = try_syncs(file);
    fs::remove_file(&path)?;
    Ok((free_mb, syncs?))
}

fn try_syncs(mut file: fs::File) -> std::io::Result<Vec<Duration>> {
    let begun = Instant::now();
    let mut syncs = Vec::with_capacity(SYNCS);
    while syncs.len() < SYNCS && begun.elapsed() < SYNCS_WITHIN {
        file.write_all(&[0; 4096])?;
        let started = Instant::now();
        file.sync_all()?;
        syncs.push(started.elapsed());
    }
    Ok(syncs)
}

async fn database(config: &Config) -> Finding {
    if let Some(folder) = control::folder(config)
        && control::is_served(folder).await
    {
        return Finding::well("database", "a running server holds the folder");
    }
    if let Some(folder) = control::missing(config) {
        let found = format!("there is none at {} yet: the first start makes it", folder.display());
        return Finding::well("database", found);
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

/// Pictures, and whatever else is too large for a row.
async fn objects(settings: &Settings) -> Finding {
    let place = outside::objects(settings);
    let what = match &place {
        Where::Folder(folder) if !folder.exists() => {
            let found = format!("there is no {} yet: the first start makes it", folder.display());
            return Finding::well("objects", found);
        }
        Where::Folder(folder) => folder.display().to_string(),
        Where::Bucket(bucket) => format!("bucket {}", bucket.name),
    };
    let asked = match Objects::open(&place) {
        Ok(objects) => objects.of(&Place::system()).list("check").await.map(|_| ()),
        Err(trouble) => Err(trouble),
    };
    match asked {
        Ok(()) => Finding::well("objects", format!("{what} answers")),
        Err(trouble) => Finding::bad(
            "objects",
            format!("{what}: {trouble}"),
            "look at media.folder, or at media.bucket and the settings that begin so",
        ),
    }
}

/// Which channels reach people, and which only the outbox.
fn messages(settings: &Settings) -> Finding {
    let its = &settings.notify;
    let channels = [
        ("e-mail", its.smtp_host.is_some() || its.smtp2_host.is_some()),
        ("SMS", its.sms.is_some() || its.sms2.is_some()),
        ("push", its.push.is_some() || its.push2.is_some()),
    ];
    let those = |wanted: bool| -> String {
        let found = channels.iter().filter(|(_, reaches)| *reaches == wanted).map(|(name, _)| *name);
        found.collect::<Vec<_>>().join(", ")
    };
    let found = match (&*those(true), &*those(false)) {
        ("", _) => "no provider is configured: all are written to the outbox".to_owned(),
        (real, "") => format!("{real} have providers"),
        (real, none) => format!("{real} by providers; {none} only to the outbox"),
    };
    let reaches = channels.iter().any(|(_, reaches)| *reaches);
    if reaches && settings.server.public_url.is_none() {
        let advice = "set server.public_url, unless each market has a host of its own";
        return Finding::warning("messages", format!("{found}; links lead nowhere"), advice);
    }
    Finding::well("messages", found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_moment_is_no_slow_disk() {
        let check = |free_mb, syncs: &[u64], level: Level, word: &str| {
            let syncs = syncs.iter().map(|ms| Duration::from_millis(*ms)).collect();
            let finding = judge_disk("/data", free_mb, syncs);
            assert_eq!(finding.level, level, "{}", finding.found);
            let advice = finding.advice.unwrap_or_default();
            assert!(format!("{} {advice}", finding.found).contains(word), "{} {advice}", finding.found);
        };
        check(9_000, &[1, 1, 2, 2, 3, 400, 1, 900, 1], Level::Ok, "takes 2.0 ms (the median of 9)");
        check(9_000, &[30, 25, 2, 40, 31], Level::Warning, "a sync takes 30.0 ms");
        check(9_000, &[3_500], Level::Warning, "use a local disk");
        check(9_000, &[20], Level::Ok, "9000 MB free at /data");
        check(100, &[1], Level::Bad, "make room");
    }
}
