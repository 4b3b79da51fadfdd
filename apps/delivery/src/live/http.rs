use std::sync::Arc;
use std::time::Duration;

use ::store::Market;
use dispatch::Dispatch;
use futures_util::StreamExt;
use futures_util::stream;
use geo::BoundingBox;
use kernel::{Id, Provider, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Bare, Call, EVENT_STREAM, Endpoint, EventText, Head, May, Path, Query, Role};

use super::hub::{Following, Hub};
use super::inbox::Place;
use super::step::{Topic, is_on_way};
use super::talk::{Start, Talk};
use super::{figures, limits, stuck};
use crate::order::http::view::OrderView;
use crate::order::{Order, OrderId, repo};
use crate::store::{self, StoreId};

/// What an API key needs to follow the orders of a store or of a market.
pub const SCOPE: &str = "delivery.orders";

/// Who follows, and where riders are.
pub struct Live {
    pub hub: Arc<Hub>,
    pub dispatch: Arc<Dispatch>,
    /// The longest that one stream goes on: not longer than tokens live.
    pub stream_time: Duration,
}

pub fn endpoints(live: &Arc<Live>) -> Vec<Endpoint> {
    let streams = [
        web::with!(live, get "/v1/orders/{id}/live" => order_live(which: Path<Which>, head: Head))
            .says("Tells while it happens what becomes of one of your own orders, and where its rider is.")
            .may(May::Known),
        web::with!(live, get "/v1/providers/{provider}/stores/{store}/live" => store_live(of: Path<OfStore>, head: Head))
            .says("Tells while it happens what becomes of the orders of a store.")
            .may(May::Provider(Role::Staff))
            .scope(SCOPE),
        web::with!(live, get "/v1/delivery/live" => delivery_live(around: Query<Around>, head: Head))
            .says("Tells while it happens what becomes of all orders, and where riders are in a box of the map.")
            .may(May::Role(Role::Staff))
            .scope(SCOPE),
    ];
    // A browser that follows cannot say who it is but by its cookie, and that counts for pages alone.
    let pages = [
        web::with!(live, get "/orders/{id}/live" => order_live(which: Path<Which>, head: Head))
            .may(May::Known)
            .page(),
        web::with!(live, get "/providers/{provider}/stores/{store}/live" => store_live(of: Path<OfStore>, head: Head))
            .may(May::Provider(Role::Staff))
            .page(),
        web::with!(live, get "/delivery/live" => delivery_live(around: Query<Around>, head: Head))
            .may(May::Role(Role::Staff))
            .page(),
    ];
    let names = ["order_live_page", "store_live_page", "delivery_live_page"];
    let pages = pages.into_iter().zip(names).map(|(mut page, name)| {
        page.name = name;
        page.says("The same for the page it belongs to.")
    });
    let streams = streams.into_iter().chain(pages).map(|endpoint| endpoint.produces(&[EVENT_STREAM]));
    streams.chain(stuck::endpoints()).chain(figures::endpoints()).collect()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    id: OrderId,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfStore {
    provider: Id<Provider>,
    store: StoreId,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Around {
    /// `west,south,east,north` in degrees; without, riders are not shown.
    #[schemars(length(max = 200))]
    bbox: Option<String>,
}

/// For those who follow more than one order, and read how these stand elsewhere.
#[derive(Serialize)]
struct Begin {
    /// Nothing is missing since the event that the client has seen last.
    resumed: bool,
}

async fn order_live(
    live: &Arc<Live>,
    call: Call,
    Path(which): Path<Which>,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let market = call.market();
    own(&call, which.id).await?;
    let following = live.hub.follow(market, Topic::Order(which.id), call.caller.actor).await?;
    // Read when following has begun: what happens between the two is told.
    let order = own(&call, which.id).await?;
    let Start { text, last, .. } = Start::of(market, &following, &head).await?;
    let mut text = text.event("order", Some(last), &OrderView::for_buyer(&order));
    if order.status.is_over() {
        let text = text.event("end", None, &order.status);
        return Ok(Answer::events(stream::iter([text])));
    }
    let rider = order.rider.filter(|_| is_on_way(order.status));
    following.suppose(order.id, rider);
    if let Some(place) = live.place(market, &order).await? {
        text = text.event("rider", None, &place);
    }
    Ok(talk(live, market, following, (text, last), None))
}

async fn store_live(
    live: &Arc<Live>,
    call: Call,
    Path(of): Path<OfStore>,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let market = call.market();
    let store = store::repo::one(market, of.store).await?;
    store.filter(|store| store.provider == of.provider).ok_or_else(Refusal::not_found)?;
    let following = live.hub.follow(market, Topic::Store(of.store), call.caller.actor).await?;
    let start = Start::of(market, &following, &head).await?;
    Ok(talk(live, market, following, begun(start), None))
}

async fn delivery_live(
    live: &Arc<Live>,
    call: Call,
    Query(around): Query<Around>,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let market = call.market();
    let parse = |text: String| BoundingBox::parse("?bbox", &text).map_err(Refusal::invalid);
    let within = around.bbox.map(parse).transpose()?;
    let following = live.hub.follow(market, Topic::All, call.caller.actor).await?;
    let start = Start::of(market, &following, &head).await?;
    Ok(talk(live, market, following, begun(start), within))
}

/// One of the caller's own; another looks like none.
async fn own(call: &Call, id: OrderId) -> Result<Order, Refusal> {
    let buyer = call.caller.person().ok_or_else(Refusal::not_found)?;
    let found = repo::one(call.market(), id).await?;
    found.filter(|order| order.buyer == buyer).ok_or_else(Refusal::not_found)
}

fn begun(start: Start) -> (EventText, i64) {
    let begin = Begin { resumed: start.is_resumed };
    (start.text.event("begin", Some(start.last), &begin), start.last)
}

fn talk(
    live: &Arc<Live>,
    market: &Market,
    following: Following,
    (first, last): (EventText, i64),
    within: Option<BoundingBox>,
) -> Answer<Bare> {
    let talk = Talk::new(live, market, following, last).within(within);
    Answer::events(stream::iter([first]).chain(talk.events()))
}

impl Live {
    pub fn new(hub: Arc<Hub>, dispatch: Arc<Dispatch>) -> Self {
        Self { hub, dispatch, stream_time: limits::STREAM_TIME }
    }

    /// Where the rider of an order is, if its buyer may see that and this process knows.
    async fn place(&self, market: &Market, order: &Order) -> Result<Option<Place>, Refusal> {
        let Some(rider) = order.rider.filter(|_| is_on_way(order.status)) else { return Ok(None) };
        let fleet = self.dispatch.fleet(market).await?;
        Ok(fleet.seen(rider, self.dispatch.clock.now()).as_ref().map(Place::from))
    }
}
