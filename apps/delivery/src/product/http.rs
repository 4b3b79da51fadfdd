//! What merchants do to what they sell.

use std::sync::Arc;

use http::StatusCode;
use kernel::{Id, Provider, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, Role, with};

use super::decide::{self, Patch, Shelf};
use super::model::{NewProduct, Product, ProductId, Shelved};
use super::view::OwnProduct;
use super::{menu, repo};
use crate::catalogue::{Catalogue, currency};
use crate::photos::{self, NewPhoto};
use crate::store::http::{SCOPE, Which, own};
use crate::store::{Store, StoreId};

pub fn endpoints(catalogue: &Arc<Catalogue>) -> Vec<Endpoint> {
    let own = [
        with!(catalogue, get "/v1/providers/{provider}/stores/{store}/products" => product_list(path: Path<Which>, page: Query<PageQuery>))
            .says("Lists a store's products as they stand on the menu, hidden ones too."),
        with!(catalogue, get "/v1/providers/{provider}/stores/{store}/products/{product}" => product_read(path: Path<Whose>))
            .says("Reads a product as its merchant sees it."),
        with!(catalogue, post "/v1/providers/{provider}/stores/{store}/products" => product_add(path: Path<Which>, body: Body<NewProduct>))
            .says("Adds a product.")
            .answers(StatusCode::CREATED),
        with!(catalogue, put "/v1/providers/{provider}/stores/{store}/products/{product}" => product_set(path: Path<Whose>, body: Body<NewProduct>))
            .says("Sets all that is said of a product."),
        with!(catalogue, patch "/v1/providers/{provider}/stores/{store}/products/{product}" => product_patch(path: Path<Whose>, body: Body<Patch>))
            .says("Changes a product's price, whether it can be had, or how many there are."),
        with!(catalogue, put "/v1/providers/{provider}/stores/{store}/products/{product}/photo" => product_photo_set(path: Path<Whose>, body: Body<NewPhoto>))
            .says("Sets a product's picture, sent before as an upload for `product`; without a ticket there is none."),
        with!(catalogue, delete "/v1/providers/{provider}/stores/{store}/products/{product}" => product_remove(path: Path<Whose>))
            .says("Removes a product. Orders keep what they know of it."),
    ];
    let refuses = [RefusalKind::NotFound, RefusalKind::Conflict];
    let own = own.map(|its| its.may(May::Provider(Role::Staff)).scope(SCOPE).refuses(refuses));
    [own.to_vec(), menu::endpoints(catalogue)].concat()
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
struct Whose {
    provider: Id<Provider>,
    store: StoreId,
    product: ProductId,
}

/// A product of another store looks like one that does not exist.
async fn shelved(call: &Call, whose: Whose) -> Result<(Store, Shelved), Refusal> {
    let store = own(call, Which { provider: whose.provider, store: whose.store }).await?;
    let found = repo::shelved(call.market(), whose.product).await?;
    let shelved = found.filter(|its| its.product.store == store.id).ok_or_else(Refusal::not_found)?;
    Ok((store, shelved))
}

async fn counted_with(call: &Call, new: &NewProduct) -> Result<Option<Product>, Refusal> {
    match new.counted_with {
        Some(other) => Ok(repo::one(call.market(), other).await?),
        None => Ok(None),
    }
}

/// Two products of a store with one number: said before the unique index has to.
async fn is_number_free(
    call: &Call,
    store: &Store,
    new: &NewProduct,
    own: Option<ProductId>,
) -> Result<(), Refusal> {
    let Some(sku) = new.sku.as_deref() else { return Ok(()) };
    match repo::by_sku(call.market(), store.id, sku.trim()).await? {
        Some(other) if own != Some(other.id) => {
            Err(Refusal::conflict("sku_taken", "Another product of this store has this number."))
        }
        _ => Ok(()),
    }
}

async fn product_list(
    _: &Catalogue,
    call: Call,
    Path(which): Path<Which>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<OwnProduct>>, Refusal> {
    let store = own(&call, which).await?;
    let [place, id] = page.from([-1; 2])?;
    let rows = repo::page(call.market(), store.id, (place, id), page.limit().into()).await?;
    let currency = currency(&call)?;
    let page = Page::of(rows, page.limit(), |its: &Shelved| [its.product.place.into(), its.product.id.raw()]);
    let view = |its: Shelved| OwnProduct::of(its.product, its.left, currency);
    Answer::ok(&Page { items: page.items.into_iter().map(view).collect(), next: page.next })
}

async fn product_read(
    _: &Catalogue,
    call: Call,
    Path(whose): Path<Whose>,
) -> Result<Answer<OwnProduct>, Refusal> {
    let (_, shelved) = shelved(&call, whose).await?;
    Answer::ok(&OwnProduct::of(shelved.product, shelved.left, currency(&call)?))
}

async fn product_add(
    catalogue: &Catalogue,
    call: Call,
    Path(which): Path<Which>,
    Body(new): Body<NewProduct>,
) -> Result<Answer<OwnProduct>, Refusal> {
    let currency = currency(&call)?;
    let answer = call.change(|| async {
        let store = own(&call, which).await?;
        is_number_free(&call, &store, &new, None).await?;
        let counted_with = counted_with(&call, &new).await?;
        let others = repo::how_many(call.market(), store.id).await?;
        let shelf = Shelf { store: &store, currency, counted_with: counted_with.as_ref() };
        let (decision, product) = decide::add(&new, others, &shelf, &call.ctx())?;
        let path = format!("/v1/providers/{}/stores/{}/products/{}", which.provider, store.id, product.id);
        let view = OwnProduct::of(product, new.available.map(i64::from), currency);
        Ok((decision, Answer::created(format!("{}{path}", call.base), &view)?))
    });
    let answer = answer.await;
    catalogue.stores.changed();
    answer
}

async fn product_set(
    catalogue: &Catalogue,
    call: Call,
    Path(whose): Path<Whose>,
    Body(new): Body<NewProduct>,
) -> Result<Answer<OwnProduct>, Refusal> {
    let currency = currency(&call)?;
    let answer = call.change(|| async {
        let (store, before) = shelved(&call, whose).await?;
        is_number_free(&call, &store, &new, Some(before.product.id)).await?;
        let counted_with = counted_with(&call, &new).await?;
        let shelf = Shelf { store: &store, currency, counted_with: counted_with.as_ref() };
        let (decision, product) = decide::set(&before.product, &new, &shelf, &call.ctx())?;
        let view = OwnProduct::of(product, new.available.map(i64::from), currency);
        Ok((decision, Answer::ok(&view)?))
    });
    let answer = answer.await;
    catalogue.stores.changed();
    answer
}

async fn product_patch(
    catalogue: &Catalogue,
    call: Call,
    Path(whose): Path<Whose>,
    Body(patch): Body<Patch>,
) -> Result<Answer<OwnProduct>, Refusal> {
    let currency = currency(&call)?;
    let answer = call.change(|| async {
        let (_, before) = shelved(&call, whose).await?;
        let (decision, product) = decide::patch(&before.product, &patch, currency, &call.ctx())?;
        let left = match patch.available {
            Some(available) => Some(available.into()),
            // As it was read a moment ago; others may have bought some since.
            None => before.left.map(|left| left + patch.add.unwrap_or_default()),
        };
        Ok((decision, Answer::ok(&OwnProduct::of(product, left, currency))?))
    });
    let answer = answer.await;
    catalogue.stores.changed();
    answer
}

async fn product_photo_set(
    catalogue: &Catalogue,
    call: Call,
    Path(whose): Path<Whose>,
    Body(new): Body<NewPhoto>,
) -> Result<Answer<OwnProduct>, Refusal> {
    let currency = currency(&call)?;
    let answer = call.change(|| async {
        let (_, before) = shelved(&call, whose).await?;
        let subject = (photos::PRODUCTS, before.product.id.raw());
        let (attached, photo) = photos::replace(catalogue.media.as_ref(), &call, subject, &new).await?;
        let (decision, product) = decide::set_photo(&before.product, photo, &call.ctx());
        Ok((decision.and(attached), Answer::ok(&OwnProduct::of(product, before.left, currency))?))
    });
    let answer = answer.await;
    catalogue.stores.changed();
    answer
}

async fn product_remove(
    catalogue: &Catalogue,
    call: Call,
    Path(whose): Path<Whose>,
) -> Result<Answer<()>, Refusal> {
    let answer = call.change(|| async {
        let (_, before) = shelved(&call, whose).await?;
        let mut decision = decide::remove(&before.product);
        if let Some(media) = catalogue.media.as_ref().filter(|_| before.product.photo.is_some()) {
            let subject = (photos::PRODUCTS, before.product.id.raw());
            decision = decision.and(media.remove(call.market(), call.now, subject).await?);
        }
        Ok((decision, Answer::done()))
    });
    let answer = answer.await;
    catalogue.stores.changed();
    answer
}
