use kernel::jiff::civil::time;
use kernel::{Actor, Id, SequentialIds, Value};
use proptest::prelude::*;

use super::*;

fn now() -> Timestamp {
    "2026-03-01T10:00:00Z".parse().unwrap()
}

fn message() -> Message {
    Message {
        id: Id::from_raw(7),
        cause: "sms:a".into(),
        template: "test.hello".into(),
        topic: "test.news".into(),
        channel: Channel::Sms,
        language: None,
        urgent: false,
        person: None,
        arguments: "{}".into(),
        state: State::Queued,
        provider: None,
        reference: None,
        rounds: 0,
        attempts: 0,
        at: now(),
        started: Timestamp::UNIX_EPOCH,
        due: now(),
        expires: now() + SignedDuration::from_hours(72),
        error: None,
        address: Some("+251911234567".into()),
    }
}

static UTC: TimeZone = TimeZone::UTC;

fn step<'a>(message: &Message, change: impl FnOnce(&mut Facts<'a>)) -> Step {
    let mut facts = Facts {
        now: now(),
        zone: &UTC,
        quiet: Some(Quiet { from: time(21, 0, 0, 0), to: time(8, 0, 0, 0) }),
        suppressed: false,
        choices: [&[], &[]],
        recent: &[],
    };
    change(&mut facts);
    next_step(message, &facts)
}

fn no(topic: &str) -> [Choice; 1] {
    [Choice { topic: topic.into(), channel: "*".into(), allowed: false }]
}

#[test]
fn who_does_not_want_it_does_not_get_it() {
    let choice = no("test.news");
    let message = message();
    assert_eq!(step(&message, |_| {}), Step::Go);
    for side in 0..2 {
        let not = step(&message, |facts| facts.choices[side] = &choice);
        assert!(matches!(not, Step::End(State::Suppressed, _)), "{not:?}");
    }
    let urgent = Message { urgent: true, ..message.clone() };
    assert_eq!(step(&urgent, |facts| facts.choices[0] = &choice), Step::Go);
    // What cannot be delivered is not, however urgent.
    assert!(matches!(step(&urgent, |facts| facts.suppressed = true), Step::End(State::Suppressed, _)));
    let erased = Message { address: None, ..message };
    assert!(matches!(step(&erased, |_| {}), Step::End(State::Cancelled, _)));
}

#[test]
fn nobody_is_woken_or_flooded_but_codes_pass() {
    let night: Timestamp = "2026-03-01T23:00:00Z".parse().unwrap();
    let morning: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
    let plain = message();
    let urgent = Message { urgent: true, ..message() };
    assert_eq!(step(&plain, |facts| facts.now = night), Step::Later(morning, "quiet hours"));
    assert_eq!(step(&urgent, |facts| facts.now = night), Step::Go);
    let many = vec![now() - SignedDuration::from_mins(10); limits::PER_HOUR];
    let Step::Later(then, _) = step(&plain, |facts| facts.recent = &many) else { panic!("too many") };
    assert_eq!(then, now() + SignedDuration::from_mins(50));
    assert_eq!(step(&urgent, |facts| facts.recent = &many), Step::Go);
    let flood = vec![now(); limits::PER_HOUR * limits::URGENT_FACTOR];
    assert!(matches!(step(&urgent, |facts| facts.recent = &flood), Step::Later(..)));
    // A pause that would end at night ends in the morning.
    let late: Timestamp = "2026-03-01T20:30:00Z".parse().unwrap();
    let many = vec![late; limits::PER_HOUR];
    let then = step(&plain, |facts| (facts.now, facts.recent) = (late, &many));
    assert_eq!(then, Step::Later(morning, "the recipient got enough for now"));
}

#[test]
fn what_may_have_been_sent_waits_for_its_worker_and_then_goes_whatever_the_hour() {
    let night: Timestamp = "2026-03-01T23:00:00Z".parse().unwrap();
    let lost = Message { state: State::Sending, started: night, attempts: 1, ..message() };
    let over = night + limits::SENDING_MAX;
    assert_eq!(step(&lost, |facts| facts.now = night), Step::Later(over, "on the wire"));
    assert_eq!(step(&lost, |facts| facts.now = over), Step::Go);
    let unknown = Message { provider: Some("a".into()), ..message() };
    assert_eq!(step(&unknown, |facts| facts.now = night), Step::Go);
    for state in State::ALL.into_iter().filter(|state| state.is_end()) {
        assert_eq!(step(&Message { state, ..message() }, |_| {}), Step::Nothing);
    }
    let early = Message { due: now() + SignedDuration::from_secs(1), ..message() };
    assert_eq!(step(&early, |_| {}), Step::Nothing);
    let old = Message { expires: now(), ..message() };
    assert!(matches!(step(&old, |_| {}), Step::End(State::Failed, _)));
}

/// State, provider and whether there is a next job and an event.
fn ended(message: &Message, outcome: &Outcome) -> (String, bool, bool, bool) {
    let decision = end(message, "first", outcome, now(), 0);
    let params = &decision.changes[0].params;
    let Value::Text(state) = &params[2] else { panic!("{params:?}") };
    let named = params[3] != Value::Null;
    (state.clone(), named, !decision.jobs.is_empty(), !decision.events.is_empty())
}

#[test]
fn what_follows_from_an_outcome() {
    let sending = Message { state: State::Sending, rounds: 1, attempts: 1, ..message() };
    let last = Message { rounds: 8, ..sending.clone() };
    let error = || "broken".to_owned();
    let failed = Outcome::Failed { error: error(), retry_after: None };
    let unknown = Outcome::Unknown { error: error() };
    let refused = Outcome::Refused { error: error() };
    let recipient = Outcome::Recipient { error: error() };
    let sent = Outcome::Sent { reference: None };
    for (message, outcome, state, named, again, event) in [
        (&sending, &sent, "sent", true, false, false),
        (&sending, &failed, "queued", false, true, false),
        (&sending, &unknown, "queued", true, true, false),
        (&sending, &refused, "queued", false, true, false),
        (&sending, &recipient, "failed", true, false, true),
        (&last, &failed, "failed", false, false, true),
        (&last, &unknown, "failed", true, false, true),
        (&last, &sent, "sent", true, false, false),
    ] {
        assert_eq!(ended(message, outcome), (state.to_owned(), named, again, event), "{outcome:?}");
    }
    // A pause beyond the message's own time is no pause.
    let brief = Message { expires: now() + SignedDuration::from_secs(2), ..sending.clone() };
    assert_eq!(ended(&brief, &failed).0, "failed");
    let asked = Outcome::Failed { error: error(), retry_after: Some(SignedDuration::from_mins(9)) };
    let decision = end(&sending, "first", &asked, now(), 0);
    assert_eq!(decision.jobs[0].due, now() + SignedDuration::from_mins(9));
}

#[test]
fn one_cause_is_one_message_for_each_channel() {
    let ids = SequentialIds::starting_at(1);
    let ctx = Ctx { now: now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &ids };
    let new = |channel, cause: &str| NewMessage::new(channel, " +251911 ", "test.hello", "test.news", cause);
    let decision = queue(new(Channel::Sms, "req_1"), &ctx);
    assert_eq!(decision.changes[1].params, values!["sms:req_1", "+251911"]);
    assert_eq!(decision.jobs[0].key.as_deref(), Some("notify.send:sms:req_1"));
    let long = queue(new(Channel::Email, &"x".repeat(5_000)), &ctx);
    assert!(long.jobs[0].key.as_ref().is_some_and(|key| key.len() < 120));
    let urgent = queue(new(Channel::Sms, "code").urgent(), &ctx);
    assert!(urgent.jobs[0].priority > decision.jobs[0].priority);
}

proptest! {
    /// Whatever happens, a message that is not over has a job that will look at it.
    #[test]
    fn nothing_waits_without_a_job(rounds in 1i64..12, kind in 0u8..4, dice in any::<u16>(), hours in 0i64..100) {
        let expires = now() + SignedDuration::from_hours(hours);
        let message = Message { state: State::Sending, rounds, attempts: rounds, expires, ..message() };
        let error = String::new();
        let outcome = match kind {
            0 => Outcome::Failed { error, retry_after: None },
            1 => Outcome::Unknown { error },
            2 => Outcome::Refused { error },
            _ => Outcome::Recipient { error },
        };
        let decision = end(&message, "first", &outcome, now(), dice);
        let is_over = decision.changes[0].params[2] != Value::from("queued");
        prop_assert_eq!(is_over, decision.jobs.is_empty());
        prop_assert_eq!(is_over, !decision.events.is_empty());
    }
}
