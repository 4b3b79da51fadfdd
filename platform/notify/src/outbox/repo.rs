use kernel::values;
use store::{Market, StoreError};

use super::model::Written;

kernel::statements! {
    short PUT = "insert into notify_outbox (id, channel, address, subject, body, at) values (?1, ?2, ?3, ?4, ?5, ?6) \
        on conflict do nothing";
    short PAGE = "select id, channel, address, subject, body, at from notify_outbox where id < ?1 order by id desc limit ?2";
}

/// Newest first, those before this one.
pub async fn page(market: &Market, before: i64, limit: u16) -> Result<Vec<Written>, StoreError> {
    market.list(PAGE, values![before, limit]).await
}
