//! Stores with goods on their shelves, buyers with money, riders on the road, a gateway, and when everybody
//! is paid.

use serde_json::{Value, json};

use super::door::{BUYERS, Door, RIDERS, Who};
use crate::step::Outcome;

pub const HERE: (f64, f64) = (-26.2, 28.0);
const STORES: usize = 4;
/// What is in each buyer's wallet.
pub const WALLET: i64 = 30_000_000;
/// So many of what never runs out, and of what does.
const PLENTY: i64 = 100_000;
const FEW: i64 = 12;
pub const GATEWAY: i64 = 1;

#[derive(Debug, Clone)]
pub struct Store {
    pub provider: String,
    pub id: String,
    /// With how many there were, all together.
    pub products: Vec<(String, i64)>,
}

#[derive(Debug, Clone)]
pub struct Town {
    pub stores: Vec<Store>,
}

pub fn prepare(market: &str) -> Vec<String> {
    let (tenant, market) = market.split_once('/').unwrap_or((market, ""));
    let mut lines = vec![
        format!("tenant add {tenant} --name Crash --tier premium --currency ZAR --country ZA"),
        format!("market add {tenant} {market} --time-zone UTC --currency ZAR --apps delivery"),
    ];
    for who in Who::all() {
        let email = who.email();
        lines
            .push(format!("person add {tenant} --email {email} --name {who:?} --password-file {{password}}"));
    }
    for (who, role) in [(Who::Owner, "owner"), (Who::Manager, "manager")] {
        lines.push(format!("person grant {tenant} --email {} --role {role}", who.email()));
    }
    lines
}

pub fn open(door: &Door) -> Outcome<Town> {
    let owner = |method: &str, path: &str, body: Value| door.make(Who::Owner, method, path, path, &body);
    let gateway = json!({
        "adapter": "simulated", "name": "Simulated", "method": "card", "currency": "ZAR",
        "secrets": { "secret": "crash" }, "fixed": 100, "basis_points": 150,
    });
    owner("PUT", &format!("/gateways/{GATEWAY}"), gateway)?;
    let rules = json!({
        "commission": { "free_days": 0, "free_days_per_referral": 0, "free_days_max": 0 },
        "cancel": { "free_min": 0 },
    });
    owner("PUT", "/delivery/settings", json!({ "settings": rules }))?;
    for (payee, reserve_bp) in [("merchant", 1_000), ("rider", 0)] {
        let policy = json!({ "weekday": null, "minimum": 0, "reserve_bp": reserve_bp, "reserve_days": 2 });
        owner("PUT", &format!("/settlement-policies/{payee}"), policy)?;
    }
    let mut stores = Vec::new();
    for number in 0..STORES {
        stores.push(store(door, number)?);
    }
    for number in 0..RIDERS {
        let rider = Who::Rider(number);
        door.make(rider, "POST", "/worker/application", "application", &Value::Null)?;
        owner("PUT", &format!("/workers/{}", door.id(rider)), Value::Null)?;
        let to = json!({ "holder": "Rider", "bank": "250655", "number": format!("6200000{number}") });
        door.make(rider, "PUT", "/me/payout-account", "account", &to)?;
    }
    for number in 0..BUYERS {
        let wallet = json!({ "code": "wallet", "owner": door.id(Who::Buyer(number)) });
        let posting = json!({
            "id": format!("00000000-0000-7000-8000-{number:012}"), "debit": { "code": "bank" },
            "credit": wallet, "amount": { "amount": WALLET, "currency": "ZAR" },
        });
        let chains = json!({ "chains": [{ "postings": [posting] }] });
        door.make(Who::Owner, "POST", "/ledger/postings", &format!("gift-{number}"), &chains)?;
    }
    Ok(Town { stores })
}

fn store(door: &Door, number: usize) -> Outcome<Store> {
    let make = |method: &str, path: &str, key: &str, body: Value| {
        let made = door.make(Who::Owner, method, path, &format!("{key}-{number}"), &body)?;
        Ok::<_, String>(made["id"].as_str().unwrap_or_default().to_owned())
    };
    let provider = make("POST", "/providers", "provider", json!({ "name": format!("Merchant {number}") }))?;
    let new = json!({
        "name": format!("Kitchen {number}"), "kind": "food", "address": "1 Long Street", "prepares_min": 1,
        "point": { "lat": HERE.0 + number as f64 / 1e3, "long": HERE.1 }, "takes_cash": true,
    });
    let id = make("POST", &format!("/providers/{provider}/stores"), "store", new)?;
    let path = format!("/providers/{provider}/stores/{id}");
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let always = json!([{ "from": "00:00", "to": "24:00" }]);
    let week: serde_json::Map<_, _> = days.map(|day| (day.to_owned(), always.clone())).into_iter().collect();
    make("PUT", &format!("{path}/hours"), "hours", json!({ "week": week }))?;
    let mut products = Vec::new();
    for (name, count) in [("Bread", PLENTY), ("Tea", PLENTY), ("Cake", FEW)] {
        let product = json!({
            "name": name, "section": "All", "vat_bp": 1_500, "available": count,
            "price": { "amount": 2_000 + 130 * products.len(), "currency": "ZAR" },
        });
        products.push((make("POST", &format!("{path}/products"), name, product)?, count));
    }
    let to = json!({ "holder": "Merchant", "bank": "250655", "number": format!("7200000{number}") });
    make("PUT", &format!("/providers/{provider}/payout-account"), "account", to)?;
    Ok(Store { provider, id, products })
}

impl Town {
    /// Some more of what runs out.
    pub fn restock(&mut self, door: &Door, round: u32) -> Outcome {
        for (number, store) in self.stores.iter_mut().enumerate() {
            let path = format!("/providers/{}/stores/{}/products", store.provider, store.id);
            let Some((product, count)) = store.products.last_mut() else { continue };
            let more = json!({ "add": FEW / 4 });
            let key = format!("more-{number}-{round}");
            door.make(Who::Owner, "PATCH", &format!("{path}/{product}"), &key, &more)?;
            *count += FEW / 4;
        }
        Ok(())
    }
}
