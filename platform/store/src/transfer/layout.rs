//! The tables of a kind of market: what a file must hold, and what is copied.

use std::collections::HashMap;

use kernel::Value;
use rusqlite::Connection;

use crate::error::StoreError;
use crate::place::Kind;
use crate::schema::Schema;

/// Tables of a market file that say something about the file itself.
pub(super) const ABOUT: [&str; 3] = ["step", "iroko_manifest", "iroko_table"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The columns of the primary key: rows are read in its order.
    pub(super) key: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: ColumnKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnKind {
    Int,
    Text,
    Bytes,
}

impl ColumnKind {
    pub(super) fn takes(self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Int(_) => self == ColumnKind::Int,
            Value::Text(_) => self == ColumnKind::Text,
            Value::Bytes(_) => self == ColumnKind::Bytes,
        }
    }
}

/// How many steps of each part have been made.
pub(super) type Steps = HashMap<String, usize>;

pub(super) fn all_steps(schema: &Schema, kind: Kind) -> Steps {
    schema.parts_of(kind).map(|part| (part.name.to_owned(), part.steps.len())).collect()
}

/// The tables as the program's own steps make them.
pub(super) fn tables(schema: &Schema, kind: Kind, steps: &Steps) -> Result<Vec<Table>, StoreError> {
    let fail = |error: rusqlite::Error| StoreError::Bug(format!("making tables in memory: {error}"));
    let connection = Connection::open_in_memory().map_err(fail)?;
    add_steps(&connection, schema, kind, steps).map_err(fail)?;
    tables_of(&connection).map_err(fail)
}

/// Makes the steps that are missing, up to the given ones.
pub(super) fn add_steps(
    connection: &Connection,
    schema: &Schema,
    kind: Kind,
    steps: &Steps,
) -> rusqlite::Result<()> {
    connection.execute_batch(crate::sqlite::STEP_TABLE)?;
    for part in schema.parts_of(kind) {
        let upto = steps.get(part.name).copied().unwrap_or(0);
        for (number, step) in (1i64..).zip(part.steps.iter().take(upto)) {
            let fresh = connection.execute(
                "insert into step (part, number) values (?1, ?2) on conflict do nothing",
                (part.name, number),
            )?;
            if fresh == 1 {
                connection.execute_batch(step.sqlite)?;
            }
        }
    }
    let version: usize = steps.values().sum();
    connection.pragma_update(None, "user_version", version as i64)
}

/// The tables that a file holds, in the order in which they were made.
pub(super) fn tables_of(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut names = connection.prepare(
        "select name from sqlite_schema where type = 'table' and substr(name, 1, 7) <> 'sqlite_' order by rowid",
    )?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut tables = Vec::new();
    for name in names.into_iter().filter(|name| !ABOUT.contains(&name.as_str())) {
        tables.push(table_of(connection, name)?);
    }
    Ok(tables)
}

fn table_of(connection: &Connection, name: String) -> rusqlite::Result<Table> {
    // Columns that the engine computes by itself are hidden here, and are not copied.
    let mut columns = connection.prepare("select name, type, pk from pragma_table_info(?1) order by cid")?;
    let mut table = Table { name, columns: Vec::new(), key: Vec::new() };
    let mut key: Vec<(i64, String)> = Vec::new();
    let mut rows = columns.query([&table.name])?;
    while let Some(row) = rows.next()? {
        let (name, kind, place): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let kind = match kind.to_ascii_lowercase().as_str() {
            "integer" | "int" => ColumnKind::Int,
            "text" => ColumnKind::Text,
            "blob" => ColumnKind::Bytes,
            other => {
                let detail = format!("column {name} of table {} is of the kind {other}", table.name);
                return Err(rusqlite::Error::ToSqlConversionFailure(detail.into()));
            }
        };
        if place > 0 {
            key.push((place, name.clone()));
        }
        table.columns.push(Column { name, kind });
    }
    key.sort();
    table.key = key.into_iter().map(|(_, name)| name).collect();
    Ok(table)
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Table {
    pub(super) fn column_list(&self) -> String {
        list(self.columns.iter().map(|column| quoted(&column.name)))
    }

    pub(super) fn order(&self) -> String {
        if self.key.is_empty() {
            return String::new();
        }
        format!(" order by {}", list(self.key.iter().map(|name| quoted(name))))
    }
}

pub(super) fn list(pieces: impl Iterator<Item = String>) -> String {
    pieces.collect::<Vec<_>>().join(", ")
}
