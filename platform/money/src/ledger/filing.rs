//! Postings are written in the order in which they come, and filed under their accounts later, many at a
//! time. Each account's history lies somewhere else on the disk: to write there with each posting would
//! cost several times what the posting itself does. Until it is filed, a posting is among the fresh ones,
//! and whoever reads a history looks there too, in the same state of the market.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::{Change, Clock, Decision, NewJob, Sql, Value, values};
use store::{FromRow, Market, Row, StoreError};

use super::model::{AccountId, PostingId};
use crate::limits;

pub const FILE: &str = "ledger.file";

kernel::statements! {
    long FRESH = "select p.id, p.debit, p.credit, p.amount, p.held, p.at from ledger_fresh f \
        join ledger_posting p on p.id = f.id order by p.id limit ?1";
    short FILED = "insert into ledger_entry (account, at, id, debited, amount, held) values (?1, ?2, ?3, ?4, ?5, ?6)";
    short FILED_EIGHT = "insert into ledger_entry (account, at, id, debited, amount, held) values \
        (?1, ?2, ?3, ?4, ?5, ?6), (?7, ?8, ?9, ?10, ?11, ?12), (?13, ?14, ?15, ?16, ?17, ?18), (?19, ?20, ?21, ?22, ?23, ?24), \
        (?25, ?26, ?27, ?28, ?29, ?30), (?31, ?32, ?33, ?34, ?35, ?36), (?37, ?38, ?39, ?40, ?41, ?42), (?43, ?44, ?45, ?46, ?47, ?48)";
    short TAKE_EIGHT = "delete from ledger_fresh where id in (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    short TAKE = "delete from ledger_fresh where id = ?1";
}

struct Fresh {
    id: PostingId,
    debit: AccountId,
    credit: AccountId,
    amount: i64,
    held: i64,
    at: i64,
}

/// Files some of what is fresh, and whether that is all.
pub(crate) async fn some(market: &Market) -> Result<(Decision, bool), StoreError> {
    let fresh: Vec<Fresh> = market.list(FRESH, values![limits::FILED_AT_ONCE]).await?;
    let is_all = (fresh.len() as i64) < limits::FILED_AT_ONCE;
    let mut entries: Vec<(AccountId, &Fresh)> =
        fresh.iter().flat_map(|it| [(it.debit, it), (it.credit, it)]).collect();
    // Neighbours are written together.
    entries.sort_unstable_by_key(|(account, it)| (*account, it.at, it.id));
    let filed = in_eights(&entries, (FILED_EIGHT, FILED), |(account, it)| {
        values![*account, it.at, it.id, *account == it.debit, it.amount, it.held]
    });
    let taken = in_eights(&fresh, (TAKE_EIGHT, TAKE), |it| values![it.id]);
    Ok((Decision::nothing().changes(filed).changes(taken), is_all))
}

/// A statement for each eight, and one for each that is left over.
pub(super) fn in_eights<T>(
    all: &[T],
    (eight, one): (Sql, Sql),
    row: impl Fn(&T) -> Vec<Value> + Copy,
) -> impl Iterator<Item = Change> {
    let (eights, others) = all.as_chunks::<8>();
    let eights = eights.iter().map(move |them| eight.with(them.iter().flat_map(row).collect()).rows(8));
    eights.chain(others.iter().map(move |it| one.with(row(it))))
}

/// Brings what is fresh under its accounts, some seconds after it was posted.
pub struct FilePostings {
    pub clock: Arc<dyn Clock>,
}

impl JobHandler for FilePostings {
    fn kind(&self) -> &'static str {
        FILE
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let (decision, is_all) = some(market).await?;
        Ok(if is_all { decision } else { decision.job(NewJob::new(FILE, self.clock.now(), &())) })
    }
}

impl FromRow for Fresh {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            debit: row.get(1)?,
            credit: row.get(2)?,
            amount: row.get(3)?,
            held: row.get(4)?,
            at: row.get(5)?,
        })
    }
}
