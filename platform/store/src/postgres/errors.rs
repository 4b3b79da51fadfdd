//! The server's errors in our words.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{Severity, SqlState};

use crate::error::StoreError;

/// Raised by `iroko_miss`: a guard did not hold; the message is which one.
pub(super) const MISSED: &str = "IR001";
/// Raised by `iroko_miss` when the connection is set to another market than the decision's.
pub(super) const WRONG_MARKET: &str = "IR002";

pub(super) enum Kind {
    /// The guard of this change did not hold.
    Missed(usize),
    /// A unique key is taken already.
    Taken,
    /// Somebody else was faster.
    Conflict,
    /// The statement is at fault or its parameters, the database is well.
    Ours(StoreError),
    /// The tables have changed under a prepared statement: prepare again.
    Stale,
    /// Nothing can be done now; the server says so and has undone the statement.
    Theirs(StoreError),
    /// The connection is gone, and with it the answer.
    Lost(StoreError),
}

pub(super) fn kind(doing: &str, error: &Error) -> Kind {
    let Some(answer) = error.as_db_error() else {
        // What fails to encode or decode leaves the connection as it was.
        let lost = error.is_closed() || error.source().is_some_and(|cause| cause.is::<std::io::Error>());
        let detail = format!("{doing}: {}", with_cause(error));
        return if lost { Kind::Lost(StoreError::Down(detail)) } else { Kind::Ours(StoreError::Bug(detail)) };
    };
    let code = answer.code().code();
    let detail = format!("{doing}: {} ({code})", answer.message());
    if matches!(answer.parsed_severity(), Some(Severity::Fatal | Severity::Panic)) || code.starts_with("57P")
    {
        return Kind::Lost(StoreError::Down(detail));
    }
    match code {
        MISSED => match answer.message().parse() {
            Ok(number) => Kind::Missed(number),
            Err(_) => Kind::Ours(StoreError::Bug(detail)),
        },
        // The setting that went ahead of it failed, for want of time or memory; nothing was done.
        WRONG_MARKET => Kind::Theirs(StoreError::Busy),
        "IR003" => Kind::Theirs(StoreError::Frozen(answer.message().to_owned())),
        "IR004" => Kind::Theirs(StoreError::Missing(answer.message().to_owned())),
        "23505" => Kind::Taken,
        "40001" | "40P01" => Kind::Conflict,
        "55P03" | "57014" | "53300" | "53400" => Kind::Theirs(StoreError::Busy),
        "53100" => Kind::Theirs(StoreError::Full { market: "all".into(), detail }),
        "XX001" | "XX002" => Kind::Theirs(StoreError::Damaged { market: "all".into(), detail }),
        "25006" => Kind::Theirs(StoreError::Down(detail)),
        "26000" => Kind::Stale,
        "0A000" if answer.message().contains("cached plan") => Kind::Stale,
        _ if matches!(&code[..2], "53" | "58" | "08") => Kind::Theirs(StoreError::Down(detail)),
        _ => Kind::Ours(StoreError::Bug(detail)),
    }
}

/// For what is no decision: reading, connecting, chores.
pub(super) fn failure(doing: &str, error: &Error) -> StoreError {
    match kind(doing, error) {
        Kind::Ours(error) | Kind::Theirs(error) | Kind::Lost(error) => error,
        Kind::Conflict | Kind::Stale => StoreError::Busy,
        Kind::Missed(_) | Kind::Taken => StoreError::Bug(format!("{doing}: {}", with_cause(error))),
    }
}

/// A failed connection attempt: whatever the reason, the database cannot be reached as configured.
pub(super) fn unreachable(database: &str, error: &Error) -> StoreError {
    if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS) {
        return StoreError::Busy;
    }
    StoreError::Down(format!("database {database}: {}", with_cause(error)))
}

/// The driver's own words are short; what it found lies beneath.
pub(super) fn with_cause(error: &Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
