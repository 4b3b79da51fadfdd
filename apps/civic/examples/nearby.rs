//! How long it takes to read and score what lies near, in a made-up city with crowded spots, embedded.
//! `cargo run --release -p civic --example nearby -- 5000000`

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use civic::duplicate::find::likely;
use civic::duplicate::{Report, Trigrams};
use civic::request::model::Status;
use geo::{Cell, Point};
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Change, Decision, Id, IdSource, SnowIds, SystemClock, values};
use store::schema::Schema;
use store::{Market, Place, Stamp, Store, StoreConfig};

const ROWS_PER_COMMIT: u64 = 2_000;
const QUESTIONS: u64 = 3_000;
const SPOTS: u64 = 200;
const CATEGORIES: [&str; 6] = ["pothole", "road_damage", "street_light", "graffiti", "litter", "fallen_tree"];
const WORDS: [&str; 8] = ["deep", "broken", "near", "school", "bridge", "again", "dangerous", "corner"];

kernel::statements! {
    short ADD = "insert into request (id, category, status, description, lat, long, cell, at, updated, version) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 1)";
}

#[tokio::main]
async fn main() {
    let rows = std::env::args().nth(1).and_then(|rows| rows.parse().ok()).unwrap_or(500_000);
    let folder = testkit::folder();
    let ids: Arc<dyn IdSource> = Arc::new(SnowIds::new(Arc::new(SystemClock), 1));
    let schema = Schema::of([web::part(), civic::part()]);
    let store =
        Store::open(StoreConfig::embedded(folder.path()), schema, ids).await.expect("the store opens");
    let place = Place::market(Id::from_raw(100), "city", "here");
    let market = store.create(&place).await.expect("the market is made");
    let started = Instant::now();
    fill(&market, rows).await;
    say(&format!("{rows} requests in {:?}", started.elapsed()));
    let mut times: Vec<Duration> = Vec::with_capacity(QUESTIONS as usize);
    let (mut read, mut most) = (0, 0);
    for number in 0..QUESTIONS {
        let started = Instant::now();
        let near = ask(&market, number).await;
        times.push(started.elapsed());
        read += near;
        most = most.max(near);
    }
    times.sort_unstable();
    let at = |share: usize| times[times.len() * share / 100];
    say(&format!(
        "{QUESTIONS} look-ups: p50 {:?}, p95 {:?}, p99 {:?}; {} likely each, {most} at most",
        at(50),
        at(95),
        at(99),
        read as u64 / QUESTIONS
    ));
}

fn say(text: &str) {
    writeln!(std::io::stdout(), "{text}").expect("there is an output");
}

async fn fill(market: &Market, rows: u64) {
    let now: Timestamp = "2026-03-01T08:00:00Z".parse().expect("a time");
    let stamp = Stamp { at: now, actor: Actor::System };
    for first in (0..rows).step_by(ROWS_PER_COMMIT as usize) {
        let batch = first..(first + ROWS_PER_COMMIT).min(rows);
        let changes = batch.map(|number| request(number, now));
        market.commit(stamp, Decision::nothing().changes(changes)).await.expect("a batch is committed");
    }
}

/// A third of all lies in crowded spots of a few dozen metres; one in eight is open.
fn place(number: u64) -> Point {
    let (lat, long) = (423_500_000, -710_700_000);
    let within = |roll: u64, reach: u64| (roll % (2 * reach)) as i32 - reach as i32;
    let (north, east) = (dice(number), dice(!number));
    if !number.is_multiple_of(3) {
        return point(lat + within(north, 900_000), long + within(east, 1_200_000));
    }
    let spot = dice(number / 3) % SPOTS;
    let (lat, long) = (lat + within(dice(spot + 7), 800_000), long + within(dice(spot + 77), 1_000_000));
    point(lat + within(north, 9_000), long + within(east, 12_000))
}

fn point(lat_e7: i32, long_e7: i32) -> Point {
    Point::from_e7(lat_e7, long_e7).expect("a place in the city")
}

fn request(number: u64, now: Timestamp) -> Change {
    let roll = dice(number ^ 0xABCD);
    let at = now - SignedDuration::from_hours((roll % 8_760) as i64);
    let status = if roll.is_multiple_of(8) { Status::Open } else { Status::Closed };
    let place = place(number);
    ADD.with(values![
        number as i64 + 1,
        CATEGORIES[(roll % 6) as usize],
        status.name(),
        text(roll),
        place.lat_e7(),
        place.long_e7(),
        Cell::of(place).code(),
        at
    ])
}

fn text(roll: u64) -> String {
    let words: Vec<&str> = (0..10).map(|place| WORDS[(roll >> (3 * place)) as usize % WORDS.len()]).collect();
    words.join(" ")
}

async fn ask(market: &Market, number: u64) -> usize {
    // Every second question is about a crowded spot.
    let point = place(if number.is_multiple_of(2) { number * 3 } else { number * 3 + 1 });
    let at: Timestamp = "2026-03-01T08:00:00Z".parse().expect("a time");
    let report = Report { category: "pothole", group: "roads", point, at, text: Trigrams::of(&text(number)) };
    let found = likely(market, &report, str::to_owned).await.expect("the market answers");
    std::hint::black_box(found).len()
}

fn dice(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
