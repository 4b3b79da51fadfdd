use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use kernel::jiff::Timestamp;
use kernel::{Change, Value, values};
use store::{FromRow, Market, Query, Row, StoreError};

use super::book::{Book, Delta, Hold, HoldState, Nature, Posted, State};
use super::chart::{Chart, Class, FAR, Kind, Owned};
use super::filing::in_eights;
use super::model::{Account, AccountId, Posting, PostingId};
use super::read::Kept;
use super::result::Denied;
use crate::limits;

macro_rules! account {
    () => {
        "id, code, owner, class, closed, floor, cap, lanes, posted, coming, going, currency"
    };
}
macro_rules! posting {
    () => {
        "id, debit, credit, amount, held, what, ref, note"
    };
}
macro_rules! sixteen {
    () => {
        "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    };
}

/// So many keys are asked for at once; unused places repeat one of the others.
const AT_ONCE: usize = 16;

kernel::statements! {
    short KINDS = "select code, name, class, owned, floor, cap, lanes from ledger_kind order by code limit ?1";
    short PUT_KIND = "insert into ledger_kind (code, name, class, owned, floor, cap, lanes) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (code) do update set name = excluded.name, \
        floor = excluded.floor, cap = excluded.cap";
    short ACCOUNTS = concat!("select ", account!(), " from ledger_account where lane = 0 and id in ", sixteen!());
    short LANES = concat!("select ", account!(), " from ledger_account where id = ?1 order by lane");
    short POSTINGS = concat!("select ", posting!(), " from ledger_posting where id in ", sixteen!());
    short HOLDS = concat!("select id, debit, credit, amount, until, state from ledger_hold where id in ", sixteen!());
    short DUE_HOLDS = "select id, debit, credit, amount, until, state from ledger_hold \
        where state = 0 and until <= ?1 order by until, id limit ?2";
    short CLOSE = "update ledger_account set closed = ?2 where id = ?1 and lane = 0 \
        and coming = 0 and going = 0 and (posted = 0 or ?2 = 0)";
    short BOUND = "update ledger_account set floor = ?2, cap = ?3 where id = ?1 and lane = 0 and lanes = 1";
    /// The addition says itself what must hold after it: an account that gets less keeps its floor, one
    /// that gets more its cap.
    short MOVE = "update ledger_account set posted = posted + ?3, coming = coming + ?4, going = going + ?5 \
        where id = ?1 and lane = ?2 and closed = 0 \
        and (posted + ?3 - going - ?5 >= floor or posted + ?3 - going - ?5 >= posted - going) \
        and (posted + ?3 + coming + ?4 <= cap or posted + ?3 + coming + ?4 <= posted + coming)";
    /// The first posting opens the account; of two firsts at once the later one moves.
    short OPEN = "insert into ledger_account (id, lane, code, owner, currency, class, closed, floor, cap, lanes, \
        posted, coming, going, opened) values (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?9, ?10, ?11, ?12, ?13) \
        on conflict (id, lane) do update set posted = ledger_account.posted + excluded.posted, \
        coming = ledger_account.coming + excluded.coming, going = ledger_account.going + excluded.going \
        where ledger_account.closed = 0 and ledger_account.code = excluded.code \
        and ledger_account.owner = excluded.owner and ledger_account.currency = excluded.currency \
        and (ledger_account.posted + excluded.posted - ledger_account.going - excluded.going >= ledger_account.floor \
          or excluded.posted >= excluded.going) \
        and (ledger_account.posted + excluded.posted + ledger_account.coming + excluded.coming <= ledger_account.cap \
          or excluded.posted + excluded.coming <= 0)";
    short POST = "insert into ledger_posting (id, debit, credit, amount, held, what, ref, note, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    /// Not yet filed under its accounts.
    short FRESH = "insert into ledger_fresh (id, debit, credit) values (?1, ?2, ?3)";
    /// Many are written eight at a time: to begin and to end a statement costs as much as a row.
    short POST_EIGHT = "insert into ledger_posting (id, debit, credit, amount, held, what, ref, note, at) values \
        (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9), \
        (?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18), \
        (?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27), \
        (?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36), \
        (?37, ?38, ?39, ?40, ?41, ?42, ?43, ?44, ?45), \
        (?46, ?47, ?48, ?49, ?50, ?51, ?52, ?53, ?54), \
        (?55, ?56, ?57, ?58, ?59, ?60, ?61, ?62, ?63), \
        (?64, ?65, ?66, ?67, ?68, ?69, ?70, ?71, ?72)";
    short FRESH_EIGHT = "insert into ledger_fresh (id, debit, credit) values \
        (?1, ?2, ?3), (?4, ?5, ?6), (?7, ?8, ?9), (?10, ?11, ?12), \
        (?13, ?14, ?15), (?16, ?17, ?18), (?19, ?20, ?21), (?22, ?23, ?24)";
    short ADD_HOLD = "insert into ledger_hold (id, debit, credit, amount, until, state) values (?1, ?2, ?3, ?4, ?5, ?6)";
    short END_HOLD = "update ledger_hold set state = ?2 where id = ?1 and state = 0";
}

/// What these postings speak of: their accounts, their holds, and those of them that were made before.
pub async fn load(market: &Market, postings: &[Posting]) -> Result<Book, StoreError> {
    let mut book = Book::default();
    let accounts = accounts_of(postings, &book);
    let spoken_of: HashSet<PostingId> =
        postings.iter().flat_map(|it| [Some(it.id), it.speaks_of()]).flatten().collect();
    let holds = postings.iter().filter_map(Posting::speaks_of).collect();
    fill(market, &mut book, accounts, holds, spoken_of).await?;
    Ok(book)
}

/// Those of the postings' accounts that the book does not know.
pub(crate) fn accounts_of(postings: &[Posting], book: &Book) -> HashSet<AccountId> {
    let both = postings.iter().flat_map(|it| [it.debit_id(), it.credit_id()]);
    both.filter(|id| !book.knows(*id)).collect()
}

pub(crate) async fn fill(
    market: &Market,
    book: &mut Book,
    accounts: HashSet<AccountId>,
    holds: HashSet<PostingId>,
    postings: HashSet<PostingId>,
) -> Result<(), StoreError> {
    for AccountRow(id, state) in some(market, ACCOUNTS, &accounts).await? {
        book.put(id, state);
    }
    if accounts.iter().any(|id| !book.knows(*id)) {
        book.set_chart(Arc::new(chart(market).await?));
    }
    for HoldRow(id, hold) in some(market, HOLDS, &holds).await? {
        book.put_hold(id, hold);
    }
    for posted in some::<_, Posted>(market, POSTINGS, &postings).await? {
        book.put_posted(posted);
    }
    Ok(())
}

async fn some<K: Copy + Into<Value>, T: FromRow>(
    market: &Market,
    sql: kernel::Sql,
    keys: &HashSet<K>,
) -> Result<Vec<T>, StoreError> {
    let keys: Vec<K> = keys.iter().copied().collect();
    let query = |keys: &[K]| {
        let last = keys.len() - 1;
        let params = (0..AT_ONCE).map(|place| keys[place.min(last)].into()).collect();
        Query { sql, params }
    };
    let mut found = Vec::new();
    for keys in keys.chunks(AT_ONCE * QUERIES_AT_ONCE) {
        let queries = keys.chunks(AT_ONCE).map(query).collect();
        found.extend(market.lists(queries).await?.into_iter().flatten());
    }
    Ok(found)
}

const QUERIES_AT_ONCE: usize = 16;

/// The accounts that these postings are between.
pub(crate) async fn accounts(
    market: &Market,
    postings: &[Kept],
) -> Result<HashMap<AccountId, State>, StoreError> {
    let ids = postings.iter().flat_map(|it| [it.posted.debit, it.posted.credit]).collect();
    let found: Vec<AccountRow> = some(market, ACCOUNTS, &ids).await?;
    Ok(found.into_iter().map(|AccountRow(id, state)| (id, state)).collect())
}

/// The market's own chart, or the standard one.
pub async fn chart(market: &Market) -> Result<Chart, StoreError> {
    let kinds: Vec<Kind> = market.list(KINDS, values![limits::KINDS_MAX]).await?;
    Ok(if kinds.is_empty() { Chart::standard() } else { Chart::of(kinds) })
}

/// All lanes as one.
pub(crate) async fn whole(market: &Market, id: AccountId) -> Result<Option<State>, StoreError> {
    let rows: Vec<AccountRow> = market.list(LANES, values![id]).await?;
    Ok(added(rows))
}

pub(crate) fn lanes(id: AccountId) -> Query {
    Query { sql: LANES, params: values![id] }
}

pub(crate) fn added(rows: Vec<AccountRow>) -> Option<State> {
    rows.into_iter().map(|row| row.1).reduce(|mut whole, lane| {
        whole.posted += lane.posted;
        whole.coming += lane.coming;
        whole.going += lane.going;
        whole
    })
}

pub(crate) async fn due_holds(market: &Market, now: Timestamp) -> Result<Vec<(PostingId, Hold)>, StoreError> {
    let found: Vec<HoldRow> = market.list(DUE_HOLDS, values![now, limits::EXPIRED_AT_ONCE]).await?;
    Ok(found.into_iter().map(|HoldRow(id, hold)| (id, hold)).collect())
}

pub(crate) fn moved(
    (id, lane): (AccountId, u8),
    state: &State,
    delta: Delta,
    says_why: bool,
    now: Timestamp,
) -> Change {
    let Delta { posted, coming, going } = delta;
    let change = if state.kept && lane == 0 {
        MOVE.with(values![id, lane, posted, coming, going])
    } else {
        OPEN.with(values![
            id,
            lane,
            &*state.account.code,
            state.account.owner,
            state.currency.code(),
            state.class.number(),
            state.floor,
            state.cap,
            state.lanes,
            posted,
            coming,
            going,
            now
        ])
    };
    if says_why && delta.lowers() { change.or_refuse(too_little(state.class).into()) } else { change }
}

/// Less is left of what grows by debit when it is credited, and the other way round.
fn too_little(class: Class) -> Denied {
    if class.grows_by_debit() { Denied::CreditTooLittle } else { Denied::DebitTooLittle }
}

pub(crate) fn hold(id: PostingId, hold: &Hold) -> Change {
    let state = hold.state as i64;
    if hold.kept {
        END_HOLD.with(values![id, state])
    } else {
        ADD_HOLD.with(values![id, hold.debit, hold.credit, hold.amount, hold.until, state])
    }
}

pub(crate) fn posted(postings: &[Posted], now: Timestamp) -> impl Iterator<Item = Change> + '_ {
    let rows = in_eights(postings, (POST_EIGHT, POST), move |it| {
        values![it.id, it.debit, it.credit, it.amount, it.held, it.what as i64, it.of, &it.note, now]
    });
    rows.chain(in_eights(postings, (FRESH_EIGHT, FRESH), |it| values![it.id, it.debit, it.credit]))
}

pub(crate) fn put_kind(kind: &Kind) -> Change {
    let (class, owned) = (kind.class.number(), kind.owned as i64);
    PUT_KIND.with(values![&kind.code, &kind.name, class, owned, kind.floor, kind.cap, kind.lanes])
}

pub(crate) fn close(id: AccountId, closed: bool) -> Change {
    CLOSE.with(values![id, closed])
}

pub(crate) fn bound(id: AccountId, floor: Option<i64>, cap: Option<i64>) -> Change {
    BOUND.with(values![id, floor.unwrap_or(-FAR), cap.unwrap_or(FAR)])
}

pub(crate) struct AccountRow(pub AccountId, pub State);

impl FromRow for AccountRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let (code, owner): (String, i64) = (row.get(1)?, row.get(2)?);
        let class = Class::from_number(row.get(3)?).ok_or_else(|| unknown("class of account"))?;
        let currency = row.get::<String>(11)?.parse().map_err(|_| unknown("currency"))?;
        let state = State {
            account: Account { code: code.into(), owner },
            currency,
            class,
            closed: row.get(4)?,
            floor: row.get(5)?,
            cap: row.get(6)?,
            lanes: row.get(7)?,
            posted: row.get(8)?,
            coming: row.get(9)?,
            going: row.get(10)?,
            kept: true,
        };
        Ok(Self(row.get(0)?, state))
    }
}

struct HoldRow(PostingId, Hold);

impl FromRow for HoldRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        use HoldState::{Expired, Open, Released, Taken};
        let number: usize = row.get::<i64>(5)?.try_into().unwrap_or(usize::MAX);
        let state = *[Open, Taken, Released, Expired].get(number).ok_or_else(|| unknown("state of hold"))?;
        let (debit, credit, amount, until) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        Ok(Self(row.get(0)?, Hold { debit, credit, amount, until, state, kept: true }))
    }
}

impl FromRow for Posted {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            debit: row.get(1)?,
            credit: row.get(2)?,
            amount: row.get(3)?,
            held: row.get(4)?,
            what: Nature::from_number(row.get(5)?).ok_or_else(|| unknown("kind of posting"))?,
            of: row.get(6)?,
            note: row.get(7)?,
        })
    }
}

impl FromRow for Kind {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        use Owned::{Each, Market, Person, Provider};
        let number: usize = row.get::<i64>(3)?.try_into().unwrap_or(usize::MAX);
        Ok(Self {
            code: row.get(0)?,
            name: row.get(1)?,
            class: Class::from_number(row.get(2)?).ok_or_else(|| unknown("class of account"))?,
            owned: *[Market, Provider, Person, Each].get(number).ok_or_else(|| unknown("kind of owner"))?,
            floor: row.get(4)?,
            cap: row.get(5)?,
            lanes: row.get(6)?,
        })
    }
}

fn unknown(what: &str) -> StoreError {
    StoreError::Bug(format!("an unknown {what}"))
}
