use std::sync::Arc;

use kernel::{Id, Person, Refusal};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, get};

use super::super::decide::Proof;
use super::super::model::Order;
use super::super::repo;
use super::super::state::{Role, Status};
use super::super::step::Orders;
use super::buyer::Which;
use super::merchant::SCOPE;
use super::own;
use super::view::OrderView;

pub fn endpoints(orders: &Arc<Orders>) -> Vec<Endpoint> {
    let endpoints = vec![
        get("/v1/delivery/orders", open_orders)
            .says("Lists all orders that are under way, those that have not moved on for longest first."),
        get("/v1/delivery/orders/{id}", any_order).says("Reads any order."),
        web::with!(orders, post "/v1/delivery/orders/{id}/move" => order_move(which: Path<Which>, wish: Body<Wish>))
            .says("Brings an order on in place of whoever should have, and says why; or cancels it."),
        web::with!(orders, post "/v1/delivery/orders/{id}/reassign" => order_reassign(which: Path<Which>, to: Body<To>))
            .says("Gives an order to somebody to bring, or has somebody else looked for."),
    ];
    let may = May::Role(web::Role::Staff);
    endpoints.into_iter().map(|endpoint| endpoint.may(may).scope(SCOPE)).collect()
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wish {
    to: Status,
    #[schemars(length(min = 1, max = 500))]
    reason: String,
    /// Where an order is confirmed: how long it will take.
    #[serde(default)]
    #[schemars(range(min = 1, max = 240))]
    prepares_min: Option<u16>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct To {
    /// Without, somebody is looked for.
    #[serde(default)]
    rider: Option<Id<Person>>,
}

async fn open_orders(call: Call, Query(page): Query<PageQuery>) -> Result<Answer<Page<OrderView>>, Refusal> {
    let limit = page.limit();
    let [since, id] = page.from([0, 0])?;
    let found = repo::open(call.market(), (since, id), limit).await?;
    let page: Page<Order> =
        Page::of(found, limit, |order: &Order| [order.since.as_microsecond(), order.id.raw()]);
    Answer::ok(&Page { items: page.items.iter().map(OrderView::for_operator).collect(), next: page.next })
}

async fn any_order(call: Call, Path(which): Path<Which>) -> Result<Answer<OrderView>, Refusal> {
    let order = own(&call, which.id, |_| true).await?;
    Answer::ok(&OrderView::for_operator(&order).proven(&call, &order).await?)
}

async fn order_move(
    orders: &Arc<Orders>,
    call: Call,
    Path(which): Path<Which>,
    Body(wish): Body<Wish>,
) -> Result<Answer<OrderView>, Refusal> {
    let (call, wish) = (&call, &wish);
    call.change(|| async move {
        let (market, ctx) = (call.market(), call.ctx());
        let before = own(call, which.id, |_| true).await?;
        let by = (Role::Operator, Some(wish.reason.as_str()));
        let (decision, after) = match wish.to {
            Status::Confirmed => {
                orders.accept(market, &before, wish.prepares_min.unwrap_or(PREPARES_MIN), by, &ctx).await?
            }
            Status::Delivered => orders.deliver(market, &before, &Proof::Word, by, &ctx).await?,
            to => orders.moved(market, &before, (to, by.0, by.1), &ctx).await?,
        };
        Ok((decision, Answer::ok(&OrderView::for_operator(&after))?))
    })
    .await
}

/// How long an order takes where nobody says.
const PREPARES_MIN: u16 = 20;

async fn order_reassign(
    orders: &Arc<Orders>,
    call: Call,
    Path(which): Path<Which>,
    Body(to): Body<To>,
) -> Result<Answer<OrderView>, Refusal> {
    let call = &call;
    call.change(|| async move {
        let before = own(call, which.id, |_| true).await?;
        let (decision, after) = orders.reassign(call.market(), &before, to.rider, &call.ctx()).await?;
        Ok((decision, Answer::ok(&OrderView::for_operator(&after))?))
    })
    .await
}
