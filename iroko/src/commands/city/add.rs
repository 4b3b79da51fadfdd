//! The steps of `iroko city add`: each looks at what is there before it does anything.

use std::collections::BTreeMap;
use std::io::Read;

use civic::onboard;
use civic::onboard::city::{AreasText, City, RoleText, StaffText};
use identity::KnownPerson;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Decision, Id, Provider};
use store::{Market, Stamp};
use tenancy::{Country, NewMarket, Outcome};
use web::{Grant, Role, Scope};

use super::super::operation::Tell;
use super::super::report::{Failure, Report};
use super::steps::{Did, Steps};
use super::{AddCity, check, source};
use crate::platform::Platform;

/// Years whose holidays are set, this one first.
const HOLIDAY_YEARS: i16 = 4;
const AREAS_BYTES_MAX: u64 = 64 << 20;
static UTC: TimeZone = TimeZone::UTC;

pub async fn carry_out(new: AddCity, platform: &Platform, tell: &Tell) -> Result<Report, Failure> {
    let mut steps = Steps::new(tell);
    // Nothing is made before all of it is known to be readable.
    let city = source::city(&new.from, &new.name, platform).await?;
    let features: Vec<String> = city.features.keys().cloned().collect();
    platform.check_apps(&features.into_iter().filter(|it| Platform::is_app(it)).collect::<Vec<_>>())?;
    let (tenant, slug) = (new.tenant.as_str(), new.slug.as_str());
    steps.step("market", Box::pin(market(&new, &city, platform))).await?;
    let handle = platform.market(tenant, slug).await?;
    steps.step("features", Box::pin(features_of(tenant, slug, &city, platform))).await?;
    steps.step("categories", Box::pin(categories(&handle, &city, platform))).await?;
    for areas in &city.areas {
        steps.step(&areas.kind, Box::pin(areas_of(&handle, areas, platform))).await?;
    }
    steps.step("hours", Box::pin(hours(&handle, &city, platform))).await?;
    let mut agencies = Vec::new();
    steps.step("agencies", Box::pin(agencies_of(tenant, slug, &city, &mut agencies, platform))).await?;
    let by_code = agencies.iter().cloned().collect();
    steps.step("routes", Box::pin(routes(&handle, &city, &by_code, platform))).await?;
    steps.step("staff", Box::pin(staff(tenant, slug, &city, &agencies, platform))).await?;
    steps.step("health", Box::pin(health(tenant, slug, platform))).await?;
    platform.nudge(&handle);
    Ok(steps.conclude(&format!("{} is ready at /{tenant}/{slug}/", new.name)))
}

/// What a city begins with, for one that is there: all but its areas, its people, and the market itself.
pub async fn furnish(
    (tenant, slug): (&str, &str),
    city: &City,
    platform: &Platform,
) -> Result<Vec<(String, Id<Provider>)>, Failure> {
    let market = platform.market(tenant, slug).await?;
    categories(&market, city, platform).await?;
    hours(&market, city, platform).await?;
    let mut agencies = Vec::new();
    agencies_of(tenant, slug, city, &mut agencies, platform).await?;
    routes(&market, city, &agencies.iter().cloned().collect(), platform).await?;
    Ok(agencies)
}

async fn market(new: &AddCity, city: &City, platform: &Platform) -> Result<Did, Failure> {
    let market = NewMarket {
        tenant: new.tenant.clone(),
        slug: new.slug.clone(),
        name: new.name.clone(),
        zone: new.time_zone.clone(),
        currency: new.currency.clone(),
        features: city.features.iter().map(|(name, percent)| (name.clone(), *percent)).collect(),
    };
    let tenant = platform.operations.tenant(&new.tenant).await?;
    let outcome = platform.operations.add_market(&market).await?;
    let silent: Vec<&str> =
        city.languages.iter().filter(|it| !tenant.languages.contains(it)).map(String::as_str).collect();
    let detail = match silent.is_empty() {
        true => format!("{} in {}", new.slug, new.time_zone),
        false => {
            format!("{} in {}; the tenant does not speak {}", new.slug, new.time_zone, silent.join(", "))
        }
    };
    Ok(Did::of(outcome == Outcome::Done, detail))
}

/// A market that was there before may lack some.
async fn features_of(tenant: &str, slug: &str, city: &City, platform: &Platform) -> Result<Did, Failure> {
    let mut outcomes = Vec::new();
    for (feature, percent) in &city.features {
        outcomes.push(platform.operations.set_feature(tenant, slug, feature, *percent).await?);
    }
    Ok(Did::some(&outcomes, "switched on"))
}

async fn categories(market: &Market, city: &City, platform: &Platform) -> Result<Did, Failure> {
    let stamp = platform.stamp();
    let (decision, new) = onboard::categories::missing(market, city, stamp.at).await?;
    market.commit(stamp, decision).await.map_err(kernel::Refusal::from)?;
    Ok(Did::of(new > 0, format!("{} categories, {new} of them new", city.categories.len())))
}

async fn areas_of(market: &Market, areas: &AreasText, platform: &Platform) -> Result<Did, Failure> {
    let wrong = |error: std::io::Error| Failure::usage(format!("{}: {error}", areas.file.display()));
    let file = std::fs::File::open(&areas.file).map_err(wrong)?;
    let mut document = Vec::new();
    file.take(AREAS_BYTES_MAX).read_to_end(&mut document).map_err(wrong)?;
    let ctx = ctx(platform);
    let (decision, count) = onboard::areas::missing(market, &areas.kind, &document, &ctx).await?;
    let changed = !decision.is_nothing();
    commit(market, &ctx, decision).await?;
    platform.civic.areas.changed();
    Ok(Did::of(changed, format!("{count} areas")))
}

async fn hours(market: &Market, city: &City, platform: &Platform) -> Result<Did, Failure> {
    let ctx = ctx(platform);
    let week = onboard::hours::week(market, city, &ctx).await?;
    let mut changed = !week.is_nothing();
    commit(market, &ctx, week).await?;
    let this = TimeZone::UTC.to_datetime(ctx.now).year();
    let mut count = 0;
    for year in this..this + HOLIDAY_YEARS {
        let (decision, holidays) = onboard::hours::holidays_of(market, city, year, &ctx).await?;
        count += holidays;
        changed |= !decision.is_nothing();
        commit(market, &ctx, decision).await?;
    }
    Ok(Did::of(changed, format!("a week of offices, {count} holidays in {HOLIDAY_YEARS} years")))
}

fn ctx(platform: &Platform) -> Ctx<'_> {
    let world = &platform.world;
    Ctx { now: world.clock.now(), zone: &UTC, actor: Actor::System, ids: &*world.ids }
}

async fn commit(market: &Market, ctx: &Ctx<'_>, decision: Decision) -> Result<(), Failure> {
    Ok(market.commit(Stamp::from(ctx), decision).await.map_err(kernel::Refusal::from)?)
}

async fn agencies_of(
    tenant: &str,
    slug: &str,
    city: &City,
    known: &mut Vec<(String, Id<Provider>)>,
    platform: &Platform,
) -> Result<Did, Failure> {
    let market = platform.market(tenant, slug).await?;
    let mut outcomes = Vec::new();
    for agency in &city.agencies {
        let (outcome, provider) = platform.operations.add_provider(tenant, slug, &agency.name).await?;
        known.push((agency.code.clone(), provider.id));
        let told = onboard::agencies::set(&market, platform.stamp(), provider.id, agency).await?;
        outcomes.push(if told { Outcome::Done } else { outcome });
    }
    Ok(Did::some(&outcomes, "agencies"))
}

async fn routes(
    market: &Market,
    city: &City,
    agencies: &BTreeMap<String, Id<Provider>>,
    platform: &Platform,
) -> Result<Did, Failure> {
    let (count, changed) = onboard::agencies::route(market, platform.stamp(), city, agencies).await?;
    Ok(Did::of(changed, format!("{count} routes")))
}

/// They sign in with a one-time code sent to their address: there is no password to hand over. The first
/// one comes by itself, with a link.
async fn staff(
    tenant: &str,
    slug: &str,
    city: &City,
    agencies: &[(String, Id<Provider>)],
    platform: &Platform,
) -> Result<Did, Failure> {
    let mut outcomes = Vec::new();
    for person in &city.staff {
        outcomes.push(invite(tenant, slug, person, agencies, platform).await?);
    }
    let silent = city.staff.iter().any(|it| !platform.identity.reaches(&it.email));
    let what = match silent {
        false => "people who are invited by a message",
        true => "people, who are not told because no mail server is set (see notify.smtp_host)",
    };
    Ok(Did::some(&outcomes, what))
}

async fn invite(
    tenant: &str,
    slug: &str,
    staff: &StaffText,
    agencies: &[(String, Id<Provider>)],
    platform: &Platform,
) -> Result<Outcome, Failure> {
    let (its, row) = platform.operations.market(tenant, slug).await?;
    let person = KnownPerson {
        contact: &staff.email,
        country: Country::named(&its.country),
        name: &staff.name,
        language: its.languages.first().map_or("en", String::as_str),
        password: None,
    };
    let role = match staff.role {
        RoleText::Staff => Role::Staff,
        RoleText::Manager => Role::Manager,
        RoleText::Owner => Role::Owner,
    };
    let named = |code: &String| agencies.iter().find(|(its, _)| its == code).map(|(_, id)| *id);
    let scope = match staff.agency.as_ref().and_then(named) {
        Some(provider) => Scope::Provider(provider),
        None => Scope::Market(row.id),
    };
    Ok(platform.invite(&its, person, (Grant { scope, role }, row.id)).await?)
}

async fn health(tenant: &str, slug: &str, platform: &Platform) -> Result<Did, Failure> {
    let findings = check::findings(tenant, slug, platform).await?;
    let bad: Vec<String> = findings.iter().filter(|it| it.is_bad()).map(|it| it.line()).collect();
    if !bad.is_empty() {
        return Err(Failure::failed(bad.join("; ")));
    }
    let warnings: Vec<String> = findings.iter().filter(|it| it.is_warning()).map(|it| it.line()).collect();
    let detail = match warnings.is_empty() {
        true => "all is well".to_owned(),
        false => format!("well; to be looked at: {}", warnings.join("; ")),
    };
    Ok(Did::of(false, detail))
}
