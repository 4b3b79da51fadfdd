use kernel::jiff::Timestamp;
use kernel::{Actor, Change, Currency, values};
use store::{FromRow, FromValue, Market, Row, StoreError, ValueRef};

use super::model::{Account, Payable, Payout, PayoutId, PayoutState, Transfer, TransferState};
use crate::payment::rows::currency;
use crate::payment::states::{case_of, name_of};
use crate::settle::limits::TRANSFERS_MAX;
use crate::settle::model::{Owner, Payee, StatementId};

macro_rules! payout {
    () => {
        "id, kind, currency, state, transfers, total, made_by, approved_by, version, at, changed"
    };
}
macro_rules! transfer {
    () => {
        "select t.statement, s.kind, s.owner, t.reference, t.amount, t.holder, t.bank, t.number, t.last4, t.state, \
         t.reason from payout_transfer t join settle_statement s on s.id = t.statement "
    };
}

kernel::statements! {
    short PAYABLE = "select s.id, s.kind, s.owner, s.payable, s.tries, a.holder, a.bank, a.number, a.last4 \
        from settle_statement s join payout_account a on a.kind = s.kind and a.owner = s.owner \
        where s.kind = ?1 and s.currency = ?2 and s.state = 'owed' order by s.id limit ?3";
    short ADD = "insert into payout (id, kind, currency, state, transfers, total, made_by, version, at, changed) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?8)";
    short SET = "update payout set state = ?3, approved_by = ?4, version = ?2 + 1, changed = ?5 \
        where id = ?1 and version = ?2";
    short ONE = concat!("select ", payout!(), " from payout where id = ?1");
    short PAGE = concat!("select ", payout!(), " from payout where id < ?1 order by id desc limit ?2");
    short LIST = "update settle_statement set state = 'listed', payout = ?2, tries = tries + 1 \
        where id = ?1 and state = 'owed'";
    short ADD_TRANSFER = "insert into payout_transfer (payout, statement, reference, amount, holder, bank, number, \
        last4, state, changed) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    short TRANSFERS = concat!(transfer!(), "where t.payout = ?1 order by t.statement limit ?2");
    short ONE_TRANSFER = concat!(transfer!(), "where t.payout = ?1 and t.statement = ?2");
    short WAITING = "select cast(count(*) as bigint) from payout_transfer where payout = ?1 and state = 'sent'";
    short MOVE_TRANSFERS = "update payout_transfer set state = ?3, changed = ?4 where payout = ?1 and state = ?2";
    short MOVE_STATEMENTS = "update settle_statement set state = ?3 where payout = ?1 and state = ?2";
    short FREE_STATEMENTS = "update settle_statement set state = 'owed', payout = null \
        where payout = ?1 and state = 'listed'";
    short RETURN_TRANSFER = "update payout_transfer set state = 'returned', reason = ?4, changed = ?5 \
        where payout = ?1 and statement = ?2 and state = ?3";
    short RETURN_STATEMENT = "update settle_statement set state = 'owed', payout = null \
        where id = ?1 and payout = ?2 and state = ?3";
    short ACCOUNT = "select holder, bank, number, last4 from payout_account where kind = ?1 and owner = ?2";
    short PUT_ACCOUNT = "insert into payout_account (kind, owner, holder, bank, number, last4, version, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7) on conflict (kind, owner) do update set holder = excluded.holder, \
        bank = excluded.bank, number = excluded.number, last4 = excluded.last4, \
        version = payout_account.version + 1, at = excluded.at";
}

/// What is owed longest comes first.
pub async fn payable(market: &Market, payee: Payee, currency: Currency) -> Result<Vec<Payable>, StoreError> {
    market.list(PAYABLE, values![payee.code(), currency.code(), TRANSFERS_MAX]).await
}

pub fn add(it: &Payout) -> Change {
    let (kind, currency, state) = (it.payee.code(), it.currency.code(), name_of(&PayoutState::ALL, it.state));
    ADD.with(values![it.id, kind, currency, state, it.transfers, it.total, it.made_by.to_raw(), it.at])
}

/// In place of the version before.
pub fn set(it: &Payout) -> Change {
    let state = name_of(&PayoutState::ALL, it.state);
    SET.with(values![it.id, it.version - 1, state, it.approved_by.map(Actor::to_raw), it.changed])
}

pub async fn one(market: &Market, id: PayoutId) -> Result<Option<Payout>, StoreError> {
    market.one(ONE, values![id]).await
}

pub async fn page(market: &Market, before: i64, limit: u16) -> Result<Vec<Payout>, StoreError> {
    market.list(PAGE, values![before, i64::from(limit) + 1]).await
}

pub fn list(payout: &Payout, transfer: &Transfer) -> Change {
    LIST.with(values![transfer.statement, payout.id])
}

pub fn add_transfer(payout: &Payout, it: &Transfer) -> Change {
    let state = name_of(&TransferState::ALL, it.state);
    let Account { holder, bank, number, last4 } = &it.to;
    let number = number.clone();
    ADD_TRANSFER.with(values![
        payout.id,
        it.statement,
        &it.reference,
        it.amount,
        holder,
        bank,
        number,
        last4,
        state,
        payout.at
    ])
}

pub async fn transfers(market: &Market, payout: PayoutId) -> Result<Vec<Transfer>, StoreError> {
    market.list(TRANSFERS, values![payout, TRANSFERS_MAX]).await
}

pub async fn transfer(
    market: &Market,
    payout: PayoutId,
    statement: StatementId,
) -> Result<Option<Transfer>, StoreError> {
    market.one(ONE_TRANSFER, values![payout, statement]).await
}

/// How many the bank has and did not give back.
pub async fn waiting(market: &Market, payout: PayoutId) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = market.one(WAITING, values![payout]).await?;
    Ok(found.map_or(0, |(count,)| count))
}

pub fn move_all(payout: &Payout, from: TransferState, to: TransferState) -> [Change; 2] {
    move_some(payout, payout.transfers, from, to)
}

/// Transfers and their statements, which bear the same names for where they are.
pub fn move_some(payout: &Payout, count: i64, from: TransferState, to: TransferState) -> [Change; 2] {
    let [from, to] = [from, to].map(|state| name_of(&TransferState::ALL, state));
    let rows = u32::try_from(count).unwrap_or(u32::MAX);
    [
        MOVE_TRANSFERS.with(values![payout.id, from, to, payout.changed]).rows(rows),
        MOVE_STATEMENTS.with(values![payout.id, from, to]).rows(rows),
    ]
}

pub fn withdraw_all(payout: &Payout) -> [Change; 2] {
    let rows = u32::try_from(payout.transfers).unwrap_or(u32::MAX);
    let [from, to] =
        [TransferState::Listed, TransferState::Withdrawn].map(|it| name_of(&TransferState::ALL, it));
    [
        MOVE_TRANSFERS.with(values![payout.id, from, to, payout.changed]).rows(rows),
        FREE_STATEMENTS.with(values![payout.id]).rows(rows),
    ]
}

pub fn give_back(payout: &Payout, transfer: &Transfer, reason: &str, now: Timestamp) -> [Change; 2] {
    let state = name_of(&TransferState::ALL, transfer.state);
    [
        RETURN_TRANSFER.with(values![payout.id, transfer.statement, state, reason, now]),
        RETURN_STATEMENT.with(values![transfer.statement, payout.id, state]),
    ]
}

pub async fn account(market: &Market, owner: Owner) -> Result<Option<Account>, StoreError> {
    market.one(ACCOUNT, values![owner.payee.code(), owner.number]).await
}

pub fn put_account(owner: Owner, it: &Account, now: Timestamp) -> Change {
    let number = it.number.clone();
    PUT_ACCOUNT.with(values![owner.payee.code(), owner.number, &it.holder, &it.bank, number, &it.last4, now])
}

macro_rules! by_name {
    ($($kind:ty),+ $(,)?) => {$(
        impl FromValue for $kind {
            fn from_value(value: ValueRef<'_>) -> Option<Self> {
                let ValueRef::Text(text) = value else { return None };
                case_of(&<$kind>::ALL, text)
            }
        }
    )+};
}
by_name!(PayoutState, TransferState);

impl Account {
    fn from_columns(row: &Row<'_>, first: usize) -> Result<Self, StoreError> {
        let (holder, bank) = (row.get(first)?, row.get(first + 1)?);
        Ok(Self { holder, bank, number: row.get(first + 2)?, last4: row.get(first + 3)? })
    }
}

impl FromRow for Account {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Self::from_columns(row, 0)
    }
}

impl FromRow for Payable {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            statement: row.get(0)?,
            owner: Owner { payee: row.get(1)?, number: row.get(2)? },
            amount: row.get(3)?,
            tries: row.get(4)?,
            to: Account::from_columns(row, 5)?,
        })
    }
}

impl FromRow for Transfer {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            statement: row.get(0)?,
            owner: Owner { payee: row.get(1)?, number: row.get(2)? },
            reference: row.get(3)?,
            amount: row.get(4)?,
            to: Account::from_columns(row, 5)?,
            state: row.get(9)?,
            reason: row.get(10)?,
        })
    }
}

impl FromRow for Payout {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let approved_by: Option<i64> = row.get(7)?;
        Ok(Self {
            id: row.get(0)?,
            payee: row.get(1)?,
            currency: currency(row, 2)?,
            state: row.get(3)?,
            transfers: row.get(4)?,
            total: row.get(5)?,
            made_by: Actor::from_raw(row.get(6)?),
            approved_by: approved_by.map(Actor::from_raw),
            version: row.get(8)?,
            at: row.get(9)?,
            changed: row.get(10)?,
        })
    }
}
