use super::*;
use kernel::jiff::SignedDuration;

fn now() -> Timestamp {
    "2026-03-01T10:00:00Z".parse().unwrap()
}

fn upload(state: State, total: i64, received: i64) -> Upload {
    Upload {
        id: MediaId::from_raw(7),
        state,
        purpose: "request".into(),
        subject: None,
        total,
        received,
        decodings: 0,
        picture: None,
        reason: None,
        at: now(),
        updated: now(),
        version: 3,
    }
}

#[test]
fn a_table_of_chunks() {
    let (min, max) = (limits::CHUNK_BYTES_MIN, limits::CHUNK_BYTES_MAX);
    let big = 3 * max as i64;
    type Row = (State, i64, i64, i64, usize, Option<&'static str>);
    // state, bytes in all, bytes here, where the chunk starts, its bytes, how it is refused
    let rows: &[Row] = &[
        (State::Receiving, big, 0, 0, max, None),
        (State::Receiving, big, 0, 0, min, None),
        (State::Receiving, big, 0, 0, max + 1, Some("chunk_size")),
        (State::Receiving, big, 0, 0, min - 1, Some("chunk_size")),
        (State::Receiving, big, 0, 0, 0, Some("chunk_size")),
        (State::Receiving, 10, 0, 0, 10, None),
        (State::Receiving, 10, 0, 0, 9, Some("chunk_size")),
        (State::Receiving, 10, 0, 0, 11, Some("beyond_total")),
        (State::Receiving, big, big - 1, big - 1, 1, None),
        (State::Receiving, big, 500, 0, max, Some("offset_elsewhere")),
        (State::Receiving, big, 500, 501, max, Some("offset_elsewhere")),
        (State::Receiving, big, 500, -1, max, Some("offset_elsewhere")),
        (State::Waiting, 10, 10, 10, 0, Some("offset_elsewhere")),
        (State::Ready, 10, 10, 0, 10, Some("offset_elsewhere")),
        (State::Removed, 10, 0, 0, 10, Some("upload_gone")),
    ];
    for (state, total, received, start, bytes, code) in rows {
        let found = fits(&upload(*state, *total, *received), *start, *bytes).err();
        assert_eq!(found.as_ref().map(Refusal::code), *code, "{state:?} {received}/{total} {start}+{bytes}");
    }
}

#[test]
fn only_the_last_chunk_leaves_a_job() {
    let upload = upload(State::Receiving, 100, 40);
    let chunk = |bytes| Chunk { start: 40, bytes, object: "a".into() };
    assert!(append(&upload, &chunk(59), now()).jobs.is_empty());
    let whole = append(&upload, &chunk(60), now());
    assert_eq!(whole.jobs.len(), 1);
    assert_eq!(whole.changes[1], repo::advance(&upload, 100, State::Waiting, now()));
}

#[test]
fn a_picture_belongs_to_one_thing() {
    let ticket = Ticket {
        id: MediaId::from_raw(7),
        total: 10,
        expires: now() + SignedDuration::from_hours(1),
        purpose: "request".into(),
        nonce: [0; 16],
    };
    let later = now() + SignedDuration::from_hours(2);
    let with = |state, subject, reason| Upload { subject, reason, ..upload(state, 10, 10) };
    type Row = (Option<Upload>, Timestamp, Result<usize, &'static str>);
    let rows: &[Row] = &[
        (None, now(), Ok(1)),
        (None, later, Err("upload_gone")),
        (Some(with(State::Receiving, None, None)), now(), Ok(1)),
        (Some(with(State::Ready, None, None)), later, Ok(1)),
        (Some(with(State::Ready, Some(5), None)), now(), Ok(0)),
        (Some(with(State::Ready, Some(6), None)), now(), Err("picture_taken")),
        (Some(with(State::Refused, None, Some(Unfit::Drawing))), now(), Err("picture_svg")),
        (Some(with(State::Removed, None, None)), now(), Err("upload_gone")),
    ];
    for (upload, at, expected) in rows {
        let found = attach(&ticket, upload.as_ref(), 5, *at);
        let found = found.as_ref().map(|it| it.changes.len()).map_err(Refusal::code);
        assert_eq!(found, *expected, "{upload:?}");
    }
}

#[test]
fn what_is_settled_is_settled_once() {
    let address = "ab".repeat(32).parse().unwrap();
    let outcome = Outcome::Picture { address, sides: (4, 3) };
    let decision = settle(&upload(State::Waiting, 10, 10), &outcome, now());
    assert_eq!((decision.changes.len(), decision.events.len(), decision.jobs.len()), (2, 1, 1));
    for state in [State::Receiving, State::Ready, State::Refused, State::Removed] {
        assert!(settle(&upload(state, 10, 10), &outcome, now()).is_nothing(), "{state:?}");
    }
    let unfit = settle(&upload(State::Waiting, 10, 10), &Outcome::Unfit(Unfit::Broken), now());
    assert_eq!(unfit.events[0].name, REFUSED);
    assert!(unfit.events[0].body.contains("picture_broken"));
}

#[test]
fn the_same_picture_twice_is_released_in_one_change() {
    let address = "ab".repeat(32).parse().unwrap();
    let ready = |id| Upload {
        id: MediaId::from_raw(id),
        picture: Some((address, 4, 3)),
        ..upload(State::Ready, 10, 10)
    };
    let decision = remove(&[ready(1), ready(2), upload(State::Removed, 10, 0)], now());
    assert_eq!(decision.changes.len(), 3);
    assert_eq!(decision.changes[2], picture::repo::release(address, 2));
    assert_eq!(decision.jobs.len(), 3);
}
