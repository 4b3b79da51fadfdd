//! All orders that are under way and the riders on duty: on a map, in a list, and first those that somebody has to
//! look at.

use std::sync::Arc;

use ::pages::Visit;
use ::pages::doors::{Ask, again};
use ::pages::forms;
use askama::Template;
use geo::Point;
use http::StatusCode;
use kernel::Refusal;
use serde_json::{Value, json};
use web::{Answer, Bare, Call, Fields, Head, Pairs};

use super::limits::OPEN_ORDERS;
use super::plan::Plan;
use super::views::{Items, Order, Store, Stuck, Worker, short};
use super::{Faults, Pages, faults, keyed, seen, sent};

/// Where an operator may bring an order that stands.
const MOVES: [&str; 7] =
    ["confirmed", "preparing", "ready", "picked_up", "in_transit", "delivered", "cancelled"];

#[derive(Template)]
#[template(path = "operator.html")]
struct Board<'a> {
    v: &'a Visit,
    map: Option<Map>,
    stuck: Vec<Alarm>,
    rows: Vec<Row>,
    riders: Vec<Worker>,
    count: String,
    moves: Vec<(&'static str, String)>,
    more: bool,
    here: String,
    live: String,
    figures: String,
    form: String,
    faults: Faults,
    done: bool,
}

struct Map {
    plan: Plan,
    /// Across, down, what it is.
    stores: Vec<(String, String, String)>,
    doors: Vec<(String, String, String)>,
    riders: Vec<(String, String, String)>,
}

struct Alarm {
    order: String,
    short: String,
    status: String,
    since: String,
    unserved: bool,
}

struct Row {
    id: String,
    short: String,
    store: String,
    status: String,
    since: String,
    rider: String,
    total: String,
    stuck: bool,
}

pub async fn board(
    pages: &Arc<Pages>,
    call: Call,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = seen(&call, &head, &pairs, "/delivery");
    let done = pairs.get("done").is_some();
    shown(pages, &call, &visit, done, (StatusCode::OK, Vec::new())).await
}

async fn shown(
    pages: &Pages,
    call: &Call,
    visit: &Visit,
    done: bool,
    (status, faults): (StatusCode, Faults),
) -> Result<Answer<Bare>, Refusal> {
    let doors = &pages.doors;
    let asked = || Ask::new().query("limit", OPEN_ORDERS);
    let open: Items<Order> = doors.read("delivery.open_orders", call, asked()).await?;
    let stuck: Items<Stuck> = doors.read("delivery.delivery_stuck", call, Ask::new()).await?;
    let stores: Items<Store> = doors.read("delivery.store_list", call, asked()).await?;
    let places = stores.items.iter().map(|store| store.point);
    let ends = open.items.iter().flat_map(|order| [Some(order.from), order.to]).flatten();
    let plan = Plan::around(&places.chain(ends).collect::<Vec<_>>());
    let riders = match &plan {
        Some(plan) => {
            let asked = Ask::new().query("bbox", &plan.bbox);
            doors.read::<Items<Worker>>("delivery.workers_near", call, asked).await?.items
        }
        None => Vec::new(),
    };
    let live = plan.as_ref().map(|plan| format!("?bbox={}", ::pages::address::encoded(&plan.bbox)));
    let page = Board {
        v: visit,
        map: plan.map(|plan| map(visit, plan, &stores.items, &open.items, &riders)),
        stuck: stuck.items.iter().map(|stuck| alarm(visit, stuck)).collect(),
        rows: open.items.iter().map(|order| row(visit, order)).collect(),
        count: visit.n("board-count", &(open.items.len() as i64)),
        more: open.next.is_some(),
        moves: MOVES.map(|its| (its, visit.t(&format!("status-{its}")))).into(),
        here: visit.to("/delivery"),
        live: visit.to(&format!("/delivery/live{}", live.unwrap_or_default())),
        figures: visit.to("/delivery/figures"),
        form: forms::fresh(call),
        riders,
        faults,
        done,
    };
    visit.page_as(status, &page)
}

fn map(visit: &Visit, plan: Plan, stores: &[Store], orders: &[Order], riders: &[Worker]) -> Map {
    let at = |point: &Point, name: String| (plan.x(point), plan.y(point), name);
    let door = |order: &Order| {
        let name = format!("{} · {}", order.short(), visit.t(&format!("status-{}", order.status)));
        order.to.map(|door| at(&door, name))
    };
    Map {
        stores: stores.iter().map(|store| at(&store.point, store.name.clone())).collect(),
        doors: orders.iter().filter_map(door).collect(),
        riders: riders.iter().map(|rider| at(&rider.point, short(&rider.worker))).collect(),
        plan,
    }
}

fn alarm(visit: &Visit, stuck: &Stuck) -> Alarm {
    Alarm {
        short: short(&stuck.order),
        order: stuck.order.clone(),
        status: visit.t(&format!("status-{}", stuck.status)),
        since: visit.time(&stuck.since),
        unserved: stuck.unserved,
    }
}

fn row(visit: &Visit, order: &Order) -> Row {
    Row {
        id: order.id.clone(),
        short: order.short(),
        store: order.store_name.clone(),
        status: visit.t(&format!("status-{}", order.status)),
        since: visit.time(&order.since),
        rider: order.rider.as_deref().map(short).unwrap_or_default(),
        total: order.total.to_string(),
        stuck: order.stuck,
    }
}

pub async fn board_act(
    pages: &Arc<Pages>,
    mut call: Call,
    Head(head): Head,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let visit = sent(&call, &head, "/delivery");
    let asking = again(&call);
    keyed(&mut call, &fields)?;
    let text = |name: &str| forms::typed(&fields, name).trim().to_owned();
    let given = |text: String| if text.is_empty() { Value::Null } else { Value::from(text) };
    let (door, body) = match fields.text("go").unwrap_or_default() {
        "reassign" => ("delivery.order_reassign", json!({ "rider": given(text("rider")) })),
        "move" => ("delivery.order_move", json!({ "to": text("to"), "reason": text("reason") })),
        _ => return Err(Refusal::not_found()),
    };
    match pages.doors.go(door, call, Ask::of(text("order")).body(body)).await {
        Ok(_) => Ok(visit.go("/delivery?done=1")),
        Err(refused) => {
            let wrong = faults(&visit, refused)?;
            shown(pages, &asking, &visit, false, wrong).await
        }
    }
}
