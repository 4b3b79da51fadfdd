use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Ctx, Decision, Id, NewEvent, values};
use serde_json::json;

use super::model::{RefreshRow, Session, SessionRow};
use super::repo;
use crate::limits;

/// A new session; where a person has too many, the one that was refreshed longest ago ends.
pub fn start(
    id: Id<Session>,
    person: Id<kernel::Person>,
    device: &str,
    live: &[SessionRow],
    first_refresh: [u8; 32],
    life: SignedDuration,
    ctx: &Ctx<'_>,
) -> Decision {
    let expires = ctx.now + life;
    let decision = Decision::nothing()
        .change(repo::ADD.with(values![id, person, device, ctx.now, ctx.now, expires]))
        .change(repo::ADD_REFRESH.with(values![first_refresh, id, ctx.now, expires]))
        .event(NewEvent::new("session.started", person, &json!({"session": id})));
    let oldest = live.iter().min_by_key(|session| session.seen);
    match oldest.filter(|_| live.len() as i64 >= limits::SESSIONS_MAX) {
        Some(oldest) => decision.and(end(oldest, ctx.now)),
        None => decision,
    }
}

pub fn end(session: &SessionRow, now: Timestamp) -> Decision {
    Decision::nothing().change(repo::END.with(values![session.id, now]).any_rows()).event(NewEvent::new(
        "session.ended",
        session.person,
        &json!({"session": session.id}),
    ))
}

pub fn end_all_but(person: Id<kernel::Person>, own: Option<Id<Session>>, now: Timestamp) -> Decision {
    let own = own.unwrap_or(Id::from_raw(0));
    Decision::nothing()
        .change(repo::END_ALL_BUT.with(values![person, own, now]).any_rows())
        .event(NewEvent::new("session.others_ended", person, &json!({})))
}

/// What becomes of a refresh token that is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is used up, and its successor begins.
    Rotate,
    /// It was used a moment ago and its successor was not yet: the answer was lost, or two tabs of
    /// one client ask at once. Both get the same successor, so that there is never more than one.
    Again,
    /// Somebody else has it too: the session ends.
    Stolen,
    /// Unknown, run out, or of a session that has ended.
    Dead,
}

pub fn fate(
    presented: Option<RefreshRow>,
    session: Option<&SessionRow>,
    successor: Option<RefreshRow>,
    now: Timestamp,
) -> Fate {
    let (Some(presented), Some(session)) = (presented, session) else { return Fate::Dead };
    if !session.is_live(now) || now >= presented.expires {
        return Fate::Dead;
    }
    let Some(used) = presented.used else { return Fate::Rotate };
    let fresh = now.duration_since(used).abs() <= limits::REFRESH_GRACE;
    match successor {
        Some(successor) if successor.used.is_none() && fresh => Fate::Again,
        _ => Fate::Stolen,
    }
}

pub fn rotate(
    presented: [u8; 32],
    successor: [u8; 32],
    session: &SessionRow,
    life: SignedDuration,
    now: Timestamp,
) -> Decision {
    let expires = now + life;
    Decision::nothing()
        .change(repo::USE_REFRESH.with(values![presented, now]))
        .change(repo::ADD_REFRESH.with(values![successor, session.id, now, expires]))
        .change(repo::SEEN.with(values![session.id, now, expires]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fates() {
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        let token = |used: Option<i64>| {
            Some(RefreshRow { session: Id::from_raw(1), used: used.map(at), expires: at(1_000) })
        };
        let session = |ended, expires| SessionRow {
            id: Id::from_raw(1),
            person: Id::from_raw(2),
            device: String::new(),
            at: at(0),
            seen: at(0),
            expires: at(expires),
            ended,
        };
        let live = session(false, 1_000);
        for (presented, session, successor, now, expect) in [
            (None, Some(&live), None, 5, Fate::Dead),
            (token(None), None, None, 5, Fate::Dead),
            (token(None), Some(&live), None, 5, Fate::Rotate),
            (token(None), Some(&live), None, 1_000, Fate::Dead),
            (token(None), Some(&session(true, 1_000)), None, 5, Fate::Dead),
            (token(None), Some(&session(false, 5)), None, 5, Fate::Dead),
            (token(Some(5)), Some(&live), token(None), 5, Fate::Again),
            (token(Some(5)), Some(&live), token(None), 15, Fate::Again),
            (token(Some(5)), Some(&live), token(None), 16, Fate::Stolen),
            (token(Some(5)), Some(&live), token(Some(6)), 7, Fate::Stolen),
            (token(Some(5)), Some(&live), None, 7, Fate::Stolen),
            (token(Some(5)), Some(&session(true, 1_000)), token(None), 7, Fate::Dead),
        ] {
            assert_eq!(fate(presented, session, successor, at(now)), expect, "at {now}");
        }
    }
}
