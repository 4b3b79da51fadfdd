//! Opening a file: its settings, and the steps of the schema it still lacks.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use super::engine::failure;
use crate::error::StoreError;
use crate::limits;
use crate::place::Place;
use crate::schema::Schema;

/// Which steps a file has.
pub(crate) const STEP_TABLE: &str = "create table if not exists step (part text not null, number integer not null, primary key (part, number)) strict";

/// A connection that reads a file whose tables are up to date, or are now: most are, and then nothing
/// has to be written.
pub(super) fn current(
    place: &Place,
    path: &Path,
    schema: &Schema,
    may_create: bool,
) -> Result<Connection, StoreError> {
    if path.exists() {
        let connection = reader(place, path)?;
        let wanted = schema.version_of(place.kind);
        let is_current = check_version(place, &connection, wanted)? == wanted;
        if is_current && has_log(&connection).map_err(|error| failure(&place.name, "opening", error))? {
            return Ok(connection);
        }
    }
    writer(place, path, schema, may_create)?;
    reader(place, path)
}

fn has_log(connection: &Connection) -> rusqlite::Result<bool> {
    connection.pragma_query_value(None, "journal_mode", |row| Ok(row.get_ref(0)?.as_str()? == "wal"))
}

/// A connection that writes, over a file whose schema is current.
pub(super) fn writer(
    place: &Place,
    path: &Path,
    schema: &Schema,
    may_create: bool,
) -> Result<Connection, StoreError> {
    let name = &*place.name;
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if may_create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    } else if !path.exists() {
        return Err(StoreError::Missing(name.to_owned()));
    }
    let fail = |error| failure(name, "opening", error);
    let mut connection = Connection::open_with_flags(path, flags).map_err(fail)?;
    set_up(&connection).map_err(fail)?;
    connection
        .execute_batch("pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 0;")
        .map_err(fail)?;
    connection.pragma_update(None, "cache_size", -limits::WRITER_CACHE_KIB).map_err(fail)?;
    bring_up_to_date(place, &mut connection, schema)?;
    Ok(connection)
}

/// A connection for checkpoints.
pub(super) fn checkpointer(place: &Place, path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let fail = |error| failure(&place.name, "opening", error);
    let connection = Connection::open_with_flags(path, flags).map_err(fail)?;
    set_up(&connection).map_err(fail)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn reader(place: &Place, path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let fail = |error| failure(&place.name, "opening", error);
    let connection = Connection::open_with_flags(path, flags).map_err(fail)?;
    set_up(&connection).map_err(fail)?;
    Ok(connection)
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(limits::STATEMENTS_PER_CONNECTION_MAX);
    connection.busy_timeout(limits::LOCK_WAIT)?;
    // Otherwise a statement with `limit ?` is parsed and planned anew whenever what is bound changes.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // No memory map: an I/O error on a mapped page is a signal that kills the process, not an answer.
    connection.execute_batch(&format!(
        "pragma mmap_size = 0; pragma cache_size = -{}; pragma temp_store = memory; pragma trusted_schema = off;",
        limits::PAGE_CACHE_KIB
    ))
}

/// Prepares statements over all tables of the project, in memory.
pub(super) fn rehearse(schema: &Schema, statements: &[kernel::Sql]) -> Result<(), StoreError> {
    let bug = |doing: &str, error: rusqlite::Error| StoreError::Bug(format!("{doing}: {error}"));
    let connection = Connection::open_in_memory().map_err(|error| bug("opening memory", error))?;
    for part in schema.parts() {
        for step in part.steps {
            connection.execute_batch(step.sqlite).map_err(|error| bug(part.name, error))?;
        }
    }
    let faults: Vec<String> = statements
        .iter()
        .filter_map(|sql| connection.prepare(sql.text).err().map(|error| format!("{}: {error}", sql.name)))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(StoreError::Bug(faults.join("\n"))) }
}

/// One transaction: a crash in the middle leaves the version before, and the next opening goes on.
fn bring_up_to_date(place: &Place, connection: &mut Connection, schema: &Schema) -> Result<(), StoreError> {
    let wanted = schema.version_of(place.kind);
    if check_version(place, connection, wanted)? == wanted {
        return Ok(());
    }
    let fail = |error| failure(&place.name, "preparing the tables", error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
    // Another process may have been faster while this one waited for the lock.
    if check_version(place, &transaction, wanted)? == wanted {
        return Ok(());
    }
    transaction.execute_batch(STEP_TABLE).map_err(fail)?;
    for part in schema.parts_of(place.kind) {
        for (number, step) in (1i64..).zip(part.steps) {
            let key = params![part.name, number];
            let done = transaction
                .query_row("select count(*) from step where part = ?1 and number = ?2", key, |row| {
                    row.get::<_, i64>(0)
                })
                .map_err(fail)?;
            if done == 0 {
                transaction.execute_batch(step.sqlite).map_err(fail)?;
                transaction.execute("insert into step (part, number) values (?1, ?2)", key).map_err(fail)?;
            }
        }
    }
    transaction.pragma_update(None, "user_version", wanted).map_err(fail)?;
    transaction.commit().map_err(fail)
}

fn check_version(place: &Place, connection: &Connection, wanted: u32) -> Result<u32, StoreError> {
    let found: u32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| failure(&place.name, "reading its version", error))?;
    if found > wanted {
        return Err(StoreError::Newer(format!(
            "market {} has version {found} of its tables, this program knows {wanted}",
            place.name
        )));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn what_is_bound_does_not_make_a_statement_be_planned_anew() {
        let connection = Connection::open_in_memory().unwrap();
        set_up(&connection).unwrap();
        connection.execute_batch("create table t (id integer primary key, cell integer) strict; create index c on t (cell, id); insert into t values (1, 1), (2, 1)").unwrap();
        let mut statement =
            connection.prepare("select id from t where cell > ?1 order by cell, id limit ?2").unwrap();
        for bound in [(0, 1), (0, 2), (1, 20), (-5, 100_000)] {
            let rows = statement.query_map(bound, |row| row.get::<_, i64>(0)).unwrap();
            assert!(rows.count() <= 2);
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
