use bus::JobHandler;
use kernel::jiff::SignedDuration;
use notify::{Bounce, BounceKind, Channel, Channels, SendMessage};
use testkit::Engine;

use crate::world::{Fake, email, failed, job_of, nobody, refused, sms, unknown, with_two, world, world_on};

#[tokio::test]
async fn every_statement_fits_the_tables_of_both_engines() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(world) = world_on(engine, Channels::default()).await else { continue };
        world.store.prepare_all(&notify::STATEMENTS.concat()).await.unwrap();
    }
}

#[tokio::test]
async fn one_cause_is_one_message_on_both_engines() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let fake = Fake::new("first", []);
        let Some(world) = world_on(engine, Channels::default().with(Channel::Sms, fake.clone())).await else {
            continue;
        };
        for _ in 0..3 {
            world.queue(sms("a")).await;
        }
        world.settle().await;
        // Handled again later, when its job is long gone.
        world.queue(sms("a")).await;
        world.settle().await;
        world.queue(sms("b")).await;
        world.settle().await;
        assert_eq!(fake.texts(), ["Hi Abebe", "Hi Abebe"]);
        assert_eq!(world.states().await, ["sent", "sent"]);
        assert_eq!(world.addresses().await, 2);
    }
}

#[tokio::test]
async fn what_surely_was_not_sent_goes_to_the_next_provider_at_once() {
    for broken in [failed(), refused()] {
        let (first, second) = (Fake::new("first", [broken.clone()]), Fake::new("second", []));
        let world = with_two(&first, &second).await;
        world.queue(sms("a")).await;
        assert!(world.step(None).await);
        assert_eq!((first.count(), second.count()), (1, 1));
        assert_eq!(world.states().await, ["sent"]);
        assert_eq!(world.outcomes().await, [format!("{} first", broken.name()), "sent second".to_owned()]);
        assert!(world.jobs().await.is_empty());
    }
}

#[tokio::test]
async fn what_may_have_been_sent_goes_to_the_same_provider_with_the_same_key() {
    let (first, second) = (Fake::new("first", []), Fake::new("second", [unknown()]));
    let world = with_two(&first, &second).await;
    // The first is away, so that the second has it.
    first.script.lock().push_back(failed());
    world.queue(sms("a")).await;
    world.step(None).await;
    assert_eq!(world.states().await, ["queued"]);
    world.settle().await;
    assert_eq!((first.count(), second.count()), (1, 2), "not handed on");
    let keys: Vec<String> = second.seen.lock().iter().map(|parcel| parcel.key.clone()).collect();
    assert_eq!(keys[0], keys[1]);
    assert_eq!(world.outcomes().await, ["failed first", "unknown second", "sent second"]);
}

#[tokio::test]
async fn a_recipient_that_does_not_exist_is_not_asked_again_by_anybody() {
    let (first, second) = (Fake::new("first", [nobody()]), Fake::new("second", []));
    let world = with_two(&first, &second).await;
    world.queue(sms("a")).await;
    world.settle().await;
    world.queue(sms("b").urgent()).await;
    world.settle().await;
    assert_eq!((first.count(), second.count()), (1, 0));
    assert_eq!(world.states().await, ["failed", "suppressed"]);
    assert_eq!(world.events().await, ["message.failed"]);
}

#[tokio::test]
async fn a_message_is_tried_eight_times_over_a_day_or_two_then_given_up() {
    let (first, second) = (Fake::new("first", vec![failed(); 99]), Fake::new("second", vec![failed(); 99]));
    let world = with_two(&first, &second).await;
    let began = world.now();
    world.queue(sms("a")).await;
    world.settle().await;
    assert_eq!((first.count(), second.count()), (8, 8));
    assert_eq!(world.states().await, ["failed"]);
    assert_eq!(world.events().await, ["message.failed"]);
    let took = world.now().duration_since(began);
    assert!(took > SignedDuration::from_hours(21) && took < SignedDuration::from_hours(60), "{took}");
}

#[tokio::test]
async fn a_provider_that_fails_is_left_alone_and_messages_wait_without_losing_a_try() {
    let first = Fake::new("first", vec![failed(); 20]);
    let world = world(Channels::default().with(Channel::Email, first.clone())).await;
    for number in 0..20 {
        world.queue(email(&format!("a{number}")).urgent().good_for(SignedDuration::from_secs(4))).await;
        world.step(None).await;
    }
    assert_eq!(first.count(), 20);
    world.queue(email("b").urgent()).await;
    world.step(None).await;
    assert_eq!(first.count(), 20, "left alone");
    let (_, state, attempts, error) = world.messages().await.pop().unwrap();
    assert_eq!((state.as_str(), attempts), ("queued", 0));
    assert!(error.unwrap().contains("left alone"));
    world.settle().await;
    assert_eq!(world.states().await.last().unwrap(), "sent");
}

#[tokio::test]
async fn quiet_hours_and_limits_hold_but_not_for_what_is_urgent() {
    let fake = Fake::new("first", []);
    let world = world(Channels::default().with(Channel::Sms, fake.clone())).await;
    // 8 in the morning becomes 22 in the evening.
    world.advance(14 * 3_600);
    world.queue(sms("a")).await;
    world.queue(sms("code").urgent()).await;
    let night = world.now();
    world.step(None).await;
    world.step(None).await;
    assert_eq!(fake.count(), 1, "the urgent one");
    world.settle().await;
    assert_eq!(world.now().duration_since(night), SignedDuration::from_hours(9));
    assert_eq!(fake.count(), 2);
    for number in 0..12 {
        world.queue(sms(&format!("b{number}"))).await;
    }
    let morning = world.now();
    world.settle().await;
    assert_eq!(fake.count(), 14, "none is lost");
    assert!(world.now().duration_since(morning) >= SignedDuration::from_hours(1));
}

#[tokio::test]
async fn what_nobody_needs_any_more_is_not_sent() {
    let fake = Fake::new("first", [unknown()]);
    let world = world(Channels::default().with(Channel::Sms, fake.clone())).await;
    world.queue(sms("a").good_for(SignedDuration::from_secs(60))).await;
    world.advance(61);
    world.settle().await;
    assert_eq!((fake.count(), world.states().await), (0, vec!["failed".to_owned()]));
}

#[tokio::test]
async fn a_template_that_is_missing_or_unfilled_ends_the_message() {
    let fake = Fake::new("first", []);
    let world = world(Channels::default().with(Channel::Sms, fake.clone())).await;
    let missing = notify::NewMessage::new(Channel::Sms, "+25", "test.none", "test.news", "a");
    let unfilled = notify::NewMessage::new(Channel::Sms, "+25", "test.hello", "test.news", "b");
    world.queue(missing).await;
    world.queue(unfilled).await;
    world.settle().await;
    assert_eq!((fake.count(), world.states().await), (0, vec!["failed".to_owned(); 2]));
}

#[tokio::test]
async fn without_a_provider_everything_is_in_the_outbox_once() {
    let world = world(Channels::default()).await;
    world.queue(sms("a")).await;
    world.queue(email("a").language(Some("fr"))).await;
    world.settle().await;
    let written = world.written().await;
    assert_eq!(written.len(), 2);
    assert_eq!((&*written[0].1, &*written[0].3), ("+251911234567", "Hi Abebe"));
    assert_eq!((&*written[1].2, &*written[1].3), ("Pour Abebe", "Bonjour Abebe, de Testville"));
    assert!(!world.notify.reaches(Channel::Sms));
}

#[tokio::test]
async fn a_bounce_that_comes_later_suppresses_the_address() {
    let fake = Fake::new("first", []);
    let world = world(Channels::default().with(Channel::Sms, fake.clone())).await;
    world.queue(sms("a")).await;
    world.settle().await;
    let (id, ..) = world.messages().await.pop().unwrap();
    for (provider, reference, kind, expect) in [
        ("first", "ref-none".to_owned(), BounceKind::Permanent, "sent"),
        ("other", format!("ref-{id}"), BounceKind::Permanent, "sent"),
        ("first", format!("ref-{id}"), BounceKind::Temporary, "sent"),
        ("first", format!("ref-{id}"), BounceKind::Complaint, "suppressed"),
        ("first", format!("ref-{id}"), BounceKind::Permanent, "suppressed"),
    ] {
        world
            .notify
            .bounced(&world.market, &Bounce { provider: provider.into(), reference, kind })
            .await
            .unwrap();
        world.advance(3_600);
        world.queue(sms(&format!("{:?}", world.now()))).await;
        world.settle().await;
        assert_eq!(world.states().await.last().unwrap(), expect, "{kind:?} from {provider}");
    }
}

#[tokio::test]
async fn the_same_job_twice_at_once_sends_once() {
    for _ in 0..20 {
        let (first, second) = (Fake::new("first", []), Fake::new("second", []));
        let world = with_two(&first, &second).await;
        world.queue(sms("a")).await;
        let (id, kind, body, due) = world.jobs().await.pop().unwrap();
        let job = job_of(id, &kind, &body, due);
        let handler = SendMessage(world.notify.clone());
        let run = || handler.run(&world.market, &job);
        let outcomes = tokio::join!(run(), run(), run(), run());
        let good = [outcomes.0.is_ok(), outcomes.1.is_ok(), outcomes.2.is_ok(), outcomes.3.is_ok()];
        assert!(good.contains(&true), "{good:?}");
        world.settle().await;
        assert_eq!((first.count() + second.count(), world.states().await), (1, vec!["sent".to_owned()]));
    }
}
