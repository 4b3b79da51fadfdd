//! `iroko civic …`: many requests at once, from a city's old system or made up.

use std::collections::HashSet;
use std::path::Path;

use civic::load::city::{City, Plan};
use civic::load::file::{Lines, Source};
use civic::load::line::Known;
use civic::load::model::Import;
use civic::load::rejects::Rejects;
use civic::load::run::{self, LoadError, Loader};
use civic::load::sorting::Sorting;
use clap::{Args, Subcommand};
use geo::Point;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Market;

use super::addresses;
use super::keep::{self, KeepOperation};
use super::operation::{Tell, Which};
use super::progress::Count;
use super::report::{Failure, Report};
use crate::platform::Platform;

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CivicOperation {
    /// Loads requests from a file: CSV, or a JSON object on each line. Interrupted, the same command
    /// goes on; repeated, it adds nothing. Lines that cannot be taken are written to a file beside it.
    Import {
        #[command(flatten)]
        which: Which,
        file: std::path::PathBuf,
        /// The column that says a field, where it has another name: field=column.
        #[arg(long = "column", value_name = "FIELD=COLUMN")]
        columns: Vec<String>,
        /// Where to write lines that cannot be taken; FILE.rejects.csv when not given.
        #[arg(long, value_name = "FILE")]
        rejects: Option<std::path::PathBuf>,
    },
    /// Fills a market with a made-up city. Interrupted, the same command goes on.
    Fill {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        filling: Filling,
    },
    /// Imports address points from a CSV file with the columns LON, LAT, NUMBER and STREET, as OpenAddresses
    /// has them. A file that was imported before is imported again: a point that is there stays one.
    Addresses {
        #[command(flatten)]
        which: Which,
        file: std::path::PathBuf,
    },
    #[command(flatten)]
    Keep(KeepOperation),
}

#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Filling {
    /// How many requests.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(civic::limits::SYNTHETIC_MAX)))]
    pub count: u32,
    /// Another number gives another city.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Over how many years, up to now.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=i64::from(civic::limits::SYNTHETIC_YEARS_MAX)))]
    pub years: u16,
    /// The middle of the city in degrees, as LAT,LONG.
    #[arg(long, value_name = "LAT,LONG", allow_hyphen_values = true)]
    pub around: Option<String>,
}

fn make_absolute(path: &mut std::path::PathBuf) -> Result<(), Failure> {
    let absolute = std::path::absolute(&*path);
    *path = absolute.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    Ok(())
}

impl CivicOperation {
    /// The server that may carry it out runs in another folder.
    pub fn complete(mut self) -> Result<Self, Failure> {
        if let Self::Import { file, rejects, .. } = &mut self {
            for path in [Some(file), rejects.as_mut()].into_iter().flatten() {
                make_absolute(path)?;
            }
        }
        if let Self::Addresses { file, .. } = &mut self {
            make_absolute(file)?;
        }
        Ok(self)
    }

    pub fn which(&self) -> &Which {
        match self {
            Self::Import { which, .. } | Self::Fill { which, .. } | Self::Addresses { which, .. } => which,
            Self::Keep(operation) => operation.which(),
        }
    }
}

pub async fn carry_out(
    operation: CivicOperation,
    platform: &Platform,
    tell: &Tell,
) -> Result<Report, Failure> {
    let (tenant, slug) = operation.which().slugs()?;
    let market = platform.market(tenant, slug).await?;
    match &operation {
        CivicOperation::Keep(operation) => keep::carry_out(operation, platform, &market, tell).await,
        CivicOperation::Addresses { file, .. } => addresses::import(platform, &market, file, tell).await,
        CivicOperation::Import { file, columns, rejects, .. } => {
            let mut beside = file.clone().into_os_string();
            beside.push(".rejects.csv");
            let rejects = rejects.clone().unwrap_or_else(|| beside.into());
            import(platform, &market, file, columns, &rejects, tell).await
        }
        CivicOperation::Fill { filling, .. } => {
            let before = added_before(&market, filling, platform).await?;
            let import = fill(platform, &market, filling, tell).await?;
            let added = import.added - before;
            let text = format!("{added} made-up requests added; {} in all of this seed", import.added);
            Ok(Report::new(text, json!({ "added": added, "in_all": import.added })))
        }
    }
}

async fn import(
    platform: &Platform,
    market: &Market,
    file: &Path,
    columns: &[String],
    rejects: &Path,
    tell: &Tell,
) -> Result<Report, Failure> {
    let unreadable = |error: std::io::Error| Failure::usage(format!("{}: {error}", file.display()));
    let (path, named) = (file.to_owned(), columns.to_vec());
    let opened = tokio::task::spawn_blocking(move || Source::open(&path, &named)).await;
    let source = opened.map_err(|error| Failure::failed(error.to_string()))?.map_err(unreadable)?;
    let zone = zone(platform, market);
    let begun = begin(platform, market, &source.hash, &source.name(), source.bytes).await?;
    let done = |import: &Import, rejects: Option<&Path>| imported(&begun, import, rejects);
    if begun.is_complete() {
        return Ok(done(&begun, None));
    }
    let known = known(platform, market, zone).await?;
    let lines = Lines::of(&source, &begun, known).map_err(unreadable)?;
    if !lines.unused.is_empty() {
        tell(&format!("columns that are not used: {}", lines.unused.join(", ")));
    }
    let mut rejects = Rejects::open(rejects, begun.done).map_err(unreadable)?;
    let count = Count::new(tell, "lines");
    let watch = |import: &Import| count.at(import.done, import.total, import.lines);
    let loader = Loader { market, clock: &*platform.world.clock, watch: &watch };
    let import = loader.run(begun.clone(), lines, Some(&mut rejects)).await.map_err(failure)?;
    Ok(done(&import, (import.rejected > 0).then(|| rejects.path())))
}

fn imported(before: &Import, after: &Import, rejects: Option<&Path>) -> Report {
    let (added, known) = (after.added - before.added, after.known - before.known);
    let mut text = match before.is_complete() {
        true => format!("{} was loaded before; nothing changed", after.name),
        false => {
            format!("{added} requests added, {known} were there already, {} lines not taken", after.rejected)
        }
    };
    if let Some(path) = rejects {
        text += &format!("; why not is in {}", path.display());
    }
    let rejects = rejects.map(|path| path.display().to_string());
    Report::new(
        text,
        json!({ "added": added, "known": known, "rejected": after.rejected, "lines": after.lines, "rejects": rejects }),
    )
}

/// What lines may speak of.
async fn known(platform: &Platform, market: &Market, zone: TimeZone) -> Result<Known, Failure> {
    let categories = civic::category::repo::open_with_counts(market).await?;
    let categories: HashSet<String> = categories.into_iter().map(|it| it.code).collect();
    if categories.is_empty() {
        let message = format!("{} has no categories yet; `iroko city add` sets them", market.place().name);
        return Err(Failure::failed(message));
    }
    let sorting = Sorting::of(&platform.civic, market).await?;
    Ok(Known { categories, areas: sorting.areas(), sorting, zone, now: platform.world.clock.now() })
}

/// Fills a market with a made-up city; gives how far it then is, which is all of it.
pub async fn fill(
    platform: &Platform,
    market: &Market,
    filling: &Filling,
    tell: &Tell,
) -> Result<Import, Failure> {
    let mut plan = plan(platform, market, filling).await?;
    let source = blake(&plan.name());
    let import = begin(platform, market, &source, &plan.name(), i64::from(plan.count)).await?;
    // Whoever goes on later goes on with the same years.
    plan.until = import.at;
    let count = Count::new(tell, "requests");
    let watch = |import: &Import| count.at(import.done, import.total, import.added);
    let loader = Loader { market, clock: &*platform.world.clock, watch: &watch };
    let from = import.done;
    let city = tokio::task::spawn_blocking(move || City::from(plan, from)).await;
    let city = city.map_err(|error| Failure::failed(error.to_string()))?;
    loader.run(import, city, None).await.map_err(failure)
}

async fn added_before(market: &Market, filling: &Filling, platform: &Platform) -> Result<i64, Failure> {
    let source = blake(&plan(platform, market, filling).await?.name());
    let before = civic::load::repo::by_source(market, &source).await?;
    Ok(before.map_or(0, |import| import.added))
}

async fn plan(platform: &Platform, market: &Market, filling: &Filling) -> Result<Plan, Failure> {
    let centre = match &filling.around {
        Some(text) => point(text)?,
        None => crate::demo::somewhere(),
    };
    let categories = civic::category::repo::open_with_counts(market).await?;
    if categories.is_empty() {
        let message = format!("{} has no categories to report in; add them first", market.place().name);
        return Err(Failure::failed(message));
    }
    Ok(Plan {
        seed: filling.seed,
        count: filling.count,
        years: filling.years,
        centre,
        zone: zone(platform, market),
        until: platform.world.clock.now(),
        categories: categories.into_iter().map(|it| (it.code, it.name)).collect(),
        sorting: Sorting::of(&platform.civic, market).await?,
    })
}

fn point(text: &str) -> Result<Point, Failure> {
    let wrong = || Failure::usage(format!("{text:?}: write degrees as LAT,LONG, such as 42.36,-71.06"));
    let (lat, long) = text.split_once(',').ok_or_else(wrong)?;
    let (lat, long) = (lat.trim().parse().map_err(|_| wrong())?, long.trim().parse().map_err(|_| wrong())?);
    Point::from_degrees(lat, long).map_err(|_| wrong())
}

fn zone(platform: &Platform, market: &Market) -> TimeZone {
    platform.directory().zone(market.place().id).unwrap_or(TimeZone::UTC)
}

async fn begin(
    platform: &Platform,
    market: &Market,
    source: &[u8],
    name: &str,
    total: i64,
) -> Result<Import, Failure> {
    let world = &platform.world;
    let ctx = Ctx { now: world.clock.now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &*world.ids };
    Ok(run::begin(market, &ctx, source, name, total).await?)
}

fn blake(name: &str) -> [u8; 32] {
    civic::load::file::hash_of(name)
}

fn failure(error: LoadError) -> Failure {
    match error {
        LoadError::Refused(refusal) => refusal.into(),
        LoadError::File(error) => Failure::failed(format!(
            "{error}; what was loaded stays, and the same command goes on from there"
        )),
    }
}
