use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Id, Money, Person};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::product::model::ProductId;
use crate::promotion::model::Applied;
use crate::store::model::StoreId;

kernel::id_kind!(
    /// What an order would cost, kept for some minutes.
    QuoteKind = "quo",
);

pub type QuoteId = Id<QuoteKind>;

/// How the buyer comes by the goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A rider brings them.
    Delivery,
    /// The buyer fetches them.
    Pickup,
}

/// All that the buyer chose. What is quoted is charged for this and nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cart {
    pub store: StoreId,
    pub mode: Mode,
    pub to: Option<Point>,
    pub lines: Vec<CartLine>,
    pub codes: Vec<String>,
    pub coins: u32,
    pub tip_minor: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    pub product: ProductId,
    /// The chosen options, always written in the same order.
    pub options: String,
    pub quantity: u32,
}

/// All that a quote follows from, besides the settings and the promotions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    pub cart: Cart,
    /// The price of one piece of each line with its options, VAT included.
    pub unit_minor: Vec<i64>,
    pub distance_m: u32,
    /// What demand makes of the delivery fee; 10,000 is nothing.
    pub factor_bp: u32,
    /// What the merchant pays of the sale.
    pub commission_bp: u32,
    pub is_first_order: bool,
    /// The version of the market's rules.
    pub rules: i64,
    pub at: Timestamp,
}

/// What an order costs, what that consists of, who pays and who gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    pub mode: Mode,
    pub distance_m: u32,
    pub factor_bp: u32,
    pub goods: Money,
    /// The delivery fee before anything was taken off.
    pub delivery_fee: Money,
    /// What is taken off it because the basket is worth enough.
    pub delivery_waived: Money,
    pub service_fee: Money,
    /// All that promotions take off.
    pub discount: Money,
    pub discounts: Vec<Applied>,
    /// Codes that would hold, but not together with what is better.
    pub passed_over: Vec<String>,
    pub tip: Money,
    /// `goods + delivery_fee − delivery_waived + service_fee − discount + tip`.
    pub total: Money,
    /// How much of the total, without the tip, is VAT.
    pub vat: Money,
    pub coins: u32,
    pub commission: Money,
    pub sources: Sources,
    pub shares: Shares,
}

/// Who pays. The three sum to what the three shares sum to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sources {
    /// The buyer, in money: what a gateway is asked for.
    pub buyer: Money,
    /// The buyer, in coins.
    pub coins: Money,
    /// The platform's own gifts: its promotions, and fees it waives.
    pub platform: Money,
}

/// Who gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shares {
    /// The goods without the commission and without what the merchant gives away.
    pub merchant: Money,
    /// A share of the whole delivery fee, given away or not, and the tip.
    pub rider: Money,
    /// The commission, the service fee and the rest of the delivery fee.
    pub platform: Money,
}

/// A quote as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredQuote {
    pub id: QuoteId,
    pub buyer: Id<Person>,
    pub valid_until: Timestamp,
    /// Of everything it follows from.
    pub fingerprint: [u8; 32],
    pub inputs: Inputs,
    pub quote: Quote,
    /// The raw id of the order that took it.
    pub used_by: Option<i64>,
}

/// A quote as the buyer sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct QuoteView {
    pub id: QuoteId,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub valid_until: Timestamp,
    #[serde(flatten)]
    pub quote: Quote,
}

impl From<StoredQuote> for QuoteView {
    fn from(stored: StoredQuote) -> Self {
        Self { id: stored.id, valid_until: stored.valid_until, quote: stored.quote }
    }
}
