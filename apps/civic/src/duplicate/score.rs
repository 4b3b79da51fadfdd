//! How likely a report and one that is known already speak of the same thing.
//!
//! Each part is a number from 0 to 1000, and so is the weighted sum of them, so that a score can be
//! explained. The weights and thresholds were chosen on the made-up set of `labelled.rs`; what they
//! achieve is written down in `docs/duplicates.md`, and a test holds that it is so.

use geo::Point;
use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::trigrams::Trigrams;
use crate::request::model::Status;

/// From this score on, a report is offered as perhaps the same: of twenty that are, nineteen are offered.
pub const SUGGEST_MIN: i64 = 620;
/// From this score on, it most likely is: of twenty that score so, nineteen are.
pub const LIKELY_MIN: i64 = 700;

/// Further away nothing is the same.
pub const DISTANCE_MAX_M: i64 = 250;
/// At this distance, half of what nearness is worth is gone.
const DISTANCE_HALF_M: i64 = 60;
/// At this age, half of what freshness is worth is gone.
const AGE_HALF_DAYS: i64 = 30;
/// Another category of the same group.
const SIBLING_CATEGORY: i64 = 500;
/// Texts that say so little that they cannot be compared are taken for half alike.
const TEXT_TRIGRAMS_MIN: usize = 6;
const TEXT_UNKNOWN: i64 = 330;
/// Texts are seldom more alike than this, even if they speak of the same.
const TEXT_ALIKE: i64 = 800;

/// What each part weighs; together a thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    pub category: i64,
    pub distance: i64,
    pub age: i64,
    pub text: i64,
    pub status: i64,
}

pub const WEIGHTS: Weights = Weights { category: 200, distance: 250, age: 300, text: 200, status: 50 };

/// What somebody is about to report.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    pub category: &'a str,
    /// Categories of one group are easily confused.
    pub group: &'a str,
    pub point: Point,
    pub at: Timestamp,
    pub text: Trigrams,
}

/// What was reported already.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    pub category: &'a str,
    pub group: &'a str,
    pub point: Point,
    pub at: Timestamp,
    pub status: Status,
    /// Without it the score is what it could be at most.
    pub text: Option<Trigrams>,
}

/// Why a score is what it is: each from 0 to 1000, before it is weighted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parts {
    pub category: i64,
    pub distance: i64,
    pub age: i64,
    pub text: i64,
    pub status: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scored {
    /// From 0 to 1000.
    pub score: i64,
    pub distance_m: i64,
    pub parts: Parts,
}

/// Nothing that is too far away or of another kind scores.
pub fn score(report: &Report<'_>, known: &Known<'_>, weights: &Weights) -> Scored {
    let distance_m = report.point.distance_m(known.point).round() as i64;
    let parts = Parts {
        category: category(report, known),
        distance: distance(distance_m),
        age: age(report.at, known.at),
        text: known.text.as_ref().map_or(1_000, |its| text(&report.text, its)),
        status: status(known.status),
    };
    let apart = distance_m > DISTANCE_MAX_M || parts.category == 0;
    let sum = weights.category * parts.category
        + weights.distance * parts.distance
        + weights.age * parts.age
        + weights.text * parts.text
        + weights.status * parts.status;
    Scored { score: if apart { 0 } else { sum / 1_000 }, distance_m, parts }
}

fn category(report: &Report<'_>, known: &Known<'_>) -> i64 {
    match (report.category == known.category, report.group == known.group) {
        (true, _) => 1_000,
        (false, true) => SIBLING_CATEGORY,
        (false, false) => 0,
    }
}

fn distance(distance_m: i64) -> i64 {
    let half = DISTANCE_HALF_M * DISTANCE_HALF_M;
    1_000 * half / (half + distance_m * distance_m)
}

fn age(now: Timestamp, then: Timestamp) -> i64 {
    let days = (now.as_second() - then.as_second()).abs() / 86_400;
    1_000 * AGE_HALF_DAYS / (AGE_HALF_DAYS + days)
}

fn text(one: &Trigrams, other: &Trigrams) -> i64 {
    if one.len().min(other.len()) < TEXT_TRIGRAMS_MIN {
        return TEXT_UNKNOWN;
    }
    (one.likeness(other) * 1_000 / TEXT_ALIKE).min(1_000)
}

fn status(status: Status) -> i64 {
    match status {
        Status::Open | Status::Reopened | Status::InProgress | Status::UnderReview => 1_000,
        Status::PendingExternal => 900,
        Status::Resolved => 200,
        Status::Closed => 0,
    }
}
