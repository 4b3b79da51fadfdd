use std::sync::Arc;

use kernel::{Id, Provider, Refusal};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Cursor, Endpoint, May, Page, PageQuery, Path, Query, get};

use super::super::decide::Proof;
use super::super::model::{Order, OrderId, Paid};
use super::super::repo;
use super::super::state::{Role, Status};
use super::super::step::Orders;
use super::buyer::Why;
use super::own;
use super::view::OrderView;
use crate::store::{self, StoreId};

/// What an API key needs to handle orders.
pub const SCOPE: &str = "delivery.orders";

pub fn endpoints(orders: &Arc<Orders>) -> Vec<Endpoint> {
    let endpoints = vec![
        get("/v1/providers/{provider}/stores/{store}/orders", store_orders)
            .says("Lists what a store has to do, the oldest first; or what it has done, the latest first."),
        web::with!(orders, post "/v1/providers/{provider}/orders/{id}/accept" => order_accept(path: Path<Its>, how: Body<How>))
            .says("Takes an order, and says how long it will take. Somebody is looked for who brings it."),
        web::with!(orders, post "/v1/providers/{provider}/orders/{id}/reject" => order_reject(path: Path<Its>, why: Body<Why>))
            .says("Does not take an order, or gives one up that is not fetched yet, and says why."),
        web::with!(orders, post "/v1/providers/{provider}/orders/{id}/prepare" => order_prepare(path: Path<Its>))
            .says("Work on an order has begun: from now on its buyer cannot cancel it."),
        web::with!(orders, post "/v1/providers/{provider}/orders/{id}/ready" => order_ready(path: Path<Its>))
            .says("An order can be fetched."),
        web::with!(orders, post "/v1/providers/{provider}/orders/{id}/hand-over" => order_hand_over(path: Path<Its>, shown: Body<Shown>))
            .says("A buyer who came for an order has said its number."),
    ];
    let may = May::Provider(web::Role::Staff);
    endpoints.into_iter().map(|endpoint| endpoint.may(may).scope(SCOPE)).collect()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfStore {
    provider: Id<Provider>,
    store: StoreId,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
struct Which {
    /// What is done, in place of what is to be done.
    #[serde(default)]
    past: bool,
    /// How many at most.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<Cursor>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Its {
    provider: Id<Provider>,
    id: OrderId,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct How {
    /// How long it will take; as the store says without.
    #[serde(default)]
    #[schemars(range(min = 1, max = 240))]
    prepares_min: Option<u16>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Shown {
    #[schemars(length(min = 4, max = 8))]
    pin: String,
}

async fn store_orders(
    call: Call,
    Path(of): Path<OfStore>,
    Query(which): Query<Which>,
) -> Result<Answer<Page<OrderView>>, Refusal> {
    let market = call.market();
    let store = store::repo::one(market, of.store).await?;
    store.filter(|store| store.provider == of.provider).ok_or_else(Refusal::not_found)?;
    let page = PageQuery { limit: which.limit, cursor: which.cursor };
    let limit = page.limit();
    let found = if which.past {
        let [before] = page.from([i64::MAX])?;
        repo::past_of_store(market, of.store, before, limit).await?
    } else {
        let [after] = page.from([0])?;
        repo::open_of_store(market, of.store, after, limit).await?
    };
    let page: Page<Order> = Page::of(found, limit, |order: &Order| [order.id.raw()]);
    // What is not paid for is nobody's work yet.
    let items = page.items.iter().filter(|order| order.paid != Paid::Waiting);
    Answer::ok(&Page { items: items.map(OrderView::for_merchant).collect(), next: page.next })
}

async fn theirs(call: &Call, path: &Its) -> Result<Order, Refusal> {
    own(call, path.id, |order| order.provider == path.provider && order.paid != Paid::Waiting).await
}

async fn order_accept(
    orders: &Arc<Orders>,
    call: Call,
    Path(path): Path<Its>,
    Body(how): Body<How>,
) -> Result<Answer<OrderView>, Refusal> {
    let (call, path, how) = (&call, &path, &how);
    call.change(|| async move {
        let before = theirs(call, path).await?;
        let minutes = match how.prepares_min {
            Some(minutes) => minutes,
            None => store::repo::one(call.market(), before.store)
                .await?
                .map_or(1, |store| store.prepares_min + store.busy_min()),
        };
        let ctx = call.ctx();
        let accepted = orders.accept(call.market(), &before, minutes, (Role::Merchant, None), &ctx).await?;
        Ok((accepted.0, Answer::ok(&OrderView::for_merchant(&accepted.1))?))
    })
    .await
}

async fn moved(
    orders: &Orders,
    call: &Call,
    path: &Its,
    to: Status,
    why: Option<&str>,
) -> Result<Answer<OrderView>, Refusal> {
    call.change(|| async move {
        let before = theirs(call, path).await?;
        let wish = (to, Role::Merchant, why);
        let (decision, after) = orders.moved(call.market(), &before, wish, &call.ctx()).await?;
        Ok((decision, Answer::ok(&OrderView::for_merchant(&after))?))
    })
    .await
}

async fn order_reject(
    orders: &Arc<Orders>,
    call: Call,
    Path(path): Path<Its>,
    Body(why): Body<Why>,
) -> Result<Answer<OrderView>, Refusal> {
    moved(orders, &call, &path, Status::Cancelled, why.reason.as_deref()).await
}

async fn order_prepare(
    orders: &Arc<Orders>,
    call: Call,
    Path(path): Path<Its>,
) -> Result<Answer<OrderView>, Refusal> {
    moved(orders, &call, &path, Status::Preparing, None).await
}

async fn order_ready(
    orders: &Arc<Orders>,
    call: Call,
    Path(path): Path<Its>,
) -> Result<Answer<OrderView>, Refusal> {
    moved(orders, &call, &path, Status::Ready, None).await
}

async fn order_hand_over(
    orders: &Arc<Orders>,
    call: Call,
    Path(path): Path<Its>,
    Body(shown): Body<Shown>,
) -> Result<Answer<OrderView>, Refusal> {
    let (call, path) = (&call, &path);
    let proof = &Proof::Pin(shown.pin);
    theirs(call, path).await?;
    orders.may_guess(path.id)?;
    call.change(|| async move {
        let before = theirs(call, path).await?;
        let (by, ctx) = ((Role::Merchant, None), call.ctx());
        let (decision, after) = orders.deliver(call.market(), &before, proof, by, &ctx).await?;
        Ok((decision, Answer::ok(&OrderView::for_merchant(&after))?))
    })
    .await
}
