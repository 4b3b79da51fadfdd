//! Putting right what was reported wrongly. Where a request goes stays as it is unless that is asked for.

use kernel::text::{self, Lines};
use kernel::{Ctx, Decision, Fault, Refusal, RefusalKind};

use super::decide::{self, Known};
use super::model::{By, Edit};
use super::record::{self, Note};
use super::repo;
use crate::request::event::{CHANGED, ROUTED};
use crate::request::model::{Request, Status};
use crate::request::state::{Deadline, Who};

pub fn put_right(
    request: &Request,
    edit: &Edit,
    known: &Known,
    by: &By,
    deadline: &dyn Deadline,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Request), Refusal> {
    if by.who != Who::Manager {
        return Err(Refusal::new(RefusalKind::Forbidden, "manager_needed", "A manager may do this."));
    }
    let mut faults: Vec<Fault> =
        text::fault("/address", edit.address.as_deref().unwrap_or_default(), Lines::One)
            .into_iter()
            .collect();
    let mut edited = request.clone();
    if let Some(category) = edit.category.as_ref().filter(|it| **it != request.category) {
        match known.new_due_min {
            None => {
                faults.push(Fault::new("/category", "unknown_category", "This market has no such category."))
            }
            Some(new) => {
                edited.category.clone_from(category);
                edited = with_time_of(edited, known.due_min, new, deadline, ctx);
            }
        }
    }
    if let Some(place) = edit.place.filter(|it| *it != request.place) {
        edited.place = place;
        edited.area.clone_from(&known.area_there);
    }
    match &edit.area {
        Some(_) if !known.has_area && edit.area != request.area => {
            faults.push(Fault::new("/area", "unknown", "This market has no such area."));
        }
        Some(_) => edited.area.clone_from(&edit.area),
        None => {}
    }
    edited.address = edit.address.clone().or(edited.address);
    let after = if edit.route { routed(&edited, known, &mut faults) } else { edited.clone() };
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    if after == *request {
        return Err(decide::already());
    }
    let (is_edited, is_routed) = (edited != *request, after != edited);
    let after = record::next(after, ctx);
    let mut decision = Decision::nothing().change(repo::save(request, &after));
    if is_edited {
        decision = decision.and(record::tell(request, &edited, Note::of(CHANGED, "edit"), by, ctx));
    }
    if is_routed {
        decision = decision.and(record::tell(&edited, &after, Note::of(ROUTED, "route"), by, ctx));
    }
    Ok((decision, after))
}

/// To whoever the market's routes name for the category and the area it has now.
fn routed(edited: &Request, known: &Known, faults: &mut Vec<Fault>) -> Request {
    let rules = known.rules.as_ref();
    match rules.and_then(|rules| rules.target(&edited.category, edited.area.as_deref())) {
        Some(target) => decide::given_to(edited.clone(), target.agency, &target.team),
        None => {
            faults.push(Fault::new("/route", "no_route", "No route is for this category and this area."));
            edited.clone()
        }
    }
}

/// Another category gives another time: what has been used of it stays used. One that is over keeps the
/// deadline that held when it was done.
fn with_time_of(
    request: Request,
    old: Option<i64>,
    new: Option<i64>,
    deadline: &dyn Deadline,
    ctx: &Ctx<'_>,
) -> Request {
    if request.status.is_over() || old == new {
        return request;
    }
    let paused = request.status == Status::PendingExternal;
    let left = match (request.due, request.left_min) {
        (Some(due), _) => Some(deadline.left(ctx.now, due)),
        (None, left) => left,
    };
    let left = match (new, old, left) {
        (None, _, _) => None,
        (Some(new), Some(old), Some(left)) => Some((left + new - old).max(0)),
        // It had no deadline: its time begins now.
        (Some(new), _, _) => Some(new),
    };
    let due = left.filter(|_| !paused).map(|left| deadline.due(ctx.now, left));
    Request { due, left_min: left.filter(|_| paused), ..request }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::request::state::RoundTheClock;
    use crate::rules::model::{ANY, RouteRow};
    use crate::rules::{Rules, Settings, Target};
    use geo::Point;
    use kernel::jiff::tz::TimeZone;
    use kernel::{Actor, Id, SequentialIds};

    fn rules() -> Arc<Rules> {
        let route = |area: &str, agency| RouteRow {
            category: "lamp".into(),
            area: area.into(),
            target: Target { agency: Id::from_raw(agency), team: None },
        };
        let routes = vec![route("north", 1), route(ANY, 2)];
        Arc::new(Rules::new(1, Settings::default(), Vec::new(), routes, Vec::new()))
    }

    /// The edit, the code of the area at the new place and whether the given one is there; then the area
    /// and the agency after it and what is told, or the fault.
    #[test]
    fn areas_follow_the_place_and_routes_only_if_asked() {
        let rules = rules();
        let here = Point::from_e7(0, 0).unwrap();
        let there = Some(Point::from_e7(5, 5).unwrap());
        let text = |it: &str| Some(it.to_owned());
        let request = Request {
            area: text("south"),
            agency: Some(Id::from_raw(2)),
            assignee: Some(Id::from_raw(9)),
            ..Request::new(Id::from_raw(1), "lamp", "Dark", here, kernel::jiff::Timestamp::UNIX_EPOCH)
        };
        let moved = Edit { place: there, ..Edit::default() };
        let (edited, routed) = (vec![CHANGED], vec![CHANGED, ROUTED]);
        for (edit, found, has_area, expect) in [
            (moved.clone(), text("north"), false, Ok((text("north"), 2, edited.clone()))),
            (moved.clone(), None, false, Ok((None, 2, edited.clone()))),
            (Edit { route: true, ..moved.clone() }, text("north"), false, Ok((text("north"), 1, routed))),
            (Edit { route: true, ..moved.clone() }, None, false, Ok((None, 2, edited.clone()))),
            (Edit { area: text("west"), ..moved.clone() }, text("north"), false, Err("/area")),
            (
                Edit { area: text("west"), ..moved.clone() },
                text("north"),
                true,
                Ok((text("west"), 2, edited)),
            ),
            (Edit { area: text("south"), ..Edit::default() }, None, false, Err("")),
            (Edit { area: text("north"), route: true, ..Edit::default() }, None, true, {
                Ok((text("north"), 1, vec![CHANGED, ROUTED]))
            }),
            (Edit { route: true, ..Edit::default() }, None, false, Err("")),
            (Edit { category: text("tree"), route: true, ..Edit::default() }, None, false, Err("/route")),
        ] {
            let known = Known {
                area_there: found,
                has_area,
                rules: Some(rules.clone()),
                new_due_min: Some(None),
                ..Known::default()
            };
            let ctx = Ctx {
                now: request.at,
                zone: &TimeZone::UTC,
                actor: Actor::System,
                ids: &SequentialIds::starting_at(50),
            };
            let by = By { who: Who::Manager, agency: None };
            let done = put_right(&request, &edit, &known, &by, &RoundTheClock, &ctx);
            let done = done.map(|(decision, after)| {
                assert_eq!(after.assignee.is_some(), after.agency == request.agency);
                assert_eq!((decision.changes.len(), after.version), (1 + decision.events.len(), 2));
                let told = decision.events.iter().map(|it| it.name).collect();
                (after.area, after.agency.map_or(0, Id::raw), told)
            });
            let fault = |it: &Refusal| it.faults().first().map_or(String::new(), |it| it.field.clone());
            assert_eq!(done.map_err(|it| fault(&it)), expect.map_err(str::to_owned), "{edit:?}");
        }
    }
}
