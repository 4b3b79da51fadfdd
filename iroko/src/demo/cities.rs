//! The demo's cities: agencies with teams and routes, wards, people who work there, and a few requests with
//! a history. All of it is made up.

use civic::desk::model::Act;
use civic::onboard::tale::{self, Tale};
use civic::onboard::{areas, templates};
use civic::request::model::Status;
use identity::KnownPerson;
use kernel::jiff::SignedDuration;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Id, Person, Refusal};
use serde_json::{Value, json};
use store::{Market, Stamp};
use tenancy::Country;
use web::{Grant, Role, Scope};

use super::people::{PASSWORD, SignIn};
use super::places::{DemoMarket, DemoTenant};
use crate::commands::city::add::furnish;
use crate::commands::report::Failure;
use crate::platform::Platform;

const TEMPLATE: &str = "us-city";
/// The agency whose staff can be tried.
const AGENCY: &str = "Public Works";
/// Wards: three rows of three, each so many ten-millionths of a degree high and wide.
const WARD_HIGH: i32 = 400_000;
const WARD_WIDE: i32 = 500_000;

/// Agencies, teams, routes, hours and wards, where the city has no agency yet.
pub async fn set_up(
    platform: &Platform,
    tenant: &DemoTenant,
    place: &DemoMarket,
    market: &Market,
) -> Result<(), Failure> {
    if !civic::agency::repo::agencies(market, 0, 1).await?.is_empty() {
        return Ok(());
    }
    let world = &platform.world;
    let ctx = Ctx { now: world.clock.now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &*world.ids };
    let wards = wards(place).to_string();
    let (decision, _) = areas::missing(market, "ward", wards.as_bytes(), &ctx).await?;
    market.commit(Stamp::from(&ctx), decision).await.map_err(Refusal::from)?;
    platform.civic.areas.changed();
    let city = templates::named(TEMPLATE)
        .ok_or_else(|| Failure::failed(format!("there is no template {TEMPLATE}")))?;
    furnish((tenant.slug, place.slug), &city, platform).await?;
    Ok(())
}

fn wards(place: &DemoMarket) -> Value {
    let names =
        ["Northwest", "North", "Northeast", "West", "Centre", "East", "Southwest", "South", "Southeast"];
    let degrees = |e7: i32| f64::from(e7) / 1e7;
    let ward = |(number, name): (i32, &&str)| {
        let (row, column) = (number / 3, number % 3);
        let north = place.lat_e7 + WARD_HIGH * (3 - 2 * row) / 2;
        let west = place.long_e7 + WARD_WIDE * (2 * column - 3) / 2;
        let (south, east) = (degrees(north - WARD_HIGH), degrees(west + WARD_WIDE));
        let (north, west) = (degrees(north), degrees(west));
        let ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
        json!({
            "type": "Feature",
            "properties": { "code": name.to_lowercase(), "name": name },
            "geometry": { "type": "Polygon", "coordinates": [ring] },
        })
    };
    let features: Vec<Value> = (0..).zip(&names).map(ward).collect();
    json!({ "type": "FeatureCollection", "features": features })
}

/// Staff and a manager of one agency.
pub async fn add_staff(
    platform: &Platform,
    demo: &DemoTenant,
    place: &DemoMarket,
) -> Result<Vec<(SignIn, Id<Person>)>, Refusal> {
    let (tenant, row) = platform.operations.market(demo.slug, place.slug).await?;
    let (_, provider) = platform.operations.add_provider(demo.slug, place.slug, AGENCY).await?;
    let mut added = Vec::new();
    for (word, role, what) in [("works", Role::Staff, "staff"), ("works.manager", Role::Manager, "manager")] {
        let contact = format!("{word}.{}@{}.example", place.slug, demo.slug);
        let person = KnownPerson {
            contact: &contact,
            country: Country::named(demo.country),
            name: &format!("{AGENCY} {what}"),
            language: demo.languages.first().unwrap_or(&"en"),
            password: Some(PASSWORD),
        };
        let grant = Grant { scope: Scope::Provider(provider.id), role };
        let id = platform.employ(&tenant, person, (grant, row.id)).await?;
        let what = format!("{what} of {AGENCY} in {}", place.name);
        added.push((SignIn { tenant: demo.slug, contact, what }, id));
    }
    Ok(added)
}

/// A few requests of a citizen, and what the city did.
pub async fn tell_tales(
    platform: &Platform,
    (demo, place): (&DemoTenant, &DemoMarket),
    staff: Id<Person>,
) -> Result<(), Failure> {
    let market = platform.market(demo.slug, place.slug).await?;
    let tenant = platform.operations.tenant(demo.slug).await?;
    let home = platform.store.market(&tenant.home());
    let citizen = platform.identity.find_person(&home, &format!("ama@{}.example", demo.slug), None).await?;
    let zone = platform.directory().zone(market.place().id).unwrap_or(TimeZone::UTC);
    for tale in tales(platform, place, citizen, staff) {
        tale::tell(&platform.civic, &market, &zone, &*platform.world.ids, tale).await?;
    }
    Ok(())
}

fn tales(platform: &Platform, place: &DemoMarket, reporter: Id<Person>, staff: Id<Person>) -> Vec<Tale> {
    let now = platform.world.clock.now();
    let before = |hours: i64| now.saturating_sub(SignedDuration::from_hours(hours)).unwrap_or(now);
    let report = |category: &str, text: &str, north: i32, east: i32| {
        let place = json!({
            "lat": f64::from(place.lat_e7 + north) / 1e7, "long": f64::from(place.long_e7 + east) / 1e7,
        });
        json!({ "category": category, "description": text, "place": place })
    };
    let to = |to: Status, reason: Option<&str>| Act::Move { to, reason: reason.map(str::to_owned) };
    let answer = |text: &str| Act::Answer { text: text.to_owned() };
    let tale = |report: Value, hours: i64, acts: Vec<(i64, Act)>| {
        let acts = acts.into_iter().map(|(hours, act)| (before(hours), staff, act)).collect();
        Tale { reporter, report, at: before(hours), acts }
    };
    vec![
        tale(
            report("pothole", "A deep hole beside the cycle lane.", 9_000, 12_000),
            210,
            vec![
                (200, to(Status::InProgress, None)),
                (190, answer("A crew will look at it this week.")),
                (80, to(Status::Resolved, Some("It has been filled."))),
            ],
        ),
        tale(
            report("sidewalk", "A slab stands up where the roots lifted it.", -21_000, 30_000),
            120,
            vec![(110, to(Status::InProgress, None)), (30, answer("The slab is ordered."))],
        ),
        tale(
            report("street_cleaning", "Broken glass all along the kerb.", 33_000, -18_000),
            70,
            vec![
                (60, to(Status::UnderReview, None)),
                (20, to(Status::PendingExternal, Some("We wait for the road to be closed to traffic."))),
            ],
        ),
        tale(
            report("pothole", "The patch from last winter has come out again.", -8_000, -26_000),
            5,
            Vec::new(),
        ),
    ]
}
