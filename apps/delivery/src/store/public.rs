//! What everyone may ask of stores.

use std::sync::Arc;

use geo::Point;
use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Cursor, Endpoint, May, PageQuery, Path, Query, with};

use super::model::{Kind, StoreId};
use super::near::{self, Look};
use super::preparation;
use super::repo;
use super::view::{StoreDetail, StoreView};
use crate::catalogue::{Catalogue, currency};
use crate::{limits, photos};

pub fn endpoints(catalogue: &Arc<Catalogue>) -> Vec<Endpoint> {
    vec![
        with!(catalogue, get "/v1/stores" => store_list(asked: Query<Asked>))
            .says("Lists stores: those that deliver to a place and are open first, the nearer before the others.")
            .may(May::Anyone)
            .shared(),
        with!(catalogue, get "/v1/stores/{store}" => store_read(path: Path<Which>))
            .says("One store: whether it is open, until when, and when it opens next.")
            .may(May::Anyone)
            .refuses([RefusalKind::NotFound])
            .shared(),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Asked {
    /// Latitude and longitude in degrees, with a comma between them.
    #[schemars(length(min = 3, max = 100))]
    near: Option<String>,
    /// Only stores of this kind.
    kind: Option<Kind>,
    /// How many at most.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<Cursor>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    store: StoreId,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StorePage {
    items: Vec<StoreView>,
    /// Send it as `cursor` to get the next page; absent on the last.
    next: Option<Cursor>,
}

async fn store_list(
    catalogue: &Catalogue,
    call: Call,
    Query(asked): Query<Asked>,
) -> Result<Answer<StorePage>, Refusal> {
    let point = asked.near.as_deref().map(|text| Point::parse("?near", text)).transpose();
    let point = point.map_err(Refusal::invalid)?;
    let page = PageQuery { limit: asked.limit, cursor: asked.cursor };
    let (after, limit) = (page.from(near::START)?, usize::from(page.limit()));
    let all = catalogue.stores.of(call.market()).await?;
    let look = Look { point, kind: asked.kind, now: call.now, zone: &call.site.zone };
    let mut found = near::nearby(&all, &look, after, limit + 1);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| Cursor::at(last.key()));
    let with_photo = found.iter().filter(|nearby| nearby.store.photo.is_some());
    let subjects: Vec<i64> = with_photo.map(|nearby| nearby.store.id.raw()).collect();
    let mut photos = photos::shown(&call, photos::STORES, &subjects).await?;
    let currency = currency(&call)?;
    let items = found
        .iter()
        .map(|nearby| StoreView::of(nearby, currency, photos.remove(&nearby.store.id.raw())))
        .collect();
    Ok(Answer::ok(&StorePage { items, next })?.public(limits::SHARED_S, limits::SHARED_STALE_S))
}

async fn store_read(
    _: &Catalogue,
    call: Call,
    Path(which): Path<Which>,
) -> Result<Answer<StoreDetail>, Refusal> {
    let (market, zone) = (call.market(), &call.site.zone);
    let store = repo::one(market, which.store).await?.ok_or_else(Refusal::not_found)?;
    let learnt = repo::preparation(market, store.id, preparation::hour(call.now, zone)).await?;
    let subject = store.id.raw();
    let subjects = if store.photo.is_some() { vec![subject] } else { Vec::new() };
    let photo = photos::shown(&call, photos::STORES, &subjects).await?.remove(&subject);
    let view = StoreDetail::of(store, learnt, currency(&call)?, (call.now, zone), photo);
    Ok(Answer::ok(&view)?.public(limits::SHARED_S, limits::SHARED_STALE_S))
}
