//! What the pages take from the answers of the endpoints they go through. What an answer holds besides is left
//! where it is.

use ::pages::Visit;
use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Currency, Money, Refusal};
use serde::Deserialize;
use serde_json::Value;
use web::Call;

use ::pages::doors::{Ask, Doors};

use super::limits::MENU_PARTS_MAX;

#[derive(Debug, Clone, Deserialize)]
pub struct Items<T> {
    pub items: Vec<T>,
    #[serde(default = "nothing")]
    pub next: Option<String>,
}

fn nothing<T>() -> Option<T> {
    None
}

#[derive(Debug, Clone, Deserialize)]
pub struct Store {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub point: Point,
    pub address: String,
    pub is_open: bool,
    #[serde(default = "nothing")]
    pub delivers: Option<bool>,
    #[serde(default = "nothing")]
    pub distance_m: Option<i64>,
    pub prepares_min: i64,
    pub basket_min: Money,
    pub takes_cash: bool,
    /// Of one store alone.
    #[serde(default = "nothing")]
    pub about: Option<String>,
    #[serde(default = "nothing")]
    pub opens_at: Option<Timestamp>,
    #[serde(default)]
    pub is_busy: bool,
}

/// A store as its merchant sees it.
#[derive(Debug, Clone, Deserialize)]
pub struct OwnStore {
    pub id: String,
    pub name: String,
    pub now: Now,
    pub is_open: bool,
    pub prepares_min: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Now {
    pub state: String,
    #[serde(default = "nothing")]
    pub more_min: Option<i64>,
    #[serde(default = "nothing")]
    pub until: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Menu {
    pub sections: Vec<Section>,
    #[serde(default = "nothing")]
    pub next: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Section {
    pub name: String,
    pub products: Vec<Item>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Item {
    pub id: String,
    pub name: String,
    pub about: Option<String>,
    pub price: Money,
    pub options: Vec<Group>,
    pub is_available: bool,
    pub left: Option<i64>,
    pub each_max: i64,
    pub photo: Option<Picture>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Picture {
    pub thumb: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Group {
    pub code: String,
    pub name: String,
    pub min: u16,
    pub max: u16,
    pub choices: Vec<Choice>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Choice {
    pub code: String,
    pub name: String,
    pub adds: Money,
    pub sold_out: bool,
}

/// A product as its merchant sees it.
#[derive(Debug, Clone, Deserialize)]
pub struct Product {
    pub id: String,
    pub name: String,
    pub section: String,
    pub price: Money,
    pub state: String,
    pub available: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Line {
    pub name: String,
    pub options: Vec<String>,
    pub count: i64,
    pub each: Money,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Order {
    pub id: String,
    pub store: String,
    pub store_name: String,
    pub status: String,
    pub mode: String,
    pub lines: Vec<Line>,
    pub note: Option<String>,
    pub total: Money,
    pub paid: String,
    pub method: Option<String>,
    pub payment: Option<String>,
    pub pin: Option<String>,
    pub rider: Option<String>,
    pub from: Point,
    pub to: Option<Point>,
    pub address: Option<String>,
    pub contact: Option<String>,
    pub to_collect: Option<Money>,
    pub pay: Option<Money>,
    pub kept: Option<Money>,
    pub stuck: bool,
    pub placed_at: Timestamp,
    pub since: Timestamp,
    pub ready_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
}

impl Order {
    pub fn is_over(&self) -> bool {
        matches!(&*self.status, "delivered" | "cancelled")
    }

    pub fn is_fetched(&self) -> bool {
        self.mode == "pickup"
    }

    /// What people say to each other when they speak of it.
    pub fn short(&self) -> String {
        short(&self.id)
    }
}

/// The last letters of an id that tell it from others: it begins with its time, and mostly ends with noughts.
pub fn short(id: &str) -> String {
    let id = id.trim_end_matches('0');
    let start = id.char_indices().rev().nth(4).map_or(0, |(at, _)| at);
    id[start..].to_uppercase()
}

#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    pub status: String,
    pub reason: Option<String>,
    pub at: Timestamp,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Quote {
    pub id: String,
    pub valid_until: Timestamp,
    pub goods: Money,
    pub delivery_fee: Money,
    pub delivery_waived: Money,
    pub factor_bp: i64,
    pub service_fee: Money,
    pub discount: Money,
    pub tip: Money,
    pub vat: Money,
    pub sources: Sources,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Sources {
    pub buyer: Money,
    pub coins: Money,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Offer {
    pub id: String,
    pub metres: i64,
    pub expires: Timestamp,
    pub job: Job,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Job {
    pub pickup: Point,
    pub drop: Point,
    pub due: Timestamp,
    pub pay: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Duty {
    pub on: bool,
    #[serde(default = "nothing")]
    pub mode: Option<String>,
    pub earned_today: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Worker {
    pub worker: String,
    pub mode: String,
    pub load: i64,
    pub point: Point,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Stuck {
    pub order: String,
    pub status: String,
    pub since: Timestamp,
    pub unserved: bool,
}

/// The whole menu of a store, as far as one page shows it.
pub async fn menu(doors: &Doors, call: &Call, store: &str) -> Result<Menu, Refusal> {
    let mut menu = Menu::default();
    let mut cursor = String::new();
    for _ in 0..MENU_PARTS_MAX {
        let asked = Ask::new().path("store", store).query("cursor", &cursor);
        let part: Menu = doors.read("delivery.menu_read", call, asked).await?;
        for section in part.sections {
            match menu.sections.iter_mut().find(|known| known.name == section.name) {
                Some(known) => known.products.extend(section.products),
                None => menu.sections.push(section),
            }
        }
        match part.next {
            Some(next) => cursor = next,
            None => break,
        }
    }
    Ok(menu)
}

/// An amount in minor units of the market.
pub fn amount(call: &Call, minor: i64) -> String {
    match call.site.currency.parse::<Currency>() {
        Ok(currency) => Money::new(minor, currency).to_string(),
        Err(_) => minor.to_string(),
    }
}

/// A distance in words.
pub fn metres(visit: &Visit, metres: i64) -> String {
    match metres {
        ..1_000 => visit.w("unit-metres", "count", metres),
        _ => visit.w("unit-kilometres", "count", format!("{}.{}", metres / 1_000, metres % 1_000 / 100)),
    }
}

/// What somebody typed as money, in minor units: `12`, `12.5`, `12,50`.
pub fn minor(text: &str, digits: u32) -> Option<i64> {
    let text = text.trim().replace(',', ".");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    if part.len() > digits as usize || whole.len() + part.len() == 0 {
        return None;
    }
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(part) {
        return None;
    }
    let padded = format!("{whole}{part:0<width$}", width = digits as usize);
    padded.parse().ok()
}

/// The text at a place of an answer.
pub fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_that_is_typed_is_read() {
        for (text, expected) in [
            ("12", Some(1_200)),
            ("12.5", Some(1_250)),
            ("12,50", Some(1_250)),
            (".5", Some(50)),
            ("0", Some(0)),
            ("12.505", None),
            ("-1", None),
            ("1 000", None),
            ("", None),
            (".", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(minor(text, 2), expected, "{text:?}");
        }
        assert_eq!((minor("12", 0), minor("12.5", 0)), (Some(12), None));
    }

    #[test]
    fn an_order_is_spoken_of_by_its_last_letters() {
        assert_eq!(
            (short("ord_0abcdefg0000"), short("abc"), short("ordé12345")),
            ("CDEFG".into(), "ABC".into(), "12345".into())
        );
    }
}
