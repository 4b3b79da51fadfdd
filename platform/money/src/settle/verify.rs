//! Whether statements and the ledger say the same, over one state of the market:
//!
//! - what an owner's account holds is what its items without a statement come to;
//! - what the items with one come to is what its statements pay, and keep back, less what they give back;
//! - what is kept back of an owner is what its reserve holds;
//! - what statements pay that was not sent to a bank is what `payouts` holds.
//!
//! Together: not settled + settled and not paid + paid is all that the ledger ever moved for an owner.

use kernel::{Currency, values};
use schemars::JsonSchema;
use serde::Serialize;
use store::{FromRow, Market, Query, Row, StoreError};

use super::limits::DIFFERENCES_MAX;
use super::model::Payee;

/// Two sources side by side, and where they differ.
macro_rules! differ {
    ($ledger:literal, $settled:literal) => {
        concat!(
            "select owner, currency, cast(sum(ledger) as bigint), cast(sum(settled) as bigint) from (",
            $ledger,
            " union all ",
            $settled,
            ") as both_sides group by owner, currency having sum(ledger) <> sum(settled) \
             order by owner, currency limit ?2"
        )
    };
}

kernel::statements! {
    long OWED = differ!(
        "select owner, currency, posted as ledger, 0 as settled from ledger_account where code = ?1",
        "select owner, currency, 0 as ledger, gross - commission - fee - refund as settled from settle_item \
         where kind = ?1 and statement is null"
    );
    long TAKEN = differ!(
        "select owner, currency, gross - commission - fee - refund as ledger, 0 as settled from settle_item \
         where kind = ?1 and statement is not null",
        "select owner, currency, 0 as ledger, payable + kept - released as settled from settle_statement \
         where kind = ?1"
    );
    long KEPT = differ!(
        "select owner, currency, posted as ledger, 0 as settled from ledger_account where code = 'reserve'",
        "select owner, currency, 0 as ledger, kept as settled from settle_statement \
         where kind = ?1 and released_in is null"
    );
    /// All kinds of owners share one account.
    long PAYABLE = differ!(
        "select owner, currency, posted as ledger, 0 as settled from ledger_account where code = ?1",
        "select 0 as owner, currency, 0 as ledger, payable as settled from settle_statement \
         where state in ('owed', 'listed')"
    );
}

/// Which of the four does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    Owed,
    Taken,
    Kept,
    Payable,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    pub check: Check,
    /// Nobody for what is payable: it is one account.
    pub payee: Option<Payee>,
    pub owner: i64,
    pub currency: Currency,
    /// What the ledger, or the items, say; and what statements say.
    pub found: i64,
    pub settled: i64,
}

/// The first thousand differences of each kind; none if all is well.
pub async fn verify(market: &Market) -> Result<Vec<Difference>, StoreError> {
    use Check::{Kept, Owed, Payable, Taken};
    use Payee::{Merchant, Rider};
    let checks = [
        (Owed, OWED, Some(Merchant)),
        (Owed, OWED, Some(Rider)),
        (Taken, TAKEN, Some(Merchant)),
        (Taken, TAKEN, Some(Rider)),
        (Kept, KEPT, Some(Merchant)),
        (Payable, PAYABLE, None),
    ];
    let query = |(_, sql, payee): &(Check, kernel::Sql, Option<Payee>)| {
        let code = payee.map_or("payouts", Payee::code);
        Query { sql: *sql, params: values![code, DIFFERENCES_MAX as i64] }
    };
    let found = market.snapshot(checks.iter().map(query).collect()).await?;
    let mut all = Vec::new();
    for ((check, _, payee), rows) in checks.into_iter().zip(&found) {
        let its = rows.list::<Found>()?.into_iter();
        all.extend(its.map(|Found { owner, currency, found, settled }| Difference {
            check,
            payee,
            owner,
            currency,
            found,
            settled,
        }));
    }
    Ok(all)
}

struct Found {
    owner: i64,
    currency: Currency,
    found: i64,
    settled: i64,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let currency = crate::payment::rows::currency(row, 1)?;
        Ok(Self { owner: row.get(0)?, currency, found: row.get(2)?, settled: row.get(3)? })
    }
}
