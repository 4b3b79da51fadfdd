//! What a store has to do: orders as they come, one card each, the oldest first.

use std::sync::Arc;

use ::pages::Visit;
use ::pages::doors::{Ask, again};
use ::pages::forms;
use askama::Template;
use http::StatusCode;
use kernel::jiff::SignedDuration;
use kernel::{Id, Provider, Refusal};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use web::{Answer, Bare, Call, Fields, Head, Pairs, Path};

use super::limits::{OPEN_ORDERS, ORDERS};
use super::views::{Items, Order, OwnStore};
use super::{Faults, Pages, faults, keyed, seen, sent};

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Provided {
    provider: Id<Provider>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Of {
    pub provider: Id<Provider>,
    #[schemars(length(min = 1, max = 64))]
    pub store: String,
}

impl Of {
    /// The page of this store.
    pub fn path(&self) -> String {
        format!("/providers/{}/stores/{}", self.provider, ::pages::address::encoded(&self.store))
    }

    pub fn ask(&self) -> Ask {
        Ask::new().path("provider", self.provider).path("store", &self.store)
    }
}

#[derive(Template)]
#[template(path = "merchant.html")]
struct Stores<'a> {
    v: &'a Visit,
    /// Address, name, how it is.
    rows: Vec<(String, String, String)>,
}

pub async fn stores(
    pages: &Arc<Pages>,
    call: Call,
    Path(of): Path<Provided>,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let path = format!("/providers/{}/stores", of.provider);
    let visit = seen(&call, &head, &pairs, path.clone());
    let asked = Ask::new().path("provider", of.provider).query("limit", ORDERS);
    let found: Items<OwnStore> = pages.doors.read("delivery.own_store_list", &call, asked).await?;
    if let [store] = &found.items[..] {
        return Ok(visit.go(&format!("{path}/{}", store.id)));
    }
    let row = |store: &OwnStore| {
        (visit.to(&format!("{path}/{}", store.id)), store.name.clone(), standing(&visit, store))
    };
    visit.page(&Stores { v: &visit, rows: found.items.iter().map(row).collect() })
}

fn standing(visit: &Visit, store: &OwnStore) -> String {
    match &*store.now.state {
        "busy" => visit.w("state-busy", "count", store.now.more_min.unwrap_or_default()),
        "paused" => {
            let until = store.now.until.map(|until| visit.time(&until)).unwrap_or_default();
            visit.w("state-paused", "time", until)
        }
        "closed" => visit.t("state-closed"),
        _ if store.is_open => visit.t("store-open"),
        _ => visit.t("store-closed"),
    }
}

#[derive(Template)]
#[template(path = "screen.html")]
struct Screen<'a> {
    v: &'a Visit,
    store: OwnStore,
    standing: String,
    cards: Vec<Card>,
    /// What is said when something changes.
    count: String,
    done: Vec<Done>,
    here: String,
    live: String,
    products: String,
    form: String,
    faults: Faults,
}

struct Card {
    order: Order,
    short: String,
    status: String,
    way: String,
    when: String,
    ready: String,
    paid: String,
}

/// One that is done.
struct Done {
    short: String,
    status: String,
    when: String,
    total: String,
}

pub async fn screen(
    pages: &Arc<Pages>,
    call: Call,
    Path(of): Path<Of>,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = seen(&call, &head, &pairs, of.path());
    shown(pages, &call, &visit, &of, (StatusCode::OK, Vec::new())).await
}

async fn shown(
    pages: &Pages,
    call: &Call,
    visit: &Visit,
    of: &Of,
    (status, faults): (StatusCode, Faults),
) -> Result<Answer<Bare>, Refusal> {
    let store: OwnStore = pages.doors.read("delivery.own_store_read", call, of.ask()).await?;
    let orders = |past: &str, limit: u16| of.ask().query("past", past).query("limit", limit);
    let open: Items<Order> = pages.doors.read("delivery.store_orders", call, orders("", OPEN_ORDERS)).await?;
    let past: Items<Order> = pages.doors.read("delivery.store_orders", call, orders("true", 10)).await?;
    let cards: Vec<Card> = open.items.into_iter().map(|order| card(visit, order)).collect();
    let new = cards.iter().filter(|card| card.order.status == "pending").count() as i64;
    let done = |order: &Order| Done {
        short: order.short(),
        status: visit.t(&format!("status-{}", order.status)),
        when: visit.time(&order.since),
        total: order.total.to_string(),
    };
    let here = visit.to(&of.path());
    let page = Screen {
        v: visit,
        standing: standing(visit, &store),
        store,
        count: visit.n("screen-count", &new),
        done: past.items.iter().map(done).collect(),
        live: format!("{here}/live"),
        products: format!("{here}/products"),
        form: forms::fresh(call),
        cards,
        here,
        faults,
    };
    visit.page_as(status, &page)
}

fn card(visit: &Visit, order: Order) -> Card {
    let method = order.method.as_deref().unwrap_or("wallet");
    Card {
        short: order.short(),
        status: visit.t(&format!("status-{}", order.status)),
        way: visit.t(if order.is_fetched() { "way-pickup" } else { "way-delivery" }),
        when: visit.time(&order.placed_at),
        ready: order.ready_at.map(|at| visit.time(&at)).unwrap_or_default(),
        paid: visit.t(&format!("method-{method}")),
        order,
    }
}

pub async fn screen_act(
    pages: &Arc<Pages>,
    mut call: Call,
    Path(of): Path<Of>,
    Head(head): Head,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let visit = sent(&call, &head, of.path());
    let asking = again(&call);
    keyed(&mut call, &fields)?;
    let (door, asked) = act(&of, &call, &fields).ok_or_else(Refusal::not_found)?;
    match pages.doors.go(door, call, asked).await {
        Ok(_) => Ok(visit.go(&of.path())),
        Err(refused) => {
            let wrong = faults(&visit, refused)?;
            shown(pages, &asking, &visit, &of, wrong).await
        }
    }
}

/// Which endpoint a button means, and what it is asked.
fn act(of: &Of, call: &Call, fields: &Fields) -> Option<(&'static str, Ask)> {
    let number = |name: &str| fields.text(name).and_then(|text| text.trim().parse::<i64>().ok());
    let order = |body: Value| Ask::of(forms::typed(fields, "order")).path("provider", of.provider).body(body);
    let state = |body: Value| Some(("delivery.store_state_set", of.ask().body(body)));
    match fields.text("go")? {
        "accept" => Some(("delivery.order_accept", order(json!({ "prepares_min": number("minutes") })))),
        "reject" => {
            let reason = forms::typed(fields, "reason").trim();
            Some(("delivery.order_reject", order(json!({ "reason": reason }))))
        }
        "prepare" => Some(("delivery.order_prepare", order(json!({})))),
        "ready" => Some(("delivery.order_ready", order(json!({})))),
        "hand_over" => {
            let pin = forms::typed(fields, "pin").trim();
            Some(("delivery.order_hand_over", order(json!({ "pin": pin }))))
        }
        "open" => state(json!({ "state": "open" })),
        "busy" => state(json!({ "state": "busy", "more_min": number("more_min") })),
        "pause" => {
            let minutes = number("pause_min").filter(|minutes| (1..=7 * 24 * 60).contains(minutes))?;
            let until = call.now.checked_add(SignedDuration::from_mins(minutes)).ok()?;
            state(json!({ "state": "paused", "until": until }))
        }
        _ => None,
    }
}
