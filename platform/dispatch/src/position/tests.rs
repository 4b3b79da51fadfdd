use geo::Point;
use kernel::jiff::SignedDuration;
use kernel::{Id, values};
use serde_json::{Value, json};

use super::*;
use crate::Dispatch;
use crate::testing::{World, on_both_engines};

on_both_engines!(
    duty_is_kept,
    pings_move_workers_and_leave_samples,
    silence_deletes_nobody,
    workers_are_there_after_a_restart,
    bad_pings_are_refused,
    old_samples_go,
);

kernel::statements! {
    long SAMPLES = "select worker, at from position_sample order by id";
    long PLACES = "select worker, lat, long from worker_position order by worker";
    long PRUNING = "select kind, due from job where kind = 'dispatch.prune'";
}

fn at(lat: f64, long: f64) -> Point {
    Point::from_degrees(lat, long).unwrap()
}

async fn ask(world: &World, who: i64, name: &str, body: Value) -> Result<Value, String> {
    let asked = world.ask(&world.endpoints(), (who, name), &[], "", Some(body)).await;
    asked.map_err(|refusal| match refusal.faults().first() {
        Some(fault) => format!("{} {}", fault.field, fault.code),
        None => refusal.code().to_owned(),
    })
}

async fn near(world: &World, bbox: &str) -> Vec<i64> {
    let query = format!("bbox={bbox}");
    let shown = world.ask(&world.endpoints(), (9, "workers_near"), &[], &query, None).await.unwrap();
    let worker = |item: &Value| item["worker"].as_str().unwrap().parse::<WorkerId>().unwrap().raw();
    let mut workers: Vec<i64> = shown["items"].as_array().unwrap().iter().map(worker).collect();
    workers.sort_unstable();
    workers
}

async fn duty_is_kept(world: World) {
    let on = |mode: &str, capacity: i64| json!({"on": true, "mode": mode, "capacity": capacity});
    // Whoever signs in is no worker by that.
    let stranger = world.ask(&world.endpoints(), (1, "worker_duty"), &[], "", Some(on("bicycle", 2))).await;
    assert_eq!(stranger.unwrap_err().code(), "not_admitted");
    world.admit(1).await;
    world.admit(1).await;
    assert_eq!(ask(&world, 1, "worker_duty", on("bicycle", 0)).await.unwrap_err(), "/capacity out_of_range");
    assert_eq!(ask(&world, 1, "worker_duty", json!({"on": true})).await.unwrap_err(), "/mode missing");
    assert!(ask(&world, 1, "worker_duty", on("rocket", 1)).await.is_err());
    ask(&world, 1, "worker_duty", on("bicycle", 2)).await.unwrap();
    let worker = Id::from_raw(1);
    let first = repo::worker(&world.market, worker).await.unwrap().unwrap();
    assert!(first.on_duty && first.duty.capacity == 2);
    // The same again changes nothing, not even since when.
    world.wait(60);
    ask(&world, 1, "worker_duty", on("bicycle", 2)).await.unwrap();
    assert_eq!(repo::worker(&world.market, worker).await.unwrap().unwrap(), first);
    ask(&world, 1, "worker_duty", on("car", 5)).await.unwrap();
    let changed = repo::worker(&world.market, worker).await.unwrap().unwrap();
    assert_eq!((changed.duty.capacity, changed.since > first.since), (5, true));
    for _ in 0..2 {
        ask(&world, 1, "worker_duty", json!({"on": false})).await.unwrap();
        assert!(!repo::worker(&world.market, worker).await.unwrap().unwrap().on_duty);
    }
    let said = ask(
        &world,
        1,
        "worker_positions",
        json!({"positions": [Ping::new(at(1.0, 1.0), world.ctx().now, 0)]}),
    );
    assert_eq!(said.await.unwrap_err(), "off_duty");
}

async fn pings_move_workers_and_leave_samples(world: World) {
    world.come(1, 1, at(-26.2, 28.0)).await;
    world.come(2, 1, at(-26.3, 28.0)).await;
    assert_eq!(near(&world, "27.9,-26.25,28.1,-26.1").await, [1]);
    assert_eq!(near(&world, "27.9,-26.35,28.1,-26.1").await, [1, 2]);
    // An older ping that comes late does not move them back.
    world.wait(10);
    let now = world.ctx().now;
    let ping = |lat: f64, seconds: i64| Ping::new(at(lat, 28.0), now - SignedDuration::from_secs(seconds), 0);
    let late = json!({"positions": [ping(-26.3, 1), ping(-26.2, 8), ping(-26.25, 3)]});
    ask(&world, 1, "worker_positions", late).await.unwrap();
    assert_eq!(near(&world, "27.9,-26.31,28.1,-26.29").await, [1, 2]);
    let samples: Vec<(i64, i64)> = world.market.list(SAMPLES, values![]).await.unwrap();
    assert_eq!(samples.iter().map(|(worker, _)| *worker).collect::<Vec<_>>(), [1, 2]);
    let places: Vec<(i64, i64, i64)> = world.market.list(PLACES, values![]).await.unwrap();
    assert_eq!(places, [(1, -262_000_000, 280_000_000), (2, -263_000_000, 280_000_000)]);
    let track = (now - SignedDuration::from_mins(5), now + SignedDuration::from_mins(5));
    let track = repo::track(&world.market, Id::from_raw(1), track, 10).await.unwrap();
    assert_eq!(track.iter().map(|sample| sample.ping.point).collect::<Vec<_>>(), [at(-26.2, 28.0)]);
    // The silent are not shown, and a ping brings them back.
    world.wait(100);
    assert!(near(&world, "27.9,-26.35,28.1,-26.1").await.is_empty());
    world.be_at(2, at(-26.2, 28.0)).await;
    assert_eq!(world.dispatch.fleet(&world.market).await.unwrap().len(), 1, "the silent are forgotten");
    world.be_at(1, at(-26.2, 28.0)).await;
    assert_eq!(near(&world, "27.9,-26.35,28.1,-26.1").await, [1, 2]);
}

/// Who says nothing for a day is not offered anything; they are still who they are, and on duty.
async fn silence_deletes_nobody(world: World) {
    world.come(1, 2, at(-26.2, 28.0)).await;
    world.come(2, 2, at(-26.2, 28.0)).await;
    let before = repo::worker(&world.market, Id::from_raw(1)).await.unwrap().unwrap();
    for hours in [1, 24] {
        world.wait(hours * 3_600);
        // Whoever is heard of has the silent forgotten.
        world.be_at(2, at(-26.2, 28.0)).await;
        assert_eq!(near(&world, "27.9,-26.35,28.1,-26.1").await, [2]);
        let kept = repo::worker(&world.market, Id::from_raw(1)).await.unwrap().unwrap();
        assert_eq!((kept.on_duty, kept.duty), (true, before.duty), "after {hours} hours");
    }
    world.be_at(1, at(-26.2, 28.0)).await;
    assert_eq!(near(&world, "27.9,-26.35,28.1,-26.1").await, [1, 2]);
}

async fn workers_are_there_after_a_restart(world: World) {
    for worker in 1..=3 {
        world.come(worker, 2, at(-26.2, 28.0)).await;
    }
    world.wait(6);
    // Brings the samples into rows.
    world.be_at(1, at(-26.2, 28.0)).await;
    ask(&world, 3, "worker_duty", json!({"on": false})).await.unwrap();
    let again = Dispatch::builder(world.clock.clone(), world.ids.clone()).build();
    let fleet = again.fleet(&world.market).await.unwrap();
    let now = world.ctx().now;
    let seen: Vec<i64> = fleet.all(9, now).iter().map(|seen| seen.worker.raw()).collect();
    assert_eq!(seen, [1, 2]);
    let another = Dispatch::builder(world.clock.clone(), world.ids.clone()).build();
    world.wait(200);
    assert!(another.fleet(&world.market).await.unwrap().is_empty(), "who was silent since is not there");
}

async fn bad_pings_are_refused(world: World) {
    world.come(1, 1, at(-26.2, 28.0)).await;
    let now = world.ctx().now;
    let ahead = Ping::new(at(0.0, 0.0), now + SignedDuration::from_secs(31), 0);
    let said = |pings: Value| ask(&world, 1, "worker_positions", json!({"positions": pings}));
    assert_eq!(said(json!([ahead])).await.unwrap_err(), "/positions clock_ahead");
    assert_eq!(near(&world, "27.9,-26.25,28.1,-26.1").await, [1]);
    said(json!([ahead, Ping::new(at(-26.2, 28.0), now, 1)])).await.unwrap();
    assert!(said(json!([])).await.is_err());
    let many: Vec<Ping> = (0..101).map(|number| Ping::new(at(0.0, 0.0), now, number)).collect();
    assert!(said(json!(many)).await.is_err());
    let wrong = json!([{"point": {"lat": 91, "long": 0}, "at": now}]);
    assert_eq!(said(wrong).await.unwrap_err(), "/positions/0/point/lat out_of_range");
    let query = world.ask(&world.endpoints(), (9, "workers_near"), &[], "bbox=1,2", None).await.unwrap_err();
    assert_eq!(query.faults()[0].code, "malformed");
}

async fn old_samples_go(world: World) {
    world.come(1, 1, at(-26.2, 28.0)).await;
    world.wait(6);
    world.be_at(1, at(-26.2, 28.0)).await;
    let count = async || -> usize {
        let samples: Vec<(i64, i64)> = world.market.list(SAMPLES, values![]).await.unwrap();
        samples.len()
    };
    assert_eq!(count().await, 1);
    let pruning: Vec<(String, kernel::jiff::Timestamp)> =
        world.market.list(PRUNING, values![]).await.unwrap();
    assert_eq!(pruning.len(), 1);
    assert_eq!(pruning[0].1.to_string(), "2026-01-16T01:37:00Z", "the coming night, where the market is");
    let kept = SignedDuration::from_hours(24);
    world.commit(decide::prune(world.ctx().now, kept)).await;
    assert_eq!(count().await, 1);
    world.wait(25 * 3_600);
    world.commit(decide::prune(world.ctx().now, kept)).await;
    assert_eq!(count().await, 0);
    // As the nightly job does it: as long as it finds something it goes on.
    let prune = jobs::Prune(world.dispatch.clone());
    world.be_at(1, at(-26.2, 28.0)).await;
    world.wait(6);
    world.be_at(1, at(-26.2, 28.0)).await;
    assert_eq!((world.run(&prune).await, count().await), (vec![], 1));
    world.wait(31 * 24 * 3_600);
    assert_eq!((world.run(&prune).await, count().await), (vec![(decide::PRUNE, 0)], 0));
    assert_eq!(world.run(&prune).await, []);
}
