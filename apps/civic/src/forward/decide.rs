use std::collections::BTreeSet;

use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Decision, Fault, Refusal};

use super::model::{Endpoint, Forward, Forwarding, State};
use super::pace::{self, Outcome};
use super::repo;
use super::wire::{Taken, Theirs};
use crate::limits;
use crate::request::model::Status;

/// A new endpoint, or a known one with other settings.
pub fn set_endpoint(
    existing: usize,
    is_known: bool,
    endpoint: &Endpoint,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    if !is_known && existing >= limits::FORWARD_ENDPOINTS_MAX {
        let message = format!("A market has at most {} of them.", limits::FORWARD_ENDPOINTS_MAX);
        return Err(Refusal::conflict("too_many_endpoints", message));
    }
    Ok(Decision::nothing().change(repo::put_endpoint(endpoint, now)))
}

/// Which categories go where, all of them at once.
pub fn set_forwardings(
    before: &[Forwarding],
    wanted: &[Forwarding],
    categories: &BTreeSet<&str>,
    endpoints: &BTreeSet<&str>,
) -> Result<Decision, Refusal> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (place, forwarding) in wanted.iter().enumerate() {
        let mut fault = |field: &str, code, message: &'static str| {
            faults.push(Fault::new(format!("/items/{place}/{field}"), code, message));
        };
        if !categories.contains(&*forwarding.category) {
            fault("category", "unknown_category", "This market has no such category.");
        } else if !seen.insert(&forwarding.category) {
            fault("category", "repeated", "A category goes to one place.");
        }
        if !endpoints.contains(&*forwarding.endpoint) {
            fault("endpoint", "unknown_endpoint", "This market has no such endpoint.");
        }
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let gone = before.iter().filter(|it| !seen.contains(&it.category));
    let gone = gone.map(|it| repo::drop_forwarding(&it.category));
    Ok(Decision::nothing().changes(gone).changes(wanted.iter().map(repo::put_forwarding)))
}

/// They have it.
pub fn arrived(before: &Forward, taken: &Taken, now: Timestamp) -> Forward {
    let after = Forward { tries: before.tries + 1, unsure: false, detail: None, ..before.clone() };
    match taken {
        Taken::Id(id) => Forward {
            state: State::There,
            external: Some(id.clone()),
            token: None,
            due: pace::look_again(now, now),
            ..after
        },
        Taken::Token(token) => Forward {
            state: State::Token,
            token: Some(token.clone()),
            tries: if before.state == State::Token { after.tries } else { 0 },
            due: token_due(if before.state == State::Token { after.tries } else { 0 }, now),
            ..after
        },
    }
}

/// The id is asked for five times within a minute, as its clients do, then every hour.
fn token_due(tries: i64, now: Timestamp) -> Timestamp {
    let wait = if tries < limits::FORWARD_TRIES_IN_A_ROW {
        limits::FORWARD_TOKEN_WAIT
    } else {
        limits::FORWARD_REST
    };
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// It did not arrive, or nobody knows.
pub fn failed(
    before: &Forward,
    outcome: Outcome,
    detail: &str,
    retry_after: Option<SignedDuration>,
    now: Timestamp,
) -> Forward {
    let tries = before.tries + 1;
    let detail = Some(detail.chars().take(limits::FORWARD_LETTERS_MAX).collect());
    let after = Forward { tries, detail, unsure: outcome == Outcome::Unknown, ..before.clone() };
    match pace::next(tries, outcome, before.since, now, retry_after) {
        Some(due) => Forward { due, ..after },
        None => Forward { state: State::Refused, ..after },
    }
}

/// What their news means for our request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    pub status: Option<Status>,
    pub note: Option<String>,
}

/// They were looked at: how the forward stands now, and what is new for the request.
pub fn followed(before: &Forward, ours: Status, theirs: Option<&Theirs>, now: Timestamp) -> (Forward, News) {
    let due = pace::look_again(before.since, now);
    let Some(theirs) = theirs else {
        return (
            Forward { due, tries: before.tries + 1, ..before.clone() },
            News { status: None, note: None },
        );
    };
    let status = match (theirs.is_closed, ours.is_over()) {
        (true, false) => Some(Status::Closed),
        // Only what they closed do they open again: what we closed ourselves is our affair.
        (false, true) if before.state == State::Over => Some(Status::Reopened),
        (false, false) if ours == Status::Open => Some(Status::InProgress),
        _ => None,
    };
    let note = theirs.notes.clone().filter(|note| before.note.as_ref() != Some(note));
    let state = if theirs.is_closed { State::Over } else { State::There };
    let kept = theirs.notes.clone().or_else(|| before.note.clone());
    let after = Forward { state, due, note: kept, tries: before.tries + 1, ..before.clone() };
    (after, News { status, note })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::model::RequestId;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn waiting() -> Forward {
        Forward {
            request: RequestId::from_raw(1),
            endpoint: "city".into(),
            service: "001".into(),
            state: State::Waiting,
            tries: 0,
            unsure: false,
            token: None,
            external: None,
            detail: None,
            note: None,
            since: at(0),
            due: at(0),
        }
    }

    #[test]
    fn it_arrives_at_once_or_by_a_token() {
        let there = arrived(&waiting(), &Taken::Id("7".into()), at(1));
        assert_eq!((there.state, there.external.as_deref()), (State::There, Some("7")));
        let token = arrived(&waiting(), &Taken::Token("t".into()), at(1));
        assert_eq!(
            (token.state, token.tries, token.due),
            (State::Token, 0, at(1) + limits::FORWARD_TOKEN_WAIT)
        );
        let mut later = token;
        for _ in 0..5 {
            later = arrived(&later, &Taken::Token("t".into()), at(2));
        }
        assert_eq!(later.due, at(2) + limits::FORWARD_REST);
        let there = arrived(&later, &Taken::Id("7".into()), at(3));
        assert_eq!((there.state, there.token), (State::There, None));
    }

    #[test]
    fn a_refusal_ends_it_and_silence_does_not() {
        let silent = failed(&waiting(), Outcome::Unknown, "took too long", None, at(10));
        assert_eq!((silent.state, silent.unsure, silent.tries), (State::Waiting, true, 1));
        let refused = failed(&silent, Outcome::Refused, "No such service", None, at(10));
        assert_eq!((refused.state, refused.unsure), (State::Refused, false));
    }

    #[test]
    fn what_they_do_is_told_once() {
        let there = Forward { state: State::There, ..waiting() };
        let over = Forward { state: State::Over, note: Some("Done".into()), ..waiting() };
        let theirs = |is_closed, notes: Option<&str>| Theirs {
            id: "7".into(),
            is_closed,
            notes: notes.map(str::to_owned),
            ..Theirs::default()
        };
        // before, ours, theirs → state, status, note
        let cases = [
            (&there, Status::Open, theirs(false, None), State::There, Some(Status::InProgress), None),
            (&there, Status::InProgress, theirs(false, None), State::There, None, None),
            (
                &there,
                Status::InProgress,
                theirs(true, Some("Done")),
                State::Over,
                Some(Status::Closed),
                Some("Done"),
            ),
            (&over, Status::Closed, theirs(true, Some("Done")), State::Over, None, None),
            (&over, Status::Closed, theirs(false, None), State::There, Some(Status::Reopened), None),
            (&there, Status::Closed, theirs(false, None), State::There, None, None),
            (&there, Status::Resolved, theirs(true, Some("Yes")), State::Over, None, Some("Yes")),
        ];
        for (before, ours, theirs, state, status, note) in cases {
            let (after, news) = followed(before, ours, Some(&theirs), at(100));
            assert_eq!(
                (after.state, news.status, news.note.as_deref()),
                (state, status, note),
                "{ours:?} {theirs:?}"
            );
        }
        let (after, news) = followed(&there, Status::Open, None, at(100));
        assert_eq!((after.state, news), (State::There, News { status: None, note: None }));
    }

    #[test]
    fn forwardings_are_set_as_a_whole() {
        let to = |category: &str, endpoint: &str| Forwarding {
            category: category.into(),
            endpoint: endpoint.into(),
            service: "1".into(),
        };
        let (categories, endpoints) = (BTreeSet::from(["a", "b"]), BTreeSet::from(["city"]));
        let set =
            |wanted: &[Forwarding]| set_forwardings(&[to("a", "city")], wanted, &categories, &endpoints);
        let refusal = set(&[to("x", "y"), to("a", "city"), to("a", "city")]).unwrap_err();
        let named: Vec<&str> = refusal.faults().iter().map(|fault| &*fault.field).collect();
        assert_eq!(named, ["/items/0/category", "/items/0/endpoint", "/items/2/category"]);
        let decision = set(&[to("b", "city")]).unwrap();
        assert_eq!(decision.changes, [repo::drop_forwarding("a"), repo::put_forwarding(&to("b", "city"))]);
    }
}
