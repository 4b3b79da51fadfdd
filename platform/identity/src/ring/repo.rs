use store::{FromRow, Row, StoreError};

use super::decide::KeyRow;

kernel::statements! {
    short ALL = "select generation, not_before, retire from token_key order by generation desc limit 10";
    short ADD = "insert into token_key (generation, not_before) values (?1, ?2)";
    short RETIRE = "update token_key set retire = ?2 where generation = ?1 and retire is null";
    short PRUNE = "delete from token_key where retire < ?1";
}

impl FromRow for KeyRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { generation: row.get(0)?, not_before: row.get(1)?, retire: row.get(2)? })
    }
}
