//! Balances at a time and statements of account.

use kernel::jiff::Timestamp;
use kernel::{Currency, Money, values};
use store::{FromRow, Market, Query, Row, StoreError};

use super::book::{Nature, Posted, State};
use super::model::{AccountId, PostingId};
use super::repo;

macro_rules! kept {
    () => {
        "p.id, p.debit, p.credit, p.amount, p.held, p.what, p.ref, p.note, p.at"
    };
}

kernel::statements! {
    long SUMS = "select debited, cast(sum(amount) as bigint), cast(sum(held) as bigint) from ledger_entry \
        where account = ?1 and at > ?2 group by debited";
    long FRESH_SUMS = "select case when f.debit = ?1 then 1 else 0 end as debited, \
        cast(sum(p.amount) as bigint), cast(sum(p.held) as bigint) \
        from ledger_fresh f join ledger_posting p on p.id = f.id \
        where (f.debit = ?1 or f.credit = ?1) and p.at > ?2 group by case when f.debit = ?1 then 1 else 0 end";
    short ENTRIES = concat!("select ", kept!(), " from ledger_entry e join ledger_posting p on p.id = e.id \
        where e.account = ?1 and (e.at, e.id) > (?2, ?3) and e.at <= ?4 order by e.at, e.id limit ?5");
    long FRESH_ENTRIES = concat!("select ", kept!(), " from ledger_fresh f join ledger_posting p on p.id = f.id \
        where (f.debit = ?1 or f.credit = ?1) and (p.at, p.id) > (?2, ?3) and p.at <= ?4 order by p.at, p.id limit ?5");
    short OF_CAUSE = concat!("select ", kept!(), " from ledger_posting p where p.id >= ?1 and p.id <= ?2 order by p.id limit ?3");
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
    let Some((state, later)) = now_and_since(market, id, at.as_microsecond()).await? else { return Ok(None) };
    let money = |now: i64, later: i64| Money::new(now - later, state.currency);
    let posted = money(state.posted, later.posted);
    let (coming, going) = (money(state.coming, later.coming), money(state.going, later.going));
    Ok(Some((state, Balance { posted, coming, going })))
}

/// An account, and what was posted to it after a moment.
pub(crate) async fn now_and_since(
    market: &Market,
    id: AccountId,
    at_us: i64,
) -> Result<Option<(State, Moved)>, StoreError> {
    let sums = |sql| Query { sql, params: values![id, at_us] };
    let found = market.snapshot(vec![repo::lanes(id), sums(SUMS), sums(FRESH_SUMS)]).await?;
    let [lanes, filed, fresh] = &found[..] else { return Ok(None) };
    let Some(state) = repo::added(lanes.list()?) else { return Ok(None) };
    let mut moved = Moved::default();
    for (debited, amount, held) in [filed.list()?, fresh.list()?].concat() {
        moved.add(&state, debited, amount, held);
    }
    Ok(Some((state, moved)))
}

/// The effect of many postings on one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Moved {
    pub posted: i64,
    pub coming: i64,
    pub going: i64,
}

impl Moved {
    fn add(&mut self, state: &State, debited: bool, amount: i64, held: i64) {
        if state.class.grows_by_debit() == debited {
            self.posted += amount;
            self.coming += held;
        } else {
            self.posted -= amount;
            self.going += held;
        }
    }
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
    let both: Vec<Vec<Kept>> = market.lists(vec![query(ENTRIES), query(FRESH_ENTRIES)]).await?;
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
