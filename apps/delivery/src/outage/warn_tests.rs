use std::collections::BTreeMap;
use std::sync::Arc;

use bus::JobHandler;
use dispatch::Dispatch;
use dispatch::position::{Duty, Ping};
use geo::{Point, Shape};
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Clock, Decision, Id};
use proptest::prelude::*;
use serde_json::json;

use super::model::{Area, AreaCuts, Cut, tidied};
use super::warn::{self, Warned};
use super::warning::{WARN, WarnOfOutages};
use super::{Plan, decide, limits, repo};
use crate::order::tests::rig::{BUYER, HERE, RIDER, Rig};
use crate::tell::Post;
use crate::tell::tests::{Here, Known, heard, messages};
use crate::testing::{World, job, on_both_engines};

on_both_engines!(
    riders_and_buyers_are_told_once_before_a_cut,
    whoever_comes_later_is_told_too_and_a_moved_cut_anew,
    many_are_told_bit_by_bit,
    a_quote_says_when_the_store_opens_again,
);

/// Thursday, 15 January 2026, at ten by the clocks of Johannesburg, and so many minutes later.
fn at(minutes: i64) -> Timestamp {
    "2026-01-15T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn cut(from: i64, until: i64) -> Cut {
    Cut { from: at(from), until: at(until), stage: 2 }
}

fn point(lat: f64, long: f64) -> Point {
    Point::from_degrees(lat, long).unwrap()
}

/// Around the store, some kilometres wide.
fn area() -> Area {
    let (lat, long) = HERE;
    let corners = [(-0.1, -0.1), (-0.1, 0.1), (0.1, 0.1), (0.1, -0.1), (-0.1, -0.1)];
    let ring = corners.map(|(north, east)| point(lat + north, long + east)).to_vec();
    Area { code: "A1".into(), name: "Soweto".into(), shape: Shape::new(&[vec![ring]]).unwrap() }
}

fn plan(cuts: Vec<Cut>) -> Plan {
    Plan::new(1, vec![area()], vec![AreaCuts { area: "A1".into(), cuts: tidied(cuts), is_told: false }])
}

#[test]
fn somebody_knows_of_a_cut_until_it_moves() {
    let (person, moved) = (Id::from_raw(7), SignedDuration::from_mins(15));
    let mut warned = Warned::default();
    warned.add(person, at(60), at(180));
    warned.add(person, at(300), at(360));
    for (from, until, knows) in [
        (60, 180, true),
        (45, 195, true),
        (75, 165, true),
        (44, 180, false),
        (76, 180, false),
        (60, 196, false),
        (60, 360, false),
        (310, 350, true),
    ] {
        assert_eq!(warned.knows(person, &cut(from, until), moved), knows, "{from} to {until}");
        assert!(!warned.knows(Id::from_raw(8), &cut(from, until), moved));
    }
}

#[test]
fn the_next_look_is_when_somebody_is_to_be_told() {
    let within = SignedDuration::from_mins(45);
    let plan = plan(vec![cut(60, 180), cut(190, 240), cut(500, 560)]);
    // At a minute: the cuts that are coming, and when to look again.
    for (now, coming, next) in [
        (0, None, Some(15)),
        (15, Some(60), Some(16)),
        (16, Some(60), Some(18)),
        (59, Some(60), Some(60)),
        (60, None, Some(145)),
        (150, Some(190), Some(152)),
        (190, None, Some(455)),
        (500, None, None),
    ] {
        let found = plan.coming(within, at(now)).get("A1").map(|cut| cut.from);
        assert_eq!(found, coming.map(at), "coming at {now}");
        assert_eq!(warn::next_look(&plan, within, at(now)), next.map(at), "look after {now}");
        assert_eq!(warn::next_look(&plan, SignedDuration::ZERO, at(now)), None, "nobody is told");
    }
}

proptest! {
    /// Looks come to an end, always later, and none is so late that a cut begins unannounced.
    #[test]
    fn no_cut_is_passed_over(cuts in prop::collection::vec((1..2_000_i64, 1..90_i64), 1..8), within in 1..120_i64) {
        let within = SignedDuration::from_mins(within);
        let cuts: Vec<Cut> = tidied(cuts.into_iter().map(|(from, long)| cut(from, from + long)).collect());
        let plan = plan(cuts.clone());
        let (mut now, mut seen) = (at(0), Vec::new());
        for _ in 0..10_000 {
            seen.extend(plan.coming(within, now).values().map(|cut| cut.from));
            match warn::next_look(&plan, within, now) {
                Some(next) => {
                    prop_assert!(next > now);
                    now = next;
                }
                None => break,
            }
        }
        prop_assert_eq!(warn::next_look(&plan, within, now), None);
        for (place, cut) in cuts.iter().enumerate() {
            // One that follows so soon after another that nobody looks in between is told with it.
            let gap = place.checked_sub(1).map(|before| cut.from.duration_since(cuts[before].from));
            let is_seen = seen.contains(&cut.from);
            prop_assert!(is_seen || gap.is_some_and(|gap| gap < limits::LOOKED_EVERY), "{} of {:?}", cut.from, cuts);
        }
    }
}

struct Dark {
    rig: Rig,
    dispatch: Arc<Dispatch>,
}

impl Dark {
    async fn open(world: World) -> Self {
        world.clock.set(at(0));
        let rig = Rig::open(world).await;
        let dispatch = Dispatch::builder(rig.world.clock.clone(), rig.world.ids.clone()).build();
        Self { rig, dispatch }
    }

    fn world(&self) -> &World {
        &self.rig.world
    }

    async fn announce(&self, cuts: &[Cut]) {
        let market = &self.world().market;
        let set = repo::set(market).await.unwrap();
        let (areas, set) = decide::replace_areas(&[area()], &[], set.as_ref(), &self.world().ctx());
        self.world().commit(Decision { jobs: Vec::new(), ..areas }).await.unwrap();
        let present = repo::cuts(market).await.unwrap();
        let cuts = BTreeMap::from([("A1".to_owned(), cuts.to_vec())]);
        let (cuts, _) = decide::replace_cuts(&cuts, &present, Some(&set), &self.world().ctx());
        assert!(cuts.jobs.iter().any(|job| job.kind == WARN), "somebody looks");
        self.world().commit(Decision { jobs: Vec::new(), ..cuts }).await.unwrap();
    }

    async fn rider(&self, number: i64, north: f64) {
        let (fleet, now) =
            (self.dispatch.fleet(&self.world().market).await.unwrap(), self.world().clock.now());
        let duty = Duty { mode: dispatch::Mode::Motorbike, capacity: 3, load: 0 };
        fleet.begin(Id::from_raw(number), duty, now).unwrap();
        fleet.hear(&[(Id::from_raw(number), Ping::new(point(HERE.0 + north, HERE.1), now, 1))], now);
    }

    async fn order(&self, buyer: i64) -> serde_json::Value {
        let quote = self.rig.quote(buyer, &[(&self.rig.tea, 1)], json!({})).await.unwrap();
        self.rig.place(buyer, &quote, "cash").await.unwrap()
    }

    /// One look, as after a restart: whoever looks knows nothing but what is kept. When the next one is due.
    async fn look(&self) -> Option<Timestamp> {
        let (world, orders) = (self.world(), &self.rig.orders);
        let post =
            Arc::new(Post { people: Arc::new(Known), clock: world.clock.clone(), ids: world.ids.clone() });
        let handler = WarnOfOutages {
            clock: world.clock.clone(),
            directory: Arc::new(Here(world.market.clone())),
            pricing: orders.pricing.clone(),
            catalogue: orders.catalogue.clone(),
            dispatch: self.dispatch.clone(),
            post,
        };
        let decision = handler.run(&world.market, &job(WARN, world.clock.now())).await.unwrap();
        let next = decision.jobs.iter().find(|job| job.kind == WARN).map(|job| job.due);
        world.commit(Decision { jobs: Vec::new(), ..decision }).await.unwrap();
        next
    }
}

async fn riders_and_buyers_are_told_once_before_a_cut(world: World) {
    let dark = Dark::open(world).await;
    dark.order(BUYER).await;
    let gone = dark.order(91).await;
    let moved = |to: &str| json!({"to": to, "reason": "by telephone"});
    for (who, step, body) in [
        (dark.rig.merchant(), "order_accept", json!({})),
        (dark.rig.merchant(), "order_prepare", json!({})),
        (dark.rig.merchant(), "order_ready", json!({})),
        (dark.rig.merchant(), "order_move", moved("picked_up")),
    ] {
        dark.rig.step(who, step, &gone, body).await.unwrap();
    }
    dark.announce(&[cut(60, 180)]).await;
    assert_eq!(dark.look().await, Some(at(15)), "nobody is told too soon");
    assert!(messages(dark.world()).await.is_empty());
    dark.world().clock.set(at(15));
    dark.rider(RIDER, 0.01).await;
    dark.rider(73, 0.5).await;
    for _ in 0..3 {
        dark.look().await;
    }
    for (to, expected) in [
        ("+27820000071", vec!["outage_order"]),
        // What has left the store needs no light there; who is elsewhere has it.
        ("91@x.example", vec![]),
        ("72@x.example", vec!["outage_ride"]),
        ("73@x.example", vec![]),
    ] {
        assert_eq!(heard(dark.world(), to).await, expected, "{to}");
    }
    let all = messages(dark.world()).await;
    assert_eq!((&all[0].words["from"], &all[0].words["until"]), (&json!("11:00"), &json!("13:00")));
    let said: Vec<&str> = all.iter().map(|told| told.template.as_str()).collect();
    assert_eq!(said.len(), 2, "{said:?}");
}

async fn whoever_comes_later_is_told_too_and_a_moved_cut_anew(world: World) {
    let dark = Dark::open(world).await;
    let order = dark.order(BUYER).await;
    dark.announce(&[cut(60, 180)]).await;
    dark.world().clock.set(at(20));
    dark.rider(RIDER, 0.01).await;
    dark.look().await;
    dark.rider(74, 0.01).await;
    // Within a quarter of an hour it is the same cut; told is told, also by a schedule that is sent again.
    for (cuts, first, second) in [
        (vec![cut(60, 180)], 1, 1),
        (vec![cut(50, 190)], 1, 1),
        (vec![cut(62, 196)], 2, 2),
        (vec![cut(60, 180)], 2, 2),
        (vec![cut(40, 190)], 3, 3),
    ] {
        dark.announce(&cuts).await;
        dark.look().await;
        dark.look().await;
        assert_eq!(heard(dark.world(), "72@x.example").await.len(), first, "{cuts:?}");
        assert_eq!(heard(dark.world(), "74@x.example").await.len(), second, "{cuts:?}");
    }
    // A store with power of its own goes on, and its buyers need not know.
    let mut store = crate::store::repo::one(&dark.world().market, dark.rig.store.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    store.has_power = true;
    let plan = dark.rig.orders.pricing.outages.of(&dark.world().market).await.unwrap();
    let coming = plan.coming(SignedDuration::from_mins(45), at(20));
    let orders = [dark.rig.order(&order).await];
    assert_eq!(warn::affected(&plan, &coming, [], &orders, &[store.clone()]), []);
    store.has_power = false;
    assert_eq!(warn::affected(&plan, &coming, [], &orders, &[store]).len(), 1);
}

async fn many_are_told_bit_by_bit(world: World) {
    let dark = Dark::open(world).await;
    dark.announce(&[cut(30, 60)]).await;
    let count = limits::WARNED_AT_ONCE as i64 + 20;
    for number in 0..count {
        dark.rider(1_000 + number, 0.01).await;
    }
    assert_eq!(dark.look().await, Some(at(0)), "the others at once");
    assert_eq!(messages(dark.world()).await.len(), limits::WARNED_AT_ONCE);
    assert_eq!(dark.look().await, Some(at(2)));
    dark.look().await;
    assert_eq!(messages(dark.world()).await.len() as i64, count);
}

async fn a_quote_says_when_the_store_opens_again(world: World) {
    let dark = Dark::open(world).await;
    let world = dark.world();
    let quote = dark.rig.quote(BUYER, &[(&dark.rig.tea, 1)], json!({})).await.unwrap();
    dark.announce(&[cut(10, 130), cut(140, 200)]).await;
    // The second cut is so near that nothing is taken in between.
    let refused = dark.rig.quote(BUYER, &[(&dark.rig.tea, 1)], json!({})).await.unwrap_err();
    assert_eq!((refused.code(), refused.retry_after_s()), ("power_cut", Some(200 * 60)));
    assert!(refused.message().ends_with("it takes orders again at 13:20."), "{}", refused.message());
    let refused = dark.rig.place(BUYER, &quote, "cash").await.unwrap_err();
    assert_eq!(refused.code(), "power_cut", "what is in the basket is not ordered either");

    // A store that closes before the power is back opens the next morning.
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let spans = json!([{"from": "09:00", "to": "13:00"}]);
    let week: serde_json::Map<_, _> = days.map(|day| (day.to_owned(), spans.clone())).into_iter().collect();
    let shelf = crate::catalogue_endpoints(&dark.rig.orders.catalogue);
    let provider = dark.rig.merchant.to_string();
    let path = [("provider", provider.as_str()), ("store", dark.rig.store.as_str())];
    world.ask(&shelf, "store_hours_set", &path, "", Some(json!({ "week": week }))).await.unwrap();
    let store = dark.rig.store.parse().unwrap();
    let mut known = crate::store::repo::one(&world.market, store).await.unwrap().unwrap();
    let plan = dark.rig.orders.pricing.outages.of(&world.market).await.unwrap();
    let lead = SignedDuration::from_mins(20);
    for (now, has_power, expected) in [
        (0, false, Some("2026-01-16T07:00:00Z")),
        (0, true, Some("2026-01-15T08:00:00Z")),
        (201, false, Some("2026-01-16T07:00:00Z")),
        (-120, false, Some("2026-01-15T07:00:00Z")),
    ] {
        known.has_power = has_power;
        let found = warn::reopens(&known, &plan, lead, (at(now), &world.zone));
        assert_eq!(found, expected.map(|time| time.parse().unwrap()), "at {now}");
    }
    known.state = crate::store::State::Closed;
    assert_eq!(warn::reopens(&known, &plan, lead, (at(0), &world.zone)), None);
}
