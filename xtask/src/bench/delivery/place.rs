//! The demo's Johannesburg, with more people, and shelves that hold enough.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::folders;
use super::super::ours::{Ours, Programs};
use super::super::people::{self, Client};
use crate::step::Outcome;

pub const TENANT: &str = "ihhashi";
pub const MARKET: &str = "johannesburg";
/// The middle of the demo's place.
pub const CENTRE: (f64, f64) = (-26.2041, 28.0473);
/// As many as follow ten thousand orders, ten each.
pub const PEOPLE: u32 = 1_000;
pub const PEOPLE_QUICK: u32 = 64;
const RIDERS: u32 = 64;
/// The demo says it to everyone.
const PASSWORD: &str = "iroko-demo-2026";
const ON_THE_SHELF: u32 = 100_000_000;

/// Somebody with a token.
#[derive(Debug, Clone)]
pub struct Person {
    pub token: String,
}

pub struct Place {
    pub people: Vec<Person>,
    pub merchant: Person,
    pub provider: String,
    pub store: String,
    /// Counted ones.
    pub products: Vec<String>,
}

pub fn kept(programs: &Programs, people: u32) -> Outcome<PathBuf> {
    let home = folders::below(&format!("delivery-{people}"));
    folders::kept(&home, &format!("prepare a place with {people} people"), |folder| {
        let ours = Ours::on_folder(programs, folder);
        drop(ours.demo()?);
        (0..people).try_for_each(|number| people::add_to(&ours, TENANT, &home, number))?;
        let server = ours.serve()?;
        let client = Client::of_tenant(&server.url(), TENANT);
        admit(&client)?;
        fill(&client)
    })?;
    Ok(home)
}

/// Whoever asks to bring orders may.
fn admit(client: &Client) -> Outcome {
    for number in 0..RIDERS {
        let token = client.token(MARKET, number)?;
        client.send("POST", &path("/worker/application"), &token, &json!({}))?;
    }
    let manager = client.sign_in(MARKET, "manager.johannesburg@ihhashi.example", PASSWORD)?;
    loop {
        let waiting = client.send("GET", &path("/workers/applications"), &manager, &Value::Null)?;
        let items = waiting["items"].as_array().ok_or("applications without items")?;
        if items.is_empty() {
            return Ok(());
        }
        for item in items {
            let worker = text(item, "worker")?;
            client.send("PUT", &path(&format!("/workers/{worker}")), &manager, &json!({}))?;
        }
    }
}

/// The demo's merchant is employed by one of its stores; that one's shelves are filled.
fn fill(client: &Client) -> Outcome {
    let merchant = client.sign_in(MARKET, "works.johannesburg@ihhashi.example", PASSWORD)?;
    let (provider, store) = store(client, &merchant)?;
    let products = path(&format!("/providers/{provider}/stores/{store}/products"));
    for number in 0..8 {
        let product = json!({
            "name": format!("Counted {number}"), "section": "Counted", "vat_bp": 1_500,
            "price": {"amount": 2_000 + 100 * number, "currency": "ZAR"}, "available": ON_THE_SHELF,
        });
        client.send("POST", &products, &merchant, &product)?;
    }
    Ok(())
}

/// What the merchant works for, and its store.
fn store(client: &Client, merchant: &str) -> Outcome<(String, String)> {
    let near = format!("/stores?near={},{}", CENTRE.0, CENTRE.1);
    let stores = client.get(&path(&near))?;
    let providers = client.get(&path("/providers"))?;
    let none = Vec::new();
    let items = |of: &Value| of["items"].as_array().unwrap_or(&none).clone();
    // In the demo a merchant and its store have one name.
    for store in items(&stores) {
        for provider in items(&providers).iter().filter(|provider| provider["name"] == store["name"]) {
            let (provider, id) = (text(provider, "id")?, text(&store, "id")?);
            let products = path(&format!("/providers/{provider}/stores/{id}/products"));
            if client.send("GET", &products, merchant, &Value::Null).is_ok() {
                return Ok((provider, id));
            }
        }
    }
    Err("the merchant has no store".into())
}

pub fn path(below: &str) -> String {
    format!("/{MARKET}/v1{below}")
}

pub fn text(value: &Value, field: &str) -> Outcome<String> {
    let found = value[field].as_str().map(str::to_owned);
    found.ok_or_else(|| format!("there is no {field} in {value}"))
}

impl Place {
    pub fn open(url: &str, people: u32) -> Outcome<Self> {
        let client = Client::of_tenant(url, TENANT);
        let merchant = client.sign_in(MARKET, "works.johannesburg@ihhashi.example", PASSWORD)?;
        let (provider, store) = store(&client, &merchant)?;
        let shelves = path(&format!("/providers/{provider}/stores/{store}/products?limit=100"));
        let shelves = client.send("GET", &shelves, &merchant, &Value::Null)?;
        let counted = |item: &&Value| item["name"].as_str().is_some_and(|name| name.starts_with("Counted"));
        let items = shelves["items"].as_array().ok_or("shelves without items")?;
        let products = items.iter().filter(counted).map(|item| text(item, "id")).collect::<Outcome<_>>()?;
        let sign_in = |number| client.token(MARKET, number).map(|token| Person { token });
        let people: Vec<Person> = (0..people).map(sign_in).collect::<Outcome<_>>()?;
        for rider in people.iter().take(RIDERS as usize) {
            let duty = json!({"on": true, "mode": "motorbike", "capacity": 3});
            client.send("POST", &path("/worker/duty"), &rider.token, &duty)?;
        }
        Ok(Self { people, merchant: Person { token: merchant }, provider, store, products })
    }

    /// Who brings orders.
    pub fn riders(&self) -> &[Person] {
        &self.people[..self.people.len().min(RIDERS as usize)]
    }
}
