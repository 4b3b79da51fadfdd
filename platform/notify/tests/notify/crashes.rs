//! A worker that dies anywhere: nothing is lost, and nothing is sent twice by somebody who could know.

use notify::{Channel, Channels, Outcome};

use crate::world::{Fake, failed, interrupted, refused, sms, with_two, world};

/// Kills the worker after every possible number of pollings; gives how many of them were tried. What
/// goes out without a death is `clean`.
async fn at_every_point(script: &[Outcome], clean: usize) -> usize {
    for pollings in 0.. {
        let (first, second) = (Fake::new("first", script.to_vec()), Fake::new("second", []));
        let world = with_two(&first, &second).await;
        let arrived = || first.count() + second.count();
        world.queue(sms("a")).await;
        world.step(Some(pollings)).await;
        let before = arrived();
        let (_, state, attempts, _) = world.messages().await.pop().unwrap();
        let has_job = !world.jobs().await.is_empty();
        assert!(has_job || state == "sent", "after {pollings}: nobody looks at it any more");
        world.settle().await;
        assert_eq!(world.states().await, ["sent"], "after {pollings}: lost");
        assert!(arrived() <= clean + 1, "after {pollings}: {} went out", arrived());
        match state.as_str() {
            "sent" => assert_eq!(arrived(), before, "after {pollings}: it was known that it was sent"),
            "queued" if attempts == 0 => assert_eq!(before, 0, "after {pollings}: sent without a word"),
            _ => {}
        }
        if !has_job {
            assert_eq!(arrived(), clean);
            return pollings;
        }
    }
    unreachable!("it ends")
}

#[tokio::test]
async fn a_worker_that_dies_anywhere_loses_nothing() {
    assert!(at_every_point(&[], 1).await >= 4);
    assert!(at_every_point(&[failed()], 2).await >= 6);
    assert!(at_every_point(&[refused()], 2).await >= 6);
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
    for pollings in 0.. {
        let fake = Fake::new("first", []);
        let world = world(Channels::default().with(Channel::Sms, fake.clone())).await;
        world.queue(sms("a")).await;
        let slow = interrupted(world.notify.deliver(&world.market, "sms:a"), pollings).await;
        world.flush().await;
        if slow.is_some() {
            return;
        }
        let (arrived, state) = (fake.count(), world.states().await);
        if state != ["sending"] {
            continue;
        }
        // Another one comes along while the first may still be on the wire.
        let started = world.now();
        world.notify.deliver(&world.market, "sms:a").await.unwrap();
        assert_eq!((fake.count(), world.states().await), (arrived, state));
        let looks_later = started + notify::limits::SENDING_MAX;
        assert!(world.jobs().await.iter().any(|(.., due)| *due >= looks_later), "but it comes back");
        world.settle().await;
        assert_eq!(world.states().await, ["sent"]);
    }
}
