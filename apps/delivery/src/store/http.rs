//! What merchants do to their stores.

use std::sync::Arc;

use http::StatusCode;
use kernel::{Decision, Id, Provider, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, Role, with};

use super::decide;
use super::model::{NewStore, State, Store, StoreId};
use super::repo;
use super::view::OwnStore;
use crate::area::{self, AreaText, NewArea};
use crate::catalogue::{Catalogue, currency};
use crate::hours::HoursText;
use crate::photos::{self, NewPhoto};

/// What a key needs to change stores and what they sell.
pub const SCOPE: &str = "stores";

pub fn endpoints(catalogue: &Arc<Catalogue>) -> Vec<Endpoint> {
    let own = [
        with!(catalogue, get "/v1/providers/{provider}/stores" => own_store_list(path: Path<Provided>, page: Query<PageQuery>))
            .says("Lists a merchant's stores, closed ones too.")
            .may(May::Provider(Role::Staff)),
        with!(catalogue, get "/v1/providers/{provider}/stores/{store}" => own_store_read(path: Path<Which>))
            .says("Reads a store as its merchant sees it, with its area.")
            .may(May::Provider(Role::Staff)),
        with!(catalogue, post "/v1/providers/{provider}/stores" => store_add(path: Path<Provided>, body: Body<NewStore>))
            .says("Adds a store. It delivers within five kilometres, and is closed until its hours are set.")
            .may(May::Provider(Role::Manager))
            .answers(StatusCode::CREATED),
        with!(catalogue, put "/v1/providers/{provider}/stores/{store}" => store_set(path: Path<Which>, body: Body<NewStore>))
            .says("Sets what is said of a store.")
            .may(May::Provider(Role::Manager)),
        with!(catalogue, put "/v1/providers/{provider}/stores/{store}/state" => store_state_set(path: Path<Which>, body: Body<State>))
            .says("Opens a store, pauses it, closes it, or says that orders take longer.")
            .may(May::Provider(Role::Staff)),
        with!(catalogue, put "/v1/providers/{provider}/stores/{store}/hours" => store_hours_set(path: Path<Which>, body: Body<HoursText>))
            .says("Sets when a store is open, by the market's clock.")
            .may(May::Provider(Role::Manager)),
        with!(catalogue, put "/v1/providers/{provider}/stores/{store}/area" => store_area_set(path: Path<Which>, body: Body<AreaText>))
            .says("Sets where a store delivers to: within a radius, or in a GeoJSON Polygon or MultiPolygon.")
            .may(May::Provider(Role::Manager)),
        with!(catalogue, put "/v1/providers/{provider}/stores/{store}/photo" => store_photo_set(path: Path<Which>, body: Body<NewPhoto>))
            .says("Sets a store's picture, sent before as an upload for `store`; without a ticket there is none.")
            .may(May::Provider(Role::Manager)),
        with!(catalogue, put "/v1/providers/{provider}/stores/{store}/commission" => store_commission_set(path: Path<Which>, body: Body<Commission>))
            .says("Sets what the market keeps of a store's orders; nothing is what it keeps of others.")
            .may(May::Role(Role::Manager)),
    ];
    own.map(|endpoint| endpoint.scope(SCOPE).refuses([RefusalKind::NotFound, RefusalKind::Conflict])).to_vec()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Provided {
    provider: Id<Provider>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub(crate) struct Which {
    pub provider: Id<Provider>,
    pub store: StoreId,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Commission {
    /// Hundredths of a percent.
    #[schemars(range(max = 10000))]
    commission_bp: Option<u16>,
}

/// Another merchant's store looks like one that does not exist.
pub(crate) async fn own(call: &Call, which: Which) -> Result<Store, Refusal> {
    let found = repo::one(call.market(), which.store).await?;
    found.filter(|store| store.provider == which.provider).ok_or_else(Refusal::not_found)
}

async fn own_store_list(
    _: &Catalogue,
    call: Call,
    Path(path): Path<Provided>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<OwnStore>>, Refusal> {
    if !tenancy::provider::exists(call.market(), path.provider).await? {
        return Err(Refusal::not_found());
    }
    let [after] = page.from([0])?;
    let stores = repo::of_provider(call.market(), path.provider, after, page.limit()).await?;
    let currency = currency(&call)?;
    let page = Page::of(stores, page.limit(), |store: &Store| [store.id.raw()]);
    let view = |store| OwnStore::of(store, None, currency, (call.now, &call.site.zone));
    Answer::ok(&Page { items: page.items.into_iter().map(view).collect(), next: page.next })
}

async fn own_store_read(
    _: &Catalogue,
    call: Call,
    Path(which): Path<Which>,
) -> Result<Answer<OwnStore>, Refusal> {
    let store = own(&call, which).await?;
    let shape = match store.radius_m {
        Some(_) => None,
        None => area::repo::one(call.market(), store.id).await?.map(|area| area.shape.to_geojson()),
    };
    let area = AreaText { radius_m: store.radius_m, shape };
    Answer::ok(&OwnStore::of(store, Some(area), currency(&call)?, (call.now, &call.site.zone)))
}

async fn store_add(
    catalogue: &Catalogue,
    call: Call,
    Path(path): Path<Provided>,
    Body(new): Body<NewStore>,
) -> Result<Answer<OwnStore>, Refusal> {
    let currency = currency(&call)?;
    let answer = call.change(|| async {
        if !tenancy::provider::exists(call.market(), path.provider).await? {
            return Err(Refusal::not_found());
        }
        let others = repo::how_many(call.market(), path.provider).await?;
        let (decision, store) = decide::add(path.provider, &new, others, currency, &call.ctx())?;
        let location = format!("{}/v1/providers/{}/stores/{}", call.base, path.provider, store.id);
        let view = OwnStore::of(store, None, currency, (call.now, &call.site.zone));
        Ok((decision, Answer::created(location, &view)?))
    });
    let answer = answer.await;
    catalogue.stores.changed();
    answer
}

async fn store_set(
    catalogue: &Catalogue,
    call: Call,
    Path(which): Path<Which>,
    Body(new): Body<NewStore>,
) -> Result<Answer<OwnStore>, Refusal> {
    let currency = currency(&call)?;
    change(catalogue, &call, which, |store| decide::set(store, &new, currency, &call.ctx())).await
}

async fn store_state_set(
    catalogue: &Catalogue,
    call: Call,
    Path(which): Path<Which>,
    Body(state): Body<State>,
) -> Result<Answer<OwnStore>, Refusal> {
    change(catalogue, &call, which, |store| decide::set_state(store, state, &call.ctx())).await
}

async fn store_hours_set(
    catalogue: &Catalogue,
    call: Call,
    Path(which): Path<Which>,
    Body(text): Body<HoursText>,
) -> Result<Answer<OwnStore>, Refusal> {
    change(catalogue, &call, which, |store| decide::set_hours(store, &text, &call.ctx())).await
}

async fn store_area_set(
    catalogue: &Catalogue,
    call: Call,
    Path(which): Path<Which>,
    Body(text): Body<AreaText>,
) -> Result<Answer<OwnStore>, Refusal> {
    let new = NewArea::of(&text).map_err(Refusal::invalid)?;
    change(catalogue, &call, which, |store| Ok(decide::set_area(store, &new, &call.ctx()))).await
}

async fn store_commission_set(
    catalogue: &Catalogue,
    call: Call,
    Path(which): Path<Which>,
    Body(body): Body<Commission>,
) -> Result<Answer<OwnStore>, Refusal> {
    change(catalogue, &call, which, |store| decide::set_commission(store, body.commission_bp, &call.ctx()))
        .await
}

async fn store_photo_set(
    catalogue: &Catalogue,
    call: Call,
    Path(which): Path<Which>,
    Body(new): Body<NewPhoto>,
) -> Result<Answer<OwnStore>, Refusal> {
    let currency = currency(&call)?;
    let answer = call.change(|| async {
        let store = own(&call, which).await?;
        let subject = (photos::STORES, store.id.raw());
        let (attached, photo) = photos::replace(catalogue.media.as_ref(), &call, subject, &new).await?;
        let (decision, store) = decide::set_photo(&store, photo, &call.ctx());
        let view = OwnStore::of(store, None, currency, (call.now, &call.site.zone));
        Ok((decision.and(attached), Answer::ok(&view)?))
    });
    let answer = answer.await;
    catalogue.stores.changed();
    answer
}

/// Loads the merchant's own store, decides, and lets others in this process know.
async fn change(
    catalogue: &Catalogue,
    call: &Call,
    which: Which,
    decide: impl Fn(&Store) -> Result<(Decision, Store), Refusal> + Send + Sync,
) -> Result<Answer<OwnStore>, Refusal> {
    let currency = currency(call)?;
    let answer = call.change(|| async {
        let store = own(call, which).await?;
        let (decision, store) = decide(&store)?;
        let view = OwnStore::of(store, None, currency, (call.now, &call.site.zone));
        Ok((decision, Answer::ok(&view)?))
    });
    let answer = answer.await;
    catalogue.stores.changed();
    answer
}
