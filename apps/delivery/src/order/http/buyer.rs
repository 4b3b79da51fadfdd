use std::sync::Arc;

use kernel::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, get};

use super::super::cart::buyer;
use super::super::model::OrderId;
use super::super::repo;
use super::super::state::{Role, Status};
use super::super::step::Orders;
use super::own;
use super::view::{EntryView, OrderView};

pub fn endpoints(orders: &Arc<Orders>) -> Vec<Endpoint> {
    vec![
        get("/v1/orders", order_list).says("Lists your own orders, the latest first.").may(May::Known),
        get("/v1/orders/{id}", order_read).says("Reads one of your own orders.").may(May::Known),
        get("/v1/orders/{id}/history", order_history)
            .says("What happened to one of your own orders, oldest first.")
            .may(May::Known),
        web::with!(orders, post "/v1/orders/{id}/cancel" => order_cancel(which: Path<Which>, why: Body<Why>))
            .says(
                "Cancels an order before it is prepared. Some time after it was accepted a part is not given \
                 back, as the market's settings say.",
            )
            .may(May::Known),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Which {
    pub id: OrderId,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub reason: Option<String>,
}

async fn order_list(call: Call, Query(page): Query<PageQuery>) -> Result<Answer<Page<OrderView>>, Refusal> {
    let (buyer, limit) = (buyer(&call)?, page.limit());
    let [before] = page.from([i64::MAX])?;
    let found = repo::of_buyer(call.market(), buyer, before, limit).await?;
    let Page { items, next } = Page::of(found, limit, |order: &super::Order| [order.id.raw()]);
    let items: Vec<super::Order> = items;
    Answer::ok(&Page { items: items.iter().map(OrderView::for_buyer).collect(), next })
}

async fn order_read(call: Call, Path(which): Path<Which>) -> Result<Answer<OrderView>, Refusal> {
    let buyer = buyer(&call)?;
    let order = own(&call, which.id, |order| order.buyer == buyer).await?;
    Answer::ok(&OrderView::for_buyer(&order).proven(&call, &order).await?)
}

#[derive(Serialize, JsonSchema)]
struct History {
    items: Vec<EntryView>,
}

async fn order_history(call: Call, Path(which): Path<Which>) -> Result<Answer<History>, Refusal> {
    let buyer = buyer(&call)?;
    let order = own(&call, which.id, |order| order.buyer == buyer).await?;
    let entries = repo::history(call.market(), order.id).await?;
    Answer::ok(&History { items: entries.into_iter().map(EntryView::from).collect() })
}

async fn order_cancel(
    orders: &Arc<Orders>,
    call: Call,
    Path(which): Path<Which>,
    Body(why): Body<Why>,
) -> Result<Answer<OrderView>, Refusal> {
    let buyer = buyer(&call)?;
    let (call, why) = (&call, why.reason.as_deref());
    call.change(|| async move {
        let before = own(call, which.id, |order| order.buyer == buyer).await?;
        let wish = (Status::Cancelled, Role::Buyer, why);
        let (decision, after) = orders.moved(call.market(), &before, wish, &call.ctx()).await?;
        Ok((decision, Answer::ok(&OrderView::for_buyer(&after))?))
    })
    .await
}
