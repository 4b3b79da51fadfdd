use std::sync::Arc;

use kernel::Refusal;
use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Endpoint, May, Query, Role};

use super::calendar::{Calendar, HOUR_S};
use super::model::{self, CellView, HourView, ScoreView};
use super::score::Score;
use super::{limits, repo};
use crate::demand::http::SCOPE;
use crate::settings::RuleBook;

pub fn endpoints(rules: &Arc<RuleBook>) -> Vec<Endpoint> {
    vec![
        web::with!(rules, get "/v1/delivery/forecast" => delivery_forecast(filter: Query<Filter>))
            .says(
                "How many orders are expected hour by hour, of one cell or of all, and how many riders \
                 that wants; with how far off the forecast was last week.",
            )
            .may(May::Role(Role::Staff))
            .scope(SCOPE),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Filter {
    /// Only this cell, and then with what each figure consists of.
    #[schemars(range(min = 0))]
    cell: Option<i64>,
    /// From when on; now, if it is not given.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    from: Option<Timestamp>,
    /// How many hours; a day, if it is not given.
    #[schemars(range(min = 1, max = 168))]
    hours: Option<u16>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Forecast {
    hours: Vec<HourView>,
    cells: Vec<CellView>,
    score: ScoreView,
}

async fn delivery_forecast(
    rules: &Arc<RuleBook>,
    call: Call,
    Query(filter): Query<Filter>,
) -> Result<Answer<Forecast>, Refusal> {
    let fitted = match filter.cell {
        None => repo::all(call.market()).await?,
        Some(cell) => vec![repo::one(call.market(), cell).await?.ok_or_else(Refusal::not_found)?],
    };
    let rules = rules.of(call.market()).await?;
    let rule = &rules.at(call.now).forecast;
    let calendar = Calendar::new(rule, call.site.zone.clone());
    let first = filter.from.unwrap_or(call.now).as_second().div_euclid(HOUR_S);
    let count = filter.hours.unwrap_or(limits::HOURS_DEFAULT).clamp(1, limits::HOURS_MAX);
    let hours = (first..first + i64::from(count)).filter_map(|hour| {
        let from = Timestamp::from_second(hour.checked_mul(HOUR_S)?).ok()?;
        Some(model::hour(&fitted, &calendar.kind(hour), from, rule))
    });
    let hours = hours.collect();
    let score = fitted.iter().map(|its| its.score).fold(Score::default(), Score::plus);
    let cells = fitted.iter().map(CellView::from).collect();
    Answer::ok(&Forecast { hours, cells, score: score.into() })
}
