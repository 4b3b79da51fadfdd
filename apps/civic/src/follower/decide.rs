use kernel::{Actor, Ctx, Decision, Fault, Refusal};

use super::keys::Who;
use super::model::{Contact, Follower};
use super::repo;
use crate::request::decide::person;
use crate::request::history;
use crate::request::model::Request;
use crate::request::{event, repo as requests};

/// What stands in place of a description that its reporter wants gone.
pub const ERASED_TEXT: &str = "(removed)";

/// Who says "me too", and what is known of them.
#[derive(Debug, Clone)]
pub struct Seconding {
    pub who: Who,
    /// Reported the request themselves.
    pub is_reporter: bool,
    pub row: Option<Follower>,
    /// How they want to hear of it: under which hash, how, and whether that is there already. Of
    /// somebody who is signed in the hash is the same.
    pub contact: Option<(Who, Contact, bool)>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub counted: bool,
    /// Somebody new is told from now on.
    pub follows: bool,
}

/// Somebody says "me too". Each is counted once.
pub fn second(request: &Request, by: Seconding, ctx: &Ctx<'_>) -> Result<(Decision, Counted), Refusal> {
    if by.is_reporter {
        return Err(Refusal::conflict("own_request", "You reported this yourself."));
    }
    if request.status.is_over() {
        let message = "This request is closed. If it is not done, report it anew.";
        return Err(Refusal::conflict("closed", message));
    }
    let counted = !by.row.as_ref().is_some_and(|row| row.seconded);
    let row = |who: Who, seconded, contact| Follower {
        request: request.id,
        who,
        person: person(ctx.actor),
        reporter: false,
        seconded,
        contact,
        at: ctx.now,
    };
    let mut decision = Decision::nothing();
    let is_one = by.contact.as_ref().is_some_and(|(who, ..)| *who == by.who);
    let mut follows = false;
    match (&by.row, &by.contact) {
        (None, Some((_, contact, _))) if is_one => {
            decision = decision.change(repo::add(&row(by.who, true, contact.clone())));
            follows = true;
        }
        (None, _) => decision = decision.change(repo::add(&row(by.who, true, Contact::default()))),
        (Some(before), Some((_, contact, _))) if is_one => {
            follows = before.contact.address().is_none();
            decision = decision.change(replaced(before, contact, counted));
        }
        (Some(_), _) if counted => decision = decision.change(repo::count(request.id, by.who)),
        _ => {}
    }
    if let Some((who, contact, false)) = by.contact.filter(|_| !is_one) {
        decision = decision.change(repo::add(&row(who, false, contact)));
        follows = true;
    }
    if counted {
        decision = decision.change(requests::second(request.id)).event(event::told(
            event::SECONDED,
            request,
            request,
            None,
        ));
    }
    Ok((decision, Counted { counted, follows }))
}

/// One row takes one change: that it counts and how it is told are written together.
fn replaced(before: &Follower, contact: &Contact, counted: bool) -> kernel::Change {
    match counted {
        true => repo::count_with(before.request, before.who, contact),
        false => repo::set_contact(before.request, before.who, contact),
    }
}

/// Somebody wants to hear of a request from now on. Without an account there must be a way to tell them.
pub fn follow(
    request: &Request,
    who: Who,
    row: Option<&Follower>,
    contact: Contact,
    ctx: &Ctx<'_>,
) -> Result<(Decision, bool), Refusal> {
    let person = person(ctx.actor);
    if contact.any_address().is_none() && person.is_none() {
        let message = "Give an e-mail address or a telephone number, or sign in.";
        return Err(Refusal::invalid(vec![Fault::new("/contact/email", "missing", message)]));
    }
    match (row, person) {
        (None, _) => {
            let at = ctx.now;
            let row =
                Follower { request: request.id, who, person, reporter: false, seconded: false, contact, at };
            Ok((Decision::nothing().change(repo::add(&row)), true))
        }
        (Some(row), Some(_)) if row.contact != contact => {
            Ok((Decision::nothing().change(repo::set_contact(request.id, who, &contact)), false))
        }
        // Whoever knows another's address may not change how that one is told.
        (Some(_), _) => Ok((Decision::nothing(), false)),
    }
}

/// Another address, another channel, another language. A reporter who gave no contact may give one now.
pub fn change(
    request: &Request,
    mine: (Who, Option<&Follower>),
    contact: Contact,
    ctx: &Ctx<'_>,
) -> Decision {
    let (who, row) = mine;
    match row {
        Some(row) if row.contact == contact => Decision::nothing(),
        Some(_) => Decision::nothing().change(repo::set_contact(request.id, who, &contact)),
        None => {
            let (person, at) = (person(ctx.actor), ctx.now);
            let row =
                Follower { request: request.id, who, person, reporter: true, seconded: false, contact, at };
            Decision::nothing().change(repo::add(&row))
        }
    }
}

/// No more messages. What stays of somebody who was counted is that they were.
pub fn unfollow(row: &Follower) -> Decision {
    let change = match row.seconded {
        true => repo::set_contact(row.request, row.who, &Contact::default()),
        false => repo::remove(row.request, row.who),
    };
    Decision::nothing().change(change)
}

/// What is kept of somebody about one request is gone: how they are reached, and that they reported
/// it. What they wrote belongs to the city's record and stays, unless they want it gone.
pub fn erase(
    request: &Request,
    is_reporter: bool,
    row: Option<&Follower>,
    with_text: bool,
    ctx: &Ctx<'_>,
) -> (Decision, Request) {
    let mut decision = Decision::nothing();
    if let Some(row) = row {
        decision = decision.change(repo::remove(row.request, row.who));
    }
    if with_text && (is_reporter || person(ctx.actor).is_some()) {
        decision = decision.change(history::forget_words(request.id, ctx.actor));
    }
    if let Actor::Person(_) = ctx.actor {
        decision = decision.change(history::forget(request.id, ctx.actor));
    }
    let mut after = request.clone();
    if is_reporter {
        after.reporter = None;
        if with_text {
            ERASED_TEXT.clone_into(&mut after.description);
            after.answers = None;
            after.photos = Vec::new();
        }
    }
    if after == *request {
        return (decision, after);
    }
    after.updated = ctx.now;
    after.version += 1;
    let decision = decision.change(requests::erase(request, &after)).event(event::told(
        event::ERASED,
        request,
        &after,
        None,
    ));
    (decision, after)
}

#[cfg(test)]
mod tests;
