use std::collections::HashMap;
use std::time::Instant;

use super::*;

fn plan(count: u32, lat_e7: i32) -> Plan {
    let categories = ["pothole", "street_light", "missed_collection", "unheard_of"];
    Plan {
        seed: 1,
        count,
        years: 2,
        centre: Point::from_e7(lat_e7, -710_589_000).unwrap(),
        zone: TimeZone::get("America/New_York").unwrap(),
        until: "2026-06-01T12:34:56Z".parse().unwrap(),
        categories: categories.map(|code| (code.to_owned(), code.replace('_', " "))).to_vec(),
        sorting: Sorting::default(),
    }
}

fn requests(plan: Plan, from: i64) -> Vec<Request> {
    City::from(plan, from).flat_map(|batch| batch.unwrap().drafts).map(|draft| draft.request).collect()
}

#[test]
fn the_same_seed_gives_the_same_city_from_any_request_on() {
    let all = requests(plan(9_000, 423_601_000), 0);
    assert_eq!(all.len(), 9_000);
    assert_eq!(requests(plan(9_000, 423_601_000), 5_321), all[5_321..]);
    assert_ne!(requests(Plan { seed: 2, ..plan(9_000, 423_601_000) }, 0), all);
}

#[test]
fn requests_come_in_the_order_of_time_and_end_before_the_end() {
    for count in [1, 7, 500, 40_000] {
        let all = requests(plan(count, 423_601_000), 0);
        assert_eq!(all.len() as u32, count);
        assert!(all.is_sorted_by_key(|it| it.at));
        let until = plan(1, 0).until;
        assert!(all.iter().all(|it| it.at <= until && it.closed.is_none_or(|closed| closed <= until && closed >= it.at)));
        assert!(all.iter().all(|it| it.closed.is_some() == it.status.is_over()));
    }
}

#[test]
fn some_places_hours_and_days_are_busier_than_others() {
    let all = requests(plan(60_000, -339_249_000), 0);
    let mut squares: HashMap<(i32, i32), u32> = HashMap::new();
    for request in &all {
        *squares.entry((request.place.lat_e7() / 20_000, request.place.long_e7() / 20_000)).or_default() += 1;
    }
    let mut counts: Vec<u32> = squares.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let busiest: u32 = counts.iter().take(counts.len() / 50).sum();
    assert!(busiest > 18_000, "one square in fifty has {busiest} of 60,000");
    let zone = plan(1, 0).zone;
    let at_three = all.iter().filter(|it| zone.to_datetime(it.at).hour() == 3).count();
    let at_ten = all.iter().filter(|it| zone.to_datetime(it.at).hour() == 10).count();
    assert!(at_ten > 10 * at_three, "{at_ten} at ten, {at_three} at three");
    let over = all.iter().filter(|it| it.status.is_over()).count();
    assert!((50_000..59_500).contains(&over), "{over} are over");
}

#[test]
fn several_speak_of_one_thing() {
    let all = requests(plan(200_000, 423_601_000), 0);
    let last = &all[195_000..];
    let twins = last.iter().enumerate().filter(|(place, it)| {
        let before = &last[place.saturating_sub(300)..*place];
        before.iter().any(|other| {
            other.category == it.category
                && other.place.distance_m(it.place) < 40.0
                && other.address == it.address
        })
    });
    let twins = twins.count();
    assert!((150..1_500).contains(&twins), "{twins} of 5,000");
}

/// Printed, not promised: `cargo test --release -p civic pace -- --nocapture`.
#[test]
fn pace() {
    let started = Instant::now();
    let count =
        City::from(plan(50_000, 423_601_000), 0).map(|batch| batch.unwrap().drafts.len()).sum::<usize>();
    eprintln!("{count} made up in {:?}", started.elapsed());
}
