//! When what did not arrive is tried again. The other side may be down for a day: five tries in a row
//! that grow longer, then an hour's rest, for as long as the market wants.

use kernel::jiff::{SignedDuration, Timestamp};

use crate::limits;

/// What is known after a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did not get there, or was turned away for now.
    NotNow,
    /// It may have got there; before it is sent again, the other side is searched for it.
    Unknown,
    /// It was turned away for good.
    Refused,
}

/// When to try again; `None`: not at all.
pub fn next(
    tries: i64,
    outcome: Outcome,
    since: Timestamp,
    now: Timestamp,
    retry_after: Option<SignedDuration>,
) -> Option<Timestamp> {
    if outcome == Outcome::Refused || now.duration_since(since) > limits::FORWARD_GIVE_UP {
        return None;
    }
    let own = match tries.rem_euclid(limits::FORWARD_TRIES_IN_A_ROW) {
        0 => limits::FORWARD_REST,
        in_row => SignedDuration::from_secs(limits::FORWARD_FIRST_WAIT_S << (2 * (in_row - 1)).min(12)),
    };
    let wait = retry_after.map_or(own, |theirs| theirs.clamp(own, limits::FORWARD_REST));
    Some(now.checked_add(wait).unwrap_or(Timestamp::MAX))
}

/// When to look again at a request that they have: often at first, then less.
pub fn look_again(sent: Timestamp, now: Timestamp) -> Timestamp {
    let age = now.duration_since(sent);
    let wait = SignedDuration::from_secs(age.as_secs() / 20);
    let wait = wait.clamp(limits::FORWARD_LOOK_MIN, limits::FORWARD_LOOK_MAX);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn five_tries_then_an_hour() {
        let (since, now) = (at(0), at(1_000));
        let waits: Vec<i64> = (1..=11)
            .map(|tries| {
                next(tries, Outcome::NotNow, since, now, None).unwrap().duration_since(now).as_secs()
            })
            .collect();
        assert_eq!(waits, [5, 20, 80, 320, 3600, 5, 20, 80, 320, 3600, 5]);
    }

    #[test]
    fn what_they_ask_for_is_honoured_within_an_hour() {
        let ask = |s| Some(SignedDuration::from_secs(s));
        for (asked, waits) in [(0, 20), (100, 100), (86_400, 3_600)] {
            let next = next(2, Outcome::Unknown, at(0), at(0), ask(asked)).unwrap();
            assert_eq!(next, at(waits));
        }
    }

    #[test]
    fn it_ends_where_there_is_no_hope() {
        assert_eq!(next(1, Outcome::Refused, at(0), at(0), None), None);
        let late = at(limits::FORWARD_GIVE_UP.as_secs() + 1);
        assert_eq!(next(1, Outcome::NotNow, at(0), late, None), None);
        // A day is nothing.
        assert!(next(100, Outcome::NotNow, at(0), at(86_400), None).is_some());
    }

    #[test]
    fn looking_becomes_rarer() {
        let wait = |age| look_again(at(0), at(age)).duration_since(at(age)).as_secs();
        assert_eq!([wait(0), wait(86_400), wait(86_400 * 365)], [300, 4_320, 43_200]);
    }
}
