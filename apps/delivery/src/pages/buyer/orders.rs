use std::sync::Arc;

use ::pages::Visit;
use ::pages::doors::{Ask, again};
use ::pages::forms;
use askama::Template;
use geo::Point;
use http::StatusCode;
use kernel::Refusal;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use web::{Answer, Bare, Call, Fields, Head, Pairs, Path};

use super::super::limits::ORDERS;
use super::super::plan::Plan;
use super::super::views::{Entry, Items, Order, text};
use super::super::{Faults, Pages, faults, keyed, seen, sent};

#[derive(Template)]
#[template(path = "orders.html")]
struct List<'a> {
    v: &'a Visit,
    rows: Vec<Row>,
    more: Option<String>,
}

struct Row {
    href: String,
    name: String,
    status: String,
    status_name: String,
    when: String,
    total: String,
}

pub async fn orders(
    pages: &Arc<Pages>,
    call: Call,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = seen(&call, &head, &pairs, "/orders");
    let asked = Ask::new().query("limit", ORDERS).query("cursor", pairs.get("cursor").unwrap_or_default());
    let found: Items<Order> = pages.doors.read("delivery.order_list", &call, asked).await?;
    let row = |order: &Order| Row {
        href: visit.to(&format!("/orders/{}", order.id)),
        name: order.store_name.clone(),
        status: order.status.clone(),
        status_name: visit.t(&format!("status-{}", order.status)),
        when: visit.time(&order.placed_at),
        total: order.total.to_string(),
    };
    let rows = found.items.iter().map(row).collect();
    let link = |next: &str| visit.to(&format!("/orders?cursor={}", ::pages::address::encoded(next)));
    visit.page(&List { v: &visit, rows, more: found.next.as_deref().map(link) })
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Which {
    #[schemars(length(min = 1, max = 64))]
    pub id: String,
}

#[derive(Template)]
#[template(path = "order.html")]
struct Shown<'a> {
    v: &'a Visit,
    order: Order,
    status: String,
    about: String,
    done: String,
    steps: Vec<Step>,
    map: Option<Map>,
    /// Where somebody pays, or nothing while that is being found out.
    pay: Option<String>,
    waits: bool,
    may_cancel: bool,
    here: String,
    live: String,
    form: String,
    faults: Faults,
}

/// One step of the way, and when it was reached.
struct Step {
    name: String,
    when: String,
    is_reached: bool,
    is_now: bool,
}

struct Map {
    plan: Plan,
    store: (String, String),
    door: (String, String),
    has_rider: bool,
}

pub async fn one(
    pages: &Arc<Pages>,
    call: Call,
    Path(which): Path<Which>,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = seen(&call, &head, &pairs, path(&which));
    let done = if pairs.get("done") == Some("ordered") { visit.t("done-ordered") } else { String::new() };
    shown(pages, &call, &visit, &which.id, done, (StatusCode::OK, Vec::new())).await
}

fn path(which: &Which) -> String {
    format!("/orders/{}", ::pages::address::encoded(&which.id))
}

async fn shown(
    pages: &Pages,
    call: &Call,
    visit: &Visit,
    id: &str,
    done: String,
    (status, faults): (StatusCode, Faults),
) -> Result<Answer<Bare>, Refusal> {
    let order: Order = pages.doors.read("delivery.order_read", call, Ask::of(id)).await?;
    let history: Items<Entry> = pages.doors.read("delivery.order_history", call, Ask::of(id)).await?;
    let waits = order.paid == "waiting" && !order.is_over();
    let pay = match &order.payment {
        Some(payment) if waits => {
            let payment: Value = pages.doors.read("platform.get_payment", call, Ask::of(payment)).await?;
            Some(text(&payment, "next")).filter(|next| is_link(next))
        }
        _ => None,
    };
    let here = visit.to(&format!("/orders/{}", order.id));
    let page = Shown {
        v: visit,
        status: visit.t(&format!("status-{}", order.status)),
        about: about(visit, &order),
        steps: steps(visit, &order, &history.items),
        map: map(&order),
        may_cancel: matches!(&*order.status, "pending" | "confirmed"),
        live: if order.is_over() { String::new() } else { format!("{here}/live") },
        form: forms::fresh(call),
        here,
        order,
        done,
        pay,
        waits,
        faults,
    };
    visit.page_as(status, &page)
}

/// Only where a browser goes: what a gateway says is not believed to be harmless.
fn is_link(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

fn about(visit: &Visit, order: &Order) -> String {
    let at = order.due_at.filter(|_| !order.is_over() && !order.is_fetched());
    match (at, order.ready_at.filter(|_| !order.is_over())) {
        (Some(due), _) => visit.w("order-due", "time", visit.time(&due)),
        (None, Some(ready)) => visit.w("order-ready", "time", visit.time(&ready)),
        _ => String::new(),
    }
}

/// The whole way, with what is still to come; where it was cancelled, what was.
fn steps(visit: &Visit, order: &Order, history: &[Entry]) -> Vec<Step> {
    let way: &[&str] = match order.is_fetched() {
        true => &["pending", "confirmed", "preparing", "ready", "delivered"],
        false => &["pending", "confirmed", "preparing", "ready", "picked_up", "in_transit", "delivered"],
    };
    let entry = |status: &str| history.iter().rev().find(|entry| entry.status == status);
    let step = |status: &str, at: Option<String>| Step {
        name: visit.t(&format!("status-{status}")),
        is_reached: at.is_some(),
        when: at.unwrap_or_default(),
        is_now: order.status == status,
    };
    let when = |status: &str| match (status, entry(status)) {
        ("pending", None) => Some(visit.time(&order.placed_at)),
        (_, found) => found.map(|entry| visit.time(&entry.at)),
    };
    let mut steps: Vec<Step> = way.iter().map(|status| step(status, when(status))).collect();
    if order.status == "cancelled" {
        steps.retain(|step| step.is_reached);
        let why = entry("cancelled").and_then(|entry| entry.reason.clone()).unwrap_or_default();
        let mut last = step("cancelled", when("cancelled"));
        if !why.is_empty() {
            last.when = format!("{} · {why}", last.when);
        }
        steps.push(last);
    }
    steps
}

fn map(order: &Order) -> Option<Map> {
    let door: Point = order.to.filter(|_| !order.is_over())?;
    let plan = Plan::around(&[order.from, door])?;
    Some(Map {
        store: (plan.x(&order.from), plan.y(&order.from)),
        door: (plan.x(&door), plan.y(&door)),
        has_rider: order.rider.is_some(),
        plan,
    })
}

pub async fn one_act(
    pages: &Arc<Pages>,
    mut call: Call,
    Path(which): Path<Which>,
    Head(head): Head,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let visit = sent(&call, &head, path(&which));
    if fields.text("go") != Some("cancel") {
        return Err(Refusal::not_found());
    }
    let asking = again(&call);
    keyed(&mut call, &fields)?;
    let reason = forms::typed(&fields, "reason").trim().to_owned();
    let reason = if reason.is_empty() { Value::Null } else { reason.into() };
    let asked = Ask::of(&which.id).body(json!({ "reason": reason }));
    match pages.doors.go("delivery.order_cancel", call, asked).await {
        Ok(_) => Ok(visit.go(&path(&which))),
        Err(refused) => {
            let wrong = faults(&visit, refused)?;
            shown(pages, &asking, &visit, &which.id, String::new(), wrong).await
        }
    }
}
