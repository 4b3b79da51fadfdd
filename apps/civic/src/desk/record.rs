//! What every act leaves behind: the row, an entry of the history, an event.

use kernel::{Change, Ctx, Decision, Id, NewEvent, Provider, values};
use serde::{Deserialize, Serialize};

use super::model::By;
use super::repo;
use crate::request::event::{Facts, Told};
use crate::request::model::{Request, RequestId};

/// The part of an event that says it was staff, and at whose desk: the audit log takes every event that
/// has one. What was written down for staff only is not here but in the history, under `entry`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub agency: Option<Id<Provider>>,
    pub entry: i64,
}

#[derive(Serialize)]
struct Done<'a> {
    #[serde(flatten)]
    told: Told,
    act: &'a str,
    desk: Mark,
}

/// One act, as it is written down.
#[derive(Debug, Clone, Copy)]
pub struct Note<'a> {
    pub event: &'static str,
    pub act: &'static str,
    /// Whether the reporter and everyone else may read it.
    pub public: bool,
    pub text: Option<&'a str>,
    pub other: Option<RequestId>,
}

impl<'a> Note<'a> {
    pub fn of(event: &'static str, act: &'static str) -> Self {
        Self { event, act, public: false, text: None, other: None }
    }

    /// For everyone to read.
    pub fn said(self, text: Option<&'a str>) -> Self {
        Self { public: true, text, ..self }
    }

    /// For staff only.
    pub fn noted(self, text: Option<&'a str>) -> Self {
        Self { public: false, text, ..self }
    }

    pub fn other(self, other: RequestId) -> Self {
        Self { other: Some(other), ..self }
    }
}

#[derive(Serialize)]
struct Written<'a> {
    act: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<RequestId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<serde_json::Value>,
}

/// History and event of an act whose rows are changed elsewhere in the decision.
pub fn tell(before: &Request, after: &Request, note: Note<'_>, by: &By, ctx: &Ctx<'_>) -> Decision {
    let id: Id<()> = ctx.fresh();
    // What everyone may read always says how it stands since, and never who at the city has it.
    let (from, to) = match note.public {
        true => (serde_json::to_value(before.status).ok(), serde_json::to_value(after.status).ok()),
        false => (serde_json::to_value(Facts::of(before)).ok(), serde_json::to_value(Facts::of(after)).ok()),
    };
    let stays = from == to;
    let (from, to) = (from.filter(|_| !stays), to.filter(|_| note.public || !stays));
    let written = Written { act: note.act, text: note.text, other: note.other, from, to };
    let told = Told {
        before: Some(Facts::of(before)),
        after: Some(Facts::of(after)),
        text: note.text.filter(|_| note.public).map(str::to_owned),
        other: note.other,
    };
    let done = Done { told, act: note.act, desk: Mark { agency: by.agency, entry: id.raw() } };
    Decision::nothing()
        .change(history(id, after.id, &note, &written, ctx))
        .event(NewEvent::new(note.event, after.id, &done))
}

fn history(id: Id<()>, request: RequestId, note: &Note<'_>, written: &Written<'_>, ctx: &Ctx<'_>) -> Change {
    let body = serde_json::to_string(written).unwrap_or_else(|_| "{}".to_owned());
    let actor = ctx.actor.to_raw();
    repo::ADD_HISTORY.with(values![id, request, ctx.now, actor, note.event, note.public, body])
}

/// The request as it stands after an act: a new version, now.
pub fn next(after: Request, ctx: &Ctx<'_>) -> Request {
    Request { version: after.version + 1, updated: ctx.now, ..after }
}

/// Row, history and event of an act on one request.
pub fn keep(before: &Request, after: Request, note: Note<'_>, by: &By, ctx: &Ctx<'_>) -> (Decision, Request) {
    let after = next(after, ctx);
    let decision = Decision::nothing().change(repo::save(before, &after));
    (decision.and(tell(before, &after, note, by, ctx)), after)
}
