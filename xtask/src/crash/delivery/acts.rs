//! What people do all day: buyers order and think again, merchants prepare, riders bring, managers pay out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Clock, SystemClock};
use serde_json::{Value, json};

use super::super::Dice;
use super::door::{BUYERS, Door, RIDERS, Who};
use super::town::{HERE, Town};
use super::wish::{Told, What, Wish};
use crate::step::Outcome;

/// How cards go, as the simulated gateway is told; most are paid at once.
const TOKENS: [&str; 12] = [
    "take",
    "take",
    "take",
    "take",
    "reserve",
    "reserve",
    "insufficient_funds",
    "timeout_done",
    "timeout_lost",
    "outage",
    "never",
    "wrong_amount",
];

/// What has stood for so long is looked after by the market's people.
const STANDS_MAX: SignedDuration = SignedDuration::from_hours(12);

/// Where somebody is who does something.
pub struct Desk {
    door: Door,
    town: Arc<Town>,
    stop: Arc<AtomicBool>,
    /// Its keys are its own.
    first: u64,
    made: u64,
    dice: Dice,
    ahead_s: u64,
    told: Told,
}

pub struct Day {
    stop: Arc<AtomicBool>,
    people: Vec<JoinHandle<Told>>,
}

type Act = fn(&mut Desk, usize) -> Outcome;

impl Day {
    pub fn begin(door: &Door, town: &Town, round: u32, dice: &mut Dice, ahead_s: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let town = Arc::new(town.clone());
        let mut acts: Vec<(Act, usize)> = (0..BUYERS).map(|number| (buy as Act, number)).collect();
        acts.extend((0..town.stores.len()).map(|number| (prepare as Act, number)));
        acts.extend((0..RIDERS).map(|number| (bring as Act, number)));
        acts.extend([(pay_out as Act, 0), (operate as Act, 0)]);
        let begin = |(place, (act, number)): (usize, (Act, usize))| {
            let mut desk = Desk {
                door: door.clone(),
                town: town.clone(),
                stop: stop.clone(),
                first: (u64::from(round) << 32) + ((place as u64) << 24),
                made: 0,
                dice: Dice(dice.throw()),
                ahead_s,
                told: Told::default(),
            };
            std::thread::spawn(move || {
                while !desk.stop.load(Ordering::Relaxed) && !desk.told.is_hopeless() {
                    if let Err(fault) = act(&mut desk, number) {
                        desk.told.faults.push(fault);
                        break;
                    }
                }
                desk.told
            })
        };
        let people = acts.into_iter().enumerate().map(begin).collect();
        Self { stop, people }
    }

    pub fn end(self) -> Told {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Told::default();
        for person in self.people {
            match person.join() {
                Ok(told) => all.add(told),
                Err(_) => all.faults.push("a writer of the test itself panicked".into()),
            }
        }
        all
    }
}

impl Desk {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_secs(self.ahead_s as i64)
    }

    fn rest(&self, ms: u64) {
        std::thread::sleep(Duration::from_millis(ms));
    }

    fn wish_for(&mut self, who: Who, path: String, body: Value, what: What) -> Outcome<Option<Value>> {
        self.made += 1;
        let key = format!("wish-{}", self.first + self.made);
        self.told.wish(&self.door, Wish { who, method: "POST", path, key, body, what })
    }

    fn wish(&mut self, who: Who, path: String, body: Value) -> Outcome<Option<Value>> {
        self.wish_for(who, path, body, What::Other)
    }

    /// What a list shows; nothing if there is no answer just now.
    fn look(&self, who: Who, path: &str) -> Outcome<Vec<Value>> {
        match self.door.ask(who, "GET", path, None, &Value::Null) {
            Some((200, mut value)) => match value["items"].take() {
                Value::Array(items) => Ok(items),
                other => Err(format!("GET {path} shows {other}")),
            },
            None | Some((429 | 503, _)) => {
                self.rest(5);
                Ok(Vec::new())
            }
            Some((status, value)) => Err(format!("GET {path} by {who:?} is answered {status}: {value}")),
        }
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn buy(desk: &mut Desk, number: usize) -> Outcome {
    let buyer = Who::Buyer(number);
    let town = desk.town.clone();
    let store = desk.dice.of(&town.stores);
    let first = desk.dice.below(3) as usize;
    let mut lines = vec![json!({ "product": store.products[first].0, "count": 1 + desk.dice.below(3) })];
    if desk.dice.one_in(2) {
        lines.push(json!({ "product": store.products[(first + 1) % 3].0, "count": 1 }));
    }
    let cart = json!({
        "store": store.id, "mode": "delivery", "lines": lines,
        "to": { "lat": HERE.0 + 0.01, "long": HERE.1 },
    });
    let Some(quote) = desk.wish(buyer, "/delivery/quotes".into(), cart)? else { return Ok(()) };
    let payment = match desk.dice.below(4) {
        0 => json!({ "method": "cash" }),
        1 => json!({ "method": "wallet" }),
        _ => json!({ "method": "card", "token": format!("sim:{}", desk.dice.of(&TOKENS)) }),
    };
    let order = json!({
        "quote": quote["id"], "payment": payment, "address": "2 Short Street", "contact": "+27820000000",
    });
    let placed = desk.wish_for(buyer, "/orders".into(), order, What::Place)?;
    if desk.dice.one_in(6) {
        let mine = desk.look(buyer, "/orders?limit=20")?;
        let mut early =
            mine.iter().filter(|it| matches!(it["status"].as_str(), Some("pending" | "confirmed")));
        let id = early.next_back().or(placed.as_ref()).map(|it| text(it, "id"));
        if let Some(id) = id {
            desk.wish(buyer, format!("/orders/{id}/cancel"), json!({ "reason": "changed my mind" }))?;
        }
    }
    desk.rest(80);
    Ok(())
}

fn prepare(desk: &mut Desk, number: usize) -> Outcome {
    let (town, owner) = (desk.town.clone(), Who::Owner);
    let store = &town.stores[number];
    let path = format!("/providers/{}", store.provider);
    for order in desk.look(owner, &format!("{path}/stores/{}/orders?limit=30", store.id))? {
        let step = match order["status"].as_str() {
            Some("pending") if desk.dice.one_in(12) => "reject",
            Some("pending") => "accept",
            Some("confirmed") if desk.dice.one_in(2) => "prepare",
            Some("preparing") => "ready",
            _ => continue,
        };
        let body = match step {
            "reject" => json!({ "reason": "no flour" }),
            "accept" => json!({ "prepares_min": 1 }),
            _ => Value::Null,
        };
        desk.wish(owner, format!("{path}/orders/{}/{step}", text(&order, "id")), body)?;
        if desk.stop.load(Ordering::Relaxed) || desk.told.is_hopeless() {
            break;
        }
    }
    desk.rest(20);
    Ok(())
}

fn bring(desk: &mut Desk, number: usize) -> Outcome {
    let rider = Who::Rider(number);
    let duty = json!({ "on": true, "mode": "motorbike", "capacity": 8 });
    desk.wish(rider, "/worker/duty".into(), duty)?;
    let here = json!({ "lat": HERE.0 + number as f64 / 1e3, "long": HERE.1 });
    let ping = json!({ "positions": [{ "point": here, "at": desk.now().to_string() }] });
    desk.wish(rider, "/worker/positions".into(), ping)?;
    for offer in desk.look(rider, "/worker/offers")? {
        let (step, what) = match desk.dice.one_in(10) {
            true => ("refuse", What::Other),
            false => ("accept", What::Accept(text(&offer["job"], "id"))),
        };
        desk.wish_for(rider, format!("/offers/{}/{step}", text(&offer, "id")), Value::Null, what)?;
    }
    for order in desk.look(rider, "/rider/orders?limit=20")? {
        let id = text(&order, "id");
        let (step, body) = match order["status"].as_str() {
            Some("ready") => ("picked-up", Value::Null),
            Some("picked_up") => ("on-the-way", Value::Null),
            Some("in_transit") => match desk.told_pin(&order) {
                Some(pin) => ("delivered", json!({ "pin": pin })),
                None => continue,
            },
            _ => continue,
        };
        desk.wish(rider, format!("/rider/orders/{id}/{step}"), body)?;
    }
    desk.rest(30);
    Ok(())
}

impl Desk {
    /// What the buyer says at the door.
    fn told_pin(&self, order: &Value) -> Option<String> {
        let path = format!("/orders/{}", text(order, "id"));
        let say = |number| self.door.ask(Who::Buyer(number), "GET", &path, None, &Value::Null);
        let found = (0..BUYERS).find_map(|number| say(number).filter(|(status, _)| *status == 200));
        found.and_then(|(_, order)| order["pin"].as_str().map(str::to_owned))
    }
}

/// One makes it, another approves it, the bank has it; some comes back.
fn pay_out(desk: &mut Desk, _: usize) -> Outcome {
    let payee = if desk.dice.one_in(2) { "merchant" } else { "rider" };
    let new = json!({ "payee": payee, "currency": "ZAR" });
    desk.wish(Who::Manager, "/payouts".into(), new)?;
    for payout in desk.look(Who::Manager, "/payouts?limit=10")? {
        let path = format!("/payouts/{}", text(&payout, "id"));
        let (who, step) = match payout["state"].as_str() {
            Some("made") if desk.dice.one_in(6) => (Who::Manager, "withdraw"),
            Some("made") => (Who::Owner, "approve"),
            Some("approved") => (Who::Manager, "send"),
            Some("sent") if desk.dice.one_in(3) => {
                let (_, full) =
                    desk.door.ask(Who::Manager, "GET", &path, None, &Value::Null).unwrap_or_default();
                let statement = text(&full["transfers"][0], "statement");
                if !statement.is_empty() {
                    let back = json!({ "reason": "account closed" });
                    desk.wish(Who::Manager, format!("{path}/transfers/{statement}/return"), back)?;
                }
                continue;
            }
            Some("sent") => (Who::Manager, "paid"),
            _ => continue,
        };
        desk.wish(who, format!("{path}/{step}"), Value::Null)?;
    }
    desk.rest(60);
    Ok(())
}

/// Orders on the road that come to nothing, and money that is given back for what was delivered.
fn operate(desk: &mut Desk, _: usize) -> Outcome {
    for order in desk.look(Who::Manager, "/delivery/orders?limit=50")? {
        let path = format!("/delivery/orders/{}", text(&order, "id"));
        let is_gone = matches!(order["status"].as_str(), Some("picked_up" | "in_transit"));
        let since = order["since"].as_str().and_then(|since| since.parse::<Timestamp>().ok());
        let stands = since.is_some_and(|since| desk.now().duration_since(since) > STANDS_MAX);
        let why = match is_gone {
            true if desk.dice.one_in(40) => "the rider fell",
            false if stands && desk.dice.one_in(2) => "nobody brings it",
            _ => continue,
        };
        desk.wish(Who::Manager, format!("{path}/move"), json!({ "to": "cancelled", "reason": why }))?;
    }
    let buyer = Who::Buyer(desk.dice.below(BUYERS as u64) as usize);
    for order in desk.look(buyer, "/orders?limit=30")? {
        // More often than what was captured allows.
        if order["status"] == "delivered" && order["paid"] == "taken" && desk.dice.one_in(20) {
            let amount = order["total"]["amount"].as_i64().unwrap_or_default() * 2 / 5;
            let path = format!("/payments/{}/refunds", text(&order, "payment"));
            let body = json!({ "amount": amount.max(1), "reason": "cold", "funding": "refunds" });
            desk.wish_for(Who::Manager, path, body, What::Refund(text(&order, "id")))?;
        }
    }
    desk.rest(60);
    Ok(())
}
