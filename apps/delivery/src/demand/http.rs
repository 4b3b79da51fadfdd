use std::sync::Arc;

use geo::Cell;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Fault, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Endpoint, May, Query, Role};

use super::model::{HeatView, HourView, mean};
use super::{Boards, limits, repo};
use crate::settings::RuleBook;

/// What the endpoints of demand look at.
pub struct Watch {
    pub boards: Arc<Boards>,
    pub rules: Arc<RuleBook>,
}

pub fn endpoints(watch: &Arc<Watch>) -> Vec<Endpoint> {
    vec![
        web::with!(watch, get "/v1/delivery/demand" => delivery_demand(filter: Query<Filter>))
            .says(
                "What is asked for, cell by cell: now, or over a time in the past, and then by hour too. \
                 The busiest cells come first.",
            )
            .may(May::Role(Role::Staff))
            .scope(SCOPE),
    ]
}

/// What an API key needs to see how a market does.
pub const SCOPE: &str = "delivery.figures";

#[derive(Debug, Deserialize, JsonSchema)]
struct Filter {
    /// The start of a time in the past; now, if it is not given.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    from: Option<Timestamp>,
    /// Its end; now, if it is not given.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    to: Option<Timestamp>,
    /// The hours of this cell only.
    #[schemars(range(min = 0))]
    cell: Option<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Demand {
    cells: Vec<HeatView>,
    /// Over a time in the past: hour by hour.
    hours: Vec<HourView>,
}

async fn delivery_demand(
    watch: &Arc<Watch>,
    call: Call,
    Query(filter): Query<Filter>,
) -> Result<Answer<Demand>, Refusal> {
    let Some(from) = filter.from else {
        let rules = watch.rules.of(call.market()).await?;
        let board = watch.boards.of(call.market());
        let heat = board.heat(call.now, &rules.at(call.now).demand, limits::HEAT_MAX);
        let cells = heat.iter().map(HeatView::from).collect();
        return Answer::ok(&Demand { cells, hours: Vec::new() });
    };
    let to = filter.to.unwrap_or(call.now);
    let length = to.duration_since(from);
    if length <= SignedDuration::ZERO || length > SignedDuration::from_hours(24 * limits::HEAT_DAYS_MAX) {
        let message = format!("A time of at most {} days, its start first.", limits::HEAT_DAYS_MAX);
        return Err(Refusal::invalid(vec![Fault::new("?to", "out_of_range", message)]));
    }
    let slots = |length: SignedDuration| length.as_secs().div_euclid(limits::HISTORY_EVERY_S).max(1);
    let cells = repo::by_cell(call.market(), from, to).await?.into_iter().filter_map(|sums| {
        let (orders, riders) = (sums.orders_hundredths, sums.riders_hundredths);
        let cell = Cell::new(limits::CELL_LEVEL, sums.key)?;
        let slots = slots(length);
        Some(HeatView::new(cell, mean(orders, slots), mean(riders, slots), sums.factor_bp))
    });
    let cells = cells.collect();
    let hours = repo::by_hour(call.market(), filter.cell, from, to).await?.into_iter().filter_map(|sums| {
        let slots = slots(SignedDuration::from_hours(1));
        let (orders, riders) = (sums.orders_hundredths, sums.riders_hundredths);
        Some(HourView {
            from: Timestamp::from_microsecond(sums.key * repo::HOUR_US).ok()?,
            orders: mean(orders, slots),
            riders: mean(riders, slots),
            factor_bp: sums.factor_bp,
        })
    });
    let hours = hours.collect();
    Answer::ok(&Demand { cells, hours })
}
