//! Balances at a time and statements of account.

use kernel::jiff::Timestamp;
use kernel::{Currency, Money, values};
use store::{FromRow, Market, Query, Row, Rows, StoreError};

use super::book::{Nature, Posted, State};
use super::model::{AccountId, PostingId};
use super::repo;

kernel::statements! {
    long SUM_DEBIT = "select cast(coalesce(sum(amount), 0) as bigint), cast(coalesce(sum(held), 0) as bigint) \
        from ledger_posting where debit = ?1 and at > ?2 and at <= ?3";
    long SUM_CREDIT = "select cast(coalesce(sum(amount), 0) as bigint), cast(coalesce(sum(held), 0) as bigint) \
        from ledger_posting where credit = ?1 and at > ?2 and at <= ?3";
    short DEBITS = "select id, debit, credit, amount, held, what, ref, note, at from ledger_posting \
        where debit = ?1 and (at, id) > (?2, ?3) and at <= ?4 order by at, id limit ?5";
    short CREDITS = "select id, debit, credit, amount, held, what, ref, note, at from ledger_posting \
        where credit = ?1 and (at, id) > (?2, ?3) and at <= ?4 order by at, id limit ?5";
    short OF_CAUSE = "select id, debit, credit, amount, held, what, ref, note, at from ledger_posting \
        where id >= ?1 and id <= ?2 order by id limit ?3";
}

/// What is in an account at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    pub posted: Money,
    /// Held, and to be added when it is taken.
    pub coming: Money,
    /// Held, and gone when it is taken.
    pub going: Money,
}

/// What an account is, with what is in it now.
pub async fn balances(market: &Market, id: AccountId) -> Result<Option<(State, Balance)>, StoreError> {
    let Some(state) = repo::whole(market, id).await? else { return Ok(None) };
    let money = |minor| Money::new(minor, state.currency);
    let (posted, coming, going) = (money(state.posted), money(state.coming), money(state.going));
    Ok(Some((state, Balance { posted, coming, going })))
}

/// What was in it at a moment: what is in it now without what came later, both of one state of the market.
pub async fn balance_at(
    market: &Market,
    id: AccountId,
    at: Timestamp,
) -> Result<Option<(State, Balance)>, StoreError> {
    let sum = |sql| Query { sql, params: values![id, at, i64::MAX] };
    let found = market.snapshot(vec![repo::lanes(id), sum(SUM_DEBIT), sum(SUM_CREDIT)]).await?;
    let [lanes, debits, credits] = &found[..] else { return Ok(None) };
    let Some(state) = repo::added(lanes.list()?) else { return Ok(None) };
    let later = Moved::of(&state, debits, credits)?;
    let money = |now: i64, later: i64| Money::new(now - later, state.currency);
    let posted = money(state.posted, later.posted);
    let (coming, going) = (money(state.coming, later.coming), money(state.going, later.going));
    Ok(Some((state, Balance { posted, coming, going })))
}

/// The effect of many postings on one account.
pub(crate) struct Moved {
    pub posted: i64,
    pub coming: i64,
    pub going: i64,
}

impl Moved {
    pub fn of(state: &State, debits: &Rows, credits: &Rows) -> Result<Self, StoreError> {
        let sums = |rows: &Rows| Ok::<_, StoreError>(rows.one::<(i64, i64)>()?.unwrap_or_default());
        let ((debited, held_by_debit), (credited, held_by_credit)) = (sums(debits)?, sums(credits)?);
        Ok(if state.class.grows_by_debit() {
            Self { posted: debited - credited, coming: held_by_debit, going: held_by_credit }
        } else {
            Self { posted: credited - debited, coming: held_by_credit, going: held_by_debit }
        })
    }
}

pub(crate) fn all_of(id: AccountId) -> [Query; 2] {
    [SUM_DEBIT, SUM_CREDIT].map(|sql| Query { sql, params: values![id, i64::MIN, i64::MAX] })
}

/// One line of a statement of account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: PostingId,
    pub at: Timestamp,
    /// The account on the other side.
    pub other: AccountId,
    /// By how much it made the account more, or less.
    pub amount: Money,
    /// What it added to what is held, or gave back.
    pub held: Money,
    pub note: String,
}

/// Postings of an account after a place and up to a moment, oldest first; at most so many.
pub async fn entries(
    market: &Market,
    id: AccountId,
    state: &State,
    after: (Timestamp, Option<PostingId>),
    until: Timestamp,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let (at, last) = after;
    let last = last.unwrap_or(PostingId::from_bytes([u8::MAX; 16]));
    let query = |sql| Query { sql, params: values![id, at, last, until, limit as i64] };
    let both: Vec<Vec<Kept>> = market.lists(vec![query(DEBITS), query(CREDITS)]).await?;
    let mut all: Vec<Entry> =
        both.into_iter().flatten().map(|kept| kept.seen_from(id, state.currency, state)).collect();
    all.sort_unstable_by_key(|entry| (entry.at, entry.id));
    all.truncate(limit);
    Ok(all)
}

/// All postings of one cause, by their ids.
pub(crate) async fn of_cause(market: &Market, cause: i64, limit: usize) -> Result<Vec<Kept>, StoreError> {
    let (first, last) = PostingId::range_of(cause);
    market.list(OF_CAUSE, values![first, last, limit as i64]).await
}

pub(crate) struct Kept {
    pub posted: Posted,
    pub at: Timestamp,
}

impl Kept {
    fn seen_from(self, id: AccountId, currency: Currency, state: &State) -> Entry {
        let Posted { debit, credit, amount, held, note, .. } = self.posted;
        let grows = state.class.grows_by_debit() == (debit == id);
        let other = if debit == id { credit } else { debit };
        let amount = Money::new(if grows { amount } else { -amount }, currency);
        Entry { id: self.posted.id, at: self.at, other, amount, held: Money::new(held, currency), note }
    }
}

impl FromRow for Kept {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { posted: Posted::from_row(row)?, at: row.get(8)? })
    }
}

impl Nature {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Nature::Post => "post",
            Nature::Hold => "hold",
            Nature::Take => "take",
            Nature::Release => "release",
            Nature::Expire => "expire",
            Nature::Reverse => "reverse",
        }
    }
}
