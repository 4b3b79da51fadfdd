//! `iroko civic addresses`: address points of a market, from a file.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use civic::address::import::{self, ImportError, Tally};
use serde_json::json;
use store::Market;

use super::operation::Tell;
use super::progress::Count;
use super::report::{Failure, Report};
use crate::platform::Platform;

/// Says how much of a file was read.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.file.read(buffer)?;
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

pub async fn import(
    platform: &Platform,
    market: &Market,
    path: &Path,
    tell: &Tell,
) -> Result<Report, Failure> {
    let unreadable = |error: std::io::Error| Failure::usage(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    let total = file.metadata().map_err(unreadable)?.len() as i64;
    let read = Arc::new(AtomicU64::new(0));
    let count = Count::new(tell, "points");
    let told = |tally: &Tally| count.at(read.load(Ordering::Relaxed) as i64, total, tally.points as i64);
    let from = BufReader::new(Counted { file, read: read.clone() });
    let done = import::import(market, platform.stamp(), from, told).await;
    // Also what was imported of a file that then could not be read on.
    platform.civic.addresses.changed();
    let tally = done.map_err(|error| match error {
        ImportError::File(error) => Failure::usage(format!(
            "{}: {error}; what was imported stays, and the same command imports the rest once it is mended",
            path.display()
        )),
        ImportError::Commit(error) => kernel::Refusal::from(error).into(),
    })?;
    Ok(report(&tally))
}

fn report(tally: &Tally) -> Report {
    let mut text = format!("{} address points are there, {} lines not taken", tally.points, tally.skipped);
    for (line, lack) in &tally.faults {
        text += &format!("\n  line {line}: {lack}");
    }
    let more = tally.skipped - tally.faults.len() as u64;
    if more > 0 {
        text += &format!("\n  and {more} more");
    }
    let fault = |(line, lack): &(u64, import::Lack)| json!({ "line": line, "message": lack.to_string() });
    let faults: Vec<_> = tally.faults.iter().map(fault).collect();
    Report::new(text, json!({ "points": tally.points, "skipped": tally.skipped, "faults": faults }))
}
