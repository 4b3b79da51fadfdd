//! A rider's page: on duty or not, what is offered, what is at hand, what it earned. Each button is a form; where
//! scripts run, what is pressed without a connection waits on the phone and is sent once, in order.

use std::sync::Arc;

use ::pages::Visit;
use ::pages::doors::{Ask, again};
use ::pages::forms;
use askama::Template;
use http::StatusCode;
use kernel::{Fault, Refusal};
use serde_json::{Value, json};
use web::{Answer, Bare, Call, Fields, Head, Pairs};

use super::limits::ORDERS;
use super::views::{Duty, Items, Offer, Order, amount, metres};
use super::{Faults, Pages, faults, keyed, seen, sent};
use crate::photos::PROOFS;

const MODES: [&str; 7] = ["foot", "bicycle", "motorbike", "car", "van", "accessible_van", "truck"];

#[derive(Template)]
#[template(path = "rider.html")]
struct Board<'a> {
    v: &'a Visit,
    duty: Duty,
    modes: Vec<(&'static str, String, bool)>,
    earned: String,
    offers: Vec<Card>,
    tasks: Vec<Task>,
    past: Vec<Past>,
    may_ask: bool,
    here: String,
    form: String,
    faults: Faults,
    done: String,
}

/// Something that may be accepted.
struct Card {
    id: String,
    pay: String,
    to_store: String,
    to_door: String,
    due: String,
    expires: String,
}

/// Something that is at hand.
struct Task {
    order: Order,
    short: String,
    status: String,
    pay: String,
    collect: String,
    /// Where to go now: the place, and how a telephone opens it.
    goal: String,
    open: String,
    call: String,
    /// Which of the steps comes next, counted from one; none, while the store prepares it. The others are there
    /// too, out of sight, for whoever goes on without a connection.
    step: u8,
}

struct Past {
    short: String,
    status: String,
    when: String,
    pay: String,
}

pub async fn rider(
    pages: &Arc<Pages>,
    call: Call,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = seen(&call, &head, &pairs, "/rider");
    let done = match pairs.get("done") {
        Some("asked") => visit.t("done-asked"),
        _ => String::new(),
    };
    shown(pages, &call, &visit, done, (StatusCode::OK, Vec::new())).await
}

async fn shown(
    pages: &Pages,
    call: &Call,
    visit: &Visit,
    done: String,
    (status, faults): (StatusCode, Faults),
) -> Result<Answer<Bare>, Refusal> {
    let duty: Duty = pages.doors.read("delivery.worker_duty_read", call, Ask::new()).await?;
    let offers: Items<Offer> = pages.doors.read("delivery.worker_offers", call, Ask::new()).await?;
    let asked = Ask::new().query("limit", ORDERS);
    let orders: Items<Order> = pages.doors.read("delivery.rider_orders", call, asked).await?;
    let (past, tasks): (Vec<Order>, Vec<Order>) = orders.items.into_iter().partition(Order::is_over);
    let mode = duty.mode.as_deref().unwrap_or("motorbike").to_owned();
    let page = Board {
        v: visit,
        modes: MODES.map(|its| (its, visit.t(&format!("mode-{its}")), its == mode)).into(),
        earned: amount(call, duty.earned_today),
        offers: offers.items.iter().map(|offer| card(visit, call, offer)).collect(),
        tasks: tasks.into_iter().rev().map(|order| task(visit, order)).collect(),
        past: past.iter().map(|order| past_of(visit, order)).collect(),
        may_ask: status == StatusCode::FORBIDDEN,
        here: visit.to("/rider"),
        form: forms::fresh(call),
        duty,
        faults,
        done,
    };
    visit.page_as(status, &page)
}

fn card(visit: &Visit, call: &Call, offer: &Offer) -> Card {
    let to_door = offer.job.pickup.distance_m(offer.job.drop).round() as i64;
    Card {
        id: offer.id.clone(),
        pay: amount(call, offer.job.pay),
        to_store: metres(visit, offer.metres),
        to_door: metres(visit, to_door),
        due: visit.time(&offer.job.due),
        expires: visit.time(&offer.expires),
    }
}

fn task(visit: &Visit, order: Order) -> Task {
    let is_fetched = matches!(&*order.status, "picked_up" | "in_transit");
    let (goal, point) = match order.to.filter(|_| is_fetched) {
        Some(door) => (order.address.clone().unwrap_or_default(), door),
        None => (order.store_name.clone(), order.from),
    };
    let degrees = |e7: i32| format!("{:.6}", f64::from(e7) / 1e7);
    Task {
        short: order.short(),
        status: visit.t(&format!("status-{}", order.status)),
        pay: order.pay.map(|pay| pay.to_string()).unwrap_or_default(),
        collect: order.to_collect.map(|money| money.to_string()).unwrap_or_default(),
        step: match &*order.status {
            "ready" => 1,
            "picked_up" => 2,
            "in_transit" => 3,
            _ => 0,
        },
        call: format!("tel:{}", ::pages::address::encoded(order.contact.as_deref().unwrap_or_default())),
        open: format!("geo:{},{}", degrees(point.lat_e7()), degrees(point.long_e7())),
        goal,
        order,
    }
}

fn past_of(visit: &Visit, order: &Order) -> Past {
    Past {
        short: order.short(),
        status: visit.t(&format!("status-{}", order.status)),
        when: visit.time(&order.since),
        pay: order.pay.map(|pay| pay.to_string()).unwrap_or_default(),
    }
}

pub async fn rider_act(
    pages: &Arc<Pages>,
    mut call: Call,
    Head(head): Head,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let visit = sent(&call, &head, "/rider");
    let asking = again(&call);
    keyed(&mut call, &fields)?;
    let go = fields.text("go").unwrap_or_default();
    let outcome = match go {
        "on" => on_duty(pages, call, &asking, &fields).await,
        "photo" => with_photo(pages, call, &asking, &visit, &fields).await,
        _ => {
            let (door, asked) = act(go, &fields).ok_or_else(Refusal::not_found)?;
            pages.doors.go(door, call, asked).await.map(drop)
        }
    };
    match outcome {
        Ok(()) if go == "ask" => Ok(visit.go("/rider?done=asked")),
        Ok(()) => Ok(visit.go("/rider")),
        Err(refused) if refused.code() == "not_admitted" => {
            let wrong = vec![(String::new(), visit.t("rider-not-admitted"))];
            shown(pages, &asking, &visit, String::new(), (StatusCode::FORBIDDEN, wrong)).await
        }
        Err(refused) => {
            let wrong = faults(&visit, refused)?;
            shown(pages, &asking, &visit, String::new(), wrong).await
        }
    }
}

fn act(go: &str, fields: &Fields) -> Option<(&'static str, Ask)> {
    let id = || forms::typed(fields, "id");
    Some(match go {
        "off" => ("delivery.worker_duty", Ask::new().body(json!({ "on": false }))),
        "ask" => ("delivery.worker_ask", Ask::new()),
        "accept" => ("delivery.offer_accept", Ask::of(id())),
        "refuse" => ("delivery.offer_refuse", Ask::of(id())),
        "picked_up" => ("delivery.order_picked_up", Ask::of(id())),
        "on_the_way" => ("delivery.order_on_the_way", Ask::of(id())),
        "delivered" => {
            let pin = forms::typed(fields, "pin").trim();
            ("delivery.order_delivered", Ask::of(id()).body(json!({ "pin": pin })))
        }
        _ => return None,
    })
}

/// On duty, and where: without a place nothing is offered.
async fn on_duty(pages: &Pages, call: Call, asking: &Call, fields: &Fields) -> Result<(), Refusal> {
    let mode = fields.text("mode").unwrap_or_default();
    let body = json!({ "on": true, "mode": mode, "capacity": CAPACITY });
    pages.doors.go("delivery.worker_duty", call, Ask::new().body(body)).await?;
    match position(asking, fields) {
        Some(body) => {
            let asked = Ask::new().body(body);
            pages.doors.go("delivery.worker_positions", again(asking), asked).await.map(drop)
        }
        None => Ok(()),
    }
}

/// So many orders at once, as the market's jobs count them.
const CAPACITY: u16 = 2;

/// Where they say that they are, as a device would.
fn position(call: &Call, fields: &Fields) -> Option<Value> {
    let number = |name: &str| fields.text(name)?.trim().replace(',', ".").parse::<f64>().ok();
    let (lat, long) = (number("lat")?, number("long")?);
    let at = fields.text("at").map_or_else(|| call.now.to_string(), str::to_owned);
    Some(json!({ "positions": [{ "point": { "lat": lat, "long": long }, "at": at }] }))
}

/// Told again and again by a script; by a form where there is none.
pub async fn here(
    pages: &Arc<Pages>,
    call: Call,
    Head(head): Head,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let visit = sent(&call, &head, "/rider");
    let asking = again(&call);
    let Some(body) = position(&call, &fields) else {
        let wrong = vec![("lat".to_owned(), visit.t("fault-not-a-place"))];
        return shown(pages, &asking, &visit, String::new(), (StatusCode::UNPROCESSABLE_ENTITY, wrong)).await;
    };
    match pages.doors.go("delivery.worker_positions", call, Ask::new().body(body)).await {
        Ok(_) => Ok(visit.go("/rider")),
        Err(refused) => {
            let wrong = faults(&visit, refused)?;
            shown(pages, &asking, &visit, String::new(), wrong).await
        }
    }
}

/// A picture of where it lies, in place of the buyer's number.
async fn with_photo(
    pages: &Pages,
    call: Call,
    asking: &Call,
    visit: &Visit,
    fields: &Fields,
) -> Result<(), Refusal> {
    let missing = || Refusal::invalid(vec![Fault::new("/photo", "bad_photo", visit.t("fault-bad-photo"))]);
    let media = pages.media.as_ref().ok_or_else(missing)?;
    let bytes = fields.files().map(|file| file.bytes.clone()).find(|bytes| !bytes.is_empty());
    let ticket = media.receive(asking, PROOFS, bytes.ok_or_else(missing)?).await?;
    let body = json!({ "photo": media.ticket_text(asking.market(), &ticket) });
    let asked = Ask::of(forms::typed(fields, "id")).body(body);
    pages.doors.go("delivery.order_delivered", call, asked).await.map(drop)
}
