//! How many requests each hour of the years has: more in summer, fewer on Sundays and at night, more
//! after a storm, and a few more each year.

use kernel::jiff::{SignedDuration, Timestamp};

use super::Plan;
use super::dice::Dice;

const MONTHS: [u64; 12] = [90, 85, 95, 105, 112, 118, 120, 117, 110, 104, 92, 82];
/// From Monday on.
const WEEKDAYS: [u64; 7] = [118, 116, 112, 110, 108, 70, 56];
const HOURS: [u64; 24] =
    [12, 8, 6, 5, 6, 12, 30, 62, 92, 108, 110, 104, 96, 94, 92, 88, 86, 82, 70, 58, 46, 38, 28, 18];
/// How much more a year has than the one before, in percent.
const GROWTH: u64 = 6;
/// One day in so many has a storm, which doubles what is reported.
const STORM_ONE_IN: u64 = 45;
const HOURS_PER_YEAR: i64 = 8_766;
const HOUR_US: i64 = 3_600_000_000;

pub struct Calendar {
    /// When the first hour begins, in microseconds.
    start: i64,
    /// Requests before the end of each hour.
    upto: Vec<u32>,
    until: i64,
}

impl Calendar {
    pub fn new(plan: &Plan) -> Self {
        let hours = i64::from(plan.years.max(1)) * HOURS_PER_YEAR;
        let until = plan.until.as_microsecond();
        let end = until - until.rem_euclid(HOUR_US);
        let start = end - hours * HOUR_US;
        let weights = (0..hours).map(|hour| weight(plan, start + hour * HOUR_US, hour));
        let sums: Vec<u64> = weights
            .scan(0, |sum, weight| {
                *sum += weight;
                Some(*sum)
            })
            .collect();
        let whole = u128::from(sums.last().copied().unwrap_or(1));
        let share = |sum: u64| (u128::from(plan.count) * u128::from(sum) / whole) as u32;
        Self { start, upto: sums.into_iter().map(share).collect(), until: end }
    }

    /// When the request with this number was reported, the day since the start, and how many that day
    /// has. Numbers are in the order of times.
    pub fn moment(&self, number: i64, dice: &mut Dice) -> (Timestamp, i64, u64) {
        let hour = self.upto.partition_point(|upto| i64::from(*upto) <= number);
        let before = if hour == 0 { 0 } else { i64::from(self.upto[hour - 1]) };
        let count = self.upto.get(hour).map_or(1, |upto| i64::from(*upto) - before).max(1);
        let step = HOUR_US / count;
        let offset = (number - before) * step + dice.below(step.max(1) as u64) as i64;
        let at = (self.start + hour as i64 * HOUR_US + offset).min(self.until);
        let day = hour / 24;
        let first = if day == 0 { 0 } else { self.upto.get(day * 24 - 1).copied().unwrap_or(0) };
        let last = self.upto.get(day * 24 + 23).or(self.upto.last()).copied().unwrap_or(0);
        let at = Timestamp::from_microsecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
        (at, day as i64, u64::from(last.saturating_sub(first)))
    }
}

fn weight(plan: &Plan, start_us: i64, hour: i64) -> u64 {
    let start = Timestamp::from_microsecond(start_us).unwrap_or(Timestamp::UNIX_EPOCH);
    let offset = SignedDuration::from_secs(i64::from(plan.zone.to_offset(start).seconds()));
    let local = kernel::jiff::tz::TimeZone::UTC.to_datetime(start.checked_add(offset).unwrap_or(start));
    // Summer is half a year later south of the equator.
    let half = if plan.centre.lat_e7() < 0 { 6 } else { 0 };
    let month = MONTHS[(local.month() as usize + 11 + half) % 12];
    let weekday = WEEKDAYS[local.weekday().to_monday_zero_offset() as usize % 7];
    let mut day = Dice::of([plan.seed, 3, (hour / 24) as u64]);
    let mood = 85 + day.below(31);
    let storm = if day.below(STORM_ONE_IN) == 0 { 2 } else { 1 };
    let growth = 100 + GROWTH * (hour / HOURS_PER_YEAR) as u64;
    month * weekday * HOURS[local.hour() as usize % 24] * mood * storm * growth / 1_000
}
