//! A worker that dies anywhere: nothing is lost, and nothing is sent twice by somebody who could know.

use notify::{Channel, Channels, Outcome};

use crate::world::{Fake, failed, sms, unknown, with_two, world};

/// Kills the worker after every possible number of pollings; gives how many of them were tried.
async fn at_every_point(first: &[Outcome], second: &[Outcome]) -> usize {
    for pollings in 0.. {
        let (first, second) = (Fake::new("first", first.to_vec()), Fake::new("second", second.to_vec()));
        let world = with_two(&first, &second).await;
        world.queue(sms("a")).await;
        let waiting = world.jobs().await.len();
        world.step(Some(pollings)).await;
        let is_whole = world.jobs().await.len() < waiting || world.states().await == ["queued"];
        let arrived = first.count() + second.count();
        let (_, state, attempts, _) = world.messages().await.pop().unwrap();
        world.settle().await;
        let (_, end, _, _) = world.messages().await.pop().unwrap();
        let more = first.count() + second.count() - arrived;
        assert_eq!(end, "sent", "after {pollings}: lost");
        match state.as_str() {
            "sent" => assert_eq!(more, 0, "after {pollings}: it was known that it was sent"),
            "queued" if attempts == 0 => assert_eq!(arrived, 0, "after {pollings}: sent without a word"),
            _ => {}
        }
        let expected = first_sent(&first) + first_sent(&second);
        assert!(expected >= 1);
        if is_whole && state == "sent" {
            return pollings;
        }
    }
    unreachable!("it ends")
}

fn first_sent(fake: &Fake) -> usize {
    usize::from(fake.count() > 0)
}

#[tokio::test]
async fn a_worker_that_dies_anywhere_loses_nothing() {
    assert!(at_every_point(&[], &[]).await >= 4);
    assert!(at_every_point(&[failed()], &[]).await >= 6);
}

/// With one provider every arrival can be counted: two only where the worker died with the message on
/// the wire.
#[tokio::test]
async fn a_second_one_is_sent_only_by_somebody_who_could_not_know() {
    for pollings in 0.. {
        let fake = Fake::new("first", []);
        let world = world(Channels::default().with(Channel::Sms, fake.clone())).await;
        world.queue(sms("a")).await;
        world.step(Some(pollings)).await;
        let (arrived, state) = (fake.count(), world.states().await.pop().unwrap());
        world.settle().await;
        let expect = match (arrived, state.as_str()) {
            // Nothing left the machine, or it is known that it did.
            (0, _) | (1, "sent") => 1,
            (1, "sending") => 2,
            other => panic!("after {pollings}: {other:?}"),
        };
        assert_eq!(fake.count(), expect, "after {pollings}: {state}");
        let keys: std::collections::BTreeSet<String> =
            fake.seen.lock().iter().map(|parcel| parcel.key.clone()).collect();
        assert_eq!((keys.len(), world.states().await), (1, vec!["sent".to_owned()]));
        if state == "sent" {
            break;
        }
    }
}

/// The outbox knows a message again, so there is one whatever happens, and how often.
#[tokio::test]
async fn the_outbox_has_each_message_once() {
    for (one, two) in (0..10).flat_map(|one| [0, 2, 3, 5, 8].map(|two| (one, two))) {
        let world = world(Channels::default()).await;
        world.queue(sms("a")).await;
        for pollings in [one, two] {
            world.step(Some(pollings)).await;
        }
        world.settle().await;
        assert_eq!((world.written().await.len(), world.states().await), (1, vec!["sent".to_owned()]));
    }
}

#[tokio::test]
async fn a_worker_that_is_only_slow_is_not_overtaken() {
    let fake = Fake::new("first", [unknown()]);
    let world = world(Channels::default().with(Channel::Sms, fake.clone())).await;
    world.queue(sms("a")).await;
    // It got as far as the wire and is still there.
    let mut pollings = 0;
    while world.states().await != ["sending"] {
        world.step(Some(pollings)).await;
        pollings += 1;
        world.clock.set(world.now());
    }
    let before = fake.count();
    let started = world.now();
    world.step(None).await;
    let waits = world.states().await == ["sending"] && fake.count() == before;
    let late = world.now().duration_since(started) >= notify::limits::SENDING_MAX;
    assert!(waits || late, "the one on the wire may be alive");
    world.settle().await;
    assert_eq!(world.states().await, ["sent"]);
}
