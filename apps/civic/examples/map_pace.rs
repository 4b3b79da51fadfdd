//! How fast the map and the trends of one large market are, in one process:
//! `cargo run --release -p civic --example map_pace -- [requests] [folder]`.
//!
//! The requests are synthetic: a year of them in a city of some twenty kilometres, most around hot
//! spots. A folder that is named is kept and used again; otherwise it goes away.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use bus::{Consumer, Directory};
use civic::map::names::{Kind, Names};
use civic::map::sums::Sums;
use civic::map::told::{STATUSES, Shift};
use civic::map::which::Asked;
use civic::map::{cells, count, follow, http, limits, tile};
use civic::request::event::{self, Facts, Told};
use civic::request::model::{Request, Source};
use civic::request::repo;
use civic::trend;
use geo::{BoundingBox, Point, Spot, Tile};
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Decision, Id, NewEvent, SequentialIds, values};
use store::schema::Schema;
use store::{Event, Market, Place, Stamp, Store, StoreConfig};

const SPOTS: u64 = 60;
const CATEGORIES: u64 = 20;
const AREAS: u64 = 22;
const ROWS_AT_ONCE: u64 = 4_000;
const COUNTED_AT_ONCE: u64 = 200_000;
const YEAR_US: u64 = 365 * 86_400 * 1_000_000;
const START_US: i64 = 1_735_707_600_000_000;

kernel::statements! {
    long SIZE = "select count(*), coalesce(sum(length(counts)), 0) from map_count";
    long TREND_SIZE = "select count(*), coalesce(sum(length(counts)), 0) from trend_count";
    long REQUESTS = "select count(*) from request";
}

struct Here;

impl Directory for Here {
    fn markets(&self) -> Vec<(Market, TimeZone)> {
        Vec::new()
    }

    fn zone(&self, _: &Market) -> Option<TimeZone> {
        Some(zone())
    }
}

fn zone() -> TimeZone {
    kernel::zone::zone("America/New_York").expect("a known zone")
}

/// A number from a number: the same each time, and unlike its neighbours'.
fn mix(number: u64) -> u64 {
    let mut it = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    it = (it ^ it >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    it = (it ^ it >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    it ^ it >> 31
}

/// Two thirds lie around hot spots, of which the first are the hottest, the others anywhere.
fn place(number: u64) -> (i32, i32) {
    let dice = mix(number);
    let within = |seed: u64, span: u64| (mix(dice ^ seed) % span) as i32 - (span / 2) as i32;
    if dice.is_multiple_of(3) {
        return (423_300_000 + within(1, 1_800_000), -710_800_000 + within(2, 2_400_000));
    }
    let spot = mix(dice ^ 3) % SPOTS * (mix(dice ^ 4) % SPOTS) / SPOTS;
    let middle = |seed: u64, span: u64| (mix(spot * 8 + seed) % span) as i32 - (span / 2) as i32;
    let scatter = |seed: u64| within(seed, 60_000) + within(seed + 1, 60_000);
    (423_300_000 + middle(5, 1_400_000) + scatter(6), -710_800_000 + middle(8, 1_900_000) + scatter(9))
}

fn facts(number: u64, requests: u64) -> Facts {
    let dice = mix(number ^ 0x5eed);
    let at_us = START_US + (u128::from(number) * u128::from(YEAR_US) / u128::from(requests)) as i64;
    let at = Timestamp::from_microsecond(at_us).expect("a date of this century");
    let status = if dice.is_multiple_of(5) { STATUSES[(dice >> 8) as usize % 5] } else { STATUSES[5] };
    let (lat, long) = place(number);
    let category = (mix(dice) % CATEGORIES) * (mix(dice ^ 9) % CATEGORIES) / CATEGORIES;
    let closed = at + SignedDuration::from_mins((mix(dice ^ 1) % 20_000) as i64);
    Facts {
        category: format!("category-{category}"),
        status,
        lat,
        long,
        at,
        area: Some(format!("ward-{}", (lat + long).unsigned_abs() as u64 / 300_000 % AREAS)),
        agency: Some(Id::from_raw(category as i64 % 6 + 1)),
        team: None,
        assignee: None,
        due: Some(at + SignedDuration::from_hours(120)),
        closed: status.is_over().then_some(closed),
        merged: None,
        hidden: false,
        source: Source::Api,
    }
}

fn stamp() -> Stamp {
    Stamp { at: Timestamp::UNIX_EPOCH, actor: Actor::System }
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let requests: u64 = args.first().and_then(|it| it.parse().ok()).unwrap_or(5_000_000);
    let kept = args.get(1).map(PathBuf::from);
    let folder =
        kept.clone().unwrap_or_else(|| std::env::temp_dir().join(format!("map-{}", std::process::id())));
    let schema = Schema::of([bus::part(), civic::part()]);
    let ids = Arc::new(SequentialIds::starting_at(1 << 50));
    let store = Store::open(StoreConfig::embedded(&folder), schema, ids).await.expect("the store opens");
    let place = Place::market(Id::from_raw(100), "synthetic", "city");
    let market = store.create(&place).await.expect("the market is made");
    let there: Option<(i64,)> = market.one(REQUESTS, values![]).await.expect("it counts");
    if there.is_none_or(|(there,)| there < requests as i64) {
        fill_counters(&market, requests).await;
        fill_requests(&market, requests).await;
    }
    println!("{requests} synthetic requests of one year in one embedded market");
    sizes(&market, requests).await;
    read_tiles(&market).await;
    read_heat(&market).await;
    read_trends(&market).await;
    for batch in [500, 4_000] {
        follow_events(&market, requests, batch).await;
    }
    if kept.is_none() {
        let _ = std::fs::remove_dir_all(folder);
    }
}

async fn fill_counters(market: &Market, requests: u64) {
    let since = Instant::now();
    let (mut map, mut trends) = (HashMap::new(), HashMap::new());
    let (mut map_names, mut trend_names) = (Names::default(), Names::default());
    for first in (0..requests).step_by(COUNTED_AT_ONCE as usize) {
        let (mut on_map, mut in_trends) = (Sums::default(), Sums::default());
        for number in first..requests.min(first + COUNTED_AT_ONCE) {
            let facts = facts(number, requests);
            let at = facts.at;
            let shift = Shift { before: None, after: Some(facts) };
            count::shift(&mut on_map, &mut map_names, &zone(), &shift).expect("few names");
            trend::count::shift(&mut in_trends, &mut trend_names, &zone(), &shift, at).expect("few names");
        }
        follow::LEDGER.enter_in_memory(&mut map, on_map).expect("it counts");
        trend::follow::LEDGER.enter_in_memory(&mut trends, in_trends).expect("it counts");
    }
    println!(
        "{:.0} requests/s counted in memory, map and trends",
        requests as f64 / since.elapsed().as_secs_f64()
    );
    for names in [&mut map_names, &mut trend_names] {
        names.number(Kind::Zone, "America/New_York").expect("few names");
    }
    let names = map_names.keep(follow::FOLLOWER).chain(trend_names.keep(trend::follow::FOLLOWER));
    market.commit(stamp(), Decision::nothing().changes(names)).await.expect("it commits");
    for (rows, put) in [(map, follow::LEDGER.put), (trends, trend::follow::LEDGER.put)] {
        let mut rows: Vec<(i64, Vec<u8>)> = rows.into_iter().collect();
        rows.sort_unstable();
        for some in rows.chunks(1_000) {
            let changes = some.iter().map(|(row, bytes)| put.with(values![*row, bytes.as_slice()]));
            market.commit(stamp(), Decision::nothing().changes(changes)).await.expect("it commits");
        }
    }
}

async fn fill_requests(market: &Market, requests: u64) {
    let since = Instant::now();
    for first in (0..requests).step_by(ROWS_AT_ONCE as usize) {
        let row = |number: u64| {
            let facts = facts(number, requests);
            let place = Point::from_e7(facts.lat, facts.long).expect("in the city");
            let id = Id::from_raw((number as i64 + 1) << 22);
            let request = Request {
                status: facts.status,
                area: facts.area,
                agency: facts.agency,
                due: facts.due,
                closed: facts.closed,
                ..Request::new(
                    id,
                    &facts.category,
                    "A synthetic report of something broken.",
                    place,
                    facts.at,
                )
            };
            repo::add(&request)
        };
        let rows = (first..requests.min(first + ROWS_AT_ONCE)).map(row);
        market.commit(stamp(), Decision::nothing().changes(rows)).await.expect("it commits");
    }
    println!("{:.0} requests/s written", requests as f64 / since.elapsed().as_secs_f64());
}

async fn sizes(market: &Market, requests: u64) {
    for (what, sql) in [("map", SIZE), ("trends", TREND_SIZE)] {
        let (rows, bytes): (i64, i64) =
            market.one(sql, values![]).await.expect("it counts").expect("there is a row");
        let each = bytes as f64 / requests as f64;
        println!("{what}: {rows} rows, {} MB, {each:.2} bytes a request", bytes / 1_000_000);
    }
}

/// Middle and 95th of a hundred, in milliseconds.
fn told(what: &str, mut took_ms: Vec<f64>) {
    took_ms.sort_by(f64::total_cmp);
    let at = |share: f64| took_ms[((took_ms.len() - 1) as f64 * share) as usize];
    println!("{what}: p50 {:.2} ms, p95 {:.2} ms, longest {:.2} ms", at(0.5), at(0.95), at(1.0));
}

async fn read_tiles(market: &Market) {
    let today = "2025-11-17".parse().expect("a date");
    let month = Some(("2025-10-19".parse().expect("a date"), today));
    let filters = [
        ("all", Asked::default()),
        ("one category, open", Asked::new(Some("category-3"), Some("open"), None).expect("sound")),
        ("30 days", Asked::new(None, None, month).expect("sound")),
    ];
    for (name, asked) in &filters {
        for zoom in [6, 9, 11, 12, 13, 14, 15, 16, 17] {
            let (mut took_ms, mut bytes, mut cut) = (Vec::new(), 0, 0);
            for number in 0..300 {
                let (lat, long) = place(number * 7_919 + u64::from(zoom));
                let tile = Tile::of(Spot::of(Point::from_e7(lat, long).expect("in the city")), zoom);
                let since = Instant::now();
                let which = asked.in_market(market, &zone()).await.expect("it reads");
                let content = tile::read(market, tile, &which).await.expect("it reads");
                bytes += content.mvt(tile).len();
                took_ms.push(since.elapsed().as_secs_f64() * 1e3);
                cut += usize::from(content.is_truncated());
            }
            let kind = if zoom < limits::POINTS_FROM_ZOOM { "counters" } else { "points" };
            told(&format!("tile {zoom} ({kind}, {name}, {} bytes, {cut} of 300 cut)", bytes / 300), took_ms);
        }
    }
}

async fn read_heat(market: &Market) {
    let city = BoundingBox::parse("", "-71.21,42.23,-70.95,42.43").expect("sound");
    let date = |text: &str| text.parse().expect("a date");
    let spans = [
        ("the year", date("2025-01-01"), date("2025-12-31")),
        ("a year less some days", date("2025-01-14"), date("2025-12-18")),
    ];
    for (name, from, to) in spans {
        for category in [None, Some("category-3")] {
            let (mut took_ms, mut shown) = (Vec::new(), 0);
            for _ in 0..60 {
                let since = Instant::now();
                let asked = Asked::new(category, None, Some((from, to))).expect("sound");
                let which = asked.in_market(market, &zone()).await.expect("it reads");
                let cells =
                    cells::of_box(market, &city, limits::HEAT_CELLS_MAX, &which).await.expect("it reads");
                std::hint::black_box(http::heat(&cells).to_string());
                took_ms.push(since.elapsed().as_secs_f64() * 1e3);
                shown = cells.len();
            }
            told(&format!("heat map over {name}, {category:?}, {shown} cells"), took_ms);
        }
    }
}

async fn read_trends(market: &Market) {
    use trend::read::{By, Question, read};
    for by in [By::Day, By::Category, By::Area, By::Agency] {
        let mut took_ms = Vec::new();
        for _ in 0..40 {
            let since = Instant::now();
            let names = Names::load(market, trend::follow::FOLLOWER).await.expect("it reads");
            let (from, to) = ("2025-01-14".parse().expect("a date"), "2025-12-18".parse().expect("a date"));
            let question = Question { from, to, by, category: None, area: None, agency: None };
            std::hint::black_box(read(market, &names, &question).await.expect("it reads"));
            took_ms.push(since.elapsed().as_secs_f64() * 1e3);
        }
        told(&format!("trends by {by:?} over a year less some days"), took_ms);
    }
}

/// Reports of one burst, counted and committed, on top of all that is there.
async fn follow_events(market: &Market, requests: u64, batch: usize) {
    let event = |number: u64| {
        let mut facts = facts(number, requests);
        facts.at = Timestamp::from_microsecond(START_US + YEAR_US as i64 - 1).expect("a date");
        let told = Told { before: None, after: Some(facts.clone()), text: None, other: None };
        let NewEvent { name, subject, body } = NewEvent::new(event::REPORTED, number as i64, &told);
        let (name, pos) = (name.to_owned(), number as i64 + 1);
        Event { pos, id: pos, name, subject, at: facts.at, actor: Actor::System, body }
    };
    let events: Vec<Event> = (0..40_000).map(|number| event(number * 37 % requests)).collect();
    let directory: Arc<dyn Directory> = Arc::new(Here);
    let map = follow::CountOnMap { directory: directory.clone() };
    let trends = trend::follow::CountTrends { directory };
    let (mut map_s, mut trend_s) = (0.0, 0.0);
    for some in events.chunks(batch) {
        let since = Instant::now();
        let decision = map.handle(market, some).await.expect("it counts");
        market.commit(stamp(), decision).await.expect("it commits");
        map_s += since.elapsed().as_secs_f64();
        let since = Instant::now();
        let decision = trends.handle(market, some).await.expect("it counts");
        market.commit(stamp(), decision).await.expect("it commits");
        trend_s += since.elapsed().as_secs_f64();
    }
    let pace = |took_s: f64| events.len() as f64 / took_s;
    println!(
        "batches of {batch}: {:.0} events/s on the map, {:.0} in the trends",
        pace(map_s),
        pace(trend_s)
    );
}
