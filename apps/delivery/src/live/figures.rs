use geo::{Cell, Point};
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Fault, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Endpoint, May, Query, Role, get};

use super::{limits, repo};
use crate::demand::http::SCOPE;
use crate::demand::limits::CELL_LEVEL;
use crate::forecast::calendar::HOUR_S;

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/delivery/figures", delivery_figures)
            .says(
                "Counts the orders of a time in the past, by hour or by area; the busiest areas come first.",
            )
            .may(May::Role(Role::Staff))
            .scope(SCOPE),
    ]
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    #[default]
    Hour,
    Area,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Filter {
    /// The start, which is taken back to a full hour; a week ago, if it is not given.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    from: Option<Timestamp>,
    /// The end; now, if it is not given.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    to: Option<Timestamp>,
    #[serde(default)]
    by: By,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Figures {
    /// Hours without an order are left out.
    hours: Vec<HourCount>,
    areas: Vec<AreaCount>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct HourCount {
    #[schemars(with = "String", extend("format" = "date-time"))]
    from: Timestamp,
    orders: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AreaCount {
    cell: i64,
    centre: Point,
    orders: i64,
}

async fn delivery_figures(call: Call, Query(filter): Query<Filter>) -> Result<Answer<Figures>, Refusal> {
    let to = filter.to.unwrap_or(call.now);
    let from = filter.from.unwrap_or_else(|| to.saturating_sub(WEEK).unwrap_or(to));
    let length = to.duration_since(from);
    if length <= SignedDuration::ZERO || length > SignedDuration::from_hours(24 * limits::FIGURES_DAYS_MAX) {
        let message = format!("A time of at most {} days, its start first.", limits::FIGURES_DAYS_MAX);
        return Err(Refusal::invalid(vec![Fault::new("?to", "out_of_range", message)]));
    }
    let hours = (from.as_second().div_euclid(HOUR_S), to.as_second().div_euclid(HOUR_S) + 1);
    let mut figures = Figures { hours: Vec::new(), areas: Vec::new() };
    match filter.by {
        By::Hour => {
            let counts = repo::by_hour(call.market(), hours).await?.into_iter();
            figures.hours = counts.filter_map(|(hour, orders)| hour_count(hour, orders)).collect();
        }
        By::Area => {
            let counts = repo::by_cell(call.market(), hours).await?.into_iter();
            figures.areas = counts.filter_map(|(cell, orders)| area_count(cell, orders)).collect();
        }
    }
    Answer::ok(&figures)
}

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

fn hour_count(hour: i64, orders: i64) -> Option<HourCount> {
    Some(HourCount { from: Timestamp::from_second(hour.checked_mul(HOUR_S)?).ok()?, orders })
}

fn area_count(cell: i64, orders: i64) -> Option<AreaCount> {
    Some(AreaCount { cell, centre: Cell::new(CELL_LEVEL, cell)?.centre(), orders })
}
