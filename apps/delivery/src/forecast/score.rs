//! How far off a model is in a week that it has not seen, beside the guess that this week is as the last.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, Kind};
use super::fit::{Model, Past, fit};
use super::limits;

const HOURS_OF_WEEK: usize = 7 * 24;

/// Orders of one cell, hour by hour without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Hours since 1970.
    pub first: i64,
    pub orders: Vec<u32>,
}

/// Sums over the hours of the week that was held out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    pub hours: u32,
    pub orders: i64,
    /// How far off the model was in all, in hundredths of an order.
    pub off_hundredths: i64,
    /// The same for the naive guess.
    pub naive_off_hundredths: i64,
}

impl Score {
    /// The mean error of an hour, in hundredths of an order: of the model, and of the naive guess.
    pub fn mean_hundredths(&self) -> (i64, i64) {
        let hours = i64::from(self.hours.max(1));
        (self.off_hundredths / hours, self.naive_off_hundredths / hours)
    }

    /// The error for each thousand orders: of the model, and of the naive guess.
    pub fn weighted_permille(&self) -> (i64, i64) {
        let orders = self.orders.max(1);
        (self.off_hundredths * 10 / orders, self.naive_off_hundredths * 10 / orders)
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            hours: self.hours + other.hours,
            orders: self.orders + other.orders,
            off_hundredths: self.off_hundredths + other.off_hundredths,
            naive_off_hundredths: self.naive_off_hundredths + other.naive_off_hundredths,
        }
    }
}

impl Series {
    fn past(&self, kinds: &[Kind], upto: usize) -> Vec<Past> {
        let each = self.orders.iter().zip(kinds).take(upto).enumerate();
        each.map(|(place, (orders, kind))| {
            let days_ago = (upto - place) as f64 / 24.0;
            Past { kind: *kind, orders: *orders, days_ago }
        })
        .collect()
    }

    pub fn kinds(&self, calendar: &Calendar) -> Vec<Kind> {
        (0..self.orders.len() as i64).map(|hour| calendar.kind(self.first + hour)).collect()
    }
}

/// A model of all that is known, and how one without the last week would have done in it. Nothing, while
/// too little is known.
pub fn tried(series: &Series, calendar: &Calendar) -> Option<(Model, Score)> {
    let length = series.orders.len();
    if (length as i64) < 24 * limits::HISTORY_DAYS_MIN {
        return None;
    }
    let kinds = series.kinds(calendar);
    let held_out = length - 24 * limits::HELD_OUT_DAYS;
    let model = fit(&series.past(&kinds, held_out));
    let mut score = Score::default();
    let week_before = &series.orders[held_out - HOURS_OF_WEEK..];
    let week = series.orders[held_out..].iter().zip(week_before).zip(&kinds[held_out..]);
    for ((&orders, &guess), kind) in week {
        let off = (model.parts(kind).orders() - f64::from(orders)).abs();
        score = score.plus(Score {
            hours: 1,
            orders: orders.into(),
            off_hundredths: (off * 100.0).round() as i64,
            naive_off_hundredths: 100 * i64::from(guess.abs_diff(orders)),
        });
    }
    Some((fit(&series.past(&kinds, length)), score))
}
