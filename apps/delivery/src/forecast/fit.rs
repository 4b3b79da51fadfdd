//! The model: orders of an hour are a base, times a factor for the day of the week, one for the hour, and
//! one each for pay-days and holidays. What was lately counts for more.
//!
//! Each factor in turn becomes what makes the model's sum over its hours equal to what was counted
//! there, given all others; some rounds of that are the likeliest factors for counts that scatter as
//! arrivals do. Factors are kept as whole hundredths of a percent.

use serde::{Deserialize, Serialize};

use super::calendar::Kind;
use super::limits;

const WHOLE_BP: f64 = 10_000.0;
const MILLI: f64 = 1_000.0;
const HOURS_OF_DAY: usize = 24;
const DAYS_OF_WEEK: usize = 7;

/// One hour of the past: of what kind, how many orders, and how long ago.
#[derive(Debug, Clone, Copy)]
pub struct Past {
    pub kind: Kind,
    pub orders: u32,
    pub days_ago: f64,
}

/// What one cell's orders follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Thousandths of an order in an hour like any other.
    pub base_milli: i64,
    pub weekday_bp: [u32; DAYS_OF_WEEK],
    /// On working days, and at the weekend.
    pub hour_bp: [[u32; HOURS_OF_DAY]; 2],
    pub pay_day_bp: u32,
    pub holiday_bp: u32,
}

/// What a forecast consists of: multiplied, it is the forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    pub base_milli: i64,
    pub weekday_bp: u32,
    pub hour_bp: u32,
    pub pay_day_bp: u32,
    pub holiday_bp: u32,
}

impl Parts {
    pub fn orders(&self) -> f64 {
        let factors = [self.weekday_bp, self.hour_bp, self.pay_day_bp, self.holiday_bp];
        factors.iter().fold(self.base_milli as f64 / MILLI, |orders, bp| orders * f64::from(*bp) / WHOLE_BP)
    }
}

impl Model {
    /// The parts of the forecast for an hour of this kind; a factor that does not hold then is one.
    pub fn parts(&self, kind: &Kind) -> Parts {
        let whole = WHOLE_BP as u32;
        Parts {
            base_milli: self.base_milli,
            weekday_bp: self.weekday_bp[kind.weekday % DAYS_OF_WEEK],
            hour_bp: self.hour_bp[usize::from(kind.is_weekend())][kind.hour % HOURS_OF_DAY],
            pay_day_bp: if kind.is_pay_day { self.pay_day_bp } else { whole },
            holiday_bp: if kind.is_holiday { self.holiday_bp } else { whole },
        }
    }
}

/// The factors while they are sought, each in its place: weekdays, hours, pay-day, holiday.
struct Factors([f64; PLACES]);

const HOURS_AT: usize = DAYS_OF_WEEK;
const PAY_DAY_AT: usize = HOURS_AT + 2 * HOURS_OF_DAY;
const HOLIDAY_AT: usize = PAY_DAY_AT + 1;
const PLACES: usize = HOLIDAY_AT + 1;
/// Kinds of factor, and where each lies.
const KINDS: [std::ops::Range<usize>; 4] =
    [0..HOURS_AT, HOURS_AT..PAY_DAY_AT, PAY_DAY_AT..HOLIDAY_AT, HOLIDAY_AT..PLACES];

/// The factors that hold in an hour of this kind.
fn places(kind: &Kind) -> [Option<usize>; 4] {
    [
        Some(kind.weekday % DAYS_OF_WEEK),
        Some(HOURS_AT + usize::from(kind.is_weekend()) * HOURS_OF_DAY + kind.hour % HOURS_OF_DAY),
        kind.is_pay_day.then_some(PAY_DAY_AT),
        kind.is_holiday.then_some(HOLIDAY_AT),
    ]
}

impl Factors {
    fn product(&self, places: &[Option<usize>; 4]) -> f64 {
        places.iter().flatten().map(|place| self.0[*place]).product()
    }
}

/// The likeliest model for what was counted; of nothing it is nothing.
pub fn fit(past: &[Past]) -> Model {
    let rows: Vec<([Option<usize>; 4], f64, f64)> = past
        .iter()
        .map(|it| {
            let weight = 0.5_f64.powf(it.days_ago.max(0.0) / limits::HALF_LIFE_DAYS);
            (places(&it.kind), weight, weight * f64::from(it.orders))
        })
        .collect();
    let mut factors = Factors([1.0; PLACES]);
    let mut base = 0.0;
    for _ in 0..limits::ROUNDS {
        base = base_of(&rows, &factors);
        for kind in KINDS {
            adjust(&rows, &mut factors, base, kind);
        }
        settle(&mut factors);
    }
    base = if rows.is_empty() { base } else { base_of(&rows, &factors) };
    written(base, &factors)
}

type Row = ([Option<usize>; 4], f64, f64);

fn base_of(rows: &[Row], factors: &Factors) -> f64 {
    let counted: f64 = rows.iter().map(|(_, _, orders)| orders).sum();
    let expected: f64 = rows.iter().map(|(places, weight, _)| weight * factors.product(places)).sum();
    if expected > 0.0 { counted / expected } else { 0.0 }
}

/// Makes the factors of one kind what the counts say, given all others.
fn adjust(rows: &[Row], factors: &mut Factors, base: f64, kind: std::ops::Range<usize>) {
    let (mut counted, mut expected) = ([0.0; PLACES], [0.0; PLACES]);
    for (places, weight, orders) in rows {
        for place in places.iter().flatten().filter(|place| kind.contains(place)) {
            counted[*place] += orders;
            expected[*place] += base * weight * factors.product(places);
        }
    }
    for place in kind {
        let prior = limits::PRIOR_ORDERS;
        let without = expected[place] / factors.0[place].max(f64::MIN_POSITIVE);
        factors.0[place] = (counted[place] + prior) / (without + prior);
    }
}

/// Weekdays, and the hours of each kind of day, are one on the mean: what they have in common is the base's.
fn settle(factors: &mut Factors) {
    for range in [0..HOURS_AT, HOURS_AT..HOURS_AT + HOURS_OF_DAY, HOURS_AT + HOURS_OF_DAY..PAY_DAY_AT] {
        let mean = factors.0[range.clone()].iter().sum::<f64>() / range.len() as f64;
        factors.0[range].iter_mut().for_each(|factor| *factor /= mean);
    }
}

fn written(base: f64, factors: &Factors) -> Model {
    let bp = |place: usize| (factors.0[place] * WHOLE_BP).round() as u32;
    let hours = |first: usize| std::array::from_fn(|hour| bp(first + hour));
    Model {
        base_milli: (base * MILLI).round() as i64,
        weekday_bp: std::array::from_fn(bp),
        hour_bp: [hours(HOURS_AT), hours(HOURS_AT + HOURS_OF_DAY)],
        pay_day_bp: bp(PAY_DAY_AT),
        holiday_bp: bp(HOLIDAY_AT),
    }
}
