use std::sync::Arc;

use kernel::{Decision, Fault, Refusal};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, get};

use super::super::cart::buyer as person;
use super::super::decide::Proof;
use super::super::model::Order;
use super::super::repo;
use super::super::state::{Role, Status};
use super::super::step::Orders;
use super::buyer::Which;
use super::own;
use super::view::OrderView;
use crate::photos;

pub fn endpoints(orders: &Arc<Orders>) -> Vec<Endpoint> {
    vec![
        get("/v1/rider/orders", rider_orders)
            .says("Lists what you bring and have brought, the latest first.")
            .may(May::Known),
        web::with!(orders, post "/v1/rider/orders/{id}/picked-up" => order_picked_up(which: Path<Which>))
            .says("You have it on board.")
            .may(May::Known),
        web::with!(orders, post "/v1/rider/orders/{id}/on-the-way" => order_on_the_way(which: Path<Which>))
            .says("You are on the way to the buyer.")
            .may(May::Known),
        web::with!(orders, post "/v1/rider/orders/{id}/delivered" => order_delivered(which: Path<Which>, shown: Body<Shown>))
            .says("It is handed over: with the number that the buyer says, or a picture of where it lies.")
            .may(May::Known),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Shown {
    #[serde(default)]
    #[schemars(length(min = 4, max = 8))]
    pin: Option<String>,
    /// The ticket of a picture that was sent, all of it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    photo: Option<String>,
}

async fn rider_orders(call: Call, Query(page): Query<PageQuery>) -> Result<Answer<Page<OrderView>>, Refusal> {
    let (rider, limit) = (person(&call)?, page.limit());
    let [before] = page.from([i64::MAX])?;
    let found = repo::of_rider(call.market(), rider, before, limit).await?;
    let page: Page<Order> = Page::of(found, limit, |order: &Order| [order.id.raw()]);
    Answer::ok(&Page { items: page.items.iter().map(OrderView::for_rider).collect(), next: page.next })
}

async fn moved(
    orders: &Orders,
    call: &Call,
    which: &Which,
    to: Status,
) -> Result<Answer<OrderView>, Refusal> {
    let rider = person(call)?;
    call.change(|| async move {
        let before = own(call, which.id, |order| order.rider == Some(rider)).await?;
        let wish = (to, Role::Rider, None);
        let (decision, after) = orders.moved(call.market(), &before, wish, &call.ctx()).await?;
        Ok((decision, Answer::ok(&OrderView::for_rider(&after))?))
    })
    .await
}

async fn order_picked_up(
    orders: &Arc<Orders>,
    call: Call,
    Path(which): Path<Which>,
) -> Result<Answer<OrderView>, Refusal> {
    moved(orders, &call, &which, Status::PickedUp).await
}

async fn order_on_the_way(
    orders: &Arc<Orders>,
    call: Call,
    Path(which): Path<Which>,
) -> Result<Answer<OrderView>, Refusal> {
    moved(orders, &call, &which, Status::InTransit).await
}

async fn order_delivered(
    orders: &Arc<Orders>,
    call: Call,
    Path(which): Path<Which>,
    Body(shown): Body<Shown>,
) -> Result<Answer<OrderView>, Refusal> {
    let rider = person(&call)?;
    if shown.pin.is_some() == shown.photo.is_some() {
        let message = "Send the buyer's number or a picture, one of the two.";
        return Err(Refusal::invalid(vec![Fault::new("/pin", "missing", message)]));
    }
    let (call, shown) = (&call, &shown);
    let theirs = || own(call, which.id, |order| order.rider == Some(rider));
    theirs().await?;
    if shown.pin.is_some() {
        orders.may_guess(which.id)?;
    }
    call.change(|| async move {
        let before = theirs().await?;
        let (attached, proof) = proof(orders, call, &before, shown).await?;
        let (by, ctx) = ((Role::Rider, None), call.ctx());
        let (decision, after) = orders.deliver(call.market(), &before, &proof, by, &ctx).await?;
        Ok((decision.and(attached), Answer::ok(&OrderView::for_rider(&after))?))
    })
    .await
}

/// What is shown at the door, and what is committed with it.
async fn proof(
    orders: &Orders,
    call: &Call,
    order: &Order,
    shown: &Shown,
) -> Result<(Decision, Proof), Refusal> {
    let Some(ticket) = &shown.photo else {
        return Ok((Decision::nothing(), Proof::Pin(shown.pin.clone().unwrap_or_default())));
    };
    let media = orders.catalogue.media.as_ref();
    let (attached, id) = photos::proof(media, call, order.id.raw(), ticket).await?;
    Ok((attached, Proof::Photo(id)))
}
