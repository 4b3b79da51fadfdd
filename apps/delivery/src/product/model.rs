use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Currency, Fault, Id, Money};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, FromValue, Row, StoreError, ValueRef};

use super::options::{self, Chosen, OptionGroup};
use super::stock::StockId;
use crate::hours::{Hours, Week, WeekText};
use crate::store::StoreId;
use crate::{limits, stored};

kernel::id_kind!(
    /// Something that a store sells.
    ProductKind = "prd"
);
pub type ProductId = Id<ProductKind>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    #[default]
    Active,
    /// On the menu, and not to be had.
    SoldOut,
    /// Not on the menu.
    Hidden,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub id: ProductId,
    pub store: StoreId,
    /// The merchant's own number, one for each product of a store.
    pub sku: Option<String>,
    pub name: String,
    pub about: Option<String>,
    /// Under which heading of the menu it stands.
    pub section: String,
    /// Where on the menu: sections follow each other as their first products do.
    pub place: u32,
    /// Of one, tax included, in minor units.
    pub price: i64,
    /// Hundredths of a percent of tax that the price includes.
    pub vat_bp: u16,
    pub options: Vec<OptionGroup<i64>>,
    /// The id of the picture that was sent for it.
    pub photo: Option<String>,
    pub state: State,
    /// When it can be had, within the hours of the store.
    pub hours: Option<Week>,
    /// At most so many in one order.
    pub each_max: u16,
    /// Where it is counted, if it is; two products may be counted together.
    pub stock: Option<StockId>,
    pub at: Timestamp,
    pub updated: Timestamp,
    pub version: i64,
}

/// A product, and how many of it can still be had, if it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelved {
    pub product: Product,
    pub left: Option<i64>,
}

/// What a merchant says of a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    #[serde(default)]
    #[schemars(length(min = 1, max = 64))]
    pub sku: Option<String>,
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub about: Option<String>,
    #[schemars(length(min = 1, max = 80))]
    pub section: String,
    #[serde(default)]
    pub place: u32,
    /// Of one, tax included.
    pub price: Money,
    /// Hundredths of a percent of tax that the price includes: 1500 for 15 %.
    #[schemars(range(max = 10000))]
    pub vat_bp: u16,
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub options: Vec<OptionGroup<Money>>,
    #[serde(default)]
    pub state: State,
    /// When it can be had; always, if nothing is said.
    #[serde(default)]
    pub hours: Option<WeekText>,
    #[serde(default = "each_max")]
    #[schemars(range(min = 1, max = 99))]
    pub each_max: u16,
    /// How many can be had now. Nothing here and below: it is not counted.
    #[serde(default)]
    #[schemars(range(max = 1000000000))]
    pub available: Option<u32>,
    /// Counted together with this product of the same store.
    #[serde(default)]
    pub counted_with: Option<ProductId>,
}

fn each_max() -> u16 {
    limits::EACH_MAX
}

impl Product {
    pub fn price(&self, currency: Currency) -> Money {
        Money::new(self.price, currency)
    }

    /// What one costs with these options, in minor units; `at` is where they stand.
    pub fn price_with(&self, chosen: &[Chosen], at: &str) -> Result<i64, Vec<Fault>> {
        let price = self.price.saturating_add(options::added(&self.options, chosen, at)?);
        if (0..=limits::PRICE_MAX).contains(&price) {
            return Ok(price);
        }
        Err(vec![Fault::new(at, "out_of_range", "With these options it has no price that can be paid.")])
    }

    /// Whether it is on the menu and can be had at this time; how many there are is another question.
    pub fn is_offered(&self, now: Timestamp, zone: &TimeZone) -> bool {
        self.state == State::Active && self.is_in_hours(now, zone)
    }

    pub fn is_in_hours(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let open = |week: &Week| Hours { week: week.clone(), ..Hours::default() }.is_open(now, zone);
        self.hours.as_ref().is_none_or(open)
    }
}

/// What is wrong with an amount of money that a merchant writes.
pub(crate) fn amount_fault(field: &str, amount: Option<Money>, currency: Currency) -> Option<Fault> {
    match amount {
        Some(amount) if amount.currency() != currency => {
            Some(Fault::new(field, "wrong_currency", format!("Amounts are in {currency} here.")))
        }
        Some(amount) if (0..=limits::PRICE_MAX).contains(&amount.minor()) => None,
        _ => Some(Fault::new(field, "out_of_range", "This amount is too small or too large.")),
    }
}

impl State {
    const NAMES: [(State, &'static str); 3] =
        [(State::Active, "active"), (State::SoldOut, "sold_out"), (State::Hidden, "hidden")];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(its, _)| *its == self).map_or("hidden", |(_, name)| name)
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, its)| *its == name).map(|(state, _)| *state)
    }
}

impl FromValue for State {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Text(name) => State::named(name),
            _ => None,
        }
    }
}

impl FromRow for Product {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let hours: Option<String> = row.get(12)?;
        Ok(Self {
            id: row.get(0)?,
            store: row.get(1)?,
            sku: row.get(2)?,
            name: row.get(3)?,
            about: row.get(4)?,
            section: row.get(5)?,
            place: row.get(6)?,
            price: row.get(7)?,
            vat_bp: row.get(8)?,
            options: stored::read(&row.get::<String>(9)?)?,
            photo: row.get(10)?,
            state: row.get(11)?,
            hours: hours.map(|text| stored::read(&text)).transpose()?,
            each_max: row.get(13)?,
            stock: row.get(14)?,
            at: row.get(15)?,
            updated: row.get(16)?,
            version: row.get(17)?,
        })
    }
}

impl FromRow for Shelved {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { product: Product::from_row(row)?, left: row.get(18)? })
    }
}
