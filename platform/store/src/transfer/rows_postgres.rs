//! Reading all rows of a market out of a server, and writing them into it.

use std::pin::pin;

use futures_util::StreamExt;
use kernel::Value;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use super::batch::{Batch, Collector, Sender};
use super::error::{Outcome, TransferError};
use super::layout::{ColumnKind, Table, list, quoted};
use super::tally::Tally;
use super::watch::Watch;
use crate::error::StoreError;
use crate::postgres::failure;
use crate::row::{FromRow, Row, Source};

/// One state of all tables, if the client has a snapshot; each batch goes to the sender.
pub(super) async fn read(
    client: &Client,
    tables: &[Table],
    sender: Option<&Sender>,
    watch: &Watch,
) -> Outcome<Vec<Tally>> {
    let mut tallies = Vec::with_capacity(tables.len());
    for (number, table) in tables.iter().enumerate() {
        let fail = |error| failure(&format!("reading table {}", table.name), &error);
        let mut collector = Collector::new(number);
        for text in selects(table) {
            let none: [i64; 0] = [];
            let mut rows = pin!(client.query_raw(&text, none).await.map_err(fail)?);
            while let Some(row) = rows.next().await {
                let row = row.map_err(fail)?;
                let values = Vec::<Value>::from_row(&Row(Source::Postgres(&row)))?;
                if let Some(batch) = collector.add(values) {
                    watch.rows(&table.name, collector.tally.rows)?;
                    send(sender, batch).await?;
                }
            }
        }
        if let Some(batch) = collector.rest() {
            send(sender, batch).await?;
        }
        watch.rows(&table.name, collector.tally.rows)?;
        tallies.push(collector.tally);
    }
    Ok(tallies)
}

async fn send(sender: Option<&Sender>, batch: Batch) -> Outcome<()> {
    match sender {
        Some(sender) => {
            sender.send(batch).await.map_err(|_| TransferError::Stopped("the other end is gone".into()))
        }
        None => Ok(()),
    }
}

/// Events that were committed since the last settling have no position yet: they get the next ones, as
/// the sequencer would give them.
fn selects(table: &Table) -> Vec<String> {
    let name = quoted(&table.name);
    let plain =
        |condition: &str| format!("select {} from {name}{condition}{}", table.column_list(), table.order());
    if table.name != "event" {
        return vec![plain("")];
    }
    let columns = list(table.columns.iter().map(|column| {
        if column.name == "pos" {
            "(select coalesce(max(pos), 0) from event) + row_number() over (order by seq)".to_owned()
        } else {
            quoted(&column.name)
        }
    }));
    vec![
        plain(" where pos is not null"),
        format!("select {columns} from event where pos is null order by seq"),
    ]
}

/// One statement for the whole batch, its columns as arrays.
pub(super) async fn write(client: &Client, tables: &[Table], batch: &Batch) -> Outcome<()> {
    let Some(table) = tables.get(batch.table) else {
        return Err(StoreError::Bug("rows of an unknown table".into()).into());
    };
    let columns: Vec<Box<dyn ToSql + Sync + Send + '_>> =
        (0..table.columns.len()).map(|number| column(table, number, &batch.rows)).collect::<Outcome<_>>()?;
    let params: Vec<&(dyn ToSql + Sync)> =
        columns.iter().map(|column| &**column as &(dyn ToSql + Sync)).collect();
    let arrays =
        list((1..).zip(&table.columns).map(|(number, column)| format!("${number}::{}[]", kind(column.kind))));
    let names = table.column_list();
    // Rows are taken in the order of the arrays, which is how events keep theirs.
    let text = format!(
        "insert into {} ({names}) select {names} from unnest({arrays}) as fresh ({names})",
        quoted(&table.name)
    );
    let doing = format!("writing table {}", table.name);
    client.execute(&text, &params).await.map_err(|error| failure(&doing, &error))?;
    Ok(())
}

fn kind(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Int => "bigint",
        ColumnKind::Text => "text",
        ColumnKind::Bytes => "bytea",
    }
}

fn column<'a>(
    table: &Table,
    number: usize,
    rows: &'a [Vec<Value>],
) -> Outcome<Box<dyn ToSql + Sync + Send + 'a>> {
    let wrong = || StoreError::Bug(format!("table {}: a value of another kind than its column", table.name));
    let values = || rows.iter().map(|row| row.get(number).unwrap_or(&Value::Null));
    Ok(match table.columns.get(number).map(|column| column.kind).ok_or_else(wrong)? {
        ColumnKind::Int => {
            let int = |value: &Value| match value {
                Value::Null => Ok(None),
                Value::Int(it) => Ok(Some(*it)),
                _ => Err(wrong()),
            };
            Box::new(values().map(int).collect::<Result<Vec<_>, _>>()?)
        }
        ColumnKind::Text => {
            let text = |value: &'a Value| match value {
                Value::Null => Ok(None),
                Value::Text(it) if it.as_bytes().contains(&0) => {
                    Err(StoreError::Unstorable("Text may not contain the character U+0000."))
                }
                Value::Text(it) => Ok(Some(it.as_str())),
                _ => Err(wrong()),
            };
            Box::new(values().map(text).collect::<Result<Vec<_>, _>>()?)
        }
        ColumnKind::Bytes => {
            let bytes = |value: &'a Value| match value {
                Value::Null => Ok(None),
                Value::Bytes(it) => Ok(Some(it.as_slice())),
                _ => Err(wrong()),
            };
            Box::new(values().map(bytes).collect::<Result<Vec<_>, _>>()?)
        }
    })
}
