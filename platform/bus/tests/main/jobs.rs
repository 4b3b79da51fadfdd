use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bus::{Job, JobHandler, JobTrouble, Registry, RegistryError, Schedule};
use kernel::jiff::SignedDuration;
use kernel::{Clock, Decision, NewJob};
use parking_lot::Mutex;
use store::{Kind, Market};
use tokio::sync::Semaphore;

use crate::world::{Engine, World, log, on_both_engines, quick};

on_both_engines! {
    many_workers_run_each_job_once,
    jobs_wait_for_their_time_and_go_by_priority,
    a_key_waits_once,
    a_job_whose_worker_died_is_taken_up_when_its_lease_ends,
    who_lost_the_lease_cannot_finish,
    failures_pause_and_end_in_death_and_death_can_be_revoked,
    a_job_may_not_dawdle_and_an_unknown_kind_dies_slowly,
    stopping_lets_running_jobs_end_or_cuts_them_off,
    a_schedule_holds_one_row_and_runs_once_a_day_through_clock_changes,
    missed_runs_are_one_run_and_a_dead_run_is_not_the_last,
    names_must_be_distinct,
}

/// Logs the job's body, a number, and fails as told.
#[derive(Default)]
struct Hand {
    ran: Mutex<Vec<(i64, i64)>>,
    now: Mutex<HashSet<(Arc<str>, i64)>>,
    /// Jobs that ran while they ran already.
    twice: AtomicU64,
    ill: AtomicBool,
    panics: AtomicBool,
    hopeless: AtomicBool,
    /// When shut, jobs wait inside.
    gate: Option<Semaphore>,
    time_max: Option<Duration>,
}

struct Handler(Arc<Hand>);

impl JobHandler for Handler {
    fn kind(&self) -> &'static str {
        "test.run"
    }

    fn attempts_max(&self) -> i64 {
        3
    }

    fn time_max(&self) -> Duration {
        self.0.time_max.unwrap_or(Duration::from_secs(60))
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let hand = &self.0;
        let body = job.body.parse().unwrap_or(0);
        hand.ran.lock().push((body, job.attempts));
        let here = (market.place().name.clone(), job.id);
        if !hand.now.lock().insert(here.clone()) {
            hand.twice.fetch_add(1, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_micros(300)).await;
        if let Some(gate) = &hand.gate {
            gate.acquire().await.unwrap().forget();
        }
        hand.now.lock().remove(&here);
        if hand.panics.load(Ordering::Relaxed) {
            panic!("butterfingers");
        }
        if hand.hopeless.load(Ordering::Relaxed) {
            return Err(JobTrouble::Dead("no such address".into()));
        }
        if hand.ill.load(Ordering::Relaxed) {
            return Err(JobTrouble::Retry("the gateway is ill".into()));
        }
        Ok(Decision::nothing().change(log("job", body, job.attempts)))
    }
}

fn registry(hand: &Arc<Hand>) -> Registry {
    Registry::default().handler(Handler(hand.clone()))
}

fn job(world: &World, body: i64, in_s: i64) -> NewJob {
    let due = world.clock.now().checked_add(SignedDuration::from_secs(in_s)).unwrap();
    NewJob::new("test.run", due, &body)
}

async fn many_workers_run_each_job_once(engine: Engine) {
    let Some(world) = World::new(engine, 2).await else { return };
    let hand = Arc::new(Hand::default());
    let (one, two) = (world.bus(registry(&hand), 1), world.bus(registry(&hand), 2));
    for batch in 0..10 {
        for market in 0..2 {
            let jobs = (0..20).map(|number| job(&world, batch * 20 + number, 0));
            world.commit(market, jobs.fold(Decision::nothing(), Decision::job)).await;
        }
        one.nudge(&world.markets[0]);
        two.nudge(&world.markets[0]);
    }
    for market in 0..2 {
        world.until(0, async || world.positions(market, "job").await.len() >= 200).await;
        let mut done = world.positions(market, "job").await;
        done.sort_unstable();
        assert_eq!(done, (0..200).collect::<Vec<_>>());
        world.until(0, async || world.jobs(market).await.is_empty()).await;
    }
    assert_eq!(hand.twice.load(Ordering::Relaxed), 0);
    assert_eq!(hand.ran.lock().len(), 400);
    // The last one is counted a moment after its row is gone.
    world.until(0, async || one.counts().jobs_done + two.counts().jobs_done == 400).await;
    one.stop().await;
    two.stop().await;
}

async fn jobs_wait_for_their_time_and_go_by_priority(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let hand = Arc::new(Hand::default());
    let decision = Decision::nothing()
        .job(job(&world, 1, -10))
        .job(job(&world, 2, -20))
        .job(job(&world, 3, 0).priority(5))
        .job(job(&world, 4, -5).priority(-5))
        .job(job(&world, 5, 3_600).priority(9))
        .job(job(&world, 6, 1_800));
    world.commit(0, decision).await;
    let mut settings = quick();
    settings.job_workers = 1;
    let bus = world.bus_with(registry(&hand), 1, settings);
    world.until(0, async || world.positions(0, "job").await == [3, 2, 1, 4]).await;
    world.a_while().await;
    assert_eq!(world.positions(0, "job").await, [3, 2, 1, 4]);
    world.advance(1_801);
    world.until(0, async || world.positions(0, "job").await == [3, 2, 1, 4, 6]).await;
    world.advance(1_801);
    world.until(0, async || world.positions(0, "job").await == [3, 2, 1, 4, 6, 5]).await;
    bus.stop().await;
}

async fn a_key_waits_once(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let hand = Arc::new(Hand::default());
    let twice = || Decision::nothing().job(job(&world, 1, 60).once("remind"));
    world.commit(0, twice()).await;
    world.commit(0, twice()).await;
    assert_eq!(world.jobs(0).await.len(), 1);
    let bus = world.bus(registry(&hand), 1);
    world.until(1_000, async || world.positions(0, "job").await == [1]).await;
    world.commit(0, twice()).await;
    world.until(1_000, async || world.positions(0, "job").await == [1, 1]).await;
    bus.stop().await;
}

async fn a_job_whose_worker_died_is_taken_up_when_its_lease_ends(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let hand = Arc::new(Hand { gate: Some(Semaphore::new(0)), ..Hand::default() });
    let bus = world.bus(registry(&hand), 1);
    world.commit(0, Decision::nothing().job(job(&world, 7, 0))).await;
    world.until(0, async || hand.ran.lock().len() == 1).await;
    drop(bus);
    let world = world.crash().await;
    hand.now.lock().clear();
    let bus = world.bus(registry(&hand), 2);
    world.advance(25);
    world.a_while().await;
    assert_eq!(hand.ran.lock().len(), 1, "the lease still holds");
    world.advance(10);
    world.until(0, async || hand.ran.lock().len() == 2).await;
    hand.gate.as_ref().unwrap().add_permits(1);
    world.until(0, async || world.jobs(0).await.is_empty()).await;
    assert_eq!(*hand.ran.lock(), [(7, 1), (7, 2)]);
    assert_eq!(world.positions(0, "job").await, [7]);
    bus.stop().await;
}

async fn who_lost_the_lease_cannot_finish(engine: Engine) {
    for first_ends_first in [true, false] {
        let Some(world) = World::new(engine, 1).await else { return };
        let hand = || Arc::new(Hand { gate: Some(Semaphore::new(0)), ..Hand::default() });
        let (first, second) = (hand(), hand());
        let one = world.bus(registry(&first), 1);
        world.commit(0, Decision::nothing().job(job(&world, 7, 0))).await;
        world.until(0, async || first.ran.lock().len() == 1).await;
        let two = world.bus(registry(&second), 2);
        world.advance(31);
        world.until(0, async || second.ran.lock().len() == 1).await;
        let finish = |hand: &Hand| hand.gate.as_ref().unwrap().add_permits(1);
        if first_ends_first {
            finish(&first);
            world.until(0, async || one.counts().jobs_lost == 1).await;
            assert_eq!(world.jobs(0).await.len(), 1, "it still runs with the other");
            finish(&second);
            world.until(0, async || two.counts().jobs_done == 1).await;
        } else {
            finish(&second);
            world.until(0, async || two.counts().jobs_done == 1).await;
            finish(&first);
            world.until(0, async || one.counts().jobs_lost == 1).await;
        }
        assert_eq!(world.logged(0).await, [("job".to_owned(), 7, 2)], "the second attempt alone counts");
        assert!(world.jobs(0).await.is_empty());
        assert_eq!(one.counts().jobs_done, 0);
        one.stop().await;
        two.stop().await;
    }
}

async fn failures_pause_and_end_in_death_and_death_can_be_revoked(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let market = &world.markets[0];
    let hand = Arc::new(Hand::default());
    hand.ill.store(true, Ordering::Relaxed);
    let bus = world.bus(registry(&hand), 1);
    world.commit(0, Decision::nothing().job(job(&world, 7, 0))).await;
    world.until(0, async || bus.counts().jobs_failed == 1).await;
    world.a_while().await;
    assert_eq!(hand.ran.lock().len(), 1, "it waits before the second attempt");
    hand.panics.store(true, Ordering::Relaxed);
    world.until(500, async || bus::dead(market).await.unwrap().len() == 1).await;
    let dead = bus::dead(market).await.unwrap().remove(0);
    assert_eq!((dead.attempts, dead.error.as_deref()), (3, Some("it panicked: butterfingers")));
    hand.ill.store(false, Ordering::Relaxed);
    hand.panics.store(false, Ordering::Relaxed);
    assert!(bus::revive(market, world.stamp(), dead.id + 1).await.is_err());
    bus::revive(market, world.stamp(), dead.id).await.unwrap();
    world.until(0, async || world.jobs(0).await.is_empty()).await;
    assert_eq!(world.logged(0).await, [("job".to_owned(), 7, 1)]);

    hand.hopeless.store(true, Ordering::Relaxed);
    world.commit(0, Decision::nothing().job(job(&world, 8, 0).once("k"))).await;
    world.until(0, async || bus::dead(market).await.unwrap().len() == 1).await;
    let dead = bus::dead(market).await.unwrap().remove(0);
    assert_eq!((dead.attempts, dead.error.as_deref()), (1, Some("no such address")));
    // Its key is free again, and then it cannot come back beside the new one.
    world.commit(0, Decision::nothing().job(job(&world, 9, 3_600).once("k"))).await;
    assert_eq!(bus::revive(market, world.stamp(), dead.id).await.unwrap_err().code(), "job_waiting");
    world.advance(31 * 86_400);
    world.until(0, async || bus::dead(market).await.unwrap().iter().all(|it| it.id != dead.id)).await;
    bus.stop().await;
}

async fn a_job_may_not_dawdle_and_an_unknown_kind_dies_slowly(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let gate = Some(Semaphore::new(0));
    let hand = Arc::new(Hand { gate, time_max: Some(Duration::from_millis(5)), ..Hand::default() });
    let bus = world.bus(registry(&hand), 1);
    let stranger = NewJob::new("test.stranger", world.clock.now(), &0);
    world.commit(0, Decision::nothing().job(job(&world, 7, 0)).job(stranger)).await;
    world.until(2_000, async || bus::dead(&world.markets[0]).await.unwrap().len() == 2).await;
    let dead = bus::dead(&world.markets[0]).await.unwrap();
    let errors: HashSet<_> = dead.iter().filter_map(|dead| dead.error.as_deref()).collect();
    assert_eq!(errors, HashSet::from(["it took too long", "nobody here runs jobs of this kind"]));
    bus.stop().await;
}

async fn stopping_lets_running_jobs_end_or_cuts_them_off(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let hand = Arc::new(Hand { gate: Some(Semaphore::new(0)), ..Hand::default() });
    let bus = world.bus(registry(&hand), 1);
    world.commit(0, Decision::nothing().job(job(&world, 7, 0))).await;
    world.until(0, async || hand.ran.lock().len() == 1).await;
    let stopping = tokio::spawn(bus.stop());
    world.a_while().await;
    world.commit(0, Decision::nothing().job(job(&world, 8, 0))).await;
    assert!(!stopping.is_finished());
    hand.gate.as_ref().unwrap().add_permits(1);
    stopping.await.unwrap();
    assert_eq!(world.positions(0, "job").await, [7]);

    let mut settings = quick();
    settings.grace = Duration::from_millis(1);
    let bus = world.bus_with(registry(&hand), 2, settings);
    world.until(0, async || hand.ran.lock().len() == 2).await;
    bus.stop().await;
    assert_eq!(Arc::strong_count(&hand), 1, "nothing of the bus is left");
    assert_eq!(world.jobs(0).await[0].2, "running", "its lease runs out later");
}

fn nightly(hand: &Arc<Hand>) -> Registry {
    let schedule = Schedule::new("nightly", "30 2 * * *", "test.run").unwrap();
    registry(hand).schedule(Kind::Market, schedule)
}

async fn a_schedule_holds_one_row_and_runs_once_a_day_through_clock_changes(engine: Engine) {
    // Berlin skips 02:30 on 29 March 2026, and has it twice on 25 October.
    for (start, runs) in [
        ("2026-03-27T12:00:00Z", ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
        ("2026-10-23T12:00:00Z", ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
    ] {
        let Some(world) = World::starting(engine, start, 1).await else { return };
        let hand = Arc::new(Hand::default());
        let bus = world.bus(nightly(&hand), 1);
        for (run, at) in (1..).zip(runs) {
            world.until(0, async || world.jobs(0).await.iter().any(|job| job.1 == at.parse().unwrap())).await;
            assert_eq!(world.jobs(0).await.len(), 1);
            world.clock.set(at.parse().unwrap());
            world.until(0, async || world.positions(0, "job").await.len() == run).await;
        }
        bus.stop().await;
    }
}

async fn missed_runs_are_one_run_and_a_dead_run_is_not_the_last(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let hand = Arc::new(Hand::default());
    let bus = world.bus(nightly(&hand), 1);
    world.until(0, async || world.jobs(0).await.len() == 1).await;
    bus.stop().await;
    world.advance(5 * 86_400);
    let bus = world.bus(nightly(&hand), 2);
    world.until(0, async || world.positions(0, "job").await.len() == 1).await;
    world.a_while().await;
    assert_eq!(world.positions(0, "job").await.len(), 1);
    hand.hopeless.store(true, Ordering::Relaxed);
    world.advance(86_400);
    world.until(0, async || bus::dead(&world.markets[0]).await.unwrap().len() == 1).await;
    let waiting = async || world.jobs(0).await.into_iter().filter(|job| job.2 == "waiting").count();
    world.until(0, async || waiting().await == 1).await;
    hand.hopeless.store(false, Ordering::Relaxed);
    let dead = bus::dead(&world.markets[0]).await.unwrap().remove(0);
    bus::revive(&world.markets[0], world.stamp(), dead.id).await.unwrap();
    world.until(0, async || world.positions(0, "job").await.len() == 2).await;
    world.until(0, async || waiting().await == 1).await;
    bus.stop().await;
}

async fn names_must_be_distinct(engine: Engine) {
    let Some(world) = World::new(engine, 1).await else { return };
    let hand = Arc::new(Hand::default());
    let check = |registry: Registry| {
        let directory = Arc::new(Nowhere);
        let dice = Arc::new(kernel::SystemRandom);
        bus::Bus::start(&world.store, directory, registry, world.clock.clone(), dice, quick()).err()
    };
    let twice = registry(&hand).handler(Handler(hand.clone()));
    assert_eq!(check(twice), Some(RegistryError::Handler("test.run")));
    let schedule = || Schedule::new("nightly", "30 2 * * *", "test.run").unwrap();
    let orphan = Registry::default().schedule(Kind::Market, schedule());
    assert_eq!(check(orphan), Some(RegistryError::Orphan { schedule: "nightly", kind: "test.run" }));
    let twice = nightly(&hand).schedule(Kind::Market, schedule());
    assert_eq!(check(twice), Some(RegistryError::Schedule("nightly")));
}

struct Nowhere;
impl bus::Directory for Nowhere {
    fn markets(&self) -> Vec<(Market, kernel::jiff::tz::TimeZone)> {
        Vec::new()
    }
}
