//! When a gateway is tried, or asked, again. Pauses grow, and differ a little from one attempt to the
//! next, so that what failed together does not come back together.

use kernel::jiff::{SignedDuration, Timestamp};

use super::limits::{ASK_FIRST, ASK_FOR, ASK_LAST, RETRY_FIRST, RETRY_LAST};

/// Doubles up to the longest, less up to a quarter of it.
fn pause(times: i64, first: SignedDuration, last: SignedDuration, salt: i64) -> SignedDuration {
    let doublings = u32::try_from(times.clamp(0, 30)).unwrap_or_default();
    let full = first.checked_mul(1 << doublings.min(30)).unwrap_or(last).min(last);
    let part = i32::try_from(salt.rem_euclid(256)).unwrap_or_default();
    full - full / 1_024 * part
}

fn after(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// After so many tries that did not arrive.
pub fn retry_at(tries: i64, now: Timestamp, salt: i64) -> Timestamp {
    after(now, pause(tries - 1, RETRY_FIRST, RETRY_LAST, salt))
}

/// `None`: it was asked for long enough; the gateway's statement tells the rest.
pub fn ask_at(asked: i64, sent: Timestamp, now: Timestamp, salt: i64) -> Option<Timestamp> {
    (now.duration_since(sent) < ASK_FOR).then(|| after(now, pause(asked, ASK_FIRST, ASK_LAST, salt)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn pauses_grow_to_their_last() {
        let retry = |tries| retry_at(tries, at(0), 0).duration_since(at(0)).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 6, 7, 8, 1_000].map(retry), [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        let ask = |asked| ask_at(asked, at(0), at(0), 0).unwrap().duration_since(at(0)).as_secs();
        assert_eq!([0, 1, 2, 5, 8, 9, 50, i64::MAX].map(ask), [10, 20, 40, 320, 2_560, 3_600, 3_600, 3_600]);
    }

    #[test]
    fn a_pause_loses_at_most_a_quarter_to_its_salt() {
        for salt in [i64::MIN, -1, 0, 77, 255, 256, i64::MAX] {
            let wait = retry_at(3, at(0), salt).duration_since(at(0));
            assert!(wait <= SignedDuration::from_secs(20) && wait >= SignedDuration::from_secs(15), "{wait}");
        }
    }

    #[test]
    fn asking_ends() {
        assert!(ask_at(9, at(0), at(ASK_FOR.as_secs() - 1), 0).is_some());
        assert_eq!(ask_at(9, at(0), at(ASK_FOR.as_secs()), 0), None);
    }
}
