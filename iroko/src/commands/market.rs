//! `iroko market …` and `iroko migrate`

use std::path::Path;
use std::time::Instant;

use kernel::Refusal;
use serde_json::json;
use store::{CommitError, DEFAULT, Label, Place, Progress, Tally, Watch};
use tenancy::market::{About, MarketRow, State};
use tenancy::{Listed, NewMarket, Operations, Outcome};

use super::civic::{CivicOperation, Filling};
use super::import;
use super::operation::{AddMarket, MarketOperation, Tell, Template, Which};
use super::report::{Failure, Report};
use super::tenant::said;
use crate::demo;
use crate::platform::Platform;

/// The code of a refusal when nobody knows whether the change was committed.
const OUTCOME_UNKNOWN: &str = "outcome_unknown";

pub async fn carry_out(
    operation: MarketOperation,
    platform: &Platform,
    tell: &Tell,
) -> Result<Report, Failure> {
    match operation {
        MarketOperation::Add(new) => add(new, platform).await,
        MarketOperation::List => list(platform).await,
        MarketOperation::Host { which, host, remove } => bind(&which, &host, remove, platform).await,
        MarketOperation::Feature { which, feature, percent } => {
            let (tenant, market) = which.slugs()?;
            let outcome = platform.operations.set_feature(tenant, market, &feature, percent).await?;
            let mut report = said(outcome, &format!("{feature} at {percent} %"), "switched");
            // A feature may be anything, and a misspelt app is one.
            let is_app = Platform::is_app(&feature);
            report.data["is_app"] = json!(is_app);
            if !is_app && percent > 0 {
                report.text += &format!("; no app has this name; the apps: {}", Platform::apps());
            }
            Ok(report)
        }
        MarketOperation::Promote(which) => promote(&which, platform).await,
        MarketOperation::Export { which, file } => export(&which, &file, platform, tell).await,
        MarketOperation::Import { which, file, unsaid } => {
            import::carry_out(&which, &file, unsaid, platform, tell).await
        }
        MarketOperation::Move { which, database } => relocate(&which, &database, platform, tell).await,
        MarketOperation::Archive { which, file } => archive(&which, &file, platform, tell).await,
        MarketOperation::Fill { which, requests } => fill(&which, requests, platform, tell).await,
    }
}

async fn add(new: AddMarket, platform: &Platform) -> Result<Report, Failure> {
    let started = Instant::now();
    let mut apps = new.apps;
    if new.template == Some(Template::City) && !apps.iter().any(|app| app == civic::APP) {
        apps.push(civic::APP.to_owned());
    }
    platform.check_apps(&apps)?;
    let market = NewMarket {
        name: new.name.unwrap_or_else(|| new.slug.clone()),
        tenant: new.tenant,
        slug: new.slug,
        zone: new.time_zone,
        currency: new.currency,
        features: apps.into_iter().map(|app| (app, 100)).collect(),
    };
    let outcome = platform.operations.add_market(&market).await?;
    let handle = platform.market(&market.tenant, &market.slug).await?;
    if new.template == Some(Template::City) {
        demo::set_categories(platform, &handle).await?;
    }
    platform.nudge(&handle);
    let mut report = said(outcome, &format!("market {}/{}", market.tenant, market.slug), "added");
    let took_ms = started.elapsed().as_millis() as u64;
    report.data["took_ms"] = json!(took_ms);
    report.text += &format!(" in {took_ms} ms; it answers at /{}/{}/", market.tenant, market.slug);
    Ok(report)
}

async fn list(platform: &Platform) -> Result<Report, Failure> {
    let mut text = String::new();
    let mut data = Vec::new();
    for Listed { tenant, market, hosts } in platform.operations.markets().await? {
        let name = format!("{tenant}/{}", market.slug);
        let state = market.state.name();
        let database = if market.database.is_empty() { DEFAULT } else { &market.database };
        let zone = &market.zone;
        let line = format!("{name:<40} {state:<8} {database:<12} {zone:<24} {}", hosts.join(" "));
        text += &format!("{}\n", line.trim_end());
        data.push(json!({
            "market": name, "state": state, "database": database, "time_zone": zone, "hosts": hosts
        }));
    }
    Ok(Report::new(text, json!({ "markets": data })))
}

async fn bind(which: &Which, host: &str, remove: bool, platform: &Platform) -> Result<Report, Failure> {
    let (tenant, market) = which.slugs()?;
    let what = format!("host {host}");
    if !remove {
        platform.present(tenant, market).await?;
        let outcome = platform.operations.bind_host(tenant, market, host).await?;
        return Ok(said(outcome, &what, "bound"));
    }
    match platform.operations.unbind_host(tenant, market, host).await? {
        Outcome::Done => Ok(said(Outcome::Done, &what, "unbound")),
        Outcome::AlreadyThere => {
            let text = format!("{what}: not bound to {}, nothing changed", which.market);
            Ok(Report::new(text, json!({ "what": what, "changed": false })))
        }
    }
}

/// The market's row, and the place its row names.
pub async fn found(which: &Which, platform: &Platform) -> Result<(MarketRow, Place), Failure> {
    let (tenant, slug) = which.slugs()?;
    let (tenant, row) = platform.operations.market(tenant, slug).await?;
    let place = row.place(&tenant.slug);
    Ok((row, place))
}

async fn promote(which: &Which, platform: &Platform) -> Result<Report, Failure> {
    let (tenant, slug) = which.slugs()?;
    let (_, place) = platform.present(tenant, slug).await?;
    let started = Instant::now();
    if !platform.store.promote(&place).await? {
        let text = format!("{} has a file of its own already; nothing changed", place.name);
        return Ok(Report::new(text, json!({ "changed": false })));
    }
    let took_ms = started.elapsed().as_millis() as u64;
    Ok(Report::new(
        format!("{} has partitions of its own, after {took_ms} ms", place.name),
        json!({ "changed": true, "took_ms": took_ms }),
    ))
}

async fn export(which: &Which, file: &Path, platform: &Platform, tell: &Tell) -> Result<Report, Failure> {
    let (tenant, slug) = which.slugs()?;
    let (row, place) = platform.present(tenant, slug).await?;
    let copied = platform.store.export(&place, file, label(&row, platform), &watch(tell)).await?;
    Ok(copied_report(&place, &format!("exported to {}", file.display()), &copied))
}

/// Enough to bring the market back where nobody knows it.
fn label(row: &MarketRow, platform: &Platform) -> Label {
    Label { at: platform.stamp().at, about: Some(About::of(row).text()) }
}

async fn archive(which: &Which, file: &Path, platform: &Platform, tell: &Tell) -> Result<Report, Failure> {
    let (tenant, slug) = which.slugs()?;
    let (row, place) = platform.present(tenant, slug).await?;
    platform.operations.set_state(tenant, slug, State::Moving).await?;
    match platform.store.archive(&place, file, label(&row, platform), &watch(tell)).await {
        Ok(copied) => {
            platform.operations.set_state(tenant, slug, State::Archived).await?;
            Ok(copied_report(&place, &format!("archived to {}", file.display()), &copied))
        }
        Err(error) => {
            // What went wrong first is what its caller has to know.
            let _ = recover_or_later(tenant, slug, platform).await;
            Err(error.into())
        }
    }
}

/// While its row says that it moves, whoever starts next completes or undoes the move first.
async fn relocate(
    which: &Which,
    database: &str,
    platform: &Platform,
    tell: &Tell,
) -> Result<Report, Failure> {
    let (tenant, slug) = which.slugs()?;
    platform.check_database(database)?;
    let (row, place) = platform.present(tenant, slug).await?;
    platform.operations.set_state(tenant, slug, State::Moving).await?;
    let from = row.database.as_str();
    let flip = |target: Place| async move {
        let to = target.database.as_deref().unwrap_or("");
        flip(&platform.operations, (tenant, slug), from, to).await
    };
    let moved = platform.store.move_market(&place, database, flip, &watch(tell)).await;
    let recovered = recover_or_later(tenant, slug, platform).await;
    let copied = moved?;
    recovered?;
    Ok(copied_report(&place, &format!("moved to {database}"), &copied))
}

async fn recover_or_later(tenant: &str, slug: &str, platform: &Platform) -> Result<(), Failure> {
    let recovered = platform.recover(tenant, slug).await;
    if let Err(failure) = &recovered {
        platform.recover_later(tenant, slug, failure);
    }
    recovered
}

/// Asked again when the word on it was lost: the second answer also stands for the first.
async fn flip(
    operations: &Operations,
    (tenant, slug): (&str, &str),
    from: &str,
    to: &str,
) -> Result<(), CommitError> {
    let mut refusal = match operations.set_place(tenant, slug, from, to).await {
        Ok(_) => return Ok(()),
        Err(refusal) => refusal,
    };
    let lost = refusal.code() == OUTCOME_UNKNOWN;
    if lost {
        match operations.set_place(tenant, slug, from, to).await {
            Ok(_) => return Ok(()),
            Err(second) => refusal = second,
        }
    }
    let read = operations.market(tenant, slug).await;
    flipped(refusal, lost, read.map(|(_, row)| row.database), from, to)
}

/// What an error of the flip comes to, by what the row says after it. Only where it is certain that
/// the placement is, and stays, what it was may the move be undone.
fn flipped(
    refusal: Refusal,
    lost: bool,
    read: Result<String, Refusal>,
    from: &str,
    to: &str,
) -> Result<(), CommitError> {
    match read {
        Ok(place) if place == to => Ok(()),
        Ok(place) if place == from && !lost => Err(CommitError::Refused(refusal)),
        _ => Err(CommitError::Unknown(refusal.to_string())),
    }
}

pub fn watch(tell: &Tell) -> Watch {
    let tell = tell.clone();
    Watch::new(move |progress| {
        match progress {
            Progress::Stage(stage) => tell(&format!("{stage:?}").to_lowercase()),
            Progress::Rows { table, rows } => tell(&format!("{table}: {rows} rows")),
        }
        Ok(())
    })
}

pub fn copied_report(place: &Place, what: &str, copied: &store::Report) -> Report {
    let text =
        format!("{}: {what}, {} rows in {} tables, verified", place.name, copied.rows(), copied.tables.len());
    let table = |(name, tally): &(String, Tally)| json!({ "table": name, "rows": tally.rows, "checksum": format!("{:032x}", tally.checksum) });
    let tables: Vec<_> = copied.tables.iter().map(table).collect();
    Report::new(text, json!({ "market": &*place.name, "tables": tables }))
}

async fn fill(which: &Which, requests: u32, platform: &Platform, tell: &Tell) -> Result<Report, Failure> {
    let filling = Filling { count: requests, seed: 1, years: 1, around: None };
    let fill = CivicOperation::Fill { which: which.clone(), filling };
    super::civic::carry_out(fill, platform, tell).await
}

/// Every market once; a newer or damaged one is named and the others go on.
pub async fn migrate(platform: &Platform, tell: &Tell) -> Result<Report, Failure> {
    let places = platform.directory().places();
    let mut faults = Vec::new();
    for (number, place) in places.iter().enumerate() {
        // Opening brings its tables up to date; one that is lost must not be made anew, empty.
        if let Err(error) = platform.store.market(place).settle().await {
            faults.push(format!("{}: {error}", place.name));
        }
        if number % 100 == 99 {
            tell(&format!("{} of {}", number + 1, places.len()));
        }
    }
    if !faults.is_empty() {
        return Err(Failure::failed(faults.join("\n")));
    }
    Ok(Report::new(format!("{} markets are up to date", places.len()), json!({ "markets": places.len() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_undone_only_when_the_placement_surely_is_what_it_was() {
        let lost = Refusal::from(CommitError::Unknown("the line was cut".into()));
        assert_eq!(lost.code(), OUTCOME_UNKNOWN);
        let down = || Refusal::from(store::StoreError::Down("away".into()));
        for (was_lost, read, expect) in [
            (false, Ok("big"), "flipped"),
            (true, Ok("big"), "flipped"),
            (false, Ok("old"), "not flipped"),
            (true, Ok("old"), "unknown"),
            (false, Ok("third"), "unknown"),
            (false, Err(down()), "unknown"),
        ] {
            let shown = format!("{was_lost} {read:?}");
            let said = match flipped(down(), was_lost, read.map(str::to_owned), "old", "big") {
                Ok(()) => "flipped",
                Err(CommitError::Unknown(_)) => "unknown",
                Err(_) => "not flipped",
            };
            assert_eq!(said, expect, "{shown}");
        }
    }
}
