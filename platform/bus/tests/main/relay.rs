use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bus::Settings;
use kernel::{Clock, Decision, NewEvent};
use store::Kind;

use crate::world::{Engine, Logger, Mood, World, clearing, following, on_both_engines, quick};

on_both_engines! {
    events_from_before_the_start_are_found_by_the_sweep,
    a_nudge_is_enough,
    a_poisoned_event_parks_with_its_followers_and_comes_back_in_order,
    a_parked_event_can_be_given_up,
    what_is_out_of_reach_is_waited_for_and_seen_in_the_lag,
    passing_over_events_costs_no_commit_for_each,
    a_consumer_is_built_anew,
    one_consumers_trouble_is_not_anothers,
}

async fn events_from_before_the_start_are_found_by_the_sweep(engine: Engine) {
    let Some(world) = World::new(engine, 3).await else { return };
    for market in 0..3 {
        world.happen(market, "thing.made", 1..=700).await;
    }
    let mood = Arc::new(Mood::default());
    let bus = world.bus(following("log", "thing", &mood), 1);
    for market in 0..3 {
        world.until(0, async || world.positions(market, "log").await == (1..=700).collect::<Vec<_>>()).await;
    }
    assert!(mood.calls.load(Ordering::Relaxed) <= 6, "batches are full");
    // Noted after the effect.
    world.until(0, async || bus.lag().iter().all(|lag| lag.events == 0)).await;
    assert_eq!(bus.counts().events, 2_100);
    bus.stop().await;
}

async fn a_nudge_is_enough(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let mood = Arc::new(Mood::default());
    let mut settings = quick();
    settings.sweep_rest = Duration::from_secs(3_600);
    let bus = world.bus_with(following("log", "thing", &mood), 1, settings);
    world.until(0, async || !bus::cursors(&world.markets[0]).await.unwrap().is_empty()).await;
    for number in 1..=20 {
        world.happen(0, "thing.made", [number]).await;
        world.until(0, async || world.positions(0, "log").await.len() == number as usize).await;
    }
    bus.stop().await;
}

async fn a_poisoned_event_parks_with_its_followers_and_comes_back_in_order(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let market = &world.markets[0];
    let mood = Arc::new(Mood::default());
    mood.poison.lock().insert(50);
    // Subjects 0 to 9 in turn: position 50 is about subject 0, as are 60, 70, …
    world.happen(0, "thing.made", (1..=100).map(|pos| pos % 10)).await;
    let bus = world.bus(following("log", "thing", &mood), 1);
    world.until(100, async || world.positions(0, "log").await.len() == 94).await;
    let behind: Vec<i64> = (5..=10).map(|tens| tens * 10).collect();
    let others: Vec<i64> = (1..=100).filter(|pos| !behind.contains(pos)).collect();
    assert_eq!(world.positions(0, "log").await, others);
    world.until(0, async || bus::parked(market).await.unwrap().len() == 6).await;
    // A later one of the same subject waits too; another subject does not.
    world.happen(0, "thing.made", [0, 1]).await;
    world.until(100, async || world.positions(0, "log").await.last() == Some(&102)).await;
    let parked = bus::parked(market).await.unwrap();
    let positions: Vec<i64> = parked.iter().map(|it| it.event.pos).collect();
    assert_eq!(positions, [50, 60, 70, 80, 90, 100, 101]);
    assert_eq!(parked[0].error.as_deref(), Some("event 50 tastes odd"));
    assert!(parked[0].tries > 0 && parked[1].tries == 0 && parked[1].error.is_none());
    world.until(0, async || bus.lag()[0].parked == 7).await;

    // Still poisoned: it goes back with another try on it, and nothing overtakes it.
    bus::replay(market, world.stamp(), "log", 70).await.unwrap();
    let tries = parked[0].tries;
    world.until(100, async || bus::parked(market).await.unwrap()[0].tries == tries + 1).await;
    assert_eq!(bus::parked(market).await.unwrap().len(), 7);

    mood.poison.lock().clear();
    bus::replay(market, world.stamp(), "log", 50).await.unwrap();
    world.until(100, async || bus::parked(market).await.unwrap().is_empty()).await;
    let zero = world.logged(0).await.into_iter().filter(|(.., subject)| *subject == 0);
    let zero: Vec<i64> = zero.map(|(_, pos, _)| pos).collect();
    assert_eq!(zero, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 101]);
    world.happen(0, "thing.made", [0]).await;
    world.until(100, async || world.positions(0, "log").await.last() == Some(&103)).await;
    assert!(bus::replay(market, world.stamp(), "log", 50).await.is_err());
    bus.stop().await;
}

async fn a_parked_event_can_be_given_up(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let market = &world.markets[0];
    let mood = Arc::new(Mood::default());
    mood.poison.lock().extend([1, 3]);
    world.happen(0, "thing.made", [7, 7, 8, 8]).await;
    let bus = world.bus(following("log", "thing", &mood), 1);
    world.until(100, async || bus::parked(market).await.unwrap().len() == 4).await;
    bus::discard(market, world.stamp(), "log", 1).await.unwrap();
    world.until(100, async || world.positions(0, "log").await == [2]).await;
    mood.poison.lock().clear();
    bus::replay_all(market, world.stamp(), "log").await.unwrap();
    world.until(100, async || world.positions(0, "log").await == [2, 3, 4]).await;
    assert!(bus::parked(market).await.unwrap().is_empty());
    bus.stop().await;
}

async fn what_is_out_of_reach_is_waited_for_and_seen_in_the_lag(engine: Engine) {
    let Some(world) = World::new(engine, 2).await else { return };
    let mood = Arc::new(Mood::default());
    mood.away.store(true, Ordering::Relaxed);
    world.happen(0, "thing.made", 1..=30).await;
    world.happen(1, "thing.made", 1..=5).await;
    world.advance(90);
    let bus = world.bus(following("log", "thing", &mood), 1);
    world.until(100, async || mood.calls.load(Ordering::Relaxed) > 20).await;
    world.until(0, async || bus.lag()[0].events == 35).await;
    let lag = &bus.lag()[0];
    assert_eq!((lag.consumer, lag.markets), ("log", 2));
    assert_eq!(lag.worst.as_ref().map(|(market, events)| (&**market, *events)), Some(("test/m0", 30)));
    assert!(lag.oldest.as_secs() >= 90);
    mood.away.store(false, Ordering::Relaxed);
    world.until(100, async || bus.lag()[0].events == 0).await;
    assert!(bus::parked(&world.markets[0]).await.unwrap().is_empty());
    assert_eq!(world.positions(0, "log").await.len(), 30);
    bus.stop().await;
}

async fn passing_over_events_costs_no_commit_for_each(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let mood = Arc::new(Mood::default());
    let bus = world.bus(following("log", "other", &mood), 1);
    let cursor = async || bus::cursors(&world.markets[0]).await.unwrap().pop();
    world.until(0, async || cursor().await.is_some()).await;
    for number in 1..=40 {
        world.happen(0, "thing.made", [number]).await;
        world.until(0, async || bus.lag()[0].events == 0).await;
    }
    world.a_while().await;
    assert_eq!(cursor().await.unwrap().pos, 0);
    world.happen(0, "thing.made", 1..=1_000).await;
    world.until(0, async || cursor().await.unwrap().pos >= 540).await;
    // Somebody else's commit carries it along.
    drop(bus);
    let registry = following("log", "other", &mood)
        .consumer(Kind::Market, Logger { name: "busy", wants: "thing", mood: mood.clone() });
    let bus = world.bus(registry, 2);
    world.until(0, async || world.positions(0, "busy").await.len() == 1_040).await;
    bus.nudge(&world.markets[0]);
    world.happen(0, "thing.made", [1]).await;
    let all_there = async || bus::cursors(&world.markets[0]).await.unwrap().iter().all(|it| it.pos == 1_041);
    world.until(0, all_there).await;
    assert_eq!(world.positions(0, "log").await, [0i64; 0]);
    bus.stop().await;
}

async fn a_consumer_is_built_anew(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let market = &world.markets[0];
    let mood = Arc::new(Mood::default());
    mood.poison.lock().extend([3, 8]);
    world.happen(0, "thing.made", 1..=10).await;
    let bus = world.bus(following("log", "thing", &mood), 1);
    world.until(100, async || bus::parked(market).await.unwrap().len() == 2).await;
    world.until(100, async || world.positions(0, "log").await.len() == 8).await;
    mood.poison.lock().clear();
    // What was passed over in memory does not outlive the rewind.
    world.happen(0, "other.made", 1..=5).await;
    world.until(100, async || bus.lag()[0].events == 0).await;
    bus::rewind(market, world.stamp(), "log", 5, clearing("log", 5)).await.unwrap();
    world.until(100, async || world.positions(0, "log").await == [1, 2, 4, 5, 6, 7, 8, 9, 10]).await;
    let parked: Vec<i64> = bus::parked(market).await.unwrap().iter().map(|it| it.event.pos).collect();
    assert_eq!(parked, [3]);
    assert!(bus::rewind(market, world.stamp(), "stranger", 0, clearing("x", 0)).await.is_err());
    bus.stop().await;
}

async fn one_consumers_trouble_is_not_anothers(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let (well, ill) = (Arc::new(Mood::default()), Arc::new(Mood::default()));
    ill.away.store(true, Ordering::Relaxed);
    let registry = following("well", "thing", &well)
        .consumer(Kind::Market, Logger { name: "ill", wants: "thing", mood: ill.clone() });
    let bus = world.bus(registry, 1);
    world.happen(0, "thing.made", 1..=50).await;
    world.until(10, async || world.positions(0, "well").await.len() == 50).await;
    assert!(world.positions(0, "ill").await.is_empty());
    let lag = bus.lag();
    assert_eq!((lag[0].consumer, lag[1].consumer), ("well", "ill"));
    ill.away.store(false, Ordering::Relaxed);
    world.until(100, async || world.positions(0, "ill").await.len() == 50).await;
    assert!(world.clock.now() > kernel::jiff::Timestamp::UNIX_EPOCH);
    bus.stop().await;
}

#[tokio::test]
async fn what_another_process_commits_is_looked_out_for() {
    let Some(world) = World::new(Engine::Postgres, 1).await else { return };
    let mood = Arc::new(Mood::default());
    let settings = Settings { sweep_rest: Duration::from_secs(3_600), ..quick() };
    let bus = world.bus_with(following("log", "thing", &mood), 1, settings);
    world.until(0, async || !bus::cursors(&world.markets[0]).await.unwrap().is_empty()).await;
    world.a_while().await;
    let (_other, market) = world.other_process().await;
    for number in 1..=5 {
        let event = NewEvent::new("thing.made", number, &());
        market.commit(world.stamp(), Decision::nothing().event(event)).await.unwrap();
        world.until(0, async || world.positions(0, "log").await.len() == number as usize).await;
    }
    bus.stop().await;
}
