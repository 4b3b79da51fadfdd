//! Every filter of the list against all rows looked at one by one.

use civic::request::model::{Request, Status};
use kernel::jiff::SignedDuration;
use kernel::{Clock, Decision, Id};
use serde_json::{Value, json};

use crate::world::{By, World, point, refused};

testkit::on_both_engines! {
    every_filter_finds_what_it_should,
    what_is_rare_comes_in_short_pages,
    filters_are_checked,
}

/// Two hundred requests over two hundred hours, some merged, some hidden; the oldest have the highest ids.
async fn filled(world: &World) -> Vec<Request> {
    let start = world.clock.now();
    let mut all = Vec::new();
    for number in 0..200_i64 {
        let at = start - SignedDuration::from_hours(number / 2);
        let place = point(40.0 + (number % 10) as f64 / 10.0, -71.0 - (number % 7) as f64 / 10.0);
        let category = ["pothole", "graffiti"][(number % 3 == 0) as usize];
        let status = Status::all().nth(number as usize % 7).unwrap();
        all.push(Request {
            status,
            closed: status.is_over().then_some(at),
            area: (number % 4 != 0).then(|| format!("ward-{}", number % 4)),
            merged: (number % 23 == 0).then(|| Id::from_raw(1_000)),
            hidden: number % 29 == 0,
            ..Request::new(Id::from_raw(1_000 + number), category, "Something", place, at)
        });
    }
    let adding = all.iter().map(civic::request::repo::add);
    world.market.commit(world.stamp(), Decision::nothing().changes(adding)).await.unwrap();
    all
}

async fn ids(world: &World, query: &str) -> Vec<String> {
    let (mut ids, mut next) = (Vec::new(), String::new());
    loop {
        let page =
            world.ask(By::Nobody, "request_list", "", &format!("{query}{next}"), &json!({})).await.unwrap();
        let items = page["items"].as_array().unwrap();
        ids.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        match &page["next"] {
            Value::String(cursor) => next = format!("&cursor={cursor}"),
            _ => return ids,
        }
    }
}

async fn every_filter_finds_what_it_should(world: World) {
    let all = filled(&world).await;
    let now = world.clock.now();
    let (since, until) = (now - SignedDuration::from_hours(80), now - SignedDuration::from_hours(20));
    type Test = Box<dyn Fn(&Request) -> bool>;
    let parts: Vec<(String, Test)> = vec![
        (String::new(), Box::new(|_| true)),
        ("&status=open".into(), Box::new(|it| it.status == Status::Open)),
        (
            "&status=open,closed,open".into(),
            Box::new(|it| matches!(it.status, Status::Open | Status::Closed)),
        ),
        ("&category=graffiti".into(), Box::new(|it| it.category == "graffiti")),
        ("&area=ward-2".into(), Box::new(|it| it.area.as_deref() == Some("ward-2"))),
        (format!("&since={since}"), Box::new(move |it| it.at >= since)),
        (format!("&until={until}"), Box::new(move |it| it.at < until)),
    ];
    for (one, is_one) in &parts {
        for (other, is_other) in &parts {
            if one.split('=').next() == other.split('=').next() && !one.is_empty() {
                continue;
            }
            let fits = |it: &&Request| !it.hidden && it.merged.is_none() && is_one(it) && is_other(it);
            let mut expected: Vec<&Request> = all.iter().filter(fits).collect();
            expected.sort_by_key(|it| std::cmp::Reverse((it.at, it.id)));
            let expected: Vec<String> = expected.iter().map(|it| it.id.to_string()).collect();
            let query = format!("limit=7{one}{other}");
            assert_eq!(ids(&world, &query).await, expected, "{query}");

            let has_status = query.contains("status");
            let is_within = |it: &&Request| {
                let (lat, long) = (it.place.lat(), it.place.long());
                (40.15..=40.75).contains(&lat)
                    && (-71.45..=-71.05).contains(&long)
                    && (has_status || it.status == Status::Open)
            };
            let mut expected: Vec<String> =
                all.iter().filter(fits).filter(is_within).map(|it| it.id.to_string()).collect();
            expected.sort();
            let query = format!("{query}&bbox=-71.45,40.15,-71.05,40.75");
            let mut found = ids(&world, &query).await;
            found.sort();
            assert_eq!(found, expected, "{query}");
        }
    }
}

/// However rare it is, one page looks at no more than so many, and says where to go on.
async fn what_is_rare_comes_in_short_pages(world: World) {
    let now = world.clock.now();
    let request = |number: i64| {
        let place = point(42.0 + (number % 70) as f64 / 10_000.0, -71.0 + (number / 70) as f64 / 10_000.0);
        let category = if number % 1_500 == 700 { "graffiti" } else { "pothole" };
        Request::new(Id::from_raw(1_000 + number), category, "Something", place, now)
    };
    let all: Vec<Request> = (0..4_000).map(request).collect();
    for some in all.chunks(500) {
        let adding = some.iter().map(civic::request::repo::add);
        world.market.commit(world.stamp(), Decision::nothing().changes(adding)).await.unwrap();
    }
    let rare = all.iter().filter(|it| it.category == "graffiti");
    let mut expected: Vec<String> = rare.map(|it| it.id.to_string()).collect();
    expected.sort();
    for bbox in ["-71.1,41.9,-70.9,42.1", "-180,-90,180,90"] {
        let query = format!("limit=50&category=graffiti&bbox={bbox}");
        let page = world.ask(By::Nobody, "request_list", "", &query, &json!({})).await.unwrap();
        assert!(page["items"].as_array().unwrap().len() < 3 && page["next"].is_string(), "{page}");
        let mut found = ids(&world, &query).await;
        found.sort();
        assert_eq!(found, expected, "{bbox}");
        let others = ids(&world, &format!("limit=100&category=pothole&bbox={bbox}")).await;
        let once: std::collections::BTreeSet<&String> = others.iter().collect();
        assert_eq!((others.len(), once.len()), (4_000 - expected.len(), 4_000 - expected.len()));
    }
}

async fn filters_are_checked(world: World) {
    for (query, field) in [
        ("status=open,none", "?status"),
        ("status=", "?status"),
        ("since=yesterday", "?since"),
        ("since=2026-01-02T00:00:00Z&until=2026-01-02T00:00:00Z", "?until"),
        ("bbox=1,2", "?bbox"),
        ("cursor=x", "?cursor"),
        ("q=hole", "?q"),
    ] {
        let refusal =
            refused(world.ask(By::Nobody, "request_list", "", query, &json!({})).await, "invalid_input");
        assert!(refusal.faults()[0].field.starts_with(field), "{query}: {:?}", refusal.faults());
    }
}
