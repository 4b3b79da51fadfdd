//! Whether a live city is well, and what to do about what is not.

use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx};
use serde_json::json;
use store::Market;

use super::super::check::{Finding, disk};
use super::super::report::{Failure, Report};
use super::covered;
use crate::platform::Platform;

/// Names of categories in one line.
const NAMED_MAX: usize = 20;
/// Events that may wait for a consumer before that is worth a word.
const BEHIND_MAX: i64 = 1_000;

pub async fn carry_out(city: &str, platform: &Platform) -> Result<Report, Failure> {
    let (tenant, slug) = named(city, platform).await?;
    let findings = findings(&tenant, &slug, platform).await?;
    let text: String = findings.iter().map(Finding::text).collect();
    let data = json!({ "city": format!("{tenant}/{slug}"), "findings": findings.iter().map(Finding::data).collect::<Vec<_>>() });
    if findings.iter().any(Finding::is_bad) {
        let message = format!("{tenant}/{slug}: not everything is well\n{}", text.trim_end());
        return Err(Failure::failed(message).with(data));
    }
    Ok(Report::new(text, data))
}

/// A market by its own name, where only one has it.
async fn named(city: &str, platform: &Platform) -> Result<(String, String), Failure> {
    if let Some((tenant, slug)) = city.split_once('/') {
        return Ok((tenant.to_owned(), slug.to_owned()));
    }
    let markets = platform.operations.markets().await?;
    let mut found = markets.iter().filter(|it| it.market.slug == city);
    match (found.next(), found.next()) {
        (Some(it), None) => Ok((it.tenant.clone(), city.to_owned())),
        (None, _) => Err(Failure::new(
            super::super::report::FailureKind::NotFound,
            format!("there is no city {city}; `iroko market list` shows what there is"),
        )),
        _ => Err(Failure::usage(format!("several tenants have a market {city}; name it as tenant/{city}"))),
    }
}

pub async fn findings(tenant: &str, slug: &str, platform: &Platform) -> Result<Vec<Finding>, Failure> {
    let market = platform.market(tenant, slug).await?;
    let mut findings = vec![served(&market, platform)];
    findings.push(switched_on(&market, platform));
    let categories = civic::category::repo::open_with_counts(&market).await?;
    findings.push(match categories.is_empty() {
        true => Finding::bad(
            "categories",
            "nothing can be reported",
            "set categories: `iroko city add … --from us-city`",
        ),
        false => Finding::well("categories", format!("{} can be reported", categories.len())),
    });
    findings.push(rehearsed(&market, platform).await?);
    findings.extend(covered::agencies(tenant, &market, platform).await?);
    findings.push(routed(&market, platform).await?);
    findings.push(timed(&market, platform).await?);
    findings.push(worked(&market, platform).await?);
    findings.extend(covered::areas(&market, platform).await?);
    findings.push(followed(&market).await?);
    findings.extend(platform.folder().map(disk));
    Ok(findings)
}

fn served(market: &Market, platform: &Platform) -> Finding {
    match platform.directory().zone(market.place().id) {
        Some(zone) => Finding::well(
            "market",
            format!("is served, its time zone is {}", zone.iana_name().unwrap_or("?")),
        ),
        None => Finding::bad("market", "is not served", "`iroko market list` says what state it is in"),
    }
}

fn switched_on(market: &Market, platform: &Platform) -> Finding {
    let features = platform.directory().features(market.place().id);
    match features.iter().any(|it| it == civic::APP) {
        true => Finding::well("features", features.join(", ")),
        false => Finding::bad(
            "features",
            "civic requests are off",
            format!("`iroko market feature {} {} 100`", market.place().name, civic::APP),
        ),
    }
}

/// A report that is decided and not committed.
async fn rehearsed(market: &Market, platform: &Platform) -> Result<Finding, Failure> {
    let world = &platform.world;
    let ctx = Ctx { now: world.clock.now(), zone: &TimeZone::UTC, actor: Actor::Anonymous, ids: &*world.ids };
    let place = crate::demo::somewhere();
    Ok(match civic::onboard::rehearse::rehearse(&platform.civic, market, place, &ctx).await? {
        Some(Ok(category)) => Finding::well("report", format!("one in {category} would be taken")),
        Some(Err(refusal)) => {
            Finding::bad("report", refusal.to_string(), "look at the categories and what they ask")
        }
        None => Finding::warning(
            "report",
            "every category asks for answers, so that none was rehearsed",
            "report something yourself",
        ),
    })
}

/// Whether everything that can be reported leads to somebody.
async fn routed(market: &Market, platform: &Platform) -> Result<Finding, Failure> {
    let rules = platform.civic.rules.of(market).await?;
    let open = rules.categories().into_iter().filter(|it| it.open);
    let lost: Vec<&str> =
        open.filter(|it| rules.target(&it.code, None).is_none()).map(|it| it.code.as_str()).collect();
    Ok(match lost.len() {
        0 => Finding::well("routes", "every category leads to an agency"),
        count => Finding::warning(
            "routes",
            format!("{count} categories lead to no agency: {}", some(&lost)),
            "set a route for them, or one for every category; until then the market's own staff see them",
        ),
    })
}

/// Whether everything that can be reported has a time within which it should be done.
async fn timed(market: &Market, platform: &Platform) -> Result<Finding, Failure> {
    let rules = platform.civic.rules.of(market).await?;
    let open = rules.categories().into_iter().filter(|it| it.open);
    let without: Vec<&str> = open.filter(|it| it.due_min.is_none()).map(|it| it.code.as_str()).collect();
    Ok(match without.len() {
        0 => Finding::well("deadlines", "every category has one"),
        count => Finding::warning(
            "deadlines",
            format!("{count} categories have none: {}", some(&without)),
            "set `deadline_min` of the categories, or nobody is told when they take too long",
        ),
    })
}

/// As many names as one reads.
fn some(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMED_MAX);
    let named = names[..names.len() - more].join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}

async fn worked(market: &Market, platform: &Platform) -> Result<Finding, Failure> {
    let year = TimeZone::UTC.to_datetime(platform.world.clock.now()).year();
    let week = civic::hours::repo::week(market).await?;
    let holidays = civic::hours::repo::holidays(market, year).await?.len();
    let days = week.0.iter().filter(|day| !day.as_slice().is_empty()).count();
    Ok(match (days, holidays) {
        (0, _) => {
            Finding::bad("hours", "nobody ever works, so that nothing is ever due", "set the working hours")
        }
        (_, 0) => Finding::warning(
            "hours",
            format!("work on {days} days of the week, and {year} has no holidays"),
            format!("set the holidays of {year}, or deadlines run through them"),
        ),
        _ => {
            Finding::well("hours", format!("work on {days} days of the week, {holidays} holidays in {year}"))
        }
    })
}

async fn followed(market: &Market) -> Result<Finding, Failure> {
    let last = market.settle().await?;
    let cursors = bus::cursors(market).await?;
    let parked = bus::parked(market).await?.len();
    let behind = cursors.iter().map(|it| last - it.pos).max().unwrap_or(0);
    let which = &market.place().name;
    Ok(match (parked, behind) {
        (0, behind) if behind <= BEHIND_MAX => {
            Finding::well("events", format!("consumers are at most {behind} behind"))
        }
        (0, behind) => Finding::warning(
            "events",
            format!("a consumer is {behind} behind"),
            format!("wait a moment and look at `iroko events lag {which}`; is a worker running?"),
        ),
        (parked, _) => Finding::bad(
            "events",
            format!("{parked} could not be handled"),
            format!("`iroko events parked {which}` says why, `iroko events replay {which}` tries again"),
        ),
    })
}
