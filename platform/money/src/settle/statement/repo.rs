use kernel::values;
use store::{FromRow, Market, Row, StoreError};

use crate::payment::rows::currency;
use crate::settle::model::{Line, Owner, RunId, Statement, StatementId, Sums};

macro_rules! statement {
    () => {
        "select id, run, kind, owner, currency, begins, cut, items, gross, commission, fee, refund, tax, kept, \
         released, payable, reserve_until, state, tries, at from settle_statement "
    };
}

kernel::statements! {
    short ONE = concat!(statement!(), "where id = ?1");
    short OF_OWNER = concat!(statement!(), "where kind = ?1 and owner = ?2 and id < ?3 order by id desc limit ?4");
    short OF_RUN = concat!(statement!(), "where run = ?1 and id > ?2 order by id limit ?3");
    /// What is in a statement never changes, so a line keeps its number.
    long LINES = "select cause, leg, gross, commission, fee, refund, tax, earned from settle_item \
        where statement = ?1 order by earned, cause, leg limit ?2 offset ?3";
}

pub async fn one(market: &Market, id: StatementId) -> Result<Option<Statement>, StoreError> {
    market.one(ONE, values![id]).await
}

/// Newest first.
pub async fn of_owner(
    market: &Market,
    owner: Owner,
    before: i64,
    limit: u16,
) -> Result<Vec<Statement>, StoreError> {
    market.list(OF_OWNER, values![owner.payee.code(), owner.number, before, i64::from(limit) + 1]).await
}

/// As they were made.
pub async fn of_run(
    market: &Market,
    run: RunId,
    after: i64,
    limit: u16,
) -> Result<Vec<Statement>, StoreError> {
    market.list(OF_RUN, values![run, after, i64::from(limit) + 1]).await
}

pub async fn lines(market: &Market, id: StatementId, skip: i64, limit: i64) -> Result<Vec<Line>, StoreError> {
    market.list(LINES, values![id, limit, skip]).await
}

impl FromRow for Statement {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            run: row.get(1)?,
            owner: Owner { payee: row.get(2)?, number: row.get(3)? },
            currency: currency(row, 4)?,
            begins: row.get(5)?,
            cut: row.get(6)?,
            items: row.get(7)?,
            sums: Sums::from_columns(row, 8)?,
            kept: row.get(13)?,
            released: row.get(14)?,
            payable: row.get(15)?,
            reserve_until: row.get(16)?,
            state: row.get(17)?,
            tries: row.get(18)?,
            at: row.get(19)?,
        })
    }
}

impl FromRow for Line {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let sums = Sums::from_columns(row, 2)?;
        Ok(Self { cause: row.get(0)?, leg: row.get(1)?, sums, earned: row.get(7)? })
    }
}
