//! From which state to which, by whom, with or without a reason, and what that does to the deadline.
//! Everyone who moves a request asks here: the reporter's own endpoints, the staff's, and what follows
//! the city's other systems.

use kernel::jiff::Timestamp;

use super::model::{Request, Status};

/// As whom somebody moves a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    Reporter,
    Staff,
    Manager,
    /// The platform itself: a chore, or what the city's other systems say.
    System,
}

/// What the table says of one pair of states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// It stands there already.
    Already,
    /// This way is open.
    Open { reason: bool },
    /// Others may, this one may not.
    NotYours,
    /// Nobody may.
    Never,
}

/// A market's working hours, as far as deadlines need them. Minutes are working minutes.
pub trait Deadline: Send + Sync {
    /// What is left from now until a deadline: nothing once it is over.
    fn left(&self, now: Timestamp, due: Timestamp) -> i64;

    /// When so much will have passed.
    fn due(&self, now: Timestamp, left_min: i64) -> Timestamp;
}

impl Status {
    pub const ALL: [Status; 7] = [
        Status::Open,
        Status::InProgress,
        Status::UnderReview,
        Status::PendingExternal,
        Status::Resolved,
        Status::Closed,
        Status::Reopened,
    ];
}

const OPEN: Move = Move::Open { reason: false };
const WITH_REASON: Move = Move::Open { reason: true };

/// Whether `who` may move a request, and whether they must say why.
pub fn may(from: Status, to: Status, who: Who) -> Move {
    use Status::{Closed, InProgress, Open, PendingExternal, Reopened, Resolved, UnderReview};
    if from == to {
        return Move::Already;
    }
    let way = match (from, to) {
        // It is open once, when it is reported.
        (_, Open) => return Move::Never,
        (Closed, Reopened) => [WITH_REASON, Move::NotYours, WITH_REASON],
        (Resolved, Reopened) => [WITH_REASON; 3],
        (Resolved, Closed) => [OPEN; 3],
        (Resolved | Closed, _) | (_, Reopened) => return Move::Never,
        // Whoever reported it may withdraw it until somebody begins.
        (Open, Closed) => [WITH_REASON; 3],
        (_, Closed) | (_, PendingExternal) => [Move::NotYours, WITH_REASON, WITH_REASON],
        (_, InProgress | UnderReview | Resolved) => [Move::NotYours, OPEN, OPEN],
    };
    match who {
        Who::Reporter => way[0],
        Who::Staff => way[1],
        Who::Manager => way[2],
        // Other systems often give no reason; what they say is so all the same.
        Who::System => OPEN,
    }
}

/// The request as it stands after the move. The clock of its deadline stands still while it waits for
/// somebody outside and while it is over.
pub fn moved(request: &Request, to: Status, now: Timestamp, deadline: &dyn Deadline) -> Request {
    let mut after = Request { status: to, ..request.clone() };
    if request.status == Status::PendingExternal && to != Status::PendingExternal {
        after.due = request.left_min.map(|left_min| deadline.due(now, left_min));
        after.left_min = None;
    }
    match to {
        Status::PendingExternal => {
            after.left_min = after.due.map(|due| deadline.left(now, due).max(0));
            after.due = None;
        }
        Status::Resolved | Status::Closed => after.closed = request.closed.or(Some(now)),
        Status::Reopened => {
            let stopped = request.closed.unwrap_or(now);
            after.due = after.due.map(|due| deadline.due(now, deadline.left(stopped, due).max(0)));
            after.closed = None;
        }
        Status::Open | Status::InProgress | Status::UnderReview => after.closed = None,
    }
    after
}

/// Every minute counts: for markets that have set no hours.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoundTheClock;

impl Deadline for RoundTheClock {
    fn left(&self, now: Timestamp, due: Timestamp) -> i64 {
        (due.as_second() - now.as_second()).max(0) / 60
    }

    fn due(&self, now: Timestamp, left_min: i64) -> Timestamp {
        let length = kernel::jiff::SignedDuration::from_secs(left_min.saturating_mul(60));
        now.saturating_add(length).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Point;
    use kernel::Id;

    /// All forty-nine pairs, a row for each state a request is in and a column for each it would go to,
    /// in the order of `Status::ALL`. A mark has a letter for each who may (`r`, `s`, `m`, and `y` for the
    /// system), capital where a reason is asked for; `=` is there already, `-` is nobody's.
    const TABLE: [[&str; 7]; 7] = [
        ["=", "smy", "smy", "SMy", "smy", "RSMy", "-"],
        ["-", "=", "smy", "SMy", "smy", "SMy", "-"],
        ["-", "smy", "=", "SMy", "smy", "SMy", "-"],
        ["-", "smy", "smy", "=", "smy", "SMy", "-"],
        ["-", "-", "-", "-", "=", "rsmy", "RSMy"],
        ["-", "-", "-", "-", "-", "=", "RMy"],
        ["-", "smy", "smy", "SMy", "smy", "SMy", "="],
    ];

    #[test]
    fn every_pair_of_states() {
        for (from, row) in Status::ALL.into_iter().zip(TABLE) {
            for (to, mark) in Status::ALL.into_iter().zip(row) {
                for (who, letter) in
                    [(Who::Reporter, 'r'), (Who::Staff, 's'), (Who::Manager, 'm'), (Who::System, 'y')]
                {
                    let expect = match mark {
                        "=" => Move::Already,
                        "-" => Move::Never,
                        mark if mark.contains(letter) => Move::Open { reason: false },
                        mark if mark.contains(letter.to_ascii_uppercase()) => Move::Open { reason: true },
                        _ => Move::NotYours,
                    };
                    assert_eq!(may(from, to, who), expect, "{from:?} to {to:?} by {who:?}");
                }
            }
        }
    }

    fn at(text: &str) -> Timestamp {
        format!("2026-03-02T{text}:00Z").parse().unwrap()
    }

    fn request() -> Request {
        let place = Point::from_e7(0, 0).unwrap();
        let request = Request::new(Id::from_raw(1), "pothole", "A hole", place, at("08:00"));
        Request { due: Some(at("12:00")), ..request }
    }

    #[test]
    fn the_clock_stands_still_while_it_waits_and_while_it_is_over() {
        use Status::{Closed, InProgress, PendingExternal, Reopened, Resolved};
        // the moves and when, then due, minutes left, since when it is over
        type Row<'a> = (&'a [(Status, &'a str)], Option<&'a str>, Option<i64>, Option<&'a str>);
        let rows: [Row<'_>; 8] = [
            (&[(InProgress, "09:00")], Some("12:00"), None, None),
            (&[(PendingExternal, "09:00")], None, Some(180), None),
            (&[(PendingExternal, "09:00"), (InProgress, "15:00")], Some("18:00"), None, None),
            (&[(PendingExternal, "13:00"), (InProgress, "15:00")], Some("15:00"), None, None),
            (&[(PendingExternal, "09:00"), (Resolved, "15:00")], Some("18:00"), None, Some("15:00")),
            (&[(Resolved, "09:00"), (Closed, "10:00")], Some("12:00"), None, Some("09:00")),
            (&[(Resolved, "09:00"), (Reopened, "15:00")], Some("18:00"), None, None),
            (&[(Closed, "13:00"), (Reopened, "15:00")], Some("15:00"), None, None),
        ];
        for (moves, due, left_min, closed) in rows {
            let end =
                moves.iter().fold(request(), |it, (to, when)| moved(&it, *to, at(when), &RoundTheClock));
            let found = (end.due, end.left_min, end.closed);
            assert_eq!(found, (due.map(at), left_min, closed.map(at)), "{moves:?}");
        }
    }

    #[test]
    fn over_and_closed_are_the_same_after_every_way_that_is_open() {
        for from in Status::ALL {
            let closed = from.is_over().then(|| at("09:00"));
            let left_min = (from == Status::PendingExternal).then_some(60);
            let due = left_min.is_none().then(|| at("12:00"));
            let before = Request { status: from, closed, left_min, due, ..request() };
            for to in Status::ALL {
                if may(from, to, Who::System) == OPEN {
                    let after = moved(&before, to, at("10:00"), &RoundTheClock);
                    assert_eq!(after.closed.is_some(), to.is_over(), "{from:?} to {to:?}");
                    assert_eq!(after.left_min.is_some(), to == Status::PendingExternal, "{from:?} to {to:?}");
                    assert_eq!(after.due.is_none(), to == Status::PendingExternal, "{from:?} to {to:?}");
                }
            }
        }
    }
}
