use std::sync::Arc;

use kernel::text::{self, Lines};
use kernel::{Ctx, Decision, Fault, Id, Provider, Refusal, RefusalKind};

use super::edit::put_right;
use super::merge::{self, Family};
use super::model::{Act, By};
use super::record::{self, Note};
use super::repo;
use crate::request::event::{ANSWERED, CHANGED, CONTACT_SEEN, NOTED, ROUTED};
use crate::request::model::{Request, Status};
use crate::request::state::{self, Deadline, Move, Who};
use crate::rules::Rules;

/// What an act must know besides the request; only what that act asks for is looked up.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Whether the one it is given to works for the agency it is routed to.
    pub works_there: bool,
    /// The teams of the agency it is to go to; `None` where there is no such agency.
    pub teams: Option<Vec<String>>,
    /// Working minutes that the present category gives, and the new one, if there is one.
    pub due_min: Option<i64>,
    pub new_due_min: Option<Option<i64>>,
    /// The area that the new place lies in.
    pub area_there: Option<String>,
    /// Whether there is an area of the code that was given.
    pub has_area: bool,
    /// Who sees to what, where it is to be routed anew.
    pub rules: Option<Arc<Rules>>,
    pub family: Option<Box<Family>>,
}

/// What an act on a request does, or why it is not done.
pub fn act(
    request: &Request,
    act: &Act,
    version: Option<i64>,
    known: &Known,
    by: &By,
    deadline: &dyn Deadline,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Request), Refusal> {
    if version.is_some_and(|version| version != request.version) {
        let message = "The request was changed since you read it. Read it again.";
        return Err(Refusal::new(RefusalKind::Precondition, "changed_meanwhile", message));
    }
    let stands = matches!(act, Act::Unmerge | Act::Note { .. } | Act::Hide { .. } | Act::Merge { .. });
    if request.merged.is_some() && !stands {
        let message = "It is merged into another request. Do it there, or part the two first.";
        return Err(Refusal::conflict("merged", message));
    }
    match act {
        Act::Move { to, reason } => move_to(request, *to, reason.as_deref(), by, deadline, ctx),
        Act::Assign { to } if request.assignee == *to => Err(already()),
        Act::Assign { to: Some(_) } if !known.works_there => {
            let message = "Nobody of that id works for the agency that has this request.";
            Err(Refusal::invalid(vec![Fault::new("/person", "unknown", message)]))
        }
        Act::Assign { to } => {
            let after = Request { assignee: *to, ..request.clone() };
            Ok(record::keep(request, after, Note::of(ROUTED, "assign"), by, ctx))
        }
        Act::Route { agency, team, reason } => {
            let reason = wording("/reason", reason.as_deref(), false)?;
            route(request, (*agency, team), reason, known, by, ctx)
        }
        Act::Note { text } => {
            let text = wording("/text", Some(text), true)?;
            let note = Note::of(NOTED, "note").noted(text);
            let decision = Decision::nothing().change(repo::touch(request.id));
            Ok((decision.and(record::tell(request, request, note, by, ctx)), request.clone()))
        }
        Act::Answer { text } => {
            let text = wording("/text", Some(text), true)?;
            let after = Request { note: text.map(str::to_owned), ..request.clone() };
            Ok(record::keep(request, after, Note::of(ANSWERED, "answer").said(text), by, ctx))
        }
        Act::Edit(edit) => put_right(request, edit, known, by, deadline, ctx),
        Act::Hide { hidden, .. } if request.hidden == *hidden => Err(already()),
        Act::Hide { hidden, reason } => {
            let reason = wording("/reason", reason.as_deref(), *hidden)?;
            let after = Request { hidden: *hidden, ..request.clone() };
            let name = if *hidden { "hide" } else { "unhide" };
            Ok(record::keep(request, after, Note::of(CHANGED, name).noted(reason), by, ctx))
        }
        Act::Merge { .. } => match &known.family {
            Some(family) => merge::merge(request, family, by, deadline, ctx),
            None => {
                let fault = Fault::new("/into", "unknown", "There is no such request.");
                Err(Refusal::invalid(vec![fault]))
            }
        },
        Act::Unmerge => match &known.family {
            Some(family) => merge::unmerge(request, family, by, ctx),
            None => Err(Refusal::conflict("not_merged", "It is not merged into another one.")),
        },
    }
}

pub(super) fn already() -> Refusal {
    Refusal::conflict("already", "It is so already.")
}

/// What somebody wrote, without the blanks around it.
fn wording<'t>(field: &str, text: Option<&'t str>, needed: bool) -> Result<Option<&'t str>, Refusal> {
    let given = text.map(str::trim).filter(|it| !text::is_blank(it));
    let fault = match given {
        None if needed => Some(Fault::new(field, "blank", "Say something.")),
        None => None,
        Some(it) => text::fault(field, it, Lines::Many),
    };
    fault.map_or(Ok(given), |fault| Err(Refusal::invalid(vec![fault])))
}

fn move_to(
    request: &Request,
    to: Status,
    reason: Option<&str>,
    by: &By,
    deadline: &dyn Deadline,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Request), Refusal> {
    let needed = match state::may(request.status, to, by.who) {
        Move::Already => return Err(already()),
        Move::Open { reason } => reason,
        Move::NotYours if by.who == Who::Staff => {
            return Err(Refusal::new(RefusalKind::Forbidden, "manager_needed", "A manager may do this."));
        }
        Move::NotYours => return Err(Refusal::forbidden()),
        Move::Never => {
            let message = format!("From {} it cannot go to {}.", request.status.name(), to.name());
            return Err(Refusal::conflict("no_such_move", message));
        }
    };
    let reason = wording("/reason", reason, needed)?;
    let mut after = state::moved(request, to, ctx.now, deadline);
    if let Some(reason) = reason {
        after.note = Some(reason.to_owned());
    }
    Ok(record::keep(request, after, Note::of(CHANGED, "move").said(reason), by, ctx))
}

fn route(
    request: &Request,
    (agency, team): (Id<Provider>, &Option<String>),
    reason: Option<&str>,
    known: &Known,
    by: &By,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Request), Refusal> {
    let fault = |field, message| Err(Refusal::invalid(vec![Fault::new(field, "unknown", message)]));
    match (&known.teams, team) {
        (None, _) => return fault("/agency", "This market has no such agency."),
        (Some(teams), Some(team)) if !teams.contains(team) => {
            return fault("/team", "This agency has no such team.");
        }
        _ => {}
    }
    if request.agency == Some(agency) && request.team == *team {
        return Err(already());
    }
    let after = given_to(request.clone(), agency, team);
    Ok(record::keep(request, after, Note::of(ROUTED, "route").noted(reason), by, ctx))
}

/// Whoever had it works for the agency that had it.
pub(super) fn given_to(request: Request, agency: Id<Provider>, team: &Option<String>) -> Request {
    let assignee = request.assignee.filter(|_| request.agency == Some(agency));
    Request { agency: Some(agency), team: team.clone(), assignee, ..request }
}

/// Somebody looks at how to reach the reporter: that is written down before it is shown.
pub fn see_contact(request: &Request, by: &By, ctx: &Ctx<'_>) -> Decision {
    let note = Note::of(CONTACT_SEEN, "contact");
    Decision::nothing().change(repo::touch(request.id)).and(record::tell(request, request, note, by, ctx))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::model::Edit;
    use crate::request::state::RoundTheClock;
    use geo::Point;
    use kernel::jiff::Timestamp;
    use kernel::jiff::tz::TimeZone;
    use kernel::{Actor, SequentialIds};

    fn now() -> Timestamp {
        "2026-03-02T10:00:00Z".parse().unwrap()
    }

    fn request(status: Status) -> Request {
        let place = Point::from_e7(0, 0).unwrap();
        let request = Request::new(Id::from_raw(1), "pothole", "A hole", place, now());
        let closed = status.is_over().then(now);
        Request { status, closed, agency: Some(Id::from_raw(7)), version: 4, ..request }
    }

    fn decide(
        request: &Request,
        wish: &Act,
        version: Option<i64>,
        known: &Known,
        who: Who,
    ) -> Result<(Decision, Request), Refusal> {
        let ids = SequentialIds::starting_at(50);
        let actor = Actor::Person(Id::from_raw(9));
        let ctx = Ctx { now: now(), zone: &TimeZone::UTC, actor, ids: &ids };
        act(request, wish, version, known, &By { who, agency: request.agency }, &RoundTheClock, &ctx)
    }

    fn all_known() -> Known {
        Known {
            works_there: true,
            teams: Some(vec!["crew".into()]),
            due_min: Some(60),
            new_due_min: Some(Some(120)),
            ..Known::default()
        }
    }

    #[test]
    fn what_is_done_and_what_is_refused() {
        let text = |it: &str| Some(it.to_owned());
        let (known, none) = (all_known(), Known::default());
        let moves = |to, reason: Option<&str>| Act::Move { to, reason: reason.map(str::to_owned) };
        let route = |agency: i64, team: &str| Act::Route {
            agency: Id::from_raw(agency),
            team: (!team.is_empty()).then(|| team.to_owned()),
            reason: None,
        };
        let edit = |category: &str| Act::Edit(Edit { category: text(category), ..Edit::default() });
        let hide = |hidden, reason: Option<&str>| Act::Hide { hidden, reason: reason.map(str::to_owned) };
        let person = Act::Assign { to: Some(Id::from_raw(9)) };
        use Status::{Closed, InProgress, Open, Resolved};
        use Who::{Manager, Staff};
        // the state, the act, what is known, who, and the event or the refusal
        for (status, wish, known, who, expect) in [
            (Open, moves(InProgress, None), &none, Staff, Ok(CHANGED)),
            (Open, moves(Open, None), &none, Staff, Err("already")),
            (Open, moves(Closed, None), &none, Staff, Err("invalid_input")),
            (Open, moves(Closed, Some(" \u{200b} ")), &none, Staff, Err("invalid_input")),
            (Open, moves(Closed, Some("No hole")), &none, Staff, Ok(CHANGED)),
            (Open, moves(Closed, Some("No \u{202e}hole")), &none, Staff, Err("invalid_input")),
            (Closed, moves(Resolved, None), &none, Manager, Err("no_such_move")),
            (Closed, moves(Status::Reopened, Some("Again")), &none, Staff, Err("manager_needed")),
            (Closed, moves(Status::Reopened, Some("Again")), &none, Manager, Ok(CHANGED)),
            (Open, person.clone(), &known, Staff, Ok(ROUTED)),
            (Open, person, &none, Staff, Err("invalid_input")),
            (Open, Act::Assign { to: None }, &none, Staff, Err("already")),
            (Open, route(8, "crew"), &known, Staff, Ok(ROUTED)),
            (Open, route(7, "crew"), &known, Staff, Ok(ROUTED)),
            (Open, route(7, ""), &known, Staff, Err("already")),
            (Open, route(8, "others"), &known, Staff, Err("invalid_input")),
            (Open, route(8, ""), &none, Staff, Err("invalid_input")),
            (Open, Act::Note { text: "n".into() }, &none, Staff, Ok(NOTED)),
            (Open, Act::Note { text: "\n".into() }, &none, Staff, Err("invalid_input")),
            (Open, Act::Answer { text: "a".into() }, &none, Staff, Ok(ANSWERED)),
            (Open, edit("graffiti"), &known, Staff, Err("manager_needed")),
            (Open, edit("graffiti"), &known, Manager, Ok(CHANGED)),
            (Open, edit("graffiti"), &none, Manager, Err("invalid_input")),
            (Open, edit("pothole"), &known, Manager, Err("already")),
            (Open, hide(true, None), &none, Staff, Err("invalid_input")),
            (Open, hide(true, Some("Abuse")), &none, Staff, Ok(CHANGED)),
            (Open, hide(false, None), &none, Staff, Err("already")),
            (Open, Act::Merge { into: Id::from_raw(2) }, &none, Staff, Err("invalid_input")),
            (Open, Act::Unmerge, &none, Staff, Err("not_merged")),
        ] {
            let found = decide(&request(status), &wish, None, known, who);
            let named = found.as_ref().map(|(it, _)| it.events[0].name).map_err(Refusal::code);
            assert_eq!(named, expect, "{status:?} {wish:?} {who:?}");
            // Nothing is done to one that has changed, whatever it is.
            let stale = decide(&request(status), &wish, Some(3), known, who);
            assert_eq!(stale.unwrap_err().code(), "changed_meanwhile");
            if let Ok((decision, after)) = found {
                let public = matches!(wish, Act::Move { .. } | Act::Answer { .. });
                assert_eq!((decision.changes.len(), decision.events.len()), (2, 1), "{wish:?}");
                assert_eq!(decision.changes[1].params[5], kernel::Value::from(public), "{wish:?}");
                assert_eq!(decision.events[0].body.contains("\"text\""), public && after.note.is_some());
            }
        }
    }

    #[test]
    fn a_merged_one_is_only_parted_noted_or_hidden() {
        let merged = Request { merged: Some(Id::from_raw(2)), ..request(Status::Closed) };
        for (wish, expect) in [
            (Act::Move { to: Status::Reopened, reason: Some("r".into()) }, Err("merged")),
            (Act::Answer { text: "a".into() }, Err("merged")),
            (Act::Assign { to: None }, Err("merged")),
            (Act::Note { text: "n".into() }, Ok(())),
            (Act::Hide { hidden: true, reason: Some("r".into()) }, Ok(())),
        ] {
            let found = decide(&merged, &wish, None, &Known::default(), Who::Manager);
            assert_eq!(found.map(|_| ()).map_err(|it| it.code()), expect, "{wish:?}");
        }
    }

    #[test]
    fn another_category_gives_its_time() {
        let due = |min: i64| now() + kernel::jiff::SignedDuration::from_mins(min);
        // what is left, whether it waits, the old time, the new one, then what is left
        for (left, paused, old, new, expect) in [
            (Some(30), false, Some(60), Some(120), Some(90)),
            (Some(30), true, Some(60), Some(120), Some(90)),
            (Some(30), false, Some(120), Some(60), Some(0)),
            (Some(30), false, Some(60), None, None),
            (None, false, None, Some(60), Some(60)),
            (None, true, None, Some(60), Some(60)),
        ] {
            let status = if paused { Status::PendingExternal } else { Status::Open };
            let (due_at, left_min) = (left.filter(|_| !paused).map(due), left.filter(|_| paused));
            let before = Request { due: due_at, left_min, ..request(status) };
            let known = Known { due_min: old, new_due_min: Some(new), ..Known::default() };
            let wish = Act::Edit(Edit { category: Some("graffiti".into()), ..Edit::default() });
            let after = decide(&before, &wish, None, &known, Who::Manager).unwrap().1;
            let found =
                if paused { after.left_min } else { after.due.map(|it| RoundTheClock.left(now(), it)) };
            assert_eq!(found, expect, "{left:?} {paused} {old:?} {new:?}");
            assert!(after.due.is_none() || after.left_min.is_none());
        }
    }
}
