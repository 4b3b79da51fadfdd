use std::sync::Arc;

use geo::Point;
use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use web::{Answer, Body, Call, Endpoint, May, Path, Query, Role, get, put};

use super::Areas;
use super::decide::{self, Present};
use super::model::{AreaFeature, AreaName, AreaSet, AreaView, kind_fault};
use super::repo;
use crate::limits;

pub fn endpoints(areas: &Arc<Areas>) -> Vec<Endpoint> {
    let (here, replaced) = (areas.clone(), areas.clone());
    let at = move |call: Call, query: Query<Where>| area_at(here.clone(), call, query);
    let replace = move |call: Call, path: Path<Kind>, body: Body<Document>| {
        area_replace(replaced.clone(), call, path, body)
    };
    let mut at = get("/v1/areas/at", at).says("The areas that a point lies in.").may(May::Anyone).shared();
    at.name = "area_at";
    let mut replace = put("/v1/areas/{kind}", replace)
        .says("Replaces all areas of a kind by those of a GeoJSON FeatureCollection; each has a `code` and a `name` among its properties.")
        .may(May::Role(Role::Owner))
        .body_bytes_max(limits::AREA_IMPORT_BYTES_MAX)
        .refuses([RefusalKind::Conflict]);
    replace.name = "area_replace";
    vec![
        get("/v1/areas", area_list)
            .says("Lists the areas, without their boundaries, by kind and code.")
            .may(May::Anyone)
            .shared(),
        at,
        get("/v1/areas/{kind}/{code}", area_read)
            .says("One area with its boundary, as a GeoJSON Feature.")
            .may(May::Anyone)
            .shared(),
        replace,
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Filter {
    /// Only areas of this kind.
    #[schemars(length(max = 32))]
    kind: Option<String>,
    /// How many at most.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u16>,
    /// The `next` of the page before.
    #[schemars(length(max = 100))]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AreaPage {
    items: Vec<AreaView>,
    /// Send it as `cursor` to get the next page; absent on the last.
    next: Option<String>,
}

async fn area_list(call: Call, Query(filter): Query<Filter>) -> Result<Answer<AreaPage>, Refusal> {
    let limit = filter.limit.unwrap_or(web::limits::PAGE_DEFAULT).clamp(1, web::limits::PAGE_MAX);
    let after = filter.cursor.as_deref().unwrap_or("/");
    let after = after.split_once('/').unwrap_or((after, ""));
    let mut items = repo::list(call.market(), filter.kind.as_deref(), after, limit).await?;
    let more = items.len() > usize::from(limit);
    items.truncate(limit.into());
    let next = items.last().filter(|_| more).map(|last| format!("{}/{}", last.kind, last.code));
    Ok(Answer::ok(&AreaPage { items, next })?.public(limits::LIST_MAX_AGE_S, limits::LIST_STALE_S))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Where {
    /// Latitude and longitude in degrees, with a comma between them.
    #[schemars(length(min = 3, max = 100))]
    point: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Found {
    items: Vec<AreaName>,
}

async fn area_at(
    areas: Arc<Areas>,
    call: Call,
    Query(query): Query<Where>,
) -> Result<Answer<Found>, Refusal> {
    let point = Point::parse("?point", &query.point).map_err(Refusal::invalid)?;
    let items = areas.at(call.market(), point).await?;
    Ok(Answer::ok(&Found { items })?.public(limits::LIST_MAX_AGE_S, limits::LIST_STALE_S))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    #[schemars(length(max = 32))]
    kind: String,
    #[schemars(length(max = 64))]
    code: String,
}

async fn area_read(call: Call, Path(which): Path<Which>) -> Result<Answer<AreaFeature>, Refusal> {
    let area = repo::one(call.market(), &which.kind, &which.code).await?.ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(&area.into())?.public(limits::LIST_MAX_AGE_S, limits::LIST_STALE_S))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Kind {
    #[schemars(length(max = 32))]
    kind: String,
}

/// A GeoJSON FeatureCollection of polygons.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Document(Value);

async fn area_replace(
    areas: Arc<Areas>,
    call: Call,
    Path(path): Path<Kind>,
    Body(Document(document)): Body<Document>,
) -> Result<Answer<AreaSet>, Refusal> {
    if let Some(fault) = kind_fault("/kind", &path.kind) {
        return Err(Refusal::invalid(vec![fault]));
    }
    let kind = path.kind.clone();
    // Reading a large document takes longer than others should wait for.
    let reading = tokio::task::spawn_blocking(move || {
        let features = geo::geojson::features(&document, "").map_err(Refusal::invalid)?;
        decide::areas(&kind, features)
    });
    let broken = |_| Refusal::unavailable("import_broken", "The document could not be read.", 60);
    let new = reading.await.map_err(broken)??;
    let answer = call
        .change(|| async {
            let sets = repo::sets(call.market()).await?;
            let codes = repo::codes(call.market(), &path.kind).await?;
            let (decision, set) = decide::replace(&path.kind, &new, &Present { sets, codes }, &call.ctx())?;
            Ok((decision, Answer::ok(&set)?))
        })
        .await;
    areas.changed();
    answer
}
