//! rusqlite's values and errors in our words.

use kernel::{Change, Guard, OnMiss, Sql, Value};
use rusqlite::types::{ToSqlOutput, ValueRef as Engine};
use rusqlite::{CachedStatement, Connection, ErrorCode, ffi};

use crate::basket::Basket;
use crate::error::{CommitError, StoreError};
use crate::limits;
use crate::row::{Row, Source, ValueRef};

pub(crate) fn value<'a>(row: &'a rusqlite::Row<'_>, column: usize) -> Result<ValueRef<'a>, StoreError> {
    let value = row.get_ref(column).map_err(|error| StoreError::Bug(error.to_string()))?;
    Ok(match value {
        Engine::Null => ValueRef::Null,
        Engine::Integer(it) => ValueRef::Int(it),
        Engine::Text(it) => ValueRef::Text(
            std::str::from_utf8(it).map_err(|_| StoreError::Bug(format!("column {column} is not UTF-8")))?,
        ),
        Engine::Blob(it) => ValueRef::Bytes(it),
        Engine::Real(_) => {
            return Err(StoreError::Bug(format!("column {column} holds a floating-point number")));
        }
    })
}

/// Runs a query and puts at most so many of its rows into the basket.
pub(super) fn read(
    market: &str,
    connection: &Connection,
    sql: Sql,
    params: &[Value],
    most: usize,
    basket: &mut dyn Basket,
) -> Result<(), StoreError> {
    let fail = |error| failure(market, sql.name, error);
    let mut statement = connection.prepare_cached(sql.text).map_err(fail)?;
    bind(&mut statement, params).map_err(fail)?;
    let mut rows = statement.raw_query();
    let mut seen = 0;
    while seen < most {
        let Some(row) = rows.next().map_err(fail)? else { return Ok(()) };
        seen += 1;
        if seen > limits::ROWS_MAX {
            return Err(StoreError::Bug(format!("{} returns more than {} rows", sql.name, limits::ROWS_MAX)));
        }
        basket.put(&Row(Source::Sqlite(row)))?;
    }
    Ok(())
}

/// Why one decision of a batch was not applied.
pub(super) enum Fault {
    /// This decision alone: the others may go on.
    Decision(CommitError),
    /// The file or the disk: nothing can be written now.
    File(StoreError),
}

/// Runs one change and holds it to its guard.
pub(super) fn apply(market: &str, connection: &Connection, change: &Change) -> Result<(), Fault> {
    let touched = run(connection, change.sql, &change.params);
    match (touched, change.guard) {
        (Ok(_), Guard::Any) => Ok(()),
        (Ok(touched), Guard::Rows(wanted)) if touched == wanted as usize => Ok(()),
        (Ok(_), Guard::Rows(_)) => Err(missed(change)),
        (Err(error), _) if is_taken(&error) => Err(missed(change)),
        (Err(error), _) if is_ours(&error) => Err(Fault::Decision(CommitError::Failed(StoreError::Bug(
            format!("{}: {error}", change.sql.name),
        )))),
        (Err(error), _) => Err(Fault::File(failure(market, change.sql.name, error))),
    }
}

fn run(connection: &Connection, sql: Sql, params: &[Value]) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(sql.text)?;
    bind(&mut statement, params)?;
    statement.raw_execute()
}

fn bind(statement: &mut CachedStatement<'_>, params: &[Value]) -> rusqlite::Result<()> {
    let wanted = statement.parameter_count();
    if wanted != params.len() {
        return Err(rusqlite::Error::InvalidParameterCount(params.len(), wanted));
    }
    for (place, value) in params.iter().enumerate() {
        let value = match value {
            Value::Null => Engine::Null,
            Value::Int(it) => Engine::Integer(*it),
            Value::Text(it) => Engine::Text(it.as_bytes()),
            Value::Bytes(it) => Engine::Blob(it),
        };
        statement.raw_bind_parameter(place + 1, ToSqlOutput::Borrowed(value))?;
    }
    Ok(())
}

fn missed(change: &Change) -> Fault {
    Fault::Decision(match &change.on_miss {
        OnMiss::Conflict => CommitError::Conflict,
        OnMiss::Refuse(refusal) => CommitError::Refused(refusal.clone()),
    })
}

/// A unique key is taken already.
fn is_taken(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::SqliteFailure(ffi::Error { extended_code, .. }, _)
            if matches!(*extended_code, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID)
    )
}

/// The statement or its parameters are wrong, the file is well.
fn is_ours(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(error, _) => matches!(
            error.code,
            ErrorCode::ConstraintViolation
                | ErrorCode::TypeMismatch
                | ErrorCode::ApiMisuse
                | ErrorCode::ParameterOutOfRange
                | ErrorCode::TooBig
                | ErrorCode::Unknown
        ),
        _ => true,
    }
}

/// An error of the engine in words for the operator.
pub(super) fn failure(market: &str, doing: &str, error: rusqlite::Error) -> StoreError {
    let detail = format!("{doing}: {error}");
    let market = market.to_owned();
    let rusqlite::Error::SqliteFailure(ffi::Error { code, .. }, _) = error else {
        return StoreError::Bug(detail);
    };
    match code {
        ErrorCode::DiskFull => StoreError::Full { market, detail },
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Damaged { market, detail },
        ErrorCode::CannotOpen
        | ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied
        | ErrorCode::SystemIoFailure
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::OutOfMemory => StoreError::Down(format!("market {market}: {detail}")),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
        _ => StoreError::Bug(detail),
    }
}
