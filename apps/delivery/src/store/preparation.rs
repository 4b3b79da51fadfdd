//! How long a store takes, learnt hour by hour of the day from the orders that it prepared.

use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;

use super::model::Store;
use crate::limits;

/// What was seen in one hour of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Learnt {
    pub seconds: i64,
    /// Orders that were seen.
    pub seen: i64,
}

/// One order more: the plain mean of the first few, then an average that forgets old ones little by little.
pub fn learn(before: Learnt, observed_s: i64) -> Learnt {
    let observed_s = observed_s.clamp(0, limits::PREPARATION_S_MAX);
    let seen = before.seen.saturating_add(1);
    let weight = seen.min(limits::PREPARATION_WEIGHT);
    // To the nearest second.
    let step = (2 * (observed_s - before.seconds) + weight).div_euclid(2 * weight);
    Learnt { seconds: before.seconds + step, seen }
}

/// How long an order takes that is placed now: as was seen, or as the store says while too little was.
pub fn expected_s(store: &Store, learnt: Learnt) -> i64 {
    let usual_s = match learnt.seen < limits::PREPARATION_SEEN_MIN {
        true => i64::from(store.prepares_min) * 60,
        false => learnt.seconds,
    };
    usual_s + i64::from(store.busy_min()) * 60
}

/// The hour that an order counts for.
pub fn hour(at: Timestamp, zone: &TimeZone) -> u8 {
    zone.to_datetime(at).hour().unsigned_abs()
}
