use geo::{Cell, Point};
use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::calendar::Kind;
use super::fit::{Model, Parts};
use super::score::Score;
use crate::settings::{ForecastRule, WHOLE_BP};

/// The model of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    pub cell: Cell,
    pub at: Timestamp,
    pub model: Model,
    pub score: Score,
}

/// How many riders bring so many orders in an hour, busy as much of it as they should be.
pub fn riders_for(orders: f64, rule: &ForecastRule) -> u32 {
    let for_each = f64::from(rule.per_rider_hour_hundredths) / 100.0 * f64::from(rule.utilisation_bp)
        / f64::from(WHOLE_BP);
    (orders.max(0.0) / for_each).ceil() as u32
}

/// Why a forecast is what it is: each part multiplies the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct PartsView {
    /// Orders in an hour like any other.
    pub base: f64,
    pub weekday: f64,
    pub hour: f64,
    /// 1 on other days.
    pub pay_day: f64,
    pub holiday: f64,
}

impl From<Parts> for PartsView {
    fn from(parts: Parts) -> Self {
        let factor = |bp: u32| f64::from(bp) / f64::from(WHOLE_BP);
        Self {
            base: parts.base_milli as f64 / 1_000.0,
            weekday: factor(parts.weekday_bp),
            hour: factor(parts.hour_bp),
            pay_day: factor(parts.pay_day_bp),
            holiday: factor(parts.holiday_bp),
        }
    }
}

/// What is expected of one hour.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HourView {
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub from: Timestamp,
    pub orders: f64,
    /// Riders wanted.
    pub riders: u32,
    /// What the figure consists of, where one cell was asked about.
    pub parts: Option<PartsView>,
}

/// How far off the forecast was in the last week, which it was tried on without having seen it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct ScoreView {
    pub hours: u32,
    pub orders: i64,
    /// Of all orders, by how many it was off: 0.2 is a fifth.
    pub weighted_error: f64,
    /// The same for the guess that this week is as the last.
    pub naive_weighted_error: f64,
    /// Orders by which it was off in an hour, on the mean.
    pub mean_error: f64,
    pub naive_mean_error: f64,
}

impl From<Score> for ScoreView {
    fn from(score: Score) -> Self {
        let ((mean, naive_mean), (weighted, naive_weighted)) =
            (score.mean_hundredths(), score.weighted_permille());
        Self {
            hours: score.hours,
            orders: score.orders,
            weighted_error: weighted as f64 / 1_000.0,
            naive_weighted_error: naive_weighted as f64 / 1_000.0,
            mean_error: mean as f64 / 100.0,
            naive_mean_error: naive_mean as f64 / 100.0,
        }
    }
}

/// A cell that has a forecast.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CellView {
    pub cell: i64,
    pub centre: Point,
    /// Orders in an hour like any other.
    pub base: f64,
    pub score: ScoreView,
}

impl From<&Fitted> for CellView {
    fn from(fitted: &Fitted) -> Self {
        let base = fitted.model.base_milli as f64 / 1_000.0;
        Self { cell: fitted.cell.code(), centre: fitted.cell.centre(), base, score: fitted.score.into() }
    }
}

/// What some cells together expect of an hour; with its parts, if there is but one.
pub fn hour(fitted: &[Fitted], kind: &Kind, from: Timestamp, rule: &ForecastRule) -> HourView {
    let parts: Vec<Parts> = fitted.iter().map(|its| its.model.parts(kind)).collect();
    let orders: f64 = parts.iter().map(Parts::orders).sum();
    let only = if let [parts] = &parts[..] { Some(PartsView::from(*parts)) } else { None };
    HourView { from, orders: (orders * 100.0).round() / 100.0, riders: riders_for(orders, rule), parts: only }
}
