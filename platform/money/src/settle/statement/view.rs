use kernel::jiff::Timestamp;
use kernel::{Id, Money, Person, Provider};
use schemars::JsonSchema;
use serde::Serialize;

use crate::settle::model::{Line, Payee, RunId, Statement, StatementId, StatementState, Sums};

#[derive(Debug, Serialize, JsonSchema)]
pub struct StatementView {
    pub id: StatementId,
    pub run: RunId,
    /// Whose it is: a merchant's or a rider's.
    pub provider: Option<Id<Provider>>,
    pub person: Option<Id<Person>>,
    /// When the first of it was earned.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub begins: Timestamp,
    /// All of it was earned before.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub ends: Timestamp,
    pub lines: i64,
    pub sums: SumsView,
    /// Kept back of this, and until when; and what was kept of earlier ones and is no longer.
    pub kept: Money,
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub kept_until: Option<Timestamp>,
    pub released: Money,
    pub payable: Money,
    pub state: StatementState,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
}

impl From<Statement> for StatementView {
    fn from(it: Statement) -> Self {
        let is_merchant = it.owner.payee == Payee::Merchant;
        Self {
            sums: SumsView::of(&it, &it.sums),
            kept: it.money(it.kept),
            released: it.money(it.released),
            payable: it.money(it.payable),
            provider: is_merchant.then(|| Id::from_raw(it.owner.number)),
            person: (!is_merchant).then(|| Id::from_raw(it.owner.number)),
            id: it.id,
            run: it.run,
            begins: it.begins,
            ends: it.cut,
            lines: it.items,
            kept_until: it.reserve_until,
            state: it.state,
            at: it.at,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct SumsView {
    pub gross: Money,
    pub commission: Money,
    pub fee: Money,
    pub refund: Money,
    /// Within commission and fee.
    pub tax: Money,
    /// Gross less commission, fee and refund.
    pub net: Money,
}

impl SumsView {
    pub fn of(statement: &Statement, sums: &Sums) -> Self {
        let money = |minor| statement.money(minor);
        Self {
            gross: money(sums.gross),
            commission: money(sums.commission),
            fee: money(sums.fee),
            refund: money(sums.refund),
            tax: money(sums.tax),
            // The net of all of them was reckoned when the statement was made.
            net: money(sums.net().unwrap_or_default()),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct LineView {
    /// From one on.
    pub number: i64,
    /// What it was earned with, such as an order, by its number.
    pub cause: i64,
    pub leg: String,
    pub sums: SumsView,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub earned: Timestamp,
}

/// Lines with their numbers, those before left out.
pub fn numbered(statement: &Statement, skipped: i64, lines: Vec<Line>) -> Vec<LineView> {
    let view = |(number, it): (i64, Line)| LineView {
        number,
        cause: it.cause,
        sums: SumsView::of(statement, &it.sums),
        leg: it.leg,
        earned: it.earned,
    };
    (skipped + 1..).zip(lines).map(view).collect()
}
