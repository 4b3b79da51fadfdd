//! What is ready, and what each step changes.

use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Ctx, Decision, Id, NewEvent, values};
use serde::Serialize;

use super::model::{Family, Kept, Lies, ObjectId};
use super::pack::Span;
use super::{repo, scrub};
use crate::desk::record::Mark;
use crate::follower::keys::Keys;
use crate::follower::model::Follower;
use crate::follower::repo as followers;
use crate::limits;
use crate::request::event::{self, Facts, Told};
use crate::request::history;
use crate::request::model::Request;

/// What was closed before this has been kept for so many days.
pub fn before(now: Timestamp, days: u16) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN)
}

/// Whether a request and all that is merged into it may go: each is over, and the history is not one
/// that was read only in part. Since when the merged ones are over does not count.
pub fn is_ready(family: &Family) -> bool {
    let fits = |kept: &Kept| kept.request.status.is_over() && kept.history.len() <= limits::HISTORY_MAX;
    family.0.len() <= limits::MERGED_MAX + 1 && family.0.iter().all(fits)
}

/// As it is kept in the archive: nobody who reported it is in it.
pub fn impersonal(request: &Request) -> Request {
    let mut after = Request { reporter: None, ..request.clone() };
    if let Some(text) = scrub::text(&request.description) {
        after.description = text;
    }
    if let Some(answers) = request.answers.as_deref().and_then(scrub::answers) {
        after.answers = Some(answers);
    }
    after
}

/// What is personal about a closed request goes: who reported and follows it, how they are reached, and
/// addresses and numbers that they wrote into their own words. Again, it changes nothing. Where there
/// are more followers than one commit bears, those go and the request waits for its next turn.
pub fn erase(request: &Request, found: &[Follower], ctx: &Ctx<'_>) -> Decision {
    let is_all = found.len() <= limits::ERASED_FOLLOWERS_MAX;
    let found = &found[..found.len().min(limits::ERASED_FOLLOWERS_MAX)];
    let mut people: Vec<_> = found.iter().filter_map(|it| it.person).collect();
    people.extend(request.reporter);
    people.sort_unstable();
    people.dedup();
    let mut decision = Decision::nothing();
    let after = Request { updated: ctx.now, version: request.version + 1, ..impersonal(request) };
    let is_same = impersonal(request) == *request && found.is_empty();
    decision = match (is_same, is_all) {
        (true, _) => decision.change(repo::mark(request)),
        (false, false) => decision,
        (false, true) => decision.change(repo::erase(request, &after)).event(event::told(
            event::ERASED,
            request,
            &after,
            None,
        )),
    };
    decision
        .changes(found.iter().map(|it| followers::remove(it.request, it.who).any_rows()))
        .changes(found.iter().flat_map(|it| notify::forget(&Keys::trace(it.who)).changes))
        .changes(people.into_iter().map(|person| history::forget(request.id, Actor::Person(person))))
}

/// Rows become lines of an object that is there already.
pub fn archive(families: &[Family], object: ObjectId, spans: &[Span], ctx: &Ctx<'_>) -> Decision {
    let mut decision = Decision::nothing().change(repo::set_state(object, repo::WRITING, repo::THERE));
    let mut spans = spans.iter();
    for family in families {
        let Some(root) = family.0.first().map(|kept| kept.request.id) else { continue };
        for (kept, span) in family.0.iter().zip(&mut spans) {
            let id = kept.request.id;
            let told = Told { before: Some(Facts::of(&kept.request)), after: None, text: None, other: None };
            decision = decision
                // First: whoever writes to the history has its row, and is waited for here.
                .change(repo::take(&kept.request))
                .change(repo::take_history(id, kept.history.len()))
                .change(repo::TAKE_FOLLOWERS.with(values![id]).any_rows())
                .change(repo::take_tie(id, kept.tie.is_some()))
                .change(repo::TAKE_ESCALATED.with(values![id]).any_rows())
                .change(repo::lay(&kept.request, root, object, span, ctx.now))
                .event(NewEvent::new(event::ARCHIVED, id, &told));
        }
    }
    decision
}

#[derive(Serialize)]
struct Restored<'a> {
    #[serde(flatten)]
    told: Told,
    act: &'a str,
    desk: Mark,
}

/// Lines become rows again, as they were.
pub fn restore(family: &[(Lies, Kept)], ctx: &Ctx<'_>) -> Decision {
    let mut decision = Decision::nothing();
    for (lies, kept) in family {
        let id = kept.request.id;
        let entry: Id<()> = ctx.fresh();
        let told = Told { before: None, after: Some(Facts::of(&kept.request)), text: None, other: None };
        let done = Restored { told, act: "restore", desk: Mark { agency: None, entry: entry.raw() } };
        let written = super::model::Happened {
            id: entry.raw(),
            at: ctx.now,
            actor: ctx.actor.to_raw(),
            what: event::RESTORED.to_owned(),
            public: false,
            body: r#"{"act":"restore"}"#.to_owned(),
        };
        decision = decision
            .change(repo::lift(lies))
            .change(repo::bring_back(&kept.request, ctx.now))
            .changes(kept.history.iter().chain([&written]).map(|it| repo::add_history(id, it)))
            .changes(kept.tie.iter().map(|it| repo::add_tie(id, it)))
            .event(NewEvent::new(event::RESTORED, id, &done));
    }
    decision
}
