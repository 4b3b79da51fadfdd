use std::collections::BTreeSet;
use std::sync::Arc;

use geo::{Point, geojson};
use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use web::{Answer, Body, Call, Endpoint, May, Octets, Query, Role, put};

use super::model::{AreaView, OutageSet};
use super::read::{self, Reading};
use super::{Outages, decide, limits, repo};
use crate::settings::http::SCOPE;

pub fn endpoints(outages: &Arc<Outages>) -> Vec<Endpoint> {
    vec![
        web::with!(outages, get "/v1/delivery/outages" => outage_list(filter: Query<Filter>))
            .says("Where and when power is cut: at a place, or everywhere.")
            .may(May::Anyone)
            .shared(),
        put("/v1/delivery/outages/areas", outage_areas)
            .says(
                "Replaces all areas in which power is cut together by those of a GeoJSON \
                 FeatureCollection; each has a `code` and a `name` among its properties.",
            )
            .may(May::Role(Role::Manager))
            .scope(SCOPE)
            .body_bytes_max(limits::IMPORT_BYTES_MAX)
            .refuses([RefusalKind::Conflict]),
        put("/v1/delivery/outages/schedule", outage_schedule)
            .says(
                "Replaces all cuts by those of a CSV file with the columns area, start, end and stage. \
                 Times are those of the clocks here. Nothing is taken if a line is wrong.",
            )
            .may(May::Role(Role::Manager))
            .scope(SCOPE)
            .body_bytes_max(limits::IMPORT_BYTES_MAX)
            .refuses([RefusalKind::Conflict]),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Filter {
    /// Only where this place lies: latitude and longitude in degrees, with a comma between them.
    #[schemars(length(min = 3, max = 100))]
    near: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OutageList {
    items: Vec<AreaView>,
}

async fn outage_list(
    outages: &Arc<Outages>,
    call: Call,
    Query(filter): Query<Filter>,
) -> Result<Answer<OutageList>, Refusal> {
    let near = filter.near.as_deref().map(|text| Point::parse("?near", text)).transpose();
    let near = near.map_err(Refusal::invalid)?;
    let plan = outages.of(call.market()).await?;
    let areas: Vec<&str> = match near {
        Some(point) => plan.areas_at(point).collect(),
        None => plan.codes().into_iter().filter(|area| !plan.from(area, call.now).is_empty()).collect(),
    };
    let items = areas.into_iter().take(limits::AREAS_SHOWN_MAX).map(|area| AreaView {
        area: area.to_owned(),
        name: plan.name(area).to_owned(),
        is_cut: plan.is_cut(area, call.now).is_some(),
        cuts: plan.from(area, call.now).iter().take(limits::CUTS_SHOWN_MAX).copied().collect(),
    });
    let items = items.collect();
    Ok(Answer::ok(&OutageList { items })?.public(limits::PUBLIC_MAX_AGE_S, limits::PUBLIC_STALE_S))
}

/// A GeoJSON FeatureCollection of polygons.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Document(Value);

async fn outage_areas(call: Call, Body(document): Body<Document>) -> Result<Answer<OutageSet>, Refusal> {
    let areas = decide::areas(geojson::features(&document.0, "").map_err(Refusal::invalid)?)?;
    call.change(|| async {
        let set = repo::set(call.market()).await?;
        let present = repo::area_codes(call.market()).await?;
        let (decision, next) = decide::replace_areas(&areas, &present, set.as_ref(), &call.ctx());
        Ok((decision, Answer::ok(&next)?))
    })
    .await
}

#[derive(Debug, Serialize, JsonSchema)]
struct Imported {
    #[serde(flatten)]
    set: OutageSet,
    /// Lines about what is over already, which were passed over.
    over: u64,
}

async fn outage_schedule(call: Call, Octets(file): Octets) -> Result<Answer<Imported>, Refusal> {
    call.change(|| async {
        let set = repo::set(call.market()).await?;
        let known: BTreeSet<String> = repo::area_codes(call.market()).await?.into_iter().collect();
        let reading = Reading { zone: &call.site.zone, now: call.now, known: &known };
        let schedule = read::schedule(&file, &reading)?;
        let present = repo::cuts(call.market()).await?;
        let (decision, set) = decide::replace_cuts(&schedule.cuts, &present, set.as_ref(), &call.ctx());
        Ok((decision, Answer::ok(&Imported { set, over: schedule.over as u64 })?))
    })
    .await
}
