use geo::Point;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Id, SequentialIds};

use super::super::model::Channel;
use super::*;
use crate::request::model::Status;

fn now() -> Timestamp {
    "2026-03-01T10:00:00Z".parse().unwrap()
}

fn request() -> Request {
    Request::new(Id::from_raw(3), "pothole", "A hole", Point::from_e7(1, 2).unwrap(), now())
}

fn contact(email: &str) -> Contact {
    Contact { email: Some(email.into()), channel: Channel::Email, ..Contact::default() }
}

fn row(who: Who, seconded: bool, contact: Contact) -> Follower {
    let (request, person, reporter) = (Id::from_raw(3), None, false);
    Follower { request, who, person, reporter, seconded, contact, at: now(), confirmed: true }
}

fn with_ctx<T>(actor: Actor, run: impl FnOnce(&Ctx<'_>) -> T) -> T {
    run(&Ctx { now: now(), zone: &TimeZone::UTC, actor, ids: &SequentialIds::starting_at(7) })
}

fn names(decision: &Decision) -> Vec<&'static str> {
    let all = decision.changes.iter().map(|change| change.sql.name.rsplit("::").next().unwrap());
    // Those of messages are another crate's.
    all.filter(|name| !name.ends_with("_ABOUT")).collect()
}

const ME: Who = [1; 16];
const REACHED: Who = [2; 16];

#[test]
fn each_is_counted_once_however_they_want_to_hear_of_it() {
    let none = Contact::default();
    type Case = (Option<Follower>, Option<(Who, Contact, bool)>, &'static [&'static str], bool, bool);
    let cases: Vec<Case> = vec![
        (None, None, &["ADD", "SECOND"], true, false),
        (None, Some((ME, contact("a@b.org"), false)), &["ADD", "SECOND"], true, true),
        (None, Some((REACHED, contact("a@b.org"), false)), &["ADD", "ADD", "SECOND"], true, true),
        (None, Some((REACHED, contact("a@b.org"), true)), &["ADD", "SECOND"], true, false),
        (Some(row(ME, true, none.clone())), None, &[], false, false),
        (
            Some(row(ME, true, none.clone())),
            Some((REACHED, contact("a@b.org"), false)),
            &["ADD"],
            false,
            true,
        ),
        (
            Some(row(ME, true, none.clone())),
            Some((ME, contact("a@b.org"), true)),
            &["SET_CONTACT"],
            false,
            true,
        ),
        (Some(row(ME, false, contact("a@b.org"))), None, &["COUNT", "SECOND"], true, false),
        (
            Some(row(ME, false, contact("a@b.org"))),
            Some((ME, contact("c@b.org"), true)),
            &["COUNT_WITH", "SECOND"],
            true,
            false,
        ),
    ];
    for (row, contact, changes, counted, follows) in cases {
        let asks = follows
            || row
                .as_ref()
                .zip(contact.as_ref())
                .is_some_and(|(row, (who, its, _))| *who == ME && row.contact.address() != its.address());
        let by = Seconding { who: ME, is_reporter: false, row, contact, is_own: false };
        let (decision, done) = with_ctx(Actor::Anonymous, |ctx| second(&request(), by.clone(), ctx)).unwrap();
        assert_eq!(names(&decision), changes, "{by:?}");
        assert_eq!(done, Counted { counted, follows, asks }, "{by:?}");
        let own = Seconding { is_own: true, ..by.clone() };
        let (_, done) = with_ctx(Actor::Anonymous, |ctx| second(&request(), own, ctx)).unwrap();
        assert_eq!(done, Counted { counted, follows, asks: false }, "{by:?}");
        assert_eq!(decision.events.len(), usize::from(counted), "{by:?}");
    }
}

#[test]
fn who_may_not_say_me_too() {
    let by = Seconding { who: ME, is_reporter: true, row: None, contact: None, is_own: false };
    let refused = with_ctx(Actor::Anonymous, |ctx| second(&request(), by.clone(), ctx)).unwrap_err();
    assert_eq!(refused.code(), "own_request");
    let closed = Request { status: Status::Closed, closed: Some(now()), ..request() };
    let by = Seconding { is_reporter: false, ..by };
    let refused = with_ctx(Actor::Anonymous, |ctx| second(&closed, by, ctx)).unwrap_err();
    assert_eq!(refused.code(), "closed");
}

#[test]
fn nobody_changes_how_another_is_told() {
    let known = row(REACHED, false, contact("a@b.org"));
    let wish = Contact { language: Some("es".into()), ..contact("a@b.org") };
    let run = |actor, row: Option<&Follower>, wish: Contact| {
        with_ctx(actor, |ctx| follow(&request(), REACHED, row, (wish, false), ctx))
    };
    let said = |follows, asks| Following { follows, asks };
    let (decision, done) = run(Actor::Anonymous, Some(&known), wish.clone()).unwrap();
    assert!(decision.is_nothing() && done == said(false, false));
    let person = Actor::Person(Id::from_raw(5));
    let (decision, done) = run(person, Some(&known), wish.clone()).unwrap();
    assert_eq!((names(&decision), done), (vec!["SET_CONTACT"], said(false, false)));
    let (decision, done) = run(person, Some(&known), contact("c@b.org")).unwrap();
    assert_eq!((names(&decision), done), (vec!["SET_CONTACT"], said(false, true)));
    let (decision, done) = run(Actor::Anonymous, None, wish).unwrap();
    assert_eq!((names(&decision), done), (vec!["ADD"], said(true, true)));
    assert!(run(person, None, Contact::default()).is_ok());
    let refused = run(Actor::Anonymous, None, Contact::default()).unwrap_err();
    assert_eq!(refused.faults()[0].field, "/contact/email");
}

#[test]
fn whoever_was_counted_stays_counted() {
    assert_eq!(names(&unfollow(&row(ME, true, contact("a@b.org")))), ["SET_CONTACT"]);
    assert_eq!(names(&unfollow(&row(ME, false, contact("a@b.org")))), ["REMOVE"]);
}

#[test]
fn what_is_erased() {
    let person = Id::from_raw(5);
    let theirs = Request {
        reporter: Some(person),
        answers: Some("{}".into()),
        photos: vec!["img_a".into()],
        ..request()
    };
    let run = |request: &Request, is_reporter, row: Option<&Follower>, with_text, actor| {
        with_ctx(actor, |ctx| erase(request, (ME, is_reporter), row, with_text, ctx))
    };
    let mine = row(ME, false, contact("a@b.org"));
    let (decision, after) = run(&theirs, true, Some(&mine), false, Actor::Person(person));
    assert_eq!(names(&decision), ["REMOVE", "FORGET", "ERASE"]);
    assert_eq!((after.reporter, after.description.as_str(), after.photos.len()), (None, "A hole", 1));
    assert_eq!((decision.events.len(), decision.events[0].name), (1, event::ERASED));
    assert!(!decision.events[0].body.contains("per_"), "{}", decision.events[0].body);

    let (_, after) = run(&theirs, true, None, true, Actor::Person(person));
    assert_eq!((after.description.as_str(), after.answers, after.photos.len()), (ERASED_TEXT, None, 0));

    // Another one's request is not touched, and a report without an account keeps nobody.
    let (decision, after) = run(&theirs, false, Some(&mine), true, Actor::Anonymous);
    assert_eq!((names(&decision), &after), (vec!["REMOVE"], &theirs));
    let (decision, _) = run(&request(), true, None, false, Actor::Anonymous);
    assert!(names(&decision).is_empty());
    assert_eq!(decision, notify::forget(&Keys::trace(ME)), "but what they were told goes in any case");
    let (decision, after) = run(&request(), true, None, true, Actor::Anonymous);
    assert_eq!((names(&decision), after.description.as_str()), (vec!["FORGET_WORDS", "ERASE"], ERASED_TEXT));
}
