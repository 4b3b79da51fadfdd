//! What a report may repeat. Many are looked at in the index; only the few that their texts could make
//! likely are read.

use std::cmp::Reverse;

use store::{Market, StoreError};

use super::repo;
use super::score::{Known, Report, SUGGEST_MIN, Scored, WEIGHTS, score};
use super::trigrams::Trigrams;
use crate::limits;
use crate::request::model::{Request, RequestId};
use crate::request::repo as requests;

/// The index knows places to within a hand's breadth, which may cost so much of a score.
const SLACK: i64 = 10;

/// The likeliest first. `group_of` gives the group of a category.
pub async fn likely(
    market: &Market,
    report: &Report<'_>,
    group_of: impl Fn(&str) -> String,
) -> Result<Vec<(Scored, Request)>, StoreError> {
    let mut hopeful: Vec<(i64, RequestId)> = Vec::new();
    for pin in repo::near(market, report.point).await? {
        let (category, group) = (&pin.category, &group_of(&pin.category));
        let known = Known { category, group, point: pin.place, at: pin.at, status: pin.status, text: None };
        let at_most = score(report, &known, &WEIGHTS).score;
        if at_most + SLACK >= SUGGEST_MIN {
            hopeful.push((at_most, pin.id));
        }
    }
    hopeful.sort_unstable_by_key(|(at_most, id)| (Reverse(*at_most), id.raw()));
    hopeful.truncate(limits::NEARBY_READ_MAX);
    let ids: Vec<RequestId> = hopeful.into_iter().map(|(_, id)| id).collect();
    let mut found = Vec::new();
    for request in requests::some(market, &ids).await? {
        let (category, group) = (&request.category, &group_of(&request.category));
        let text = Some(Trigrams::of(&request.description));
        let (point, at, status) = (request.place, request.at, request.status);
        let scored = score(report, &Known { category, group, point, at, status, text }, &WEIGHTS);
        if scored.score >= SUGGEST_MIN {
            found.push((scored, request));
        }
    }
    found.sort_unstable_by_key(|(scored, its)| (Reverse(scored.score), scored.distance_m, its.id.raw()));
    Ok(found)
}
