//! Rows of counters in the store: the touched ones are read, merged and written once.

use std::collections::HashMap;

use bus::Trouble;
use kernel::{Decision, Sql, values};
use store::{Market, Query};

use super::limits;
use super::sums::{self, Sums, Tally};

/// Where a follower keeps its rows.
pub struct Ledger {
    pub one: Sql,
    pub put: Sql,
    pub remove: Sql,
    /// Numbers below 0 are no fault here.
    pub signed: bool,
}

impl Ledger {
    /// What a batch changes. Only this follower writes its rows and its cursor guards the commit, so
    /// that what is read here is still true then.
    pub async fn enter(&self, market: &Market, sums: Sums) -> Result<Decision, Trouble> {
        let mut decision = Decision::nothing();
        let rows = sums.rows();
        for some in rows.chunks(limits::ROWS_READ_AT_ONCE) {
            let query = |(row, _): &(i64, Tally)| Query { sql: self.one, params: values![*row] };
            let found = market.snapshot(some.iter().map(query).collect()).await?;
            for ((row, more), found) in some.iter().zip(found) {
                let old: Option<(Vec<u8>,)> = found.one()?;
                let new = self.merged(old.as_ref().map(|(bytes,)| bytes.as_slice()), more)?;
                decision = decision.change(match new {
                    Some(bytes) => self.put.with(values![*row, bytes]),
                    None => self.remove.with(values![*row]).any_rows(),
                });
            }
        }
        Ok(decision)
    }

    /// The row after a batch; none when nothing is left of it.
    fn merged(&self, old: Option<&[u8]>, more: &[(u64, i64)]) -> Result<Option<Vec<u8>>, Trouble> {
        let failed = |error: &dyn std::fmt::Display| Trouble::Failed(error.to_string());
        let old = sums::unpack(old.unwrap_or_default()).map_err(|error| failed(&error))?;
        let new = sums::merged(&old, more);
        if !self.signed && new.iter().any(|(_, number)| *number < 0) {
            // Rather stand still and be seen than show wrong figures.
            return Err(failed(&"a counter would fall below 0: count anew from the first event"));
        }
        Ok(if new.is_empty() { None } else { Some(sums::pack(&new)) })
    }

    /// The same in memory, for tests and for filling a market at once.
    pub fn enter_in_memory(&self, rows: &mut HashMap<i64, Vec<u8>>, sums: Sums) -> Result<(), Trouble> {
        for (row, more) in sums.rows() {
            match self.merged(rows.get(&row).map(Vec::as_slice), &more)? {
                Some(bytes) => rows.insert(row, bytes),
                None => rows.remove(&row),
            };
        }
        Ok(())
    }
}
