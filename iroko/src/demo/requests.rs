//! Believable requests: what, where, since when. The same seed gives the same city.

use civic::request::model::{Request, Status};
use geo::Point;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Clock, Id, IdSource, ManualClock, SnowIds};
use std::sync::Arc;

use super::dice::Dice;

/// How far from the centre things are reported, in ten-millionths of a degree.
const SPREAD_E7: u64 = 900_000;
const DAYS: u64 = 90;

const STREETS: &[&str] = &[
    "Maple Street",
    "Harbour Road",
    "Station Lane",
    "Mill Avenue",
    "Orchard Row",
    "Bridge Street",
    "Union Square",
    "Chapel Hill",
    "Garden Walk",
    "Quarry Road",
    "Linden Avenue",
    "Market Street",
    "River Terrace",
    "School Lane",
];
const NEAR: &[&str] =
    &["near the bus stop", "by the playground", "at the corner", "opposite number", "in front of number"];
const SINCE: &[&str] =
    &["since Monday", "for two weeks", "since last night", "again", "after the storm", "every evening"];

const TROUBLES: &[(&str, &[&str])] = &[
    (
        "abandoned_vehicle",
        &["A grey car without plates has not moved", "A van with flat tyres blocks the kerb"],
    ),
    ("graffiti", &["Fresh paint all over the wall", "The mural has been sprayed over"]),
    ("missed_collection", &["The bins were not emptied", "Cardboard is piling up"]),
    ("noise", &["Very loud generator", "Music until three in the morning"]),
    ("pothole", &["A hole as wide as a wheel", "The road has sunk around the drain"]),
    ("street_light", &["The lamp is out", "The lamp flickers"]),
    ("tree", &["A large branch hangs over the path", "A tree leans on the cable"]),
    ("water_leak", &["Water comes up through the pavement", "The hydrant drips"]),
];

/// Old ones are mostly closed, new ones mostly open.
fn status(dice: &mut Dice, age_days: u64) -> Status {
    if dice.below(DAYS) < age_days {
        *dice.pick(&[Status::Closed, Status::Closed, Status::Closed, Status::Resolved])
    } else {
        *dice.pick(&[
            Status::Open,
            Status::Open,
            Status::InProgress,
            Status::UnderReview,
            Status::PendingExternal,
        ])
    }
}

/// `count` requests of the ninety days before `until`, oldest first.
pub fn requests(
    seed: &str,
    centre: Point,
    count: u32,
    until: Timestamp,
) -> impl Iterator<Item = Request> + use<> {
    let mut dice = Dice::seeded(seed);
    let span = SignedDuration::from_hours((DAYS * 24) as i64);
    let start = until.checked_sub(span).unwrap_or(until);
    let step_us = span.as_micros() as u64 / u64::from(count.max(1));
    let clock = Arc::new(ManualClock::at(start));
    let ids = SnowIds::new(clock.clone(), 0);
    (0..count).map(move |number| {
        let jitter = dice.below(step_us.max(1)) as i64;
        let offset = SignedDuration::from_micros((u64::from(number) * step_us) as i64 + jitter);
        clock.set(start.checked_add(offset).unwrap_or(until));
        let at = clock.now();
        let (category, troubles) = dice.pick(TROUBLES);
        let description = format!(
            "{} on {} {} {}, {}.",
            dice.pick(troubles),
            dice.pick(STREETS),
            dice.pick(NEAR),
            1 + dice.below(190),
            dice.pick(SINCE)
        );
        let status =
            status(&mut dice, DAYS.saturating_sub(u64::from(number) * DAYS / u64::from(count.max(1))));
        let (id, place) = (Id::from_raw(ids.next()), near(centre, &mut dice));
        let took = SignedDuration::from_mins(dice.below(5 * 24 * 60) as i64 + 30);
        let ended = at.checked_add(took).unwrap_or(until).min(until);
        let closed = status.is_over().then_some(ended);
        let updated = closed.unwrap_or(at);
        Request { status, closed, updated, ..Request::new(id, category, &description, place, at) }
    })
}

/// The sum of two throws: more in the middle of town than at its edge.
fn near(centre: Point, dice: &mut Dice) -> Point {
    let mut offset = || (dice.below(SPREAD_E7) + dice.below(SPREAD_E7)) as i32 - SPREAD_E7 as i32;
    Point::from_e7(centre.lat_e7() + offset(), centre.long_e7() + offset()).unwrap_or(centre)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_city_in_order_of_time() {
        let centre = Point::from_e7(423_601_000, -710_589_000).unwrap();
        let until = "2026-06-01T00:00:00Z".parse().unwrap();
        let once: Vec<Request> = requests("boston", centre, 500, until).collect();
        assert_eq!(once, requests("boston", centre, 500, until).collect::<Vec<_>>());
        assert!(once.is_sorted_by(|a, b| a.id < b.id && a.at <= b.at));
        assert!(once.iter().all(|request| request.at <= until));
        let open = once.iter().filter(|request| request.status == Status::Open).count();
        assert!(open > 50 && open < 300, "{open} are open");
    }
}
