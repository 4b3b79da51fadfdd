//! What is swept up, erased and removed.

use bus::JobHandler;
use kernel::{Decision, Id, values};
use notify::{Channel, Channels, SWEEP, Sweep, TIDY, Tidy};

use crate::world::{Fake, email, job_of, sms, world};

kernel::statements! {
    long LOSE_JOBS = "delete from job";
    long SWEEPS = "select due, key from job where kind = 'notify.sweep' order by due";
    long LEFT = "select (select count(*) from notify_message) + (select count(*) from notify_delivery) \
        + (select count(*) from notify_address) + (select count(*) from notify_outbox)";
    long WORDS = "select count(*) from notify_message where arguments <> '{}' or person is not null";
}

#[tokio::test]
async fn a_message_whose_job_is_gone_is_taken_up_again() {
    for pollings in [None, Some(2), Some(4)] {
        let fake = Fake::new("first", []);
        let world = world(Channels::default().with(Channel::Sms, fake.clone())).await;
        world.queue(sms("a")).await;
        if let Some(pollings) = pollings {
            world.step(Some(pollings)).await;
        }
        world.commit(Decision::nothing().change(LOSE_JOBS.with(values![]).any_rows())).await;
        let sweep = Sweep(world.notify.clone());
        let job = job_of(1, SWEEP, "null", world.now());
        let sends = |decision: &Decision| decision.jobs.iter().filter(|job| job.kind == notify::SEND).count();
        let is_over = world.states().await == ["sent"];
        let early = sweep.run(&world.market, &job).await.unwrap();
        assert_eq!((sends(&early), early.jobs.len()), (0, usize::from(!is_over)), "it may only be slow");
        world.advance(700);
        let decision = sweep.run(&world.market, &job).await.unwrap();
        assert_eq!(sends(&decision), usize::from(!is_over));
        assert_eq!(decision.jobs.len(), 2 * usize::from(!is_over), "it comes again while something waits");
        world.commit(decision).await;
        world.settle().await;
        assert_eq!(world.states().await, ["sent"]);
        assert!(fake.count() == 1 || pollings.is_some());
    }
}

#[tokio::test]
async fn a_person_who_is_erased_leaves_nothing_behind() {
    let world = world(Channels::default()).await;
    let person = Some(Id::from_raw(99));
    world.queue(sms("a").person(person)).await;
    world.settle().await;
    world
        .queue(email("b").person(person).due(world.now() + kernel::jiff::SignedDuration::from_hours(1)))
        .await;
    world.queue(email("c").person(Some(Id::from_raw(98)))).await;
    for _ in 0..2 {
        world.notify.erase(&world.market, Id::from_raw(99)).await.unwrap();
    }
    world.settle().await;
    assert_eq!(world.states().await, ["sent", "cancelled", "sent"]);
    assert_eq!((world.addresses().await, world.written().await.len()), (1, 1), "the other one's");
    let words: Option<(i64,)> = world.market.one(WORDS, values![]).await.unwrap();
    assert_eq!(words, Some((1,)));
}

#[tokio::test]
async fn the_log_is_kept_for_its_time_and_what_waits_for_longer() {
    let fake = Fake::new("first", []);
    let world = world(Channels::default().with(Channel::Sms, fake)).await;
    world.queue(sms("a")).await;
    world.queue(email("b")).await;
    world.settle().await;
    let left = async || world.market.one::<(i64,)>(LEFT, values![]).await.unwrap().unwrap().0;
    let tidy = Tidy(world.notify.clone());
    let job = job_of(1, TIDY, "null", world.now());
    let all = left().await;
    assert!(tidy.run(&world.market, &job).await.unwrap().is_nothing());
    assert_eq!(left().await, all);
    world.advance(91 * 24 * 3_600);
    let far = world.now() + kernel::jiff::SignedDuration::from_hours(2_000);
    world.queue(sms("c").due(far)).await;
    assert!(tidy.run(&world.market, &job).await.unwrap().is_nothing());
    assert_eq!(left().await, 2, "the one that waits, and its address");
    assert_eq!(world.states().await, ["queued"]);
    assert!(world.jobs().await.iter().any(|(_, kind, ..)| kind == notify::SEND));
}

#[tokio::test]
async fn a_sweep_is_there_as_long_as_anything_waits() {
    let fake = Fake::new("first", []);
    let world = world(Channels::default().with(Channel::Sms, fake)).await;
    let sweeps = async || -> Vec<(kernel::jiff::Timestamp, String)> {
        world.market.list(SWEEPS, values![]).await.unwrap()
    };
    assert!(sweeps().await.is_empty(), "where nothing is said nothing is swept");
    for cause in ["a", "b", "c"] {
        world.queue(sms(cause)).await;
    }
    let far = world.now() + kernel::jiff::SignedDuration::from_hours(200);
    world.queue(sms("d").due(far)).await;
    let all = sweeps().await;
    assert_eq!(all.len(), 2, "one for what is said at about the same time: {all:?}");
    assert!(all[0].0 > world.now() && all[1].0 > far);
    let sweep = Sweep(world.notify.clone());
    let run = async || sweep.run(&world.market, &job_of(1, SWEEP, "null", world.now())).await.unwrap();
    let next = run().await.jobs;
    assert!(next.len() == 1 && next[0].due > world.now() && next[0].due < far);
    world.settle().await;
    assert!(run().await.is_nothing(), "nothing waits any more");
}
