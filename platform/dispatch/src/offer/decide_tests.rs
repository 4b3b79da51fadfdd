use geo::Point;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Id, SequentialIds};

use super::*;
use crate::mode::{Mode, Modes};
use crate::offer::model::Rings;
use crate::position::Duty;

const START_S: i64 = 1_800_000_000;

fn then(second: i64) -> Timestamp {
    Timestamp::from_second(START_S + second).unwrap()
}

fn here() -> Point {
    Point::from_e7(0, 0).unwrap()
}

fn who(number: i64) -> WorkerId {
    Id::from_raw(number)
}

fn new() -> NewJob {
    NewJob {
        kind: "delivery".into(),
        subject: 77,
        pickup: here(),
        drop: here(),
        ready: then(600),
        due: then(2_400),
        load: 1,
        modes: Modes::ANY,
        pay: 3_500,
    }
}

fn job(state: JobState, worker: Option<i64>) -> Job {
    Job {
        id: Id::from_raw(5),
        what: new(),
        state,
        worker: worker.map(who),
        picked_up: false,
        tries: 0,
        ring: 0,
        look: then(0),
        alerted: false,
        since: then(0),
        version: 3,
    }
}

fn given(id: i64, worker: i64, state: OfferState) -> Offer {
    Offer {
        id: Id::from_raw(id),
        job: Id::from_raw(5),
        worker: who(worker),
        state,
        metres: 900,
        seconds: 240,
        made: then(0),
        expires: then(40),
    }
}

fn worker(number: i64, load: u16, on_duty: bool) -> Worker {
    Worker {
        id: who(number),
        duty: Duty { mode: Mode::Bicycle, capacity: 2, load },
        on_duty,
        since: then(0),
        idle_since: then(0),
        earned: 0,
        earned_day: 0,
    }
}

fn at<T>(second: i64, what: impl FnOnce(&Ctx<'_>) -> T) -> T {
    let ids = SequentialIds::starting_at(1_000);
    what(&Ctx { now: then(second), zone: &TimeZone::UTC, actor: Actor::System, ids: &ids })
}

/// What a decision does: the names of its events, or what refuses it.
fn told(decided: Result<Decision, Refusal>) -> String {
    match decided {
        Err(refusal) => refusal.code().to_owned(),
        Ok(decision) if decision.is_nothing() => "nothing".to_owned(),
        Ok(decision) => {
            let names: Vec<&str> = decision.events.iter().map(|event| event.name).collect();
            if names.is_empty() { "changed".to_owned() } else { names.join(" ") }
        }
    }
}

#[test]
fn who_may_accept() {
    use JobState::{Assigned, Cancelled, Done, Offered, Waiting};
    use OfferState::{Accepted, Expired, Open, Refused, Withdrawn};
    let free = || Some(worker(1, 0, true));
    // the job and whose it is, the offer, the second, the worker, what becomes of it
    let rows = [
        (Offered, None, Open, 39, free(), "job.assigned"),
        (Offered, None, Open, 40, free(), "offer_gone"),
        (Offered, None, Expired, 10, free(), "offer_gone"),
        (Offered, None, Refused, 10, free(), "offer_gone"),
        (Offered, None, Withdrawn, 10, free(), "offer_gone"),
        (Waiting, None, Open, 10, free(), "offer_gone"),
        (Assigned, Some(2), Withdrawn, 10, free(), "offer_gone"),
        (Assigned, Some(2), Open, 10, free(), "offer_gone"),
        (Assigned, Some(1), Accepted, 900, free(), "nothing"),
        (Done, Some(1), Accepted, 900, None, "nothing"),
        (Cancelled, Some(1), Accepted, 10, free(), "offer_gone"),
        (Waiting, None, Accepted, 10, free(), "offer_gone"),
        (Cancelled, None, Withdrawn, 10, free(), "offer_gone"),
        (Offered, None, Open, 10, None, "off_duty"),
        (Offered, None, Open, 10, Some(worker(1, 0, false)), "off_duty"),
        (Offered, None, Open, 10, Some(worker(1, 1, true)), "job.assigned"),
        (Offered, None, Open, 10, Some(worker(1, 2, true)), "worker_full"),
    ];
    for (state, its, offered, second, worker, expected) in rows {
        let (job, offer) = (job(state, its), given(9, 1, offered));
        let decided = at(second, |ctx| accept(&job, &offer, worker.as_ref(), ctx));
        assert_eq!(told(decided), expected, "{state:?} {its:?} {offered:?} {second} {worker:?}");
    }
}

#[test]
fn what_people_and_workers_may_do_in_each_state() {
    use JobState::{Assigned, Cancelled, Done, Offered, Waiting};
    let free = worker(2, 0, true);
    let full = worker(2, 2, true);
    // the job and whose it is; then cancel, done by 1, picked up by 1, given to 2, taken back, given to the full
    let rows = [
        (
            Waiting,
            None,
            ["job.cancelled", "job_not_yours", "job_not_yours", "job.assigned", "nothing", "worker_full"],
        ),
        (
            Offered,
            None,
            ["job.cancelled", "job_not_yours", "job_not_yours", "job.assigned", "nothing", "worker_full"],
        ),
        (
            Assigned,
            Some(1),
            ["job.cancelled", "job.done", "job.picked_up", "job.assigned", "changed", "worker_full"],
        ),
        (
            Assigned,
            Some(2),
            ["job.cancelled", "job_not_yours", "job_not_yours", "nothing", "changed", "nothing"],
        ),
        (
            Done,
            Some(1),
            ["job_done", "nothing", "job_not_yours", "job_not_open", "job_not_open", "job_not_open"],
        ),
        (
            Cancelled,
            None,
            ["nothing", "job_not_yours", "job_not_yours", "job_not_open", "job_not_open", "job_not_open"],
        ),
    ];
    for (state, its, expected) in rows {
        let job = job(state, its);
        let found = at(10, |ctx| {
            [
                told(cancel(&job, ctx)),
                told(done(&job, who(1), ctx)),
                told(picked_up(&job, who(1), ctx)),
                told(reassign(&job, Some(&free), ctx)),
                told(reassign(&job, None, ctx)),
                told(reassign(&job, Some(&full), ctx)),
            ]
        });
        assert_eq!(found, expected, "{state:?} {its:?}");
    }
}

#[test]
fn refusing_is_for_open_offers_and_sends_the_search_on() {
    use OfferState::{Accepted, Expired, Open, Refused, Withdrawn};
    for (offered, state, expected) in [
        (Open, JobState::Offered, "changed"),
        (Refused, JobState::Offered, "nothing"),
        (Refused, JobState::Done, "nothing"),
        (Expired, JobState::Offered, "offer_gone"),
        (Withdrawn, JobState::Assigned, "offer_gone"),
        (Accepted, JobState::Assigned, "offer_gone"),
        (Open, JobState::Cancelled, "offer_gone"),
    ] {
        let (job, offer) = (job(state, None), given(9, 1, offered));
        let decided = at(10, |ctx| refuse(&job, &offer, std::slice::from_ref(&offer), ctx));
        let looks = decided.as_ref().is_ok_and(|decision| decision.jobs.iter().any(|job| job.kind == WINDOW));
        assert_eq!(looks, expected == "changed");
        assert_eq!(told(decided), expected, "{offered:?} {state:?}");
    }
    // With another one open the job stays offered, without it waits again.
    let (job, offer) = (job(JobState::Offered, None), given(9, 1, Open));
    for (offers, state) in
        [(vec![offer.clone()], "waiting"), (vec![offer.clone(), given(10, 2, Open)], "offered")]
    {
        let decision = at(10, |ctx| refuse(&job, &offer, &offers, ctx)).unwrap();
        assert_eq!(decision.changes[0].params[2], kernel::Value::from(state));
    }
}

#[test]
fn nobody_is_asked_twice_nor_too_many_at_once() {
    use OfferState::{Accepted, Expired, Open, Refused, Withdrawn};
    let propose = |numbers: &[i64]| -> Vec<Proposal> {
        numbers.iter().map(|number| Proposal { worker: who(*number), metres: 1, seconds: 2 }).collect()
    };
    let timing = Timing { open_max: 3, ..Timing::default() };
    let long_ago = Offer { expires: then(-180), ..given(1, 1, Expired) };
    // offers there are, proposals, who is offered it, and after how many seconds the next look is
    let rows = [
        (vec![], vec![1], vec![1], 15),
        (vec![], vec![1, 1, 2], vec![1, 2], 15),
        (vec![], vec![1, 2, 3, 4], vec![1, 2, 3], 40),
        (vec![given(1, 1, Refused)], vec![1, 2], vec![2], 15),
        (vec![given(1, 1, Accepted)], vec![1, 2], vec![2], 15),
        (vec![given(1, 1, Expired), given(2, 2, Withdrawn)], vec![1, 2], vec![2], 15),
        (vec![long_ago], vec![1], vec![1], 15),
        (vec![given(1, 1, Open), given(2, 2, Open)], vec![1, 3, 4], vec![3], 30),
        (vec![given(1, 1, Open), given(2, 2, Open), given(3, 3, Open)], vec![4], vec![], 0),
        (vec![given(1, 1, Refused)], vec![1], vec![], 0),
    ];
    for (offers, proposals, expected, look) in rows {
        let job = job(JobState::Offered, None);
        let (decision, made) =
            at(10, |ctx| offer(&job, &offers, &propose(&proposals), &timing, ctx)).unwrap();
        assert_eq!(made.iter().map(|offer| offer.worker.raw()).collect::<Vec<_>>(), expected);
        assert!(made.iter().all(|offer| offer.expires == then(50)));
        assert_eq!(decision.is_nothing(), expected.is_empty());
        assert_eq!(decision.events.len(), expected.len());
        if !decision.is_nothing() {
            assert_eq!(decision.changes[0].params[7], kernel::Value::from(then(10 + look)), "{proposals:?}");
            let kinds: Vec<_> = decision.jobs.iter().map(|job| (job.kind, job.due > then(10))).collect();
            assert_eq!(kinds, [(EXPIRE, true), (WINDOW, true)]);
        }
    }
    let taken = job(JobState::Assigned, Some(1));
    let refused = at(10, |ctx| offer(&taken, &[], &propose(&[2]), &timing, ctx)).unwrap_err();
    assert_eq!(refused.code(), "job_not_open");
}

#[test]
fn offers_expire_when_their_time_is_over() {
    use OfferState::{Open, Refused};
    let late = Offer { expires: then(90), ..given(2, 2, Open) };
    for (second, offers, expected) in [
        (39, vec![given(1, 1, Open)], None),
        (40, vec![given(1, 1, Open)], Some("waiting")),
        (40, vec![given(1, 1, Open), late.clone()], Some("offered")),
        (95, vec![given(1, 1, Open), late.clone()], Some("waiting")),
        (95, vec![given(1, 1, Refused)], None),
    ] {
        let decision = at(second, |ctx| expire(&job(JobState::Offered, None), &offers, ctx));
        let state = decision.changes.first().map(|change| change.params[2].clone());
        assert_eq!(state, expected.map(kernel::Value::from), "{second}");
    }
    let assigned = job(JobState::Assigned, Some(3));
    assert!(at(95, |ctx| expire(&assigned, &[given(1, 1, Open)], ctx)).is_nothing());
}

#[test]
fn the_search_widens_three_times_and_then_tells_a_person_once() {
    let timing = Timing { rings: Rings::of([5_000, 7_000, 9_000]), ..Timing::default() };
    let mut job = job(JobState::Waiting, None);
    let mut seen = Vec::new();
    for second in 0..200 {
        // Somebody has it to answer for a while.
        let decision = at(second, |ctx| nobody(&job, (30..70).contains(&second), &timing, ctx));
        if let Some(change) = decision.changes.first() {
            let number = |place: usize| match change.params[place] {
                kernel::Value::Int(number) => number,
                _ => unreachable!("a number"),
            };
            (job.tries, job.ring, job.alerted) = (number(5) as u16, number(6) as u16, number(8) == 1);
            seen.push((second, timing.rings.metres(job.ring), decision.events.len()));
        }
    }
    assert_eq!(seen, [(20, 7_000, 0), (40, 9_000, 0), (70, 9_000, 1)]);
    assert_eq!(timing.rings.metres(99), 9_000);
    assert_eq!(Rings::of([7_000, 5_000, 9_000]).tries(), 2);
    assert_eq!(Rings::of([]), Rings::default());
}

#[test]
fn asking_again_changes_nothing_but_after_a_cancellation() {
    for (known, expected) in [
        (None, "job.requested"),
        (Some(JobState::Waiting), "nothing"),
        (Some(JobState::Assigned), "nothing"),
        (Some(JobState::Done), "nothing"),
        (Some(JobState::Cancelled), "job.requested"),
    ] {
        let known = known.map(|state| job(state, None));
        let decided = at(0, |ctx| request(known.as_ref(), &new(), ctx)).map(|(decision, id)| {
            assert_eq!(id.raw(), known.as_ref().map_or(1_000, |job| job.id.raw()));
            decision
        });
        assert_eq!(told(decided), expected);
    }
    let bad = NewJob { kind: String::new(), load: 0, modes: Modes::of([]), due: then(0), pay: -1, ..new() };
    let refused = at(0, |ctx| request(None, &bad, ctx)).unwrap_err();
    let fields: Vec<&str> = refused.faults().iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["/kind", "/load", "/modes", "/due", "/pay"]);
}

#[test]
fn a_job_may_be_due_at_another_time() {
    let job = job(JobState::Assigned, Some(1));
    let retimed = |ready, due| told(at(0, |ctx| retime(&job, then(ready), then(due), ctx)));
    assert_eq!(retimed(600, 2_400), "nothing");
    assert_eq!(retimed(900, 2_400), "changed");
    assert_eq!(retimed(900, 800), "invalid_input");
}
