use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Id, NewEvent, Person};

use super::super::model::Contact;
use super::*;
use crate::request::model::Request;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_772_000_000 + second).unwrap()
}

fn request() -> Request {
    Request::new(Id::from_raw(3), "pothole", "A hole", Point::from_e7(1, 2).unwrap(), at(0))
}

fn event(new: NewEvent, second: i64, actor: Actor) -> Event {
    let NewEvent { name, subject, body } = new;
    Event { pos: second, id: 100 + second, name: name.into(), subject, at: at(second), actor, body }
}

fn follower(person: Option<i64>, reporter: bool) -> Follower {
    Follower {
        request: Id::from_raw(3),
        who: [7; 16],
        person: person.map(Id::<Person>::from_raw),
        reporter,
        seconded: false,
        contact: Contact { email: Some("a@b.org".into()), channel: Channel::Email, ..Contact::default() },
        at: at(0),
        confirmed: true,
    }
}

fn to_one(event: &Event, follower: &Follower) -> Option<Message> {
    let told = told_of(std::slice::from_ref(event)).unwrap();
    let (event, told, reason) = told.first()?;
    to(follower, (event, told, *reason), "Pothole")
}

#[test]
fn who_hears_of_what() {
    let open = request();
    let stands = |status| Request { status, ..open.clone() };
    let changed = |after: &Request| event::told(event::CHANGED, &open, after, None);
    let hidden = Request { hidden: true, status: Status::InProgress, ..open.clone() };
    let imported = Request { source: Source::Import, ..open.clone() };
    let (reporter, other) = (follower(Some(5), true), follower(Some(6), false));
    let rows = [
        (event::reported(&open), Some(Reason::Acknowledged), None),
        (event::reported(&imported), None, None),
        (changed(&stands(Status::InProgress)), Some(Reason::Changed), Some(Reason::Changed)),
        (changed(&stands(Status::Resolved)), Some(Reason::Closed), Some(Reason::Closed)),
        (changed(&stands(Status::Reopened)), Some(Reason::Reopened), Some(Reason::Reopened)),
        (changed(&hidden), Some(Reason::Changed), None),
        (changed(&open), None, None),
        (
            event::told(event::ANSWERED, &open, &open, Some("Soon.")),
            Some(Reason::Answered),
            Some(Reason::Answered),
        ),
        (event::told(event::MERGED, &open, &open, None), Some(Reason::Merged), Some(Reason::Merged)),
        (event::told(event::ROUTED, &open, &open, None), None, None),
        (event::told(event::NOTED, &open, &open, Some("Secret.")), None, None),
        (event::told(event::SECONDED, &open, &open, None), None, None),
    ];
    for (new, expected, others) in rows {
        let happened = event(new, 1, Actor::System);
        let heard = |follower| to_one(&happened, follower).map(|message| message.reason);
        assert_eq!(heard(&reporter), expected, "{}", happened.name);
        assert_eq!(heard(&other), others, "{}", happened.name);
    }
}

#[test]
fn nobody_is_told_what_they_did() {
    let after = Request { status: Status::Reopened, ..request() };
    let theirs =
        event(event::told(event::CHANGED, &request(), &after, None), 1, Actor::Person(Id::from_raw(5)));
    assert_eq!(to_one(&theirs, &follower(Some(5), true)), None);
    assert!(to_one(&theirs, &follower(Some(6), false)).is_some());
    let reported = event(event::reported(&request()), 1, Actor::Person(Id::from_raw(5)));
    assert!(to_one(&reported, &follower(Some(5), true)).is_some(), "but that it arrived they are told");
    let silent = Follower { contact: Contact::default(), ..follower(None, true) };
    assert_eq!(to_one(&reported, &silent), None);
    let unasked = Follower { confirmed: false, ..follower(Some(6), false) };
    assert_eq!(to_one(&theirs, &unasked), None, "nobody knows yet whether they want to hear");
}

#[test]
fn an_answer_that_closes_is_told_once() {
    let closed = Request { status: Status::Closed, closed: Some(at(1)), ..request() };
    let staff = Actor::Person(Id::from_raw(9));
    let changed = || event(event::told(event::CHANGED, &request(), &closed, None), 1, staff);
    let answered = || event(event::told(event::ANSWERED, &closed, &closed, Some("Done.")), 1, staff);
    for events in [[changed(), answered()], [answered(), changed()]] {
        let told = told_of(&events).unwrap();
        let [(_, told, reason)] = &told[..] else { panic!("{told:?}") };
        assert_eq!((*reason, told.text.as_deref()), (Reason::Closed, Some("Done.")));
    }
    let later = event(event::told(event::ANSWERED, &closed, &closed, Some("More.")), 2, staff);
    assert_eq!(told_of(&[changed(), later]).unwrap().len(), 2);
}

#[test]
fn a_message_has_one_key_and_no_more_text_than_fits() {
    let long = "x".repeat(limits::MESSAGE_TEXT_MAX + 5);
    let answered = event(event::told(event::ANSWERED, &request(), &request(), Some(&long)), 1, Actor::System);
    let message = to_one(&answered, &follower(None, true)).unwrap();
    assert_eq!(message.key, format!("civic:101:answered:{}", "07".repeat(16)));
    assert_eq!(message.words["text"].chars().count(), limits::MESSAGE_TEXT_MAX + 1);
    assert_eq!(message.words["number"], number::of(Id::from_raw(3)));
    assert!(!format!("{message:?}").contains("a@b.org"));
}
