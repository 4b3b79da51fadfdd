//! What a file is for, written in its header: it changes in a transaction like any row.

use kernel::{Change, Reach, Sql};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Serving,
    /// Reads go on, commits are refused: it is being moved or archived.
    Frozen,
    /// A complete copy, before the placement names it.
    Arrived,
    /// Written by an export, not a market's own file.
    Export,
}

const FROZEN: i64 = 0x4952_4b01;
const ARRIVED: i64 = 0x4952_4b02;
const EXPORT: i64 = 0x4952_4b03;

impl Mark {
    pub(crate) fn number(self) -> i64 {
        match self {
            Mark::Serving => 0,
            Mark::Frozen => FROZEN,
            Mark::Arrived => ARRIVED,
            Mark::Export => EXPORT,
        }
    }

    pub(crate) fn of(connection: &rusqlite::Connection) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare_cached("pragma application_id")?;
        let number = statement.query_row([], |row| row.get::<_, i64>(0))?;
        let all = [Mark::Frozen, Mark::Arrived, Mark::Export];
        Ok(all.into_iter().find(|mark| mark.number() == number).unwrap_or(Mark::Serving))
    }

    /// As a decision's change, so that it takes its turn behind all decisions before it.
    pub(super) fn change(self) -> Change {
        let (name, text) = match self {
            Mark::Serving => ("serving", "pragma application_id = 0"),
            Mark::Frozen => ("frozen", "pragma application_id = 1230129921"),
            Mark::Arrived => ("arrived", "pragma application_id = 1230129922"),
            Mark::Export => ("export", "pragma application_id = 1230129923"),
        };
        Sql { name, text, reach: Reach::Short }.with(Vec::new()).any_rows()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_makes_the_mark() {
        let connection = rusqlite::Connection::open_in_memory().expect("memory opens");
        assert_eq!(Mark::of(&connection).ok(), Some(Mark::Serving));
        for mark in [Mark::Frozen, Mark::Arrived, Mark::Export, Mark::Serving] {
            connection.execute_batch(mark.change().sql.text).expect("the mark is set");
            assert_eq!(Mark::of(&connection).ok(), Some(mark));
        }
    }
}
