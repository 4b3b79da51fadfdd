use std::collections::BTreeSet;
use std::sync::Arc;

use bus::JobHandler;
use geo::{Point, Shape};
use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Clock, values};
use proptest::prelude::*;
use serde_json::{Value, json};
use store::Event;

use super::jobs::{TURN, TellOutages};
use super::model::{Area, AreaCuts, Cut, Told, tidied};
use super::read::{self, Reading};
use super::{Outages, Plan, http};
use crate::testing::{World, codes, job, on_both_engines};

on_both_engines!(cuts_are_imported_and_told, a_cut_that_is_taken_back_ends);

/// Thursday, 15 January 2026, at ten by the clocks of Johannesburg, and so many minutes later.
fn at(minutes: i64) -> Timestamp {
    "2026-01-15T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn cut(from: i64, until: i64, stage: u8) -> Cut {
    Cut { from: at(from), until: at(until), stage }
}

fn point(lat: f64, long: f64) -> Point {
    Point::from_degrees(lat, long).unwrap()
}

/// A degree wide; the places to ask about are in its middle, and outside of it.
fn square() -> Shape {
    let corners = [(-27.0, 28.0), (-27.0, 29.0), (-26.0, 29.0), (-26.0, 28.0), (-27.0, 28.0)];
    Shape::new(&[vec![corners.map(|(lat, long)| point(lat, long)).to_vec()]]).unwrap()
}

fn plan(cuts: Vec<Cut>) -> Plan {
    let area = Area { code: "A1".into(), name: "Soweto".into(), shape: square() };
    Plan::new(1, vec![area], vec![AreaCuts { area: "A1".into(), cuts: tidied(cuts), is_told: false }])
}

#[test]
fn cuts_that_meet_are_one() {
    let rows: [(Vec<Cut>, Vec<Cut>); 4] = [
        (vec![], vec![]),
        (vec![cut(60, 90, 1), cut(0, 30, 2)], vec![cut(0, 30, 2), cut(60, 90, 1)]),
        (vec![cut(0, 60, 1), cut(60, 90, 3)], vec![cut(0, 90, 3)]),
        (vec![cut(0, 90, 2), cut(30, 60, 4), cut(80, 100, 1)], vec![cut(0, 100, 4)]),
    ];
    for (cuts, expected) in rows {
        assert_eq!(tidied(cuts), expected);
    }
}

#[test]
fn a_store_is_closed_from_a_while_before_a_cut_to_its_end() {
    let plan = plan(vec![cut(60, 180, 2), cut(190, 240, 2), cut(300, 360, 4)]);
    let (inside, outside) = (point(-26.5, 28.5), point(-25.5, 28.5));
    let lead = SignedDuration::from_mins(20);
    // Minute, whether there is a cut, when that changes, and until when the store is closed.
    for (now, is_cut, change, closed) in [
        (0, false, Some(60), None),
        (39, false, Some(60), None),
        (40, false, Some(60), Some(240)),
        (60, true, Some(180), Some(240)),
        (179, true, Some(180), Some(240)),
        (180, false, Some(190), Some(240)),
        (190, true, Some(240), Some(240)),
        (240, false, Some(300), None),
        (300, true, Some(360), Some(360)),
        (360, false, None, None),
    ] {
        assert_eq!(plan.is_cut("A1", at(now)).is_some(), is_cut, "cut at {now}");
        assert_eq!(plan.next_change("A1", at(now)), change.map(at), "change after {now}");
        assert_eq!(plan.closed_until(inside, false, lead, at(now)), closed.map(at), "closed at {now}");
        assert_eq!(plan.closed_until(inside, true, lead, at(now)), None, "it has power of its own");
        assert_eq!(plan.closed_until(outside, false, lead, at(now)), None, "it lies elsewhere");
    }
    assert_eq!((plan.name("A1"), plan.name("B2")), ("Soweto", "B2"));
    assert_eq!(plan.next_change_anywhere(at(200)), Some(at(240)));
    assert!(Plan::default().codes().is_empty() && Plan::default().areas_at(inside).next().is_none());
}

proptest! {
    /// Looked at minute by minute, the same.
    #[test]
    fn the_plan_agrees_with_a_look_at_every_cut(
        cuts in prop::collection::vec((0..400_i64, 1..60_i64, 1..8_u8), 0..12), now in 0..500_i64, lead in 0..40_i64,
    ) {
        let cuts: Vec<Cut> = cuts.into_iter().map(|(from, length, stage)| cut(from, from + length, stage)).collect();
        let plan = plan(cuts.clone());
        let is_cut = |minute: i64| cuts.iter().any(|cut| cut.from <= at(minute) && at(minute) < cut.until);
        prop_assert_eq!(plan.is_cut("A1", at(now)).is_some(), is_cut(now));
        let change = (now + 1..=600).find(|minute| is_cut(*minute) != is_cut(*minute - 1));
        prop_assert_eq!(plan.next_change("A1", at(now)), change.map(at));
        let near = |minute: i64| (minute..=minute + lead).find(|minute| is_cut(*minute));
        let mut closed = None;
        while let Some(begins) = near(closed.unwrap_or(now)) {
            closed = (begins..).find(|minute| !is_cut(*minute));
        }
        let found = plan.closed_until(point(-26.5, 28.5), false, SignedDuration::from_mins(lead), at(now));
        prop_assert_eq!(found, closed.map(at));
    }

    #[test]
    fn no_file_breaks_the_reader(file in "(area,start,end,stage\n)?([A-Z\"]{0,3},[-0-9:T ]{0,20},[-0-9:T Z]{0,20},[0-9]{0,3}\n){0,5}") {
        let _ = schedule(&file, &[]);
    }
}

fn schedule(file: &str, known: &[&str]) -> Result<read::Schedule, kernel::Refusal> {
    let known: BTreeSet<String> = known.iter().map(|code| (*code).to_owned()).collect();
    let zone = TimeZone::get("Africa/Johannesburg").unwrap();
    read::schedule(file.as_bytes(), &Reading { zone: &zone, now: at(0), known: &known })
}

#[test]
fn schedules_are_read_line_by_line() {
    let file = "\u{feff}Stage, area,start,end\r\n2,A1,2026-01-15 11:00,2026-01-15T13:00\r\n\
        4,B2,2026-01-15T09:00:00Z,2026-01-15T11:00:00+02:00\n1,A1,2026-01-14 10:00,2026-01-15 10:00\n\n\
        3,A1,2026-01-15 13:00,2026-01-15 14:00\n";
    let refused = schedule(file, &[]).unwrap_err();
    assert_eq!(refused.faults()[0].field, "/lines/3/end", "it ends as it begins");
    let found = schedule(&file.replace("T11:00:00+02", "T12:00:00+02"), &["A1", "B2"]).unwrap();
    assert_eq!(found.cuts["A1"], [cut(60, 240, 3)]);
    assert_eq!(found.cuts["B2"], [cut(60, 120, 4)]);
    assert_eq!(found.over, 1);

    let wrong = "area,start,end,stage\n,now,2026-01-15 11:00,x\nC3,2026-01-15 11:00,2026-01-18 11:00,1\n\
        A1,2027-01-15 11:00,2027-01-15 12:00,1\n\n\r\nA1,2026-01-15 11:00\n";
    let refused = schedule(wrong, &["A1"]).unwrap_err();
    let fields: Vec<&str> = refused.faults().iter().map(|fault| fault.field.as_str()).collect();
    let expected = [
        "/lines/2/area",
        "/lines/2/start",
        "/lines/2/stage",
        "/lines/3/area",
        "/lines/3/end",
        "/lines/4/end",
        "/lines/7/end",
        "/lines/7/stage",
    ];
    assert_eq!(fields, expected);
    for (file, code) in [("", "bad_columns"), ("area,start\n", "bad_columns")] {
        assert_eq!(codes(&schedule(file, &[]).unwrap_err()), [code], "{file}");
    }
    assert_eq!(schedule("area,start,end,stage\n", &[]).unwrap(), read::Schedule::default());
    let endless = format!("area,start,end,stage\n{}", "A1,x,x,x\n".repeat(1_000));
    assert_eq!(schedule(&endless, &[]).unwrap_err().faults().len(), 50);
}

fn document() -> Value {
    json!({ "type": "FeatureCollection", "features": [{
        "type": "Feature", "properties": { "code": "A1", "name": "Soweto" }, "geometry": square().to_geojson(),
    }] })
}

/// What was told, and when the next turn is due.
async fn turn(world: &World, outages: &Arc<Outages>) -> (Vec<(String, Told)>, Option<i64>) {
    let handler = TellOutages { clock: world.clock.clone(), outages: outages.clone() };
    let now = world.clock.now();
    let decision = handler.run(&world.market, &job(TURN, now)).await.unwrap();
    let next = decision.jobs.first().map(|job| job.due.duration_since(at(0)).as_mins());
    let before = world.market.settle().await.unwrap();
    world.commit(decision).await.unwrap();
    world.market.settle().await.unwrap();
    (told_after(world, before).await, next)
}

async fn told_after(world: &World, before: i64) -> Vec<(String, Told)> {
    let events: Vec<Event> = world.market.list(store::EVENTS_AFTER, values![before, 100_i64]).await.unwrap();
    events.into_iter().map(|event| (event.name, serde_json::from_str(&event.body).unwrap())).collect()
}

async fn cuts_are_imported_and_told(world: World) {
    let outages = Arc::new(Outages::default());
    let endpoints = http::endpoints(&outages);
    assert_eq!(turn(&world, &outages).await, (Vec::new(), None), "nobody has announced anything");
    let areas = world.ask(&endpoints, "outage_areas", &[], "", Some(document())).await.unwrap();
    assert_eq!(areas, json!({ "version": 1, "areas": 1, "cuts": 0 }));
    let unknown = "area,start,end,stage\nB2,2026-01-15 11:00,2026-01-15 12:00,1\n";
    let unknown = world.send(&endpoints, "outage_schedule", &[], "", unknown.into());
    assert_eq!(codes(&unknown.await.unwrap_err()), ["unknown_area"]);
    let file = "area,start,end,stage\nA1,2026-01-15 11:00,2026-01-15 12:00,2\nA1,2026-01-14 11:00,2026-01-14 12:00,2\n";
    let set = world.send(&endpoints, "outage_schedule", &[], "", file.into()).await.unwrap();
    assert_eq!(set, json!({ "version": 2, "areas": 1, "cuts": 1, "over": 1 }));

    for (minute, told, next) in [
        (0, None, Some(60)),
        (60, Some(super::model::BEGAN), Some(120)),
        (60, None, Some(120)),
        (120, Some(super::model::ENDED), None),
        (121, None, None),
    ] {
        world.clock.set(at(minute));
        let (events, due) = turn(&world, &outages).await;
        assert_eq!(events.first().map(|(name, _)| name.as_str()), told, "at {minute}");
        assert_eq!(due, next, "after {minute}");
        if told == Some(super::model::BEGAN) {
            let (from, until) = (Some(at(60)), Some(at(120)));
            assert_eq!(events[0].1, Told { area: "A1".into(), from, until, stage: Some(2) });
        }
    }
    world.clock.set(at(60));
    for (query, areas, is_cut) in [("", 1, true), ("near=-26.5,28.5", 1, true), ("near=-25.5,28.5", 0, false)]
    {
        let list = world.ask(&endpoints, "outage_list", &[], query, None).await.unwrap();
        assert_eq!(list["items"].as_array().map(Vec::len), Some(areas), "{query}");
        assert_eq!(list["items"][0]["is_cut"] == json!(true), is_cut, "{query}");
    }
}

async fn a_cut_that_is_taken_back_ends(world: World) {
    let outages = Arc::new(Outages::default());
    let endpoints = http::endpoints(&outages);
    let file = "area,start,end,stage\nA1,2026-01-15 09:00,2026-01-15 12:00,2\nB2,2026-01-15 09:30,2026-01-15 11:00,2\n";
    world.send(&endpoints, "outage_schedule", &[], "", file.into()).await.unwrap();
    assert_eq!(turn(&world, &outages).await.0.len(), 2, "both are on, nobody was told yet");
    let before = world.market.settle().await.unwrap();
    let file = "area,start,end,stage\nB2,2026-01-15 11:00,2026-01-15 12:00,2\n";
    world.send(&endpoints, "outage_schedule", &[], "", file.into()).await.unwrap();
    world.market.settle().await.unwrap();
    let told = told_after(&world, before).await;
    assert_eq!(
        told.iter().map(|(name, told)| (name.as_str(), &*told.area)).collect::<Vec<_>>(),
        [("outage.ended", "A1")]
    );
    let (told, next) = turn(&world, &outages).await;
    assert_eq!(
        told.iter().map(|(name, told)| (name.as_str(), &*told.area)).collect::<Vec<_>>(),
        [("outage.ended", "B2")]
    );
    assert_eq!(next, Some(60));
    let decision = super::decide::tell(&[], &plan(vec![]), 1, at(0));
    assert!(decision.is_nothing());
}
