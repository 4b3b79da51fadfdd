use geo::Point;
use kernel::jiff::tz::TimeZone;
use kernel::{Id, SequentialIds};
use serde_json::json;

use super::*;
use crate::address::Precision;
use crate::category::model::Category;
use crate::category::question::{Datatype, Question};
use crate::follower::model::{Channel, NewContact};
use crate::request::state::RoundTheClock;
use crate::rules::Target;
use crate::rules::model::{ANY, RouteRow};

fn rules() -> Rules {
    let question = Question {
        code: "depth".into(),
        datatype: Datatype::Number,
        required: true,
        variable: true,
        order: 0,
        description: "How deep?".into(),
        datatype_description: None,
        values: Vec::new(),
    };
    let categories = vec![
        Category::named("pothole", "Pothole"),
        Category { questions: vec![question], ..Category::named("well", "Well") },
        Category { open: false, ..Category::named("old", "Old") },
    ];
    let target = |team: &str| Target { agency: Id::from_raw(9), team: Some(team.into()) };
    let route =
        |area: &str, team| RouteRow { category: "pothole".into(), area: area.into(), target: target(team) };
    let routes = vec![route("north", "diggers"), route(ANY, "others")];
    Rules::new(3, Settings::default(), categories, routes, Vec::new())
}

fn place() -> Point {
    Point::from_e7(423_600_000, -710_600_000).unwrap()
}

fn new(category: &str, description: &str) -> NewRequest {
    NewRequest {
        category: category.into(),
        description: description.into(),
        place: Some(place()),
        ..NewRequest::default()
    }
}

fn with_ctx<T>(actor: Actor, run: impl FnOnce(&Ctx<'_>) -> T) -> T {
    run(&Ctx {
        now: "2026-03-01T10:00:00Z".parse().unwrap(),
        zone: &TimeZone::UTC,
        actor,
        ids: &SequentialIds::starting_at(7),
    })
}

fn decide(new: NewRequest, actor: Actor) -> Result<(Decision, Request), Refusal> {
    let keys = Keys::new(b"a secret");
    let languages = ["en".to_owned()];
    let around = Around {
        custom: Custom { country: None, languages: &languages },
        area: Some("north".into()),
        due: Some("2026-03-02T10:00:00Z".parse().unwrap()),
        ..Around::nothing(&keys, Id::from_raw(1))
    };
    with_ctx(actor, |ctx| report(&rules(), new, around, ctx))
}

fn faults(new: NewRequest) -> Vec<String> {
    let refusal = decide(new, Actor::Anonymous).unwrap_err();
    refusal.faults().iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect()
}

#[test]
fn every_fault_is_named() {
    for (category, description, expected) in [
        ("none", "A hole", &["/category unknown_category"][..]),
        ("old", "A hole", &["/category unknown_category"]),
        ("pothole", " \n\t ", &["/description blank"]),
        ("none", "", &["/category unknown_category", "/description blank"]),
        ("pothole", "\u{200b}", &["/description blank"]),
        ("pothole", "\u{3164}\u{feff}", &["/description blank"]),
        ("pothole", "A hole\u{7}", &["/description bad_character"]),
        ("none", "A \u{202e}hole", &["/category unknown_category", "/description bad_character"]),
        ("well", "A hole", &["/answers/depth missing"]),
    ] {
        assert_eq!(faults(new(category, description)), expected, "{category} {description:?}");
    }
    let contact =
        NewContact { email: Some("x".into()), language: Some("fr".into()), ..NewContact::default() };
    let all = NewRequest {
        place: None,
        address: Some("a\u{7}b".into()),
        zipcode: Some("1\n2".into()),
        answers: serde_json::from_value(json!({ "depth": "deep" })).unwrap(),
        photos: vec!["img_a".into(), "img_a".into()],
        contact: Some(contact),
        ..new("well", "")
    };
    let expected = [
        "/description blank",
        "/address bad_character",
        "/zipcode bad_character",
        "/answers/depth not_a_number",
        "/photos/1 repeated",
        "/contact/email wrong_form",
        "/contact/language unknown_language",
        "/address unknown_address",
    ];
    assert_eq!(faults(all), expected);
    assert_eq!(faults(NewRequest { place: None, ..new("pothole", "A hole") }), ["/place missing"]);
}

#[test]
fn a_report_is_one_row_and_one_event() {
    let (decision, request) = decide(new("pothole", "  A hole "), Actor::Person(Id::from_raw(5))).unwrap();
    assert_eq!((request.id.raw(), request.status, request.description.as_str()), (7, Status::Open, "A hole"));
    assert_eq!(request.reporter, Some(Id::from_raw(5)));
    assert_eq!((request.agency, request.team.as_deref()), (Some(Id::from_raw(9)), Some("diggers")));
    assert_eq!((request.area.as_deref(), request.hidden), (Some("north"), false));
    assert_eq!(decision.changes, [repo::add(&request)]);
    assert_eq!(decision.events, [event::reported(&request)]);
}

#[test]
fn a_contact_is_one_row_more() {
    let contact = NewContact { email: Some("A@b.org".into()), ..NewContact::default() };
    let (decision, request) =
        decide(NewRequest { contact: Some(contact), ..new("pothole", "A hole") }, Actor::Anonymous).unwrap();
    let keys = Keys::new(b"a secret");
    let follower = Follower {
        request: request.id,
        who: keys.reporter(About { market: Id::from_raw(1), request: request.id }),
        person: None,
        reporter: true,
        seconded: false,
        contact: crate::follower::model::Contact {
            name: None,
            email: Some("a@b.org".into()),
            phone: None,
            channel: Channel::Email,
            language: Some("en".into()),
        },
        at: request.at,
        confirmed: true,
    };
    assert_eq!(decision.changes, [repo::add(&request), followers::add(&follower)]);
    let nothing = NewRequest { contact: Some(NewContact::default()), ..new("pothole", "A hole") };
    assert_eq!(decide(nothing, Actor::Anonymous).unwrap().0.changes.len(), 1);
}

#[test]
fn nobody_is_the_reporter_of_an_anonymous_request() {
    for actor in [Actor::Anonymous, Actor::System, Actor::Key(3)] {
        assert_eq!(decide(new("pothole", "A hole"), actor).unwrap().1.reporter, None);
    }
}

#[test]
fn an_address_is_a_place_too() {
    let keys = Keys::new(b"a secret");
    let resolved = Candidate {
        id: "1".into(),
        label: "1 Main St".into(),
        place: place(),
        precision: Precision::Address,
        postcode: None,
        score: 1_000,
    };
    let around = Around { resolved: Some(resolved), ..Around::nothing(&keys, Id::from_raw(1)) };
    let new = NewRequest {
        place: None,
        address: Some("main street 1".into()),
        zipcode: Some("02108".into()),
        ..new("pothole", "A hole")
    };
    let (_, request) = with_ctx(Actor::Anonymous, |ctx| report(&rules(), new, around, ctx)).unwrap();
    assert_eq!(request.place, place());
    assert_eq!((request.address.as_deref(), request.zipcode.as_deref()), (Some("1 Main St"), Some("02108")));
}

#[test]
fn a_closed_request_may_be_opened_again_for_a_while() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let request = |status, closed: Option<&str>| Request {
        status,
        closed: closed.map(at),
        ..Request::new(Id::from_raw(3), "pothole", "A hole", place(), at("2026-01-01T00:00:00Z"))
    };
    let settings = Settings { reopen_days: 2, ..Settings::default() };
    for (before, expected) in [
        (request(Status::Closed, Some("2026-02-27T10:00:00Z")), Ok(())),
        (request(Status::Resolved, Some("2026-03-01T09:00:00Z")), Ok(())),
        (request(Status::Closed, Some("2026-02-27T09:59:59Z")), Err("too_late")),
        (request(Status::Open, None), Err("not_closed")),
        (request(Status::Reopened, None), Err("not_closed")),
        (
            Request {
                merged: Some(Id::from_raw(4)),
                ..request(Status::Closed, Some("2026-03-01T09:00:00Z"))
            },
            Err("merged"),
        ),
    ] {
        // Two hours were left of its time.
        let before =
            Request { due: before.closed.map(|closed| closed + SignedDuration::from_hours(2)), ..before };
        let reopened = |why: &str| {
            with_ctx(Actor::Anonymous, |ctx| reopen(&before, Some(why), &settings, &RoundTheClock, ctx))
        };
        let done = reopened(" still there ");
        let outcome = done.as_ref().map(|_| ()).map_err(|refusal| refusal.code());
        assert_eq!(outcome, expected, "{before:?}");
        if let Ok((decision, after)) = done {
            assert_eq!(reopened(" ").unwrap_err().faults()[0].field, "/why");
            let due = Some(at("2026-03-01T12:00:00Z"));
            assert_eq!((after.status, after.closed, after.due), (Status::Reopened, None, due));
            let event = event::told(event::CHANGED, &before, &after, Some("still there"));
            assert_eq!((decision.changes.len(), &decision.events[..]), (2, &[event][..]));
        }
    }
}
