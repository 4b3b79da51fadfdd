use kernel::jiff::Timestamp;
use kernel::{Actor, Change, Id, Provider, values};
use money::payment::model::RefundId;
use store::{Market, StoreError};

use super::limits;
use super::model::{Claim, ClaimId, Dispute, Entry, Returned};
use crate::order::OrderId;
use crate::order::state::Role;
use crate::stored;

macro_rules! columns {
    () => {
        "id, delivery_order, buyer, provider, state, dispute, at, since, answer_until, refund, failed, tries, \
         version, said"
    };
}

kernel::statements! {
    short ONE = concat!("select ", columns!(), " from delivery_claim where id = ?1");
    short OF_ORDER = concat!("select ", columns!(), " from delivery_claim where delivery_order = ?1 \
        order by id limit ?2");
    short OF_PROVIDER = concat!("select ", columns!(), " from delivery_claim where provider = ?1 and id < ?2 \
        order by id desc limit ?3");
    short OPEN = concat!("select ", columns!(), " from delivery_claim where open = 1 and (since, id) > (?1, ?2) \
        order by since, id limit ?3");
    short BY_REFUND = "select id from delivery_claim where refund = ?1 limit 1";
    short ADD = concat!("insert into delivery_claim (", columns!(), ", open) values (?1, ?2, ?3, ?4, ?5, ?6, \
        ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");
    short PUT = "update delivery_claim set state = ?3, dispute = ?4, since = ?5, refund = ?6, failed = ?7, \
        tries = ?8, said = ?9, open = ?10, version = version + 1 where id = ?1 and version = ?2";
    short HISTORY = "select version, state, dispute, role, reason, at from delivery_claim_history \
        where claim = ?1 order by version limit ?2";
    short NOTE = "insert into delivery_claim_history (claim, version, state, dispute, actor, role, reason, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    short RETURNED = "select delivery_order, lines, buyer, money, version from delivery_returned \
        where delivery_order = ?1";
    /// One claim more, as long as there are few.
    short ONE_MORE = "insert into delivery_returned (delivery_order, claims, lines, buyer, money, version) \
        values (?1, 1, '[]', 0, 0, 1) on conflict (delivery_order) do update \
        set claims = delivery_returned.claims + 1 where delivery_returned.claims < ?2";
    /// What is decided follows from what went back before: whoever was slower decides again.
    short GIVE = "update delivery_returned set lines = ?3, buyer = ?4, money = ?5, version = version + 1 \
        where delivery_order = ?1 and version = ?2";
}

pub async fn one(market: &Market, id: ClaimId) -> Result<Option<Claim>, StoreError> {
    market.one(ONE, values![id]).await
}

pub async fn of_order(market: &Market, order: OrderId) -> Result<Vec<Claim>, StoreError> {
    market.list(OF_ORDER, values![order, limits::CLAIMS_PER_ORDER_MAX]).await
}

/// The latest first, one more than a page.
pub async fn of_provider(
    market: &Market,
    provider: Id<Provider>,
    before: i64,
    limit: u16,
) -> Result<Vec<Claim>, StoreError> {
    market.list(OF_PROVIDER, values![provider, before, i64::from(limit) + 1]).await
}

/// All that somebody has to do something about, those that wait for longest first.
pub async fn open(market: &Market, after: (i64, i64), limit: u16) -> Result<Vec<Claim>, StoreError> {
    market.list(OPEN, values![after.0, after.1, i64::from(limit) + 1]).await
}

/// The claim that a refund is for.
pub async fn by_refund(market: &Market, refund: RefundId) -> Result<Option<ClaimId>, StoreError> {
    Ok(market.one::<(ClaimId,)>(BY_REFUND, values![refund]).await?.map(|(id,)| id))
}

pub async fn history(market: &Market, id: ClaimId) -> Result<Vec<Entry>, StoreError> {
    market.list(HISTORY, values![id, limits::HISTORY_SHOWN_MAX]).await
}

/// What claims gave back for an order until now.
pub async fn returned(market: &Market, order: OrderId) -> Result<Returned, StoreError> {
    let found = market.one(RETURNED, values![order]).await?;
    let none = || Returned { order, lines: Vec::new(), buyer: 0, money: 0, version: 0 };
    Ok(found.unwrap_or_else(none))
}

pub fn add(claim: &Claim) -> Change {
    ADD.with(values![
        claim.id,
        claim.order,
        claim.buyer,
        claim.provider,
        claim.state as i64,
        claim.dispute as i64,
        claim.at,
        claim.since,
        claim.answer_until,
        claim.refund,
        claim.failed,
        claim.tries,
        claim.version,
        stored::to_text(&claim.said),
        is_open(claim),
    ])
}

/// `after` has the version that was read.
pub fn put(after: &Claim) -> Change {
    PUT.with(values![
        after.id,
        after.version,
        after.state as i64,
        after.dispute as i64,
        after.since,
        after.refund,
        after.failed,
        after.tries,
        stored::to_text(&after.said),
        is_open(after),
    ])
}

fn is_open(claim: &Claim) -> bool {
    !claim.state.is_decided() || claim.state.is_owing() || claim.dispute == Dispute::Raised
}

pub fn note(
    claim: &Claim,
    version: i64,
    actor: Actor,
    role: Role,
    reason: Option<&str>,
    now: Timestamp,
) -> Change {
    let (state, dispute) = (claim.state as i64, claim.dispute as i64);
    NOTE.with(values![claim.id, version, state, dispute, actor.to_raw(), role as i64, reason, now])
}

pub fn one_more(order: OrderId) -> Change {
    ONE_MORE.with(values![order, limits::CLAIMS_PER_ORDER_MAX])
}

/// `after` has the version that was read.
pub fn give(after: &Returned) -> Change {
    let lines = stored::to_text(&after.lines);
    GIVE.with(values![after.order, after.version, lines, after.buyer, after.money])
}
