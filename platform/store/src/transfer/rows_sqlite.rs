//! Reading all rows out of a file, and writing them into a new one. Blocks: on threads of its own.

use kernel::Value;
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef as Engine};

use super::batch::{Batch, Collector};
use super::error::{Outcome, TransferError};
use super::layout::{Table, list, quoted};
use super::tally::Tally;
use super::watch::Watch;
use crate::row::{FromRow, Row, Source};

/// What the reader of a file that came from elsewhere does not exceed.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    /// Rows of each table, as the manifest says.
    pub(super) rows: Vec<u64>,
    /// Bytes of texts and blobs: a file cannot hold more than its own size.
    pub(super) bytes: u64,
}

/// One state of all tables; each batch goes to `each`.
pub(super) fn read(
    connection: &Connection,
    file: &str,
    tables: &[Table],
    bounds: Option<&Bounds>,
    watch: &Watch,
    mut each: impl FnMut(Batch) -> Outcome<()>,
) -> Outcome<Vec<Tally>> {
    let transaction = connection.unchecked_transaction().map_err(|error| fault(file, error))?;
    let mut tallies = Vec::with_capacity(tables.len());
    let mut bytes_left = bounds.map_or(u64::MAX, |bounds| bounds.bytes);
    for (number, table) in tables.iter().enumerate() {
        let mut collector = Collector::new(number);
        let rows_max = bounds.and_then(|bounds| bounds.rows.get(number).copied()).unwrap_or(u64::MAX);
        let text =
            format!("select {} from main.{}{}", table.column_list(), quoted(&table.name), table.order());
        let mut statement = transaction.prepare(&text).map_err(|error| fault(file, error))?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|error| fault(file, error))? {
            let values = Vec::<Value>::from_row(&Row(Source::Sqlite(row)))
                .map_err(|error| damaged(file, format!("table {}: {error}", table.name)))?;
            check_kinds(file, table, &values)?;
            let full = collector.add(values);
            if collector.tally.rows > rows_max || collector.tally.bytes > bytes_left {
                return Err(damaged(file, format!("table {} holds more than its manifest says", table.name)));
            }
            if let Some(batch) = full {
                watch.rows(&table.name, collector.tally.rows)?;
                each(batch)?;
            }
        }
        if let Some(batch) = collector.rest() {
            each(batch)?;
        }
        bytes_left -= collector.tally.bytes;
        watch.rows(&table.name, collector.tally.rows)?;
        tallies.push(collector.tally);
    }
    Ok(tallies)
}

/// Adds rows to tables that have just been made.
pub(super) fn write(connection: &Connection, file: &str, tables: &[Table], batch: &Batch) -> Outcome<()> {
    let Some(table) = tables.get(batch.table) else {
        return Err(damaged(file, "rows of an unknown table"));
    };
    let places = list((1..=table.columns.len()).map(|number| format!("?{number}")));
    let text = format!("insert into {} ({}) values ({places})", quoted(&table.name), table.column_list());
    let mut insert = connection.prepare_cached(&text).map_err(|error| fault(file, error))?;
    for row in &batch.rows {
        for (place, value) in (1..).zip(row) {
            let value = match value {
                Value::Null => Engine::Null,
                Value::Int(it) => Engine::Integer(*it),
                Value::Text(it) => Engine::Text(it.as_bytes()),
                Value::Bytes(it) => Engine::Blob(it),
            };
            insert
                .raw_bind_parameter(place, ToSqlOutput::Borrowed(value))
                .map_err(|error| fault(file, error))?;
        }
        insert.raw_execute().map_err(|error| {
            damaged(file, format!("a row does not fit into table {}: {error}", table.name))
        })?;
    }
    Ok(())
}

fn check_kinds(file: &str, table: &Table, row: &[Value]) -> Outcome<()> {
    match table.columns.iter().zip(row).find(|(column, value)| !column.kind.takes(value)) {
        None => Ok(()),
        Some((column, _)) => Err(damaged(
            file,
            format!("column {} of table {} holds a value of another kind", column.name, table.name),
        )),
    }
}

pub(super) fn damaged(file: &str, detail: impl Into<String>) -> TransferError {
    TransferError::Damaged { file: file.to_owned(), detail: detail.into() }
}

pub(super) fn fault(file: &str, error: rusqlite::Error) -> TransferError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase, SystemIoFailure};
    match error.sqlite_error_code() {
        Some(DiskFull | SystemIoFailure) => {
            TransferError::Disk { doing: file.to_owned(), detail: error.to_string() }
        }
        Some(NotADatabase) => {
            TransferError::Foreign { file: file.to_owned(), detail: "it is no SQLite file".to_owned() }
        }
        Some(DatabaseCorrupt) => damaged(file, error.to_string()),
        _ => damaged(file, error.to_string()),
    }
}
