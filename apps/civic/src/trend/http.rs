use kernel::{Fault, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Endpoint, May, Query, get};

use super::follow::FOLLOWER;
use super::read::{self, By, Figures, Question};
use crate::limits::{LIST_MAX_AGE_S, LIST_STALE_S};
use crate::map::http::days;
use crate::map::names::{Kind, Names};
use crate::map::{limits, which};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/trends", trend_list)
            .says("How many requests were reported and closed, how fast, and how many were left to do.")
            .may(May::Anyone)
            .shared(),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Filter {
    /// The first day, in the market's time zone. Thirty days before the last, if it is not given.
    #[schemars(length(max = 10))]
    from: Option<String>,
    /// The last day; today, if it is not given.
    #[schemars(length(max = 10))]
    to: Option<String>,
    /// By what figures are told apart; by day, if it is not given.
    by: Option<By>,
    /// Only of this category.
    #[schemars(length(max = 64))]
    category: Option<String>,
    /// Only of this area.
    #[schemars(length(max = 64))]
    area: Option<String>,
    /// Only of this agency.
    #[schemars(length(max = 64))]
    agency: Option<String>,
}

/// Figures of one day, category, area or agency, or of all together.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TrendView {
    /// The day, or the code of the category or area, or the id of the agency; empty where a request
    /// has none.
    pub key: String,
    pub reported: i64,
    pub closed: i64,
    pub reopened: i64,
    /// Closed at or before their deadline; those without one are in neither figure.
    pub in_time: i64,
    pub late: i64,
    /// Of a thousand with a deadline, how many were closed in time.
    pub in_time_permille: Option<i64>,
    /// From the report to the close, within 6 %.
    pub median_close_min: Option<u64>,
    pub p90_close_min: Option<u64>,
    /// Still to be done at the end of the day, or of the days asked for.
    pub backlog: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Trends {
    items: Vec<TrendView>,
    all: TrendView,
}

async fn trend_list(call: Call, Query(filter): Query<Filter>) -> Result<Answer<Trends>, Refusal> {
    let today = which::last_days(call.now, &call.site.zone, 1).1;
    let (_, to) = days(&call, None, filter.to.as_deref())?.unwrap_or((today, today));
    let from = match filter.from.as_deref() {
        None => which::first_of(to, 30),
        Some(text) => days(&call, Some(text), None)?.map_or(to, |(from, _)| from),
    };
    let by = filter.by.unwrap_or_default();
    let days_max = if by == By::Day { limits::DAYS_LISTED_MAX } else { limits::DAYS_MAX };
    if let Some(fault) = which::days_fault(from, to, days_max) {
        return Err(Refusal::invalid(vec![fault]));
    }
    let names = Names::load(call.market(), FOLLOWER).await?;
    let number = |kind: Kind, field: &str, name: &Option<String>| match name {
        None => Ok(None),
        Some(name) => names.find(kind, name).map(Some).ok_or_else(|| {
            let message = "Nothing has been counted under this name here.";
            Refusal::invalid(vec![Fault::new(field, "unknown", message)])
        }),
    };
    let question = Question {
        from,
        to,
        by,
        category: number(Kind::Category, "?category", &filter.category)?,
        area: number(Kind::Area, "?area", &filter.area)?,
        agency: number(Kind::Agency, "?agency", &filter.agency)?,
    };
    let trends = read::read(call.market(), &names, &question).await?;
    let items = trends.items.into_iter().map(|(key, figures)| view(key, &figures)).collect();
    let answer = Trends { items, all: view(String::new(), &trends.all) };
    Ok(Answer::ok(&answer)?.public(LIST_MAX_AGE_S, LIST_STALE_S))
}

fn view(key: String, figures: &Figures) -> TrendView {
    TrendView {
        key,
        reported: figures.reported,
        closed: figures.closed,
        reopened: figures.reopened,
        in_time: figures.in_time,
        late: figures.late,
        in_time_permille: figures.in_time_permille(),
        median_close_min: figures.closed_within_min(50),
        p90_close_min: figures.closed_within_min(90),
        backlog: figures.backlog,
    }
}
