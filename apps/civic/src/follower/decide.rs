use kernel::{Actor, Ctx, Decision, Fault, Refusal};

use super::keys::{Keys, Who};
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
    /// The address is known to be their own.
    pub is_own: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub counted: bool,
    /// Somebody new is told from now on.
    pub follows: bool,
    /// But its owner must say so first.
    pub asks: bool,
}

/// Whether messages go to an address at once, or its owner is asked first. Only the reporter's own, and
/// one that is known to be theirs, is never asked.
fn standing(before: Option<&Follower>, contact: &Contact, is_own: bool) -> Standing {
    let is_same = |row: &&Follower| row.contact.address() == contact.address();
    match before {
        _ if contact.address().is_none() || is_own => Standing { confirmed: true, asks: false },
        Some(row) if row.reporter => Standing { confirmed: true, asks: false },
        before => match before.filter(is_same) {
            Some(row) => Standing { confirmed: row.confirmed, asks: false },
            None => Standing { confirmed: false, asks: true },
        },
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    confirmed: bool,
    asks: bool,
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
    let row = |who: Who, seconded, contact: Contact, confirmed| Follower {
        request: request.id,
        who,
        person: person(ctx.actor),
        reporter: false,
        seconded,
        contact,
        at: ctx.now,
        confirmed,
    };
    let mut decision = Decision::nothing();
    let is_one = by.contact.as_ref().is_some_and(|(who, ..)| *who == by.who);
    let (mut follows, mut asks) = (false, false);
    match (&by.row, &by.contact) {
        (None, Some((_, contact, _))) if is_one => {
            let stands = standing(None, contact, by.is_own);
            decision = decision.change(repo::add(&row(by.who, true, contact.clone(), stands.confirmed)));
            (follows, asks) = (true, stands.asks);
        }
        (None, _) => decision = decision.change(repo::add(&row(by.who, true, Contact::default(), true))),
        (Some(before), Some((_, contact, _))) if is_one => {
            let stands = standing(Some(before), contact, by.is_own);
            (follows, asks) = (before.contact.address().is_none(), stands.asks);
            decision = decision.change(replaced(before, contact, counted, stands.confirmed));
        }
        (Some(_), _) if counted => decision = decision.change(repo::count(request.id, by.who)),
        _ => {}
    }
    if let Some((who, contact, false)) = by.contact.filter(|_| !is_one) {
        let stands = standing(None, &contact, by.is_own);
        decision = decision.change(repo::add(&row(who, false, contact, stands.confirmed)));
        (follows, asks) = (true, stands.asks);
    }
    if counted {
        decision = decision.change(requests::second(request.id)).event(event::told(
            event::SECONDED,
            request,
            request,
            None,
        ));
    }
    Ok((decision, Counted { counted, follows, asks }))
}

/// One row takes one change: that it counts and how it is told are written together.
fn replaced(before: &Follower, contact: &Contact, counted: bool, confirmed: bool) -> kernel::Change {
    match counted {
        true => repo::count_with(before.request, before.who, contact, confirmed),
        false => repo::set_contact(before.request, before.who, contact, confirmed),
    }
}

/// Who is told from now on, and whether the owner of the address must say so first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Following {
    pub follows: bool,
    pub asks: bool,
}

/// Somebody wants to hear of a request from now on. Without an account there must be a way to tell them.
pub fn follow(
    request: &Request,
    who: Who,
    row: Option<&Follower>,
    (contact, is_own): (Contact, bool),
    ctx: &Ctx<'_>,
) -> Result<(Decision, Following), Refusal> {
    let person = person(ctx.actor);
    if contact.any_address().is_none() && person.is_none() {
        let message = "Give an e-mail address or a telephone number, or sign in.";
        return Err(Refusal::invalid(vec![Fault::new("/contact/email", "missing", message)]));
    }
    let Standing { confirmed, asks } = standing(row, &contact, is_own);
    match (row, person) {
        (None, _) => {
            let (request, at, reporter, seconded) = (request.id, ctx.now, false, false);
            let row = Follower { request, who, person, reporter, seconded, contact, at, confirmed };
            Ok((Decision::nothing().change(repo::add(&row)), Following { follows: true, asks }))
        }
        (Some(row), Some(_)) if row.contact != contact => {
            let change = repo::set_contact(request.id, who, &contact, confirmed);
            Ok((Decision::nothing().change(change), Following { follows: false, asks }))
        }
        // Whoever knows another's address may not change how that one is told, nor have them asked again.
        (Some(_), _) => Ok((Decision::nothing(), Following { follows: false, asks: false })),
    }
}

/// Another address, another channel, another language. A reporter who gave no contact may give one now.
/// Says whether the owner of the address must say so first.
pub fn change(
    request: &Request,
    mine: (Who, Option<&Follower>),
    (contact, is_own): (Contact, bool),
    ctx: &Ctx<'_>,
) -> (Decision, bool) {
    let (who, row) = mine;
    match row {
        Some(row) if row.contact == contact => (Decision::nothing(), false),
        Some(row) => {
            let Standing { confirmed, asks } = standing(Some(row), &contact, is_own);
            let change = repo::set_contact(request.id, who, &contact, confirmed);
            (Decision::nothing().change(change), asks)
        }
        None => {
            let (request, person, at) = (request.id, person(ctx.actor), ctx.now);
            let (reporter, seconded, confirmed) = (true, false, true);
            let row = Follower { request, who, person, reporter, seconded, contact, at, confirmed };
            (Decision::nothing().change(repo::add(&row)), false)
        }
    }
}

/// No more messages. What stays of somebody who was counted is that they were.
pub fn unfollow(row: &Follower) -> Decision {
    let change = match row.seconded {
        true => repo::set_contact(row.request, row.who, &Contact::default(), true),
        false => repo::remove(row.request, row.who),
    };
    Decision::nothing().change(change)
}

/// What is kept of somebody about one request is gone: how they are reached, what they were told, and
/// that they reported it. What they wrote belongs to the city's record and stays, unless they want it
/// gone.
pub fn erase(
    request: &Request,
    (who, is_reporter): (Who, bool),
    row: Option<&Follower>,
    with_text: bool,
    ctx: &Ctx<'_>,
) -> (Decision, Request) {
    let mut decision = notify::forget(&Keys::trace(who));
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
