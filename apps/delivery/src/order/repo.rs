use kernel::jiff::Timestamp;
use kernel::{Actor, Change, Id, Person, values};
use store::{Market, StoreError};

use super::model::{Entry, Order, OrderId};
use super::state::{Role, Status};
use crate::limits;
use crate::store::StoreId;

macro_rules! columns {
    () => {
        "id, buyer, store, provider, status, paid, payment, reservation, job, rider, at, since, ready, due, \
         pin, proof, reason, kept, returned, earned, stuck, version, fixed"
    };
}

kernel::statements! {
    short ONE = concat!("select ", columns!(), " from delivery_order where id = ?1");
    short OF_BUYER = concat!("select ", columns!(), " from delivery_order where buyer = ?1 and id < ?2 \
        order by id desc limit ?3");
    short OPEN_OF_STORE = concat!("select ", columns!(), " from delivery_order where store = ?1 and open = 1 \
        and id > ?2 order by id limit ?3");
    short PAST_OF_STORE = concat!("select ", columns!(), " from delivery_order where store = ?1 and open = 0 \
        and id < ?2 order by id desc limit ?3");
    short OF_RIDER = concat!("select ", columns!(), " from delivery_order where rider = ?1 and id < ?2 \
        order by id desc limit ?3");
    short OPEN = concat!("select ", columns!(), " from delivery_order where open = 1 and (since, id) > (?1, ?2) \
        order by since, id limit ?3");
    short STANDING = concat!("select ", columns!(), " from delivery_order where open = 1 and stuck = 0 \
        and (since, id) > (?1, ?2) and since <= ?3 order by since, id limit ?4");
    short FIRST_OF = "select id from delivery_order where buyer = ?1 and status = ?2 limit 1";
    short ADD = concat!("insert into delivery_order (", columns!(), ", open, total) values (?1, ?2, ?3, ?4, ?5, \
        ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, 1, ?24)");
    short PUT = "update delivery_order set status = ?3, open = ?4, paid = ?5, payment = ?6, reservation = ?7, \
        job = ?8, rider = ?9, since = ?10, ready = ?11, due = ?12, proof = ?13, reason = ?14, kept = ?15, \
        returned = ?16, earned = ?17, stuck = ?18, version = version + 1 where id = ?1 and version = ?2";
    short HISTORY = "select version, status, role, reason, at from delivery_history \
        where delivery_order = ?1 order by version limit ?2";
    short NOTE = "insert into delivery_history (delivery_order, version, status, actor, role, reason, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
}

pub async fn one(market: &Market, id: OrderId) -> Result<Option<Order>, StoreError> {
    market.one(ONE, values![id]).await
}

/// The latest first, one more than a page.
pub async fn of_buyer(
    market: &Market,
    buyer: Id<Person>,
    before: i64,
    limit: u16,
) -> Result<Vec<Order>, StoreError> {
    market.list(OF_BUYER, values![buyer, before, i64::from(limit) + 1]).await
}

/// The oldest first, one more than a page.
pub async fn open_of_store(
    market: &Market,
    store: StoreId,
    after: i64,
    limit: u16,
) -> Result<Vec<Order>, StoreError> {
    market.list(OPEN_OF_STORE, values![store, after, i64::from(limit) + 1]).await
}

pub async fn past_of_store(
    market: &Market,
    store: StoreId,
    before: i64,
    limit: u16,
) -> Result<Vec<Order>, StoreError> {
    market.list(PAST_OF_STORE, values![store, before, i64::from(limit) + 1]).await
}

pub async fn of_rider(
    market: &Market,
    rider: Id<Person>,
    before: i64,
    limit: u16,
) -> Result<Vec<Order>, StoreError> {
    market.list(OF_RIDER, values![rider, before, i64::from(limit) + 1]).await
}

/// All that are under way, those that have not moved on for longest first.
pub async fn open(market: &Market, after: (i64, i64), limit: u16) -> Result<Vec<Order>, StoreError> {
    market.list(OPEN, values![after.0, after.1, i64::from(limit) + 1]).await
}

/// The same of those nobody was told of yet, which have stood at least since then.
pub async fn standing(
    market: &Market,
    after: (i64, i64),
    since: Timestamp,
    limit: u16,
) -> Result<Vec<Order>, StoreError> {
    market.list(STANDING, values![after.0, after.1, since, i64::from(limit)]).await
}

/// Whether somebody ever had an order brought.
pub async fn has_bought(market: &Market, buyer: Id<Person>) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = market.one(FIRST_OF, values![buyer, Status::Delivered as i64]).await?;
    Ok(found.is_some())
}

pub async fn history(market: &Market, id: OrderId) -> Result<Vec<Entry>, StoreError> {
    market.list(HISTORY, values![id, limits::HISTORY_SHOWN_MAX]).await
}

pub fn add(order: &Order) -> Change {
    ADD.with(values![
        order.id,
        order.buyer,
        order.store,
        order.provider,
        order.status as i64,
        order.paid as i64,
        order.payment,
        order.reservation,
        order.job,
        order.rider,
        order.at,
        order.since,
        order.ready,
        order.due,
        &order.pin,
        order.proof.as_deref(),
        order.reason.as_deref(),
        order.kept,
        order.returned,
        order.earned,
        order.stuck,
        order.version,
        // An order is plain data of ours: writing it as JSON cannot fail.
        serde_json::to_string(&order.fixed).unwrap_or_default(),
        order.fixed.quote.total.minor(),
    ])
}

/// `after` has the version that was read.
pub fn put(after: &Order) -> Change {
    PUT.with(values![
        after.id,
        after.version,
        after.status as i64,
        !after.status.is_over(),
        after.paid as i64,
        after.payment,
        after.reservation,
        after.job,
        after.rider,
        after.since,
        after.ready,
        after.due,
        after.proof.as_deref(),
        after.reason.as_deref(),
        after.kept,
        after.returned,
        after.earned,
        after.stuck,
    ])
}

pub fn note(
    order: &Order,
    version: i64,
    actor: Actor,
    role: Role,
    reason: Option<&str>,
    now: Timestamp,
) -> Change {
    NOTE.with(values![order.id, version, order.status as i64, actor.to_raw(), role as i64, reason, now])
}
