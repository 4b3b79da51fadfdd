use kernel::text::{self, Lines};
use kernel::{Actor, Ctx, Decision, Fault, Refusal};

use super::model::{NewRequest, Request};
use super::{event, repo};
use crate::category::model::Category;

/// Somebody reports something. `category` is the one the report names, if the market has it.
pub fn report(
    category: Option<&Category>,
    new: NewRequest,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Request), Refusal> {
    let mut faults = Vec::new();
    if !category.is_some_and(|category| category.open) {
        let message = "This market has no such category open; GET /v1/categories lists them.";
        faults.push(Fault::new("/category", "unknown_category", message));
    }
    let description = new.description.trim();
    if text::is_blank(description) {
        faults.push(Fault::new("/description", "blank", "Say what is wrong."));
    }
    faults.extend(text::fault("/description", description, Lines::Many));
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let reporter = match ctx.actor {
        Actor::Person(id) => Some(id),
        _ => None,
    };
    let request =
        Request { reporter, ..Request::new(ctx.fresh(), &new.category, description, new.place, ctx.now) };
    let event = event::reported(&request);
    Ok((Decision::nothing().change(repo::add(&request)).event(event), request))
}

#[cfg(test)]
mod tests {
    use super::super::model::Status;
    use super::*;
    use geo::Point;
    use kernel::jiff::tz::TimeZone;
    use kernel::{Id, SequentialIds};

    fn decide(
        category: Option<bool>,
        description: &str,
        actor: Actor,
    ) -> Result<(Decision, Request), Refusal> {
        let category = category.map(|open| Category { code: "pothole".into(), name: "Pothole".into(), open });
        let new = NewRequest {
            category: "pothole".into(),
            description: description.into(),
            place: Point::from_e7(423_600_000, -710_600_000).unwrap(),
        };
        let ctx = Ctx {
            now: "2026-03-01T10:00:00Z".parse().unwrap(),
            zone: &TimeZone::UTC,
            actor,
            ids: &SequentialIds::starting_at(7),
        };
        report(category.as_ref(), new, &ctx)
    }

    #[test]
    fn every_fault_is_named() {
        let cases: [(Option<bool>, &str, &[&str]); 8] = [
            (None, "A hole", &["/category"]),
            (Some(false), "A hole", &["/category"]),
            (Some(true), " \n\t ", &["/description"]),
            (None, "", &["/category", "/description"]),
            (Some(true), "\u{200b}", &["/description"]),
            (Some(true), "\u{3164}\u{feff}", &["/description"]),
            (Some(true), "A hole\u{7}", &["/description"]),
            (None, "A \u{202e}hole", &["/category", "/description"]),
        ];
        for (category, description, fields) in cases {
            let refusal = decide(category, description, Actor::Anonymous).unwrap_err();
            let named: Vec<&str> = refusal.faults().iter().map(|fault| fault.field.as_str()).collect();
            assert_eq!(named, fields, "category {category:?}, description {description:?}");
        }
    }

    #[test]
    fn a_report_is_one_row_and_one_event() {
        let (decision, request) = decide(Some(true), "  A hole ", Actor::Person(Id::from_raw(5))).unwrap();
        assert_eq!(
            (request.id.raw(), request.status, request.description.as_str()),
            (7, Status::Open, "A hole")
        );
        assert_eq!(request.reporter, Some(Id::from_raw(5)));
        assert_eq!(decision.changes, [repo::add(&request)]);
        assert_eq!(decision.events, [event::reported(&request)]);
    }

    #[test]
    fn nobody_is_the_reporter_of_an_anonymous_request() {
        for actor in [Actor::Anonymous, Actor::System, Actor::Key(3)] {
            assert_eq!(decide(Some(true), "A hole", actor).unwrap().1.reporter, None);
        }
    }
}
