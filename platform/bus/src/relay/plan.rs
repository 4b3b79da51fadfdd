//! What to hand over and what a failure leads to: pure.
//!
//! Order within a subject: once an event is parked, later events of its subject park behind it for
//! that consumer, so that a consumer never sees them out of order. Other subjects go on.

use std::collections::HashMap;

use store::Event;

use crate::limits;

/// What to do with one stretch of events.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// To be handled, in order.
    pub(crate) batch: Vec<Event>,
    /// To be parked behind others of their subject, and whether those are released already.
    pub(crate) behind: Vec<(Event, bool)>,
    /// Where the cursor stands afterwards.
    pub(crate) to: i64,
}

impl Plan {
    /// `blocked`: subjects that have something parked; true where that is released for a replay.
    /// `span`: wanted events to hand over at most; 0 is all.
    pub(crate) fn of(
        events: &[Event],
        wants: impl Fn(&str) -> bool,
        blocked: &HashMap<i64, bool>,
        span: i64,
    ) -> Plan {
        let span = if span > 0 { span as usize } else { usize::MAX };
        let mut plan = Plan { batch: Vec::new(), behind: Vec::new(), to: 0 };
        for event in events {
            if wants(&event.name) {
                match blocked.get(&event.subject) {
                    Some(&released) => plan.behind.push((event.clone(), released)),
                    None if plan.batch.len() == span => break,
                    None => plan.batch.push(event.clone()),
                }
            }
            plan.to = event.pos;
        }
        plan
    }
}

/// What follows a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Again; after a pause when `pause` says how many failures it is for.
    Again { tries: i64, span: i64, pause: Option<i64> },
    /// The one event of the batch is the guilty one.
    Park,
}

/// `taken`: events of the failed batch. `room`: one more may be parked.
pub(crate) fn after_failure(tries: i64, span: i64, taken: usize, room: bool) -> Step {
    let tries = tries.saturating_add(1);
    if taken > 1 {
        if span == 0 && tries < limits::BATCH_TRIES_MAX {
            return Step::Again { tries, span, pause: Some(tries) };
        }
        return Step::Again { tries: 0, span: (taken / 2) as i64, pause: None };
    }
    if tries >= limits::EVENT_TRIES_MAX && room {
        return Step::Park;
    }
    Step::Again { tries, span: 1, pause: Some(tries) }
}

/// After a success the batches grow again.
pub(crate) fn wider(span: i64) -> i64 {
    let wider = span.saturating_mul(2);
    if wider >= limits::BATCH_EVENTS_MAX as i64 { 0 } else { wider }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Actor;
    use kernel::jiff::Timestamp;
    use proptest::prelude::*;

    fn event(pos: i64, name: &str, subject: i64) -> Event {
        let (at, actor) = (Timestamp::UNIX_EPOCH, Actor::System);
        Event { pos, id: pos, name: name.into(), subject, at, actor, body: "{}".into() }
    }

    fn positions(plan: &Plan) -> (Vec<i64>, Vec<i64>, i64) {
        let batch = plan.batch.iter().map(|event| event.pos).collect();
        (batch, plan.behind.iter().map(|(event, _)| event.pos).collect(), plan.to)
    }

    #[test]
    fn a_plan_takes_what_is_wanted_and_parks_behind_what_is_parked() {
        let events =
            [event(1, "a", 7), event(2, "b", 7), event(3, "a", 8), event(4, "a", 7), event(5, "b", 9)];
        let none = HashMap::new();
        let seven = HashMap::from([(7, false)]);
        let wants = |name: &str| name == "a";
        assert_eq!(positions(&Plan::of(&events, wants, &none, 0)), (vec![1, 3, 4], vec![], 5));
        assert_eq!(positions(&Plan::of(&events, wants, &none, 2)), (vec![1, 3], vec![], 3));
        assert_eq!(positions(&Plan::of(&events, wants, &none, 3)), (vec![1, 3, 4], vec![], 5));
        assert_eq!(positions(&Plan::of(&events, wants, &seven, 0)), (vec![3], vec![1, 4], 5));
        assert_eq!(positions(&Plan::of(&events, wants, &seven, 1)), (vec![3], vec![1, 4], 5));
        assert_eq!(positions(&Plan::of(&events, |_| false, &seven, 1)), (vec![], vec![], 5));
    }

    #[test]
    fn failures_pause_then_halve_then_park() {
        let again = |tries, span, pause| Step::Again { tries, span, pause };
        for (tries, span, taken, room, expect) in [
            (0, 0, 500, true, again(1, 0, Some(1))),
            (1, 0, 500, true, again(2, 0, Some(2))),
            (2, 0, 500, true, again(0, 250, None)),
            (0, 250, 250, true, again(0, 125, None)),
            (0, 3, 3, true, again(0, 1, None)),
            (0, 1, 1, true, again(1, 1, Some(1))),
            (3, 1, 1, true, again(4, 1, Some(4))),
            (4, 1, 1, true, Step::Park),
            (4, 0, 1, true, Step::Park),
            (4, 1, 1, false, again(5, 1, Some(5))),
            (i64::MAX, 1, 1, false, again(i64::MAX, 1, Some(i64::MAX))),
        ] {
            assert_eq!(after_failure(tries, span, taken, room), expect, "{tries} {span} {taken} {room}");
        }
        assert_eq!([wider(0), wider(1), wider(125), wider(250), wider(400)], [0, 2, 250, 0, 0]);
    }

    proptest! {
        /// Whatever is poisoned, the search ends, parks just that, and handles all else in order.
        #[test]
        fn only_the_guilty_are_parked(count in 1i64..600, guilty in prop::collection::hash_set(1i64..600, 0..6)) {
            let events: Vec<Event> = (1..=count).map(|pos| event(pos, "a", pos)).collect();
            let (mut at, mut tries, mut span, mut calls) = (0usize, 0, 0, 0);
            let (mut handled, mut parked) = (Vec::new(), Vec::new());
            while at < events.len() {
                calls += 1;
                prop_assert!(calls < 400);
                let end = events.len().min(at + limits::BATCH_EVENTS_MAX);
                let plan = Plan::of(&events[at..end], |_| true, &HashMap::new(), span);
                if plan.batch.iter().all(|event| !guilty.contains(&event.pos)) {
                    handled.extend(plan.batch.iter().map(|event| event.pos));
                    (at, tries, span) = (plan.to as usize, 0, wider(span));
                    continue;
                }
                match after_failure(tries, span, plan.batch.len(), true) {
                    Step::Again { tries: next, span: narrower, .. } => (tries, span) = (next, narrower),
                    Step::Park => {
                        parked.push(plan.to);
                        (at, tries, span) = (plan.to as usize, 0, 1);
                    }
                }
            }
            let (bad, good): (Vec<i64>, Vec<i64>) = (1..=count).partition(|pos| guilty.contains(pos));
            prop_assert_eq!(handled, good);
            prop_assert_eq!(parked, bad);
        }
    }
}
