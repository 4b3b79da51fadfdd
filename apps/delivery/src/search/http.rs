use std::sync::Arc;

use geo::Point;
use kernel::{Fault, Money, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Endpoint, May, Query, with};

use super::find::{self, Found, Question};
use super::words::Wanted;
use crate::catalogue::{Catalogue, currency};
use crate::limits;
use crate::product::ProductId;
use crate::store::{Kind, StoreId};

pub fn endpoints(catalogue: &Arc<Catalogue>) -> Vec<Endpoint> {
    vec![
        with!(catalogue, get "/v1/search" => search_read(asked: Query<Asked>))
            .says("Finds stores and products by the beginnings of words of their names, those that deliver to a place first.")
            .may(May::Anyone)
            .shared(),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Asked {
    /// Words, or their beginnings.
    #[schemars(length(min = 1, max = 80))]
    q: String,
    /// Latitude and longitude in degrees, with a comma between them.
    #[schemars(length(min = 3, max = 100))]
    near: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FoundView {
    stores: Vec<FoundStoreView>,
    products: Vec<FoundProductView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FoundStoreView {
    id: StoreId,
    name: String,
    kind: Kind,
    address: String,
    is_open: bool,
    delivers: bool,
    distance_m: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FoundProductView {
    id: ProductId,
    name: String,
    price: Money,
    store: StoreId,
    store_name: String,
    is_open: bool,
    delivers: bool,
    distance_m: u32,
}

async fn search_read(
    catalogue: &Catalogue,
    call: Call,
    Query(asked): Query<Asked>,
) -> Result<Answer<FoundView>, Refusal> {
    let near = Point::parse("?near", &asked.near);
    let wanted = Wanted::of(&asked.q).ok_or_else(|| {
        vec![Fault::new("?q", "no_words", "Write at least one letter or digit of what you look for.")]
    });
    let (near, wanted) = match (near, wanted) {
        (Ok(near), Ok(wanted)) => (near, wanted),
        (near, wanted) => {
            let faults = near.err().into_iter().chain(wanted.err()).flatten();
            return Err(Refusal::invalid(faults.collect()));
        }
    };
    let question = Question { wanted: &wanted, near, now: call.now, zone: &call.site.zone };
    let Found { stores, products } = find::search(catalogue, call.market(), &question).await?;
    let currency = currency(&call)?;
    let store = |its: find::FoundStore| FoundStoreView {
        id: its.store.id,
        name: its.store.name,
        kind: its.store.kind,
        address: its.store.address,
        is_open: its.is_open,
        delivers: its.delivers,
        distance_m: its.distance_m,
    };
    let product = |its: find::FoundProduct| FoundProductView {
        id: its.id,
        name: its.name,
        price: Money::new(its.price, currency),
        store: its.store,
        store_name: its.store_name,
        is_open: its.is_open,
        delivers: its.delivers,
        distance_m: its.distance_m,
    };
    let view = FoundView {
        stores: stores.into_iter().map(store).collect(),
        products: products.into_iter().map(product).collect(),
    };
    Ok(Answer::ok(&view)?.public(limits::SHARED_S, limits::SHARED_STALE_S))
}
