//! Partitions of its own for a market, and removing a market.
//!
//! Both run as the owner of the tables, in one transaction: interrupted, nothing has happened.

use tokio_postgres::{Client, Error, Transaction};

use super::database::Database;
use super::{errors, migrate};
use crate::error::StoreError;
use crate::limits;

/// Moves the market's rows out of the shared partitions. All markets of the database wait meanwhile:
/// the parent tables are locked while rows move and indexes are built.
pub(super) async fn promote(database: &Database, market: i64) -> Result<(), StoreError> {
    repeat(database, market, "promoting a market", Chore::Promote).await
}

/// All rows of the market, and its partitions.
pub(super) async fn remove(database: &Database, market: i64) -> Result<(), StoreError> {
    repeat(database, market, "removing a market", Chore::Remove).await
}

/// All rows of the market; that it was here stays known.
pub(super) async fn empty(database: &Database, market: i64) -> Result<(), StoreError> {
    repeat(database, market, "emptying a market", Chore::Empty).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Chore {
    Promote,
    Remove,
    Empty,
}

async fn repeat(database: &Database, market: i64, doing: &str, chore: Chore) -> Result<(), StoreError> {
    database.ready().await?;
    let mut client = database.chores().await?;
    let mut tries = 0;
    loop {
        let done = match chore {
            Chore::Promote => promote_once(&mut client, market).await,
            Chore::Remove | Chore::Empty => remove_once(&mut client, market, chore).await,
        };
        let Err(error) = done else { return Ok(()) };
        tries += 1;
        if tries >= limits::CHORE_TRIES_MAX || !migrate::is_passing(&error) {
            return Err(errors::failure(doing, &error));
        }
        // Those who waited behind this lock go first.
        tokio::time::sleep(limits::PROMOTION_LOCK_WAIT).await;
    }
}

async fn promote_once(client: &mut Client, market: i64) -> Result<(), Error> {
    let transaction = begin(client).await?;
    let mut tables = Vec::new();
    for table in isolated_tables(&transaction).await? {
        if !exists(&transaction, &partition(&table, market)).await? {
            tables.push(table);
        }
    }
    if tables.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = tables.iter().map(|table| quoted(table)).collect();
    transaction.batch_execute(&format!("lock table {} in access exclusive mode", names.join(", "))).await?;
    for table in &tables {
        let (own, shared) = (quoted(&partition(table, market)), quoted(&format!("{table}_default")));
        let table = quoted(table);
        // The check spares the reading of the whole partition when it is attached.
        transaction
            .batch_execute(&format!(
                "create table {own} (like {table} including defaults including constraints including storage); \
                 insert into {own} select * from {shared} where market = {market}; \
                 delete from {shared} where market = {market}; \
                 alter table {own} add constraint own_market check (market is not null and market = {market}); \
                 alter table {table} attach partition {own} for values in ({market}); \
                 alter table {own} drop constraint own_market; \
                 alter table {own} enable row level security, force row level security; \
                 create policy chores on {own} to current_user using (true) with check (true)"
            ))
            .await?;
    }
    transaction.commit().await
}

async fn remove_once(client: &mut Client, market: i64, chore: Chore) -> Result<(), Error> {
    let transaction = begin(client).await?;
    for table in isolated_tables(&transaction).await? {
        let own = partition(&table, market);
        let text = if exists(&transaction, &own).await? {
            format!("drop table {}", quoted(&own))
        } else {
            format!("delete from {} where market = {market}", quoted(&table))
        };
        transaction.batch_execute(&text).await?;
    }
    if chore == Chore::Remove {
        transaction.batch_execute(&format!("delete from resident where market = {market}")).await?;
    }
    transaction.commit().await
}

async fn begin(client: &mut Client) -> Result<Transaction<'_>, Error> {
    let transaction = client.transaction().await?;
    let wait = limits::PROMOTION_LOCK_WAIT.as_millis();
    transaction
        .batch_execute(&format!("set local lock_timeout = {wait}; set local statement_timeout = 0"))
        .await?;
    Ok(transaction)
}

async fn isolated_tables(transaction: &Transaction<'_>) -> Result<Vec<String>, Error> {
    const TABLES: &str = "select c.relname::text from pg_partitioned_table p \
         join pg_class c on c.oid = p.partrelid \
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'market' \
         where c.relnamespace = current_schema()::regnamespace and p.partstrat = 'l' order by c.oid";
    transaction.query(TABLES, &[]).await?.iter().map(|row| row.try_get(0)).collect()
}

async fn exists(transaction: &Transaction<'_>, table: &str) -> Result<bool, Error> {
    let found = transaction.query_one("select to_regclass($1) is not null", &[&quoted(table)]).await?;
    found.try_get(0)
}

fn partition(table: &str, market: i64) -> String {
    format!("{table}_m{market}")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
