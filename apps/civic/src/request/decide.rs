use kernel::jiff::{SignedDuration, Timestamp};
use kernel::text::{self, Lines};
use kernel::{Actor, Ctx, Decision, Fault, Id, Refusal};

use super::history::{self, Said};
use super::model::{NewRequest, Request, RequestId, Source, Status};
use super::state::{self, Deadline, Move};
use super::{event, repo};
use crate::address::Candidate;
use crate::category::answers;
use crate::follower::contact::{self, Custom};
use crate::follower::keys::{About, Keys, Who};
use crate::follower::model::Follower;
use crate::follower::repo as followers;
use crate::rules::{Rules, Settings};

/// What was looked up for a report before it is decided.
pub struct Around<'a> {
    pub source: Source,
    pub market: Id<kernel::Market>,
    pub keys: &'a Keys,
    pub custom: Custom<'a>,
    /// Where the address is, if there was no better place.
    pub resolved: Option<Candidate>,
    pub area: Option<String>,
    pub due: Option<Timestamp>,
}

impl<'a> Around<'a> {
    /// Nothing was looked up.
    pub fn nothing(keys: &'a Keys, market: Id<kernel::Market>) -> Self {
        let custom = Custom { country: None, languages: &[] };
        Self { source: Source::Api, market, keys, custom, resolved: None, area: None, due: None }
    }
}

/// Somebody reports something.
pub fn report(
    rules: &Rules,
    new: NewRequest,
    around: Around<'_>,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Request), Refusal> {
    let mut faults = Vec::new();
    let category = rules.category(&new.category).filter(|category| category.open);
    if category.is_none() {
        let message = "This market has no such category open; GET /v1/categories lists them.";
        faults.push(Fault::new("/category", "unknown_category", message));
    }
    let description = described(&new.description, &mut faults);
    let address = line("/address", new.address, &mut faults);
    let zipcode = line("/zipcode", new.zipcode, &mut faults);
    let questions = category.map(|category| &*category.questions).unwrap_or_default();
    // Without a category nobody knows what was asked.
    let answers = category.and_then(|_| answers::check(questions, &new.answers, &mut faults));
    for (place, photo) in new.photos.iter().enumerate() {
        if new.photos[..place].contains(photo) {
            faults.push(Fault::new(format!("/photos/{place}"), "repeated", "May be shown once."));
        }
    }
    let contact = new.contact.map(|new| contact::check("/contact", &new, around.custom, &mut faults));
    let place = new.place.or(around.resolved.as_ref().map(|it| it.place));
    if place.is_none() {
        faults.push(match &address {
            None => Fault::new("/place", "missing", "Say where it is: give a place, or an address."),
            Some(_) => {
                let message = "This address is not known here. Give a place instead.";
                Fault::new("/address", "unknown_address", message)
            }
        });
    }
    let Some(place) = place.filter(|_| faults.is_empty()) else { return Err(Refusal::invalid(faults)) };
    let resolved = around.resolved;
    let target = rules.target(&new.category, around.area.as_deref());
    let id: RequestId = ctx.fresh();
    let request = Request {
        reporter: person(ctx.actor),
        answers,
        address: resolved.as_ref().map(|it| it.label.clone()).or(address),
        zipcode: resolved.and_then(|it| it.postcode).or(zipcode),
        agency: target.map(|target| target.agency),
        team: target.and_then(|target| target.team.clone()),
        area: around.area,
        photos: new.photos,
        source: around.source,
        due: around.due,
        ..Request::new(id, &new.category, description, place, ctx.now)
    };
    let mut decision = Decision::nothing().change(repo::add(&request));
    if let Some(contact) = contact.filter(|contact| contact.name.is_some() || contact.any_address().is_some())
    {
        let who = reporter(around.keys, around.market, &request);
        let (person, at) = (request.reporter, ctx.now);
        let (reporter, seconded, confirmed) = (true, false, true);
        let follower = Follower { request: id, who, person, reporter, seconded, contact, at, confirmed };
        decision = decision.change(followers::add(&follower));
    }
    let event = event::reported(&request);
    Ok((decision.event(event), request))
}

/// Who reported it, as a hash.
pub fn reporter(keys: &Keys, market: Id<kernel::Market>, request: &Request) -> Who {
    let about = About { market, request: request.id };
    request.reporter.map_or_else(|| keys.reporter(about), |person| keys.person(about, person))
}

pub(crate) fn person(actor: Actor) -> Option<Id<kernel::Person>> {
    match actor {
        Actor::Person(id) => Some(id),
        _ => None,
    }
}

fn described<'a>(description: &'a str, faults: &mut Vec<Fault>) -> &'a str {
    let description = description.trim();
    if text::is_blank(description) {
        faults.push(Fault::new("/description", "blank", "Say what is wrong."));
    }
    faults.extend(text::fault("/description", description, Lines::Many));
    description
}

fn line(field: &str, given: Option<String>, faults: &mut Vec<Fault>) -> Option<String> {
    let given = given.map(|it| it.trim().to_owned()).filter(|it| !text::is_blank(it));
    faults.extend(given.as_deref().and_then(|it| text::fault(field, it, Lines::One)));
    given
}

/// Until when it may be opened again by who reported or follows it.
pub fn may_reopen_until(request: &Request, settings: &Settings) -> Option<Timestamp> {
    let closed = request.closed.filter(|_| request.status.is_over() && request.merged.is_none())?;
    let days = SignedDuration::from_hours(24 * i64::from(settings.reopen_days));
    Some(closed.checked_add(days).unwrap_or(Timestamp::MAX))
}

/// Somebody who reported or follows it finds that it is not done.
pub fn reopen(
    before: &Request,
    why: Option<&str>,
    settings: &Settings,
    deadline: &dyn Deadline,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Request), Refusal> {
    if before.merged.is_some() {
        let message = "This is a duplicate of another request; what happens is told there.";
        return Err(Refusal::conflict("merged", message));
    }
    let not_closed = || Refusal::conflict("not_closed", "This request is not closed.");
    let Move::Open { reason } = state::may(before.status, Status::Reopened, state::Who::Reporter) else {
        return Err(not_closed());
    };
    let why = why.map(str::trim).filter(|it| !text::is_blank(it));
    let fault = match why {
        None if reason => Some(Fault::new("/why", "missing", "Say what is not done.")),
        why => why.and_then(|it| text::fault("/why", it, Lines::Many)),
    };
    if let Some(fault) = fault {
        return Err(Refusal::invalid(vec![fault]));
    }
    if may_reopen_until(before, settings).ok_or_else(not_closed)? < ctx.now {
        let message = "This was closed too long ago to be opened again. Report it anew.";
        return Err(Refusal::conflict("too_late", message));
    }
    let after = state::moved(before, Status::Reopened, ctx.now, deadline);
    let after = Request { updated: ctx.now, version: before.version + 1, ..after };
    let said = Said {
        act: Some(history::REOPEN.to_owned()),
        from: Some(before.status),
        to: Some(after.status),
        text: why.map(str::to_owned),
        other: None,
    };
    let decision = Decision::nothing()
        .change(repo::reopen(before, &after))
        .change(history::add(before.id, event::CHANGED, true, &said, ctx))
        .event(event::told(event::CHANGED, before, &after, why));
    Ok((decision, after))
}

#[cfg(test)]
mod tests;
