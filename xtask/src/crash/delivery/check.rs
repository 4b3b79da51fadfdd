//! What was answered, held against what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use kernel::Id;
use serde_json::Value;

use super::door::{BUYERS, Door, RIDERS, Who};
use super::explain::{Funds, Payment, Seen, Standing, explain};
use super::town::{Town, WALLET};
use super::wish::Told;
use crate::step::Outcome;

kernel::id_kind!(Order = "ord");

/// Orders are looked at by so many at once.
const READERS: usize = 8;

/// What is known of an order, and stays so once it is over.
#[derive(Debug, Clone, Default)]
struct Known {
    buyer: usize,
    /// Products and how many of each.
    lines: Vec<(String, i64)>,
    rider: Option<String>,
    is_over: bool,
    is_delivered: bool,
    /// Its goods are not on the shelf any more, nor is anybody's hand on them.
    is_out: bool,
    /// What was asked for with it, and all that is divided; nothing until it is earned.
    divided: i64,
    /// What whoever brought it, or came for it, gave for it in cash.
    cash: i64,
    /// What a buyer has less for it.
    spent: i64,
    /// What is in its account, for the sum of them.
    funds: Funds,
}

/// What all rounds left behind.
#[derive(Debug, Default)]
pub struct Memory {
    orders: BTreeMap<String, Known>,
    accepted: BTreeMap<String, BTreeSet<usize>>,
    done: u64,
    refused: u64,
    statements: i64,
    payouts: usize,
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delivered = self.orders.values().filter(|order| order.is_delivered).count();
        let over = self.orders.values().filter(|order| order.is_over).count();
        write!(f, "{} orders, {delivered} delivered, {} cancelled, ", self.orders.len(), over - delivered)?;
        write!(f, "{} statements, {} pay-outs; ", self.statements, self.payouts)?;
        write!(f, "{} wishes done, {} refused, all as they should be", self.done, self.refused)
    }
}

impl Memory {
    pub fn add(&mut self, told: Told) {
        for (id, buyer) in told.placed {
            self.orders.insert(id, Known { buyer, ..Known::default() });
        }
        for (job, riders) in told.accepted {
            self.accepted.entry(job).or_default().extend(riders);
        }
        for id in told.touched {
            self.orders.entry(id).and_modify(|order| order.is_over = false);
        }
        self.done += told.done;
        self.refused += told.refused;
    }

    /// All of it once; `full` also reads again what is over. To be tried again while something goes on.
    pub fn check(&mut self, door: &Door, town: &Town, full: bool) -> Outcome {
        let mut open: Vec<_> = self.orders.iter_mut().filter(|(_, known)| full || !known.is_over).collect();
        let each = open.len().div_ceil(READERS).max(1);
        let looked = std::thread::scope(|scope| {
            let readers: Vec<_> = open
                .chunks_mut(each)
                .map(|some| scope.spawn(|| some.iter_mut().try_for_each(|(id, known)| look(door, id, known))))
                .collect();
            readers.into_iter().map(|it| it.join().unwrap_or(Err("a reader panicked".into()))).collect()
        });
        let looked: Vec<Outcome> = looked;
        looked.into_iter().collect::<Outcome>()?;
        self.nobody_has_more(door)?;
        self.shelves(door, town)?;
        self.riders(door)?;
        self.books(door)?;
        self.statements = settlement(door)?;
        self.payouts = door.every(Who::Manager, "/payouts")?.len();
        Ok(())
    }

    /// The orders of each buyer are those that they were told of.
    fn nobody_has_more(&self, door: &Door) -> Outcome {
        for buyer in 0..BUYERS {
            let listed = door.every(Who::Buyer(buyer), "/orders?fields=id")?;
            let listed: Vec<&str> = listed.iter().filter_map(|order| order["id"].as_str()).collect();
            let there: BTreeSet<&str> = listed.iter().copied().collect();
            let told: BTreeSet<&str> =
                self.orders.iter().filter(|(_, it)| it.buyer == buyer).map(|(id, _)| id.as_str()).collect();
            if there != told || there.len() != listed.len() {
                let odd: Vec<_> = there.symmetric_difference(&told).collect();
                return Err(format!(
                    "buyer {buyer} has {} orders, not {}: {odd:?}",
                    listed.len(),
                    told.len()
                ));
            }
        }
        Ok(())
    }

    /// What is left is what there was without what is sold or promised.
    fn shelves(&self, door: &Door, town: &Town) -> Outcome {
        let mut out: BTreeMap<&str, i64> = BTreeMap::new();
        for order in self.orders.values().filter(|order| order.is_out) {
            for (product, count) in &order.lines {
                *out.entry(product).or_default() += count;
            }
        }
        for store in &town.stores {
            let path = format!("/providers/{}/stores/{}/products", store.provider, store.id);
            for product in door.every(Who::Owner, &path)? {
                let id = product["id"].as_str().unwrap_or_default();
                let had = store.products.iter().find(|(its, _)| its == id).map_or(0, |(_, count)| *count);
                let gone = out.get(id).copied().unwrap_or_default();
                let left = product["available"].as_i64().unwrap_or(-1);
                if left != had - gone || left < 0 {
                    return Err(format!("of {had} of {id} {gone} are sold or promised and {left} are left"));
                }
            }
        }
        Ok(())
    }

    /// One rider for each job, and it is the one who was told so.
    fn riders(&self, door: &Door) -> Outcome {
        let mut told = [0_usize; RIDERS];
        for (job, riders) in &self.accepted {
            if riders.len() != 1 {
                return Err(format!("{job} was given to {riders:?}"));
            }
            riders.iter().for_each(|rider| told[*rider] += 1);
        }
        for (rider, told) in told.iter().enumerate() {
            let id = door.id(Who::Rider(rider));
            let brought = self.orders.values().filter(|it| it.rider.as_deref() == Some(&id)).count();
            if brought != *told {
                return Err(format!("rider {rider} was told of {told} jobs and has {brought} orders"));
            }
        }
        Ok(())
    }

    /// The ledger as a whole comes to what the orders come to.
    fn books(&self, door: &Door) -> Outcome {
        let trial = door.read(Who::Owner, "/ledger/trial-balance")?;
        if trial["is_balanced"] != true {
            return Err(format!("the books are out of balance: {trial}"));
        }
        let in_it = |code: &str| -> i64 {
            let lines = trial["lines"].as_array().into_iter().flatten().filter(|line| line["code"] == code);
            let of = |line: &Value, side: &str| line[side]["amount"].as_i64().unwrap_or_default();
            lines.map(|line| of(line, "credit") - of(line, "debit")).sum()
        };
        let given = WALLET * BUYERS as i64;
        let earners =
            ["merchant", "rider", "reserve", "payouts", "commission", "delivery_fees", "vat", "bank"];
        // What riders are owed is kept out of the cash that they have.
        let cash: i64 = self.orders.values().map(|order| order.cash).sum();
        let kept = cash + in_it("cash");
        let earned = earners.iter().map(|code| in_it(code)).sum::<i64>() + given + kept;
        // The market's gifts are divided too, and come from it.
        let divided: i64 = self.orders.values().map(|order| order.divided).sum();
        if earned != divided {
            return Err(format!("{earned} was earned, but {divided} was paid for what is over: {trial}"));
        }
        let stands: i64 = self.orders.values().map(|order| order.funds.posted).sum();
        if in_it("buyer_funds") != stands {
            return Err(format!("{} stands in buyer_funds, not {stands}", in_it("buyer_funds")));
        }
        if in_it("suspense") != 0 {
            return Err(format!("{} is in suspense", in_it("suspense")));
        }
        for buyer in 0..BUYERS {
            let path = format!("/ledger/accounts/wallet/{}", door.id(Who::Buyer(buyer)));
            let wallet = Funds::of(&door.read(Who::Owner, &path)?);
            let spent: i64 = self.orders.values().filter(|it| it.buyer == buyer).map(|it| it.spent).sum();
            if wallet.posted != WALLET - spent {
                return Err(format!("buyer {buyer} has {wallet:?} of {WALLET} after spending {spent}"));
            }
        }
        Ok(())
    }
}

/// One run for each end of a period, and statements that are what the ledger says; how many there are.
fn settlement(door: &Door) -> Outcome<i64> {
    let checked = door.read(Who::Manager, "/settlement-check")?;
    if checked["differences"].as_array().is_none_or(|found| !found.is_empty()) {
        return Err(format!("statements and ledger differ: {checked}"));
    }
    let runs = door.every(Who::Manager, "/settlements")?;
    let ends: BTreeSet<String> = runs.iter().map(|run| format!("{} {}", run["payee"], run["ends"])).collect();
    if ends.len() != runs.len() {
        return Err(format!("there are {} runs for {} periods", runs.len(), ends.len()));
    }
    match runs.iter().find(|run| run["is_done"] != true) {
        Some(run) => Err(format!("a run does not come to its end: {run}")),
        None => Ok(runs.iter().filter_map(|run| run["statements"].as_i64()).sum()),
    }
}

/// Reads an order and what belongs to it.
fn look(door: &Door, id: &str, known: &mut Known) -> Outcome {
    read(door, id, known).map_err(|fault| format!("{id}: {fault}"))
}

fn read(door: &Door, id: &str, known: &mut Known) -> Outcome {
    let raw: Id<Order> = id.parse().map_err(|_| "this is no order's id")?;
    let order = door.read(Who::Manager, &format!("/delivery/orders/{id}"))?;
    let text = |field: &str| order[field].as_str().unwrap_or_default().to_owned();
    let amount = |value: &Value| value["amount"].as_i64().unwrap_or_default();
    let full = match order["payment"].as_str() {
        Some(payment) => Some(door.read(Who::Manager, &format!("/payments/{payment}"))?),
        None => None,
    };
    let payment = full.as_ref().map(|full| &full["payment"]);
    let path = format!("/ledger/accounts/buyer_funds/{}", raw.raw());
    let funds = match door.ask(Who::Manager, "GET", &path, None, &Value::Null) {
        Some((200, account)) => Funds::of(&account),
        Some((404, _)) => Funds::default(),
        other => return Err(format!("{path} is answered {other:?}")),
    };
    let attempts = full.iter().flat_map(|full| full["attempts"].as_array().into_iter().flatten());
    let is_unknown = attempts.into_iter().any(|it| matches!(it["state"].as_str(), Some("unknown" | "sent")));
    let payment = payment.map(|it| Payment {
        is_unknown,
        state: it["state"].as_str().unwrap_or_default().to_owned(),
        amount: amount(&it["amount"]),
        captured: amount(&it["captured"]),
        refunded: amount(&it["refunded"]),
        refunding: amount(&it["refunding"]),
    });
    let seen = Seen {
        status: text("status"),
        paid: text("paid"),
        method: text("method"),
        kept: amount(&order["kept"]),
        has_rider: order["rider"].is_string(),
        payment,
        funds,
    };
    let standing = explain(&seen).map_err(|fault| match &full {
        Some(full) => format!("{fault}; attempts {}, refunds {}", full["attempts"], full["refunds"]),
        None => fault,
    })?;
    known.rider = order["rider"].as_str().map(str::to_owned);
    let lines = order["lines"].as_array().into_iter().flatten();
    let line = |it: &Value| {
        (it["product"].as_str().unwrap_or_default().to_owned(), it["count"].as_i64().unwrap_or_default())
    };
    known.lines = lines.map(line).collect();
    known.is_out = match seen.status.as_str() {
        "cancelled" => was_carried_away(door, id, known.buyer)?,
        _ => true,
    };
    let sources = &order["quote"]["sources"];
    known.divided = match seen.status.as_str() {
        _ if standing == Standing::Open => 0,
        "delivered" => amount(&sources["buyer"]) + amount(&sources["coins"]) + amount(&sources["platform"]),
        _ => seen.kept,
    };
    (known.spent, known.cash) = (gave(&seen, "wallet"), gave(&seen, "cash"));
    known.is_delivered = seen.status == "delivered";
    known.is_over = standing == Standing::Over;
    known.funds = funds;
    Ok(())
}

/// What the buyer gave for it by a method, and did not get back.
fn gave(seen: &Seen, method: &str) -> i64 {
    let payment = seen.payment.as_ref().filter(|_| seen.method == method);
    payment.map_or(0, |it| it.captured - it.refunded)
}

/// What left the shop does not come back to its shelf.
fn was_carried_away(door: &Door, id: &str, buyer: usize) -> Outcome<bool> {
    let history = door.read(Who::Buyer(buyer), &format!("/orders/{id}/history"))?;
    let mut steps = history["items"].as_array().into_iter().flatten();
    Ok(steps.any(|step| step["status"] == "picked_up"))
}
