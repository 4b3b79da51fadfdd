use kernel::jiff::Timestamp;
use kernel::{Change, values};
use serde::{Deserialize, Serialize};
use store::{FromRow, Market, Row, StoreError};

use super::limits;
use super::model::{Inputs, Quote, QuoteId, StoredQuote};

kernel::statements! {
    short ADD = "insert into delivery_quote (id, buyer, valid_until, fingerprint, body) \
        values (?1, ?2, ?3, ?4, ?5)";
    short ONE = "select id, buyer, valid_until, fingerprint, body, used_by from delivery_quote where id = ?1";
    short TAKE = "update delivery_quote set used_by = ?2 \
        where id = ?1 and used_by is null and valid_until > ?3";
    long FORGET = "delete from delivery_quote where id in (select id from delivery_quote \
        where used_by is null and valid_until < ?1 order by valid_until limit ?2)";
}

#[derive(Serialize, Deserialize)]
struct Body {
    inputs: Inputs,
    quote: Quote,
}

pub async fn one(market: &Market, id: QuoteId) -> Result<Option<StoredQuote>, StoreError> {
    market.one(ONE, values![id]).await
}

pub fn add(stored: &StoredQuote) -> Change {
    let body = Body { inputs: stored.inputs.clone(), quote: stored.quote.clone() };
    // A quote is plain data of ours: writing it as JSON cannot fail.
    let body = serde_json::to_string(&body).unwrap_or_default();
    ADD.with(values![stored.id, stored.buyer, stored.valid_until, stored.fingerprint, body])
}

/// Holds for one order, and while the quote does.
pub fn take(id: QuoteId, order: i64, now: Timestamp) -> Change {
    TAKE.with(values![id, order, now])
}

/// Takes away quotes that nobody took.
pub fn forget(before: Timestamp) -> Change {
    FORGET.with(values![before, limits::FORGOTTEN_AT_ONCE]).any_rows()
}

impl FromRow for StoredQuote {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let Body { inputs, quote } = serde_json::from_str(&row.get::<String>(4)?)
            .map_err(|error| StoreError::Bug(format!("a kept quote: {error}")))?;
        let fingerprint = <[u8; 32]>::try_from(row.get::<Vec<u8>>(3)?)
            .map_err(|_| StoreError::Bug("a quote's fingerprint has 32 bytes".into()))?;
        Ok(Self {
            id: row.get(0)?,
            buyer: row.get(1)?,
            valid_until: row.get(2)?,
            fingerprint,
            inputs,
            quote,
            used_by: row.get(5)?,
        })
    }
}
