use kernel::jiff::Timestamp;
use kernel::{Id, Money, Person};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::store::model::StoreId;

kernel::id_kind!(
    /// A promotion of a market.
    PromotionKind = "prm",
);

pub type PromotionId = Id<PromotionKind>;

/// What the buyer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Benefit {
    /// A share of the goods.
    Percent {
        #[schemars(range(min = 1, max = 10_000))]
        share_bp: u32,
        #[serde(default)]
        #[schemars(range(min = 1, max = 1_000_000_000))]
        max_minor: Option<i64>,
    },
    /// So much off the goods.
    Amount {
        #[schemars(range(min = 1, max = 1_000_000_000))]
        minor: i64,
    },
    FreeDelivery,
}

/// Who gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    Platform,
    Merchant,
}

/// What a promotion says. Amounts are minor units of the market's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// Without one it holds for everybody by itself.
    #[serde(default)]
    #[schemars(length(min = 3, max = 32))]
    pub code: Option<String>,
    pub benefit: Benefit,
    pub payer: Payer,
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    pub minimum_minor: i64,
    /// The stores where it holds; everywhere, if none is named.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub stores: Vec<StoreId>,
    #[serde(default)]
    pub first_order_only: bool,
    /// Whether it may be had together with others that may.
    #[serde(default)]
    pub stacks: bool,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub from: Timestamp,
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub until: Option<Timestamp>,
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub uses_max: Option<i64>,
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub per_person_max: Option<i64>,
    /// No more than this is given away in all.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    pub budget_minor: Option<i64>,
}

/// A promotion, and how far it is used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    pub id: PromotionId,
    pub version: i64,
    pub is_closed: bool,
    pub terms: Terms,
    pub uses: i64,
    pub spent_minor: i64,
    /// How often the buyer at hand has had it.
    pub uses_by_person: i64,
}

/// What a promotion gives to one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Applied {
    pub promotion: PromotionId,
    pub name: String,
    pub code: Option<String>,
    pub payer: Payer,
    /// Off the goods.
    pub goods: Money,
    /// Off the delivery fee.
    pub delivery: Money,
}

impl Applied {
    pub fn total(&self) -> Result<Money, kernel::MoneyError> {
        self.goods.plus(self.delivery)
    }
}

/// The best that a cart can have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chosen {
    pub applied: Vec<Applied>,
    /// Codes that would hold, but not together with what is better.
    pub passed_over: Vec<String>,
}

/// What one order had of one promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redemption {
    pub promotion: PromotionId,
    /// The order's raw id.
    pub order: i64,
    pub person: Id<Person>,
    pub amount_minor: i64,
}

/// A promotion as managers see it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PromotionView {
    pub id: PromotionId,
    pub version: i64,
    pub is_closed: bool,
    pub uses: i64,
    pub spent_minor: i64,
    #[serde(flatten)]
    pub terms: Terms,
}

impl From<Promotion> for PromotionView {
    fn from(promotion: Promotion) -> Self {
        let Promotion { id, version, is_closed, terms, uses, spent_minor, .. } = promotion;
        Self { id, version, is_closed, uses, spent_minor, terms }
    }
}
