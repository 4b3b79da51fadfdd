use kernel::jiff::Timestamp;
use kernel::jiff::civil::Weekday;
use kernel::{Change, values};
use store::{FromRow, FromValue, Market, Row, StoreError, ValueRef};

use super::limits::OWNERS_PER_PAGE;
use super::model::{
    Due, NewItem, Owed, Payee, Place, Policy, Run, RunId, Statement, StatementState, Sums, Terms,
};
use crate::payment::states::{case_of, name_of};

macro_rules! run {
    () => {
        "id, kind, cut, minimum, reserve_bp, reserve_days, done, after_owner, after_currency, statements, items, \
         carried, version, at, changed"
    };
}

kernel::statements! {
    /// What an app says a second time was there already.
    short ADD_ITEM = "insert into settle_item (cause, leg, kind, owner, currency, gross, commission, fee, refund, \
        tax, earned) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) on conflict (cause, leg) do nothing";
    long OWED = "select owner, currency, cast(count(*) as bigint), cast(sum(gross) as bigint), \
        cast(sum(commission) as bigint), cast(sum(fee) as bigint), cast(sum(refund) as bigint), \
        cast(sum(tax) as bigint), min(earned) from settle_item \
        where kind = ?1 and statement is null and earned < ?2 and (owner, currency) > (?3, ?4) \
        group by owner, currency order by owner, currency limit ?5";
    long DUE = "select owner, currency, cast(count(*) as bigint), cast(sum(kept) as bigint) from settle_statement \
        where kind = ?1 and released_in is null and kept > 0 and reserve_until <= ?2 and (owner, currency) > (?3, ?4) \
        group by owner, currency order by owner, currency limit ?5";
    /// All that the sums were made of, or nothing: one more that came since is another decision.
    short TAKE_ITEMS = "update settle_item set statement = ?1 where kind = ?2 and owner = ?3 and currency = ?4 \
        and earned < ?5 and statement is null";
    short RELEASE = "update settle_statement set released_in = ?1 where kind = ?2 and owner = ?3 and currency = ?4 \
        and reserve_until <= ?5 and released_in is null and kept > 0";
    short ADD_STATEMENT = "insert into settle_statement (id, run, kind, owner, currency, begins, cut, items, gross, \
        commission, fee, refund, tax, kept, released, payable, reserve_until, state, tries, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, 0, ?19)";
    short POLICY = "select weekday, minimum, reserve_bp, reserve_days, version from settle_policy where kind = ?1";
    short ADD_POLICY = "insert into settle_policy (kind, weekday, minimum, reserve_bp, reserve_days, version, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6 + 1, ?7)";
    short SET_POLICY = "update settle_policy set weekday = ?2, minimum = ?3, reserve_bp = ?4, reserve_days = ?5, \
        version = ?6 + 1, at = ?7 where kind = ?1 and version = ?6";
    short ADD_RUN = "insert into settle_run (id, kind, cut, minimum, reserve_bp, reserve_days, done, after_owner, \
        after_currency, statements, items, carried, version, at, changed) \
        values (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, 0, 0, 0, 1, ?9, ?9)";
    short SET_RUN = "update settle_run set done = ?3, after_owner = ?4, after_currency = ?5, statements = ?6, \
        items = ?7, carried = ?8, version = ?2 + 1, changed = ?9 where id = ?1 and version = ?2 and done = 0";
    short OPEN_RUN = concat!("select ", run!(), " from settle_run where kind = ?1 and done = 0 order by cut limit 1");
    short RUN_AT = concat!("select ", run!(), " from settle_run where kind = ?1 and cut = ?2");
    short ONE_RUN = concat!("select ", run!(), " from settle_run where id = ?1");
    short RUNS = concat!("select ", run!(), " from settle_run where id < ?1 order by id desc limit ?2");
    /// Whether anything waits for a run.
    long WAITING_ITEM = "select earned from settle_item where kind = ?1 and statement is null and earned < ?2 limit 1";
    long WAITING_RESERVE = "select reserve_until from settle_statement where kind = ?1 and released_in is null \
        and kept > 0 and reserve_until <= ?2 limit 1";
}

pub fn add_item(new: &NewItem<'_>, now: Timestamp) -> Change {
    let Sums { gross, commission, fee, refund, tax } = new.sums;
    let (kind, owner) = (new.owner.payee.code(), new.owner.number);
    let params = values![
        new.cause,
        new.leg,
        kind,
        owner,
        new.currency.code(),
        gross,
        commission,
        fee,
        refund,
        tax,
        now
    ];
    ADD_ITEM.with(params).any_rows()
}

pub async fn owed(market: &Market, run: &Run) -> Result<Vec<Owed>, StoreError> {
    market.list(OWED, page_of(run)).await
}

pub async fn due(market: &Market, run: &Run) -> Result<Vec<Due>, StoreError> {
    market.list(DUE, page_of(run)).await
}

fn page_of(run: &Run) -> Vec<kernel::Value> {
    values![run.payee.code(), run.cut, run.after.owner, &run.after.currency, OWNERS_PER_PAGE]
}

pub fn take_items(statement: &Statement) -> Change {
    let (kind, owner) = (statement.owner.payee.code(), statement.owner.number);
    let params = values![statement.id, kind, owner, statement.currency.code(), statement.cut];
    TAKE_ITEMS.with(params).rows(count(statement.items))
}

pub fn release(statement: &Statement, statements: i64) -> Change {
    let (kind, owner) = (statement.owner.payee.code(), statement.owner.number);
    let params = values![statement.id, kind, owner, statement.currency.code(), statement.cut];
    RELEASE.with(params).rows(count(statements))
}

/// More rows than can be counted are never there, so the guard does not hold.
fn count(rows: i64) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

pub fn add_statement(it: &Statement) -> Change {
    let Sums { gross, commission, fee, refund, tax } = it.sums;
    ADD_STATEMENT.with(values![
        it.id,
        it.run,
        it.owner.payee.code(),
        it.owner.number,
        it.currency.code(),
        it.begins,
        it.cut,
        it.items,
        gross,
        commission,
        fee,
        refund,
        tax,
        it.kept,
        it.released,
        it.payable,
        it.reserve_until,
        name_of(&StatementState::ALL, it.state),
        it.at,
    ])
}

pub async fn policy(market: &Market, payee: Payee) -> Result<Policy, StoreError> {
    Ok(market.one(POLICY, values![payee.code()]).await?.unwrap_or_default())
}

pub fn put_policy(payee: Payee, it: &Policy, now: Timestamp) -> Change {
    let weekday = it.weekday.map(|day| i64::from(day.to_monday_one_offset()));
    let Terms { minimum, reserve_bp, reserve_days } = it.terms;
    let params = values![payee.code(), weekday, minimum, reserve_bp, reserve_days, it.version, now];
    if it.version == 0 { ADD_POLICY.with(params) } else { SET_POLICY.with(params) }
}

pub fn add_run(run: &Run) -> Change {
    let Terms { minimum, reserve_bp, reserve_days } = run.terms;
    let (kind, after) = (run.payee.code(), &run.after);
    let params = values![
        run.id,
        kind,
        run.cut,
        minimum,
        reserve_bp,
        reserve_days,
        after.owner,
        &after.currency,
        run.at
    ];
    ADD_RUN.with(params)
}

/// In place of the version before.
pub fn set_run(run: &Run) -> Change {
    let (version, after) = (run.version - 1, &run.after);
    SET_RUN.with(values![
        run.id,
        version,
        run.is_done,
        after.owner,
        &after.currency,
        run.statements,
        run.items,
        run.carried,
        run.changed
    ])
}

/// The earliest that is not done.
pub async fn open_run(market: &Market, payee: Payee) -> Result<Option<Run>, StoreError> {
    market.one(OPEN_RUN, values![payee.code()]).await
}

pub async fn run_at(market: &Market, payee: Payee, cut: Timestamp) -> Result<Option<Run>, StoreError> {
    market.one(RUN_AT, values![payee.code(), cut]).await
}

pub async fn one_run(market: &Market, id: RunId) -> Result<Option<Run>, StoreError> {
    market.one(ONE_RUN, values![id]).await
}

pub async fn runs(market: &Market, before: i64, limit: u16) -> Result<Vec<Run>, StoreError> {
    market.list(RUNS, values![before, i64::from(limit) + 1]).await
}

/// Whether something earned, or kept back, is to be settled at a moment.
pub async fn is_waiting(market: &Market, payee: Payee, cut: Timestamp) -> Result<bool, StoreError> {
    for sql in [WAITING_ITEM, WAITING_RESERVE] {
        let found: Option<(i64,)> = market.one(sql, values![payee.code(), cut]).await?;
        if found.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
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
by_name!(Payee, StatementState);

impl Sums {
    /// From five columns in a row.
    pub(crate) fn from_columns(row: &Row<'_>, first: usize) -> Result<Self, StoreError> {
        Ok(Self {
            gross: row.get(first)?,
            commission: row.get(first + 1)?,
            fee: row.get(first + 2)?,
            refund: row.get(first + 3)?,
            tax: row.get(first + 4)?,
        })
    }
}

fn terms(row: &Row<'_>, first: usize) -> Result<Terms, StoreError> {
    Ok(Terms { minimum: row.get(first)?, reserve_bp: row.get(first + 1)?, reserve_days: row.get(first + 2)? })
}

impl FromRow for Owed {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let place = Place { owner: row.get(0)?, currency: row.get(1)? };
        Ok(Self { place, items: row.get(2)?, sums: Sums::from_columns(row, 3)?, begins: row.get(8)? })
    }
}

impl FromRow for Due {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let place = Place { owner: row.get(0)?, currency: row.get(1)? };
        Ok(Self { place, statements: row.get(2)?, amount: row.get(3)? })
    }
}

impl FromRow for Policy {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let weekday: Option<i16> = row.get(0)?;
        let weekday = weekday.map(|day| Weekday::from_monday_one_offset(day as i8)).transpose();
        Ok(Self {
            weekday: weekday.map_err(|error| StoreError::Bug(error.to_string()))?,
            terms: terms(row, 1)?,
            version: row.get(4)?,
        })
    }
}

impl FromRow for Run {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            payee: row.get(1)?,
            cut: row.get(2)?,
            terms: terms(row, 3)?,
            is_done: row.get(6)?,
            after: Place { owner: row.get(7)?, currency: row.get(8)? },
            statements: row.get(9)?,
            items: row.get(10)?,
            carried: row.get(11)?,
            version: row.get(12)?,
            at: row.get(13)?,
            changed: row.get(14)?,
        })
    }
}
