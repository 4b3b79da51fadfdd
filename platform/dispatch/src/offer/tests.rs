use std::sync::Arc;

use futures_util::future::{BoxFuture, join_all};
use geo::Point;
use kernel::{Decision, Id, Refusal, values};
use serde_json::{Value, json};

use super::*;
use crate::mode::Modes;
use crate::position::WorkerId;
use crate::testing::{World, on_both_engines};

on_both_engines!(
    one_of_fifty_gets_it,
    a_job_from_request_to_end,
    what_one_refused_is_not_offered_again,
    the_search_goes_on_when_nobody_answers,
    who_is_full_cannot_accept,
    a_person_gives_it_to_another,
    windows_match_many,
    an_idle_market_has_no_work,
    an_app_commits_its_part_with_the_step,
    strangers_see_nothing,
);

kernel::statements! {
    long OFFERS = "select state, count(*) from dispatch_offer group by state order by state";
    long EVENTS = "select name, subject from event order by id";
    long JOBS = "select kind, due from job order by kind, due";
}

fn at(lat: f64, long: f64) -> Point {
    Point::from_degrees(lat, long).unwrap()
}

fn new(world: &World, subject: i64) -> NewJob {
    let now = world.ctx().now;
    let after = |seconds: i64| now + kernel::jiff::SignedDuration::from_secs(seconds);
    NewJob {
        kind: "delivery".into(),
        subject,
        pickup: at(-26.2, 28.04),
        drop: at(-26.21, 28.05),
        ready: after(300),
        due: after(2_400),
        load: 1,
        modes: Modes::ANY,
        pay: 3_500,
    }
}

async fn requested(world: &World, subject: i64) -> JobId {
    let (decision, job) = request(&world.market, &new(world, subject), &world.ctx()).await.unwrap();
    world.commit(decision).await;
    job
}

async fn job(world: &World, id: JobId) -> Job {
    repo::job(&world.market, id).await.unwrap().unwrap()
}

async fn offers(world: &World) -> Vec<(String, i64)> {
    world.market.list(OFFERS, values![]).await.unwrap()
}

async fn answer(world: &World, worker: i64, name: &str, offer: OfferId) -> Result<Value, Refusal> {
    let text = offer.to_string();
    world.ask(&world.endpoints(), (worker, name), &[("id", &text)], "", None).await
}

/// The one offer that somebody has to answer.
async fn offered_to(world: &World, worker: i64) -> OfferId {
    let shown = world.ask(&world.endpoints(), (worker, "worker_offers"), &[], "", None).await.unwrap();
    let items = shown["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{shown}");
    items[0]["id"].as_str().unwrap().parse().unwrap()
}

async fn event_names(world: &World) -> Vec<String> {
    let events: Vec<(String, i64)> = world.market.list(EVENTS, values![]).await.unwrap();
    events.into_iter().map(|(name, _)| name).filter(|name| name.starts_with("job.")).collect()
}

async fn one_of_fifty_gets_it(world: World) {
    let id = requested(&world, 1).await;
    let proposals: Vec<Proposal> =
        (1..=50).map(|number| Proposal { worker: Id::from_raw(number), metres: 100, seconds: 60 }).collect();
    for proposal in &proposals {
        world.come(proposal.worker.raw(), 1, at(-26.2, 28.04)).await;
    }
    let timing = Timing { open_max: 50, ..Timing::default() };
    let (decision, made) = offer(&world.market, id, &proposals, &timing, &world.ctx()).await.unwrap();
    world.commit(decision).await;
    assert_eq!(made.len(), 50);
    let answers =
        join_all(made.iter().map(|offer| answer(&world, offer.worker.raw(), "offer_accept", offer.id))).await;
    let winners: Vec<&Offer> =
        made.iter().zip(&answers).filter(|(_, answer)| answer.is_ok()).map(|(offer, _)| offer).collect();
    assert_eq!(winners.len(), 1, "exactly one");
    for refused in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(refused.code(), "offer_gone");
    }
    let job = job(&world, id).await;
    assert_eq!((job.state, job.worker), (JobState::Assigned, Some(winners[0].worker)));
    assert_eq!(offers(&world).await, [("accepted".to_owned(), 1), ("withdrawn".to_owned(), 49)]);
    let mut loads = 0;
    for proposal in &proposals {
        loads += world.load(proposal.worker.raw()).await;
    }
    assert_eq!(loads, 1);
    assert_eq!(event_names(&world).await.iter().filter(|name| *name == ASSIGNED).count(), 1);
    // Once more, it is theirs already.
    let again = answer(&world, winners[0].worker.raw(), "offer_accept", winners[0].id).await.unwrap();
    assert_eq!(again["state"], "assigned");
    assert_eq!(world.load(winners[0].worker.raw()).await, 1);
}

async fn a_job_from_request_to_end(world: World) {
    world.come(7, 2, at(-26.2, 28.05)).await;
    let id = requested(&world, 1).await;
    assert_eq!(requested(&world, 1).await, id, "asked twice");
    let looked = world.window().await;
    assert_eq!((looked.offered, looked.unserved), (1, 0));
    assert_eq!(world.window().await.offered, 0, "the same is not offered at once again");
    let offer = offered_to(&world, 7).await;
    let accepted = answer(&world, 7, "offer_accept", offer).await.unwrap();
    assert_eq!((&accepted["kind"], &accepted["pay"]), (&json!("delivery"), &json!(3_500)));
    assert_eq!(world.dispatch.fleet(&world.market).await.unwrap().duty(Id::from_raw(7)).unwrap().load, 1);
    let jobs = world.ask(&world.endpoints(), (7, "worker_jobs"), &[], "", None).await.unwrap();
    assert_eq!(jobs["items"].as_array().unwrap().len(), 1);
    let (market, worker) = (&world.market, WorkerId::from_raw(7));
    world.commit(picked_up(market, id, worker, &world.ctx()).await.unwrap()).await;
    assert!(picked_up(market, id, worker, &world.ctx()).await.unwrap().is_nothing());
    assert!(done(market, id, WorkerId::from_raw(8), &world.ctx()).await.is_err());
    world.commit(done(market, id, worker, &world.ctx()).await.unwrap()).await;
    assert!(done(market, id, worker, &world.ctx()).await.unwrap().is_nothing());
    let duty = world.ask(&world.endpoints(), (7, "worker_duty_read"), &[], "", None).await.unwrap();
    let expected = json!({"on": true, "mode": "bicycle", "capacity": 2, "load": 0, "earned_today": 3_500});
    assert_eq!(duty, expected);
    assert_eq!(event_names(&world).await, [REQUESTED, OFFERED, ASSIGNED, PICKED_UP, DONE]);
    world.wait(24 * 3_600);
    let duty = world.ask(&world.endpoints(), (7, "worker_duty_read"), &[], "", None).await.unwrap();
    assert_eq!(duty["earned_today"], 0);
}

async fn what_one_refused_is_not_offered_again(world: World) {
    world.come(1, 2, at(-26.2, 28.0401)).await;
    world.come(2, 2, at(-26.2, 28.06)).await;
    let id = requested(&world, 1).await;
    assert_eq!(world.window().await.offered, 1);
    let first = offered_to(&world, 1).await;
    answer(&world, 1, "offer_refuse", first).await.unwrap();
    answer(&world, 1, "offer_refuse", first).await.unwrap();
    assert_eq!(answer(&world, 1, "offer_accept", first).await.unwrap_err().code(), "offer_gone");
    assert_eq!(world.window().await.offered, 1);
    let second = offered_to(&world, 2).await;
    // Not to the first again, although they alone are left.
    answer(&world, 2, "offer_refuse", second).await.unwrap();
    for _ in 0..4 {
        world.wait(15);
        world.be_at(1, at(-26.2, 28.0401)).await;
        world.be_at(2, at(-26.2, 28.06)).await;
        assert_eq!(world.window().await.offered, 0);
    }
    let job = job(&world, id).await;
    assert_eq!((job.state, job.ring, job.alerted), (JobState::Waiting, 2, true));
    assert_eq!(event_names(&world).await.iter().filter(|name| *name == UNSERVED).count(), 1);
}

async fn the_search_goes_on_when_nobody_answers(world: World) {
    // One is near, one is within the second ring only.
    world.come(1, 2, at(-26.2, 28.041)).await;
    world.come(2, 2, at(-26.2, 28.1)).await;
    let id = requested(&world, 1).await;
    assert_eq!(world.window().await.offered, 1);
    let mut seen = Vec::new();
    for second in (3..=81).step_by(3) {
        world.wait(3);
        world.be_at(1, at(-26.2, 28.041)).await;
        world.be_at(2, at(-26.2, 28.1)).await;
        expire_all(&world).await;
        if world.window().await.offered > 0 {
            seen.push(second);
        }
    }
    // The one farther away is asked once the ring is wide enough; neither is asked again at once.
    assert_eq!(seen, [24]);
    assert_eq!(offers(&world).await, [("expired".to_owned(), 2)]);
    assert!(job(&world, id).await.alerted);
    world.wait(120);
    world.be_at(1, at(-26.2, 28.041)).await;
    assert_eq!(world.window().await.offered, 0);
    world.wait(20);
    world.be_at(1, at(-26.2, 28.041)).await;
    assert_eq!(world.window().await.offered, 1, "after a while the same may be asked again");
    world.commit(cancel(&world.market, id, &world.ctx()).await.unwrap()).await;
    assert!(offers(&world).await.iter().all(|(state, _)| state != "open"));
    assert_eq!(repo::next_look(&world.market).await.unwrap(), None, "an idle market has nothing to look for");
    // Wanted once more.
    assert_eq!(requested(&world, 1).await, id);
    assert_eq!(job(&world, id).await.state, JobState::Waiting);
}

async fn expire_all(world: &World) {
    for job in repo::expired(&world.market, world.ctx().now).await.unwrap() {
        world.commit(expire(&world.market, job, &world.ctx()).await.unwrap()).await;
    }
}

async fn who_is_full_cannot_accept(world: World) {
    world.come(1, 1, at(-26.2, 28.041)).await;
    let proposal = Proposal { worker: Id::from_raw(1), metres: 1, seconds: 1 };
    let mut made = Vec::new();
    for subject in 1..=8 {
        let id = requested(&world, subject).await;
        let timing = Timing::default();
        let (decision, offers) = offer(&world.market, id, &[proposal], &timing, &world.ctx()).await.unwrap();
        world.commit(decision).await;
        made.extend(offers);
    }
    // All at once: the load on the worker's row decides.
    let answers = join_all(made.iter().map(|offer| answer(&world, 1, "offer_accept", offer.id))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for refused in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(refused.code(), "worker_full");
    }
    assert_eq!(world.load(1).await, 1);
    let duty = json!({"on": false});
    world.ask(&world.endpoints(), (1, "worker_duty"), &[], "", Some(duty)).await.unwrap();
    let left = made.iter().zip(&answers).find(|(_, answer)| answer.is_err()).unwrap().0;
    assert_eq!(answer(&world, 1, "offer_accept", left.id).await.unwrap_err().code(), "off_duty");
}

async fn a_person_gives_it_to_another(world: World) {
    for worker in 1..=2 {
        world.come(worker, 1, at(-26.2, 28.041)).await;
    }
    let id = requested(&world, 1).await;
    let give = async |to: Option<i64>| {
        let decision = reassign(&world.market, id, to.map(Id::from_raw), &world.ctx()).await?;
        world.commit(decision).await;
        Ok::<(), Refusal>(())
    };
    give(Some(1)).await.unwrap();
    assert_eq!((world.load(1).await, world.load(2).await), (1, 0));
    give(Some(2)).await.unwrap();
    assert_eq!((world.load(1).await, world.load(2).await), (0, 1));
    let other = requested(&world, 2).await;
    let refused = reassign(&world.market, other, Some(Id::from_raw(2)), &world.ctx()).await.unwrap_err();
    assert_eq!(refused.code(), "worker_full");
    assert_eq!(
        reassign(&world.market, id, Some(Id::from_raw(3)), &world.ctx()).await.unwrap_err().code(),
        "not_found"
    );
    give(None).await.unwrap();
    let job = job(&world, id).await;
    assert_eq!((job.state, job.worker, world.load(2).await), (JobState::Waiting, None, 0));
}

async fn windows_match_many(world: World) {
    for number in 0..12_i64 {
        world.come(number + 1, 1, at(-26.2, 28.04 + number as f64 * 0.001)).await;
    }
    let mut ids = Vec::new();
    for subject in 1..=20 {
        ids.push(requested(&world, subject).await);
    }
    let looked = world.window().await;
    assert_eq!((looked.offered, looked.missed), (12, 0));
    let mut workers = std::collections::BTreeSet::new();
    for id in ids {
        for offer in repo::offers_of(&world.market, id).await.unwrap() {
            assert!(workers.insert(offer.worker), "two at once to the same worker");
            answer(&world, offer.worker.raw(), "offer_accept", offer.id).await.unwrap();
        }
    }
    assert_eq!(workers.len(), 12);
    assert_eq!(world.window().await.offered, 0, "everybody is full");
    let waits: Vec<(String, i64)> = world.market.list(JOBS, values![]).await.unwrap();
    assert!(waits.iter().any(|(kind, _)| kind == decide::WINDOW));
}

struct Here(store::Market);

impl bus::Directory for Here {
    fn markets(&self) -> Vec<(store::Market, kernel::jiff::tz::TimeZone)> {
        vec![(self.0.clone(), kernel::jiff::tz::TimeZone::UTC)]
    }
}

async fn an_idle_market_has_no_work(world: World) {
    let directory: Arc<dyn bus::Directory> = Arc::new(Here(world.market.clone()));
    let window = jobs::Window { dispatch: world.dispatch.clone(), directory: directory.clone() };
    let expiry = jobs::Expire { dispatch: world.dispatch.clone(), directory };
    assert_eq!(world.run(&window).await, []);
    let id = requested(&world, 1).await;
    // Nobody is there: it looks again soon, and again.
    for _ in 0..3 {
        assert_eq!(world.run(&window).await, [(decide::WINDOW, 3)]);
        world.wait(3);
    }
    world.come(1, 1, at(-26.2, 28.041)).await;
    // Somebody has it to answer: it looks when another one may be asked.
    let left = world.run(&window).await;
    assert!(matches!(left[..], [(decide::WINDOW, 15..=18)]), "{left:?}");
    assert_eq!(world.run(&expiry).await, []);
    world.wait(41);
    world.run(&expiry).await;
    assert_eq!(offers(&world).await, [("expired".to_owned(), 1)]);
    assert_eq!(job(&world, id).await.state, JobState::Waiting);
    world.commit(reassign(&world.market, id, Some(Id::from_raw(1)), &world.ctx()).await.unwrap()).await;
    assert_eq!(world.run(&window).await, []);
}

/// Writes an event of its own with each step.
struct Orders;

impl Companion for Orders {
    fn with<'a>(
        &'a self,
        _: &'a store::Market,
        step: Step,
        job: &'a Job,
        _: &'a kernel::Ctx<'a>,
    ) -> BoxFuture<'a, Result<Decision, Refusal>> {
        let name = match step {
            Step::Assigned => "order.rider_found",
            Step::Unserved => "order.no_rider",
        };
        let event = kernel::NewEvent::new(name, job.what.subject, &job.worker);
        Box::pin(std::future::ready(Ok(Decision::nothing().event(event))))
    }
}

async fn an_app_commits_its_part_with_the_step(mut world: World) {
    let dispatch = crate::Dispatch::builder(world.clock.clone(), world.ids.clone());
    world.dispatch = dispatch.companion("delivery", Arc::new(Orders)).build();
    requested(&world, 70).await;
    world.wait(61);
    assert_eq!(world.window().await.unserved, 1);
    world.come(1, 2, at(-26.2, 28.041)).await;
    assert_eq!(world.window().await.offered, 1);
    let offer = offered_to(&world, 1).await;
    for _ in 0..2 {
        answer(&world, 1, "offer_accept", offer).await.unwrap();
    }
    let events: Vec<(String, i64)> = world.market.list(EVENTS, values![]).await.unwrap();
    let own: Vec<&(String, i64)> = events.iter().filter(|(name, _)| name.starts_with("order.")).collect();
    assert_eq!(own, [&("order.no_rider".to_owned(), 70), &("order.rider_found".to_owned(), 70)]);
}

async fn strangers_see_nothing(world: World) {
    world.come(1, 1, at(-26.2, 28.041)).await;
    requested(&world, 1).await;
    world.window().await;
    let offer = offered_to(&world, 1).await;
    for name in ["offer_accept", "offer_refuse"] {
        for (worker, id) in [(2, offer), (1, OfferId::from_raw(404))] {
            assert_eq!(answer(&world, worker, name, id).await.unwrap_err(), Refusal::not_found());
        }
    }
    let others = world.ask(&world.endpoints(), (2, "worker_offers"), &[], "", None).await.unwrap();
    assert_eq!(others, json!({"items": []}));
    let nothing: Decision =
        expire(&world.market, JobId::from_raw(404), &world.ctx()).await.unwrap_or_default();
    assert!(nothing.is_nothing());
}
