//! What is asked: each order of a quote of its own, each position newer than the one before.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use super::super::open::{self, Ask, NUMBER, Prepared, TIME};
use super::place::{CENTRE, Person, Place, TENANT, path};
use crate::step::Outcome;

const POSITIONS_EACH: u32 = 20;
/// Different ones of each kind that is asked again and again.
const KINDS: u32 = 2_000;
/// Of the last phase: one in so many is an order.
const ORDERS_ONE_IN: usize = 100;

/// Asks that are made together share the beginning of their keys, and no others have it.
static SETS: AtomicU32 = AtomicU32::new(1);

fn next_set() -> u32 {
    SETS.fetch_add(1, Ordering::Relaxed)
}

pub struct Asks<'a> {
    pub place: &'a Place,
    pub url: &'a str,
}

impl Asks<'_> {
    pub fn quotes(&self) -> Outcome<Prepared> {
        Ok(Prepared { again: self.some_quotes(KINDS), ..Prepared::default() })
    }

    pub fn orders_by_cash(&self, count: u32) -> Outcome<Prepared> {
        Ok(Prepared::once(self.orders(count, "{\"method\":\"cash\"}")?))
    }

    pub fn orders_by_card(&self, count: u32) -> Outcome<Prepared> {
        Ok(Prepared::once(self.orders(count, "{\"method\":\"card\",\"token\":\"sim:reserve\"}")?))
    }

    pub fn positions(&self) -> Outcome<Prepared> {
        let riders = self.place.riders();
        let again = (0..KINDS).map(|turn| {
            let rider = &riders[turn as usize % riders.len()];
            positions(rider, POSITIONS_EACH, turn)
        });
        Ok(Prepared { again: again.collect(), ..Prepared::default() })
    }

    /// 60 % positions, 15 % stores, 15 % menus, 6 % orders read, 3 % quotes, 1 % orders: ten times as many
    /// orders as the plan of the place asks for.
    pub fn last_phase(&self, count: u32) -> Outcome<Prepared> {
        let place = self.place;
        let orders = self.orders(count.div_ceil(ORDERS_ONE_IN as u32), "{\"method\":\"cash\"}")?;
        let read = format!("/orders/{}", self.one_order()?);
        let quotes = self.some_quotes(KINDS);
        let riders = place.riders();
        let again = (0..KINDS).map(|turn| {
            let (lat, long) = around(turn);
            match turn % 100 {
                0..60 => positions(&riders[turn as usize % riders.len()], 1, turn),
                60..75 => get(&format!("/stores?near={lat:.4},{long:.4}"), None),
                75..90 => get(&format!("/stores/{}/menu", place.store), None),
                90..96 => get(&read, place.people.first()),
                _ => quotes[turn as usize % quotes.len()].clone(),
            }
        });
        Ok(Prepared { again: again.collect(), once: orders, once_in: ORDERS_ONE_IN })
    }

    /// Of the first person.
    fn one_order(&self) -> Outcome<String> {
        let orders = self.orders_of(&self.place.people[..1], 1, "{\"method\":\"cash\"}")?;
        let placed = open::ask_all(self.url, &orders, id)?;
        placed.into_iter().next().ok_or_else(|| "no order was placed".into())
    }

    fn orders(&self, count: u32, payment: &str) -> Outcome<Vec<Ask>> {
        self.orders_of(&self.place.people, count, payment)
    }

    /// What orders these people's quotes, which are made for it.
    pub fn orders_of(&self, people: &[Person], count: u32, payment: &str) -> Outcome<Vec<Ask>> {
        let person = |turn: u32| &people[turn as usize % people.len()];
        let set = next_set();
        let quotes: Vec<Ask> = (0..count).map(|turn| self.quote(person(turn), turn, set)).collect();
        let set = next_set();
        let ids = open::ask_all(self.url, &quotes, id)?;
        let order = |(turn, id): (u32, String)| {
            let body = format!(
                "{{\"quote\":\"{id}\",\"payment\":{payment},\"address\":\"2 Example Road\",\"contact\":\"+27821112222\"}}"
            );
            post("/orders", person(turn), &body, set)
        };
        Ok((0..count).zip(ids).map(order).collect())
    }

    fn some_quotes(&self, count: u32) -> Vec<Ask> {
        let people = &self.place.people;
        let set = next_set();
        (0..count).map(|turn| self.quote(&people[turn as usize % people.len()], turn, set)).collect()
    }

    fn quote(&self, person: &Person, turn: u32, set: u32) -> Ask {
        let Place { store, products, .. } = self.place;
        let product = |more: u32| &products[(turn + more) as usize % products.len()];
        let (lat, long) = around(turn);
        let body = format!(
            "{{\"store\":\"{store}\",\"mode\":\"delivery\",\"to\":{{\"lat\":{lat:.5},\"long\":{long:.5}}},\"lines\":[{{\"product\":\"{}\",\"count\":2}},{{\"product\":\"{}\",\"count\":1}}]}}",
            product(0),
            product(1),
        );
        post("/delivery/quotes", person, &body, set)
    }
}

fn id(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    Some(value["id"].as_str()?.to_owned())
}

/// Within two kilometres of the middle.
fn around(turn: u32) -> (f64, f64) {
    let step = |many: u32| f64::from(turn % many) / f64::from(many) - 0.5;
    (CENTRE.0 + 0.03 * step(37), CENTRE.1 + 0.03 * step(41))
}

fn positions(rider: &Person, count: u32, turn: u32) -> Ask {
    let (lat, long) = around(turn);
    let one = format!(
        "{{\"point\":{{\"lat\":{lat:.5},\"long\":{long:.5}}},\"at\":\"{TIME}\",\"sequence\":{NUMBER}}}"
    );
    let all = vec![one; count as usize].join(",");
    ask("POST", "/worker/positions", Some(rider), &format!("{{\"positions\":[{all}]}}"), None)
}

fn get(below: &str, person: Option<&Person>) -> Ask {
    ask("GET", below, person, "", None)
}

fn post(below: &str, person: &Person, body: &str, set: u32) -> Ask {
    ask("POST", below, Some(person), body, Some(set))
}

fn ask(method: &str, below: &str, person: Option<&Person>, body: &str, set: Option<u32>) -> Ask {
    let path = format!("/{TENANT}{}", path(below));
    let token = person.map_or_else(String::new, |it| format!("Authorization: Bearer {}\r\n", it.token));
    let key = set.map_or_else(String::new, |set| format!("Idempotency-Key: {set}-{NUMBER}\r\n"));
    let length = body.len();
    let content = match length {
        0 => String::new(),
        _ => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
    };
    Ask::from(
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{token}{key}{content}\r\n{body}")
            .into_bytes(),
    )
}
