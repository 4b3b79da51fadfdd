//! `iroko delivery import`: what a store sells, from a file.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Subcommand;
use delivery::import::{self, Import, LineFault, Mapping, Summary};
use delivery::store::StoreId;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Currency};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Market;

use super::operation::{Tell, Which};
use super::progress::Count;
use super::report::{Failure, FailureKind, Report};
use crate::platform::Platform;

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryOperation {
    /// Adds and changes products of a store from a CSV file whose first line names the columns. A line that
    /// cannot be taken is named, and holds up no other; with one the command ends with 1. Interrupted, the
    /// same command is given again: it adds nothing twice.
    Import {
        #[command(flatten)]
        which: Which,
        /// The store, by its id.
        store: String,
        file: PathBuf,
        /// Writes nothing, and says what would come of it.
        #[arg(long)]
        #[serde(default)]
        dry_run: bool,
        /// The column that says a field, where it has another name: field=column.
        #[arg(long = "column", value_name = "FIELD=COLUMN")]
        columns: Vec<String>,
    },
}

impl DeliveryOperation {
    /// The server that may carry it out runs in another folder.
    pub fn complete(mut self) -> Result<Self, Failure> {
        let Self::Import { file, .. } = &mut self;
        *file = std::path::absolute(&*file)
            .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
        Ok(self)
    }

    pub fn which(&self) -> &Which {
        let Self::Import { which, .. } = self;
        which
    }
}

pub async fn carry_out(
    operation: &DeliveryOperation,
    platform: &Platform,
    tell: &Tell,
) -> Result<Report, Failure> {
    let DeliveryOperation::Import { which, store, file, dry_run, columns } = operation;
    let (tenant, slug) = which.slugs()?;
    let (row, _) = Box::pin(platform.present(tenant, slug)).await?;
    let market = platform.market(tenant, slug).await?;
    let store = found(&market, store).await?;
    let mapping = Mapping::parse(&columns.join(",")).map_err(|fault| Failure::usage(fault.message))?;
    let currency: Currency = row.currency.parse().map_err(|_| {
        Failure::failed(format!("{} has no currency that is known: {:?}", which.market, row.currency))
    })?;
    let world = &platform.world;
    let ctx = Ctx { now: world.clock.now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &*world.ids };
    let import = Import { market: &market, store, currency, ctx: &ctx, mapping: &mapping, dry_run: *dry_run };
    let done = read(&import, file, tell).await;
    // Also what was taken of a file that then could not be read on.
    platform.delivery.catalogue.stores.changed();
    platform.nudge(&market);
    report(&done?)
}

async fn found(market: &Market, text: &str) -> Result<StoreId, Failure> {
    let unknown = || {
        let message = format!("there is no store {text} in {}; it is named by its id", market.place().name);
        Failure::new(FailureKind::NotFound, message)
    };
    let id: StoreId = text.parse().map_err(|_| unknown())?;
    Ok(delivery::store::repo::one(market, id).await?.ok_or_else(unknown)?.id)
}

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

async fn read(import: &Import<'_>, path: &Path, tell: &Tell) -> Result<Summary, Failure> {
    let unreadable = |error: std::io::Error| Failure::usage(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    let total = file.metadata().map_err(unreadable)?.len() as i64;
    let read = Arc::new(AtomicU64::new(0));
    let count = Count::new(tell, "lines");
    let mut told = {
        let read = read.clone();
        move |so_far: &Summary| count.at(read.load(Ordering::Relaxed) as i64, total, so_far.lines as i64)
    };
    let from = BufReader::new(Counted { file, read });
    Ok(import::import(import, from, &mut told).await?)
}

/// What was taken stays; with a line that was not, the command has not done what it was asked.
fn report(summary: &Summary) -> Result<Report, Failure> {
    let would = if summary.dry_run { "nothing is written; would be: " } else { "" };
    let mut text = format!(
        "{would}{} products added, {} changed, {} as they were; {} lines not taken",
        summary.added, summary.changed, summary.unchanged, summary.refused
    );
    if !summary.unused_columns.is_empty() {
        text += &format!("\n  columns that are not used: {}", summary.unused_columns.join(", "));
    }
    summary.faults.iter().for_each(|fault| text += &line(fault));
    if summary.more_faults > 0 {
        text += &format!("\n  and {} more", summary.more_faults);
    }
    match summary.refused {
        0 => Ok(Report::new(text, json!(summary))),
        _ => Err(Failure::failed(text).with(json!(summary))),
    }
}

fn line(fault: &LineFault) -> String {
    let column = fault.column.as_deref().map(|column| format!(", {column}")).unwrap_or_default();
    format!("\n  line {}{column}: {}", fault.line, fault.message)
}
