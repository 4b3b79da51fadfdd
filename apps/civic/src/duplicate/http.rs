use geo::Point;
use kernel::Refusal;
use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Endpoint, May, Query, get};

use super::score::{LIKELY_MIN, Parts, Report, Scored};
use super::trigrams::Trigrams;
use super::{find, repo};
use crate::limits;
use crate::request::model::{Request, RequestId, Status};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/requests/nearby", request_nearby)
            .says("The open requests that a report about to be made may repeat, the likeliest first.")
            .may(May::Anyone),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct About {
    /// Latitude and longitude in degrees, with a comma between them.
    #[schemars(length(min = 3, max = 100))]
    point: String,
    /// The category of the report.
    #[schemars(length(min = 1, max = 64))]
    category: String,
    /// What is wrong, as far as it is written.
    #[schemars(length(max = 4000))]
    text: Option<String>,
    /// How many at most.
    #[schemars(range(min = 1, max = 20))]
    limit: Option<u16>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Nearby {
    items: Vec<Suggestion>,
}

/// A request that may be the same.
#[derive(Debug, Serialize, JsonSchema)]
struct Suggestion {
    id: RequestId,
    category: String,
    status: Status,
    description: String,
    place: Point,
    #[schemars(with = "String", extend("format" = "date-time"))]
    reported_at: Timestamp,
    /// From 0 to 1000.
    score: i64,
    /// Whether it most likely is the same.
    likely: bool,
    distance_m: i64,
    /// Why the score is what it is: each from 0 to 1000.
    parts: Parts,
    /// Where it can be read.
    link: String,
}

async fn request_nearby(call: Call, Query(about): Query<About>) -> Result<Answer<Nearby>, Refusal> {
    let point = Point::parse("?point", &about.point).map_err(Refusal::invalid)?;
    let groups = repo::groups(call.market()).await?;
    let group_of = |category: &str| groups.get(category).cloned().unwrap_or_else(|| category.to_owned());
    let group = group_of(&about.category);
    let report = Report {
        category: &about.category,
        group: &group,
        point,
        at: call.now,
        text: Trigrams::of(about.text.as_deref().unwrap_or_default()),
    };
    let mut found = find::likely(call.market(), &report, group_of).await?;
    found.truncate(about.limit.unwrap_or(limits::NEARBY_DEFAULT).min(limits::NEARBY_MAX).into());
    let items = found.into_iter().map(|(scored, its)| suggestion(&call.base, scored, its)).collect();
    Answer::ok(&Nearby { items })
}

fn suggestion(base: &str, scored: Scored, its: Request) -> Suggestion {
    Suggestion {
        link: format!("{base}/v1/requests/{}", its.id),
        id: its.id,
        category: its.category,
        status: its.status,
        description: its.description,
        place: its.place,
        reported_at: its.at,
        score: scored.score,
        likely: scored.score >= LIKELY_MIN,
        distance_m: scored.distance_m,
        parts: scored.parts,
    }
}
