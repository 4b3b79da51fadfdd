use kernel::jiff::Timestamp;
use kernel::{Change, Decision, values};
use store::{Market, Query, StoreError};

use super::limits::{ATTEMPTS_READ_MAX, REFUNDS_MAX};
use super::model::{Attempt, AttemptId, Book, Flow, Funding, Method, Payment, PaymentId, Refund};
use super::pen::Step;
use super::states::{AttemptState, PaymentState, RefundState, name_of};

kernel::statements! {
    short ONE = "select id, about, payer, method, currency, amount, state, reason, token, contact, note, brand, last4, \
        authorised, captured, refunded, refunding, charged_back, collected_by, told_waiting, expires, hold_s, \
        version, at, changed from payment where id = ?1";
    short ATTEMPTS = "select id, flow, of, refund, gateway, amount, state, external, next, code, detail, fee, asked, \
        due, sent, at from payment_attempt where payment = ?1 order by id limit ?2";
    short REFUNDS = "select id, of, amount, funding, reason, state, code, at from payment_refund \
        where payment = ?1 order by id limit ?2";
    short ADD = "insert into payment (id, about, payer, method, currency, amount, state, reason, token, contact, note, \
        brand, last4, authorised, captured, refunded, refunding, charged_back, collected_by, told_waiting, expires, \
        hold_s, version, at, changed) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, \
        ?17, ?18, ?19, ?20, ?21, ?22, 1, ?23, ?23)";
    short SET = "update payment set state = ?3, reason = ?4, contact = ?5, brand = ?6, last4 = ?7, authorised = ?8, \
        captured = ?9, refunded = ?10, refunding = ?11, charged_back = ?12, collected_by = ?13, told_waiting = ?14, \
        expires = ?15, version = version + 1, changed = ?16 where id = ?1 and version = ?2";
    short ADD_ATTEMPT = "insert into payment_attempt (id, payment, flow, of, refund, gateway, amount, state, code, \
        asked, due, at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, ?11)";
    short SET_ATTEMPT = "update payment_attempt set gateway = ?2, state = ?3, external = ?4, next = ?5, code = ?6, \
        detail = ?7, fee = ?8, asked = ?9, due = ?10, sent = ?11 where id = ?1";
    short ADD_REFUND = "insert into payment_refund (id, payment, of, amount, funding, reason, state, code, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    short SET_REFUND = "update payment_refund set state = ?2, code = ?3 where id = ?1";
    short OF_ATTEMPT = "select payment from payment_attempt where id = ?1";
    short OF_EXTERNAL = "select id, payment from payment_attempt where gateway = ?1 and external = ?2 \
        order by id limit 1";
    short PAGE = "select id, about, payer, method, currency, amount, state, reason, token, contact, note, brand, last4, \
        authorised, captured, refunded, refunding, charged_back, collected_by, told_waiting, expires, hold_s, \
        version, at, changed from payment where id < ?1 order by id desc limit ?2";
    short PAGE_OF_STATE = "select id, about, payer, method, currency, amount, state, reason, token, contact, note, \
        brand, last4, authorised, captured, refunded, refunding, charged_back, collected_by, told_waiting, expires, \
        hold_s, version, at, changed from payment where state = ?3 and id < ?1 order by id desc limit ?2";
    short PAGE_ABOUT = "select id, about, payer, method, currency, amount, state, reason, token, contact, note, \
        brand, last4, authorised, captured, refunded, refunding, charged_back, collected_by, told_waiting, expires, \
        hold_s, version, at, changed from payment where about = ?3 and id < ?1 order by id desc limit ?2";
    short PAGE_OF_PAYER = "select id, about, payer, method, currency, amount, state, reason, token, contact, note, \
        brand, last4, authorised, captured, refunded, refunding, charged_back, collected_by, told_waiting, expires, \
        hold_s, version, at, changed from payment where payer = ?3 and id < ?1 order by id desc limit ?2";
}

pub async fn book(market: &Market, id: PaymentId) -> Result<Option<Book>, StoreError> {
    let query = |sql, params| Query { sql, params };
    let rows = market
        .snapshot(vec![
            query(ONE, values![id]),
            query(ATTEMPTS, values![id, ATTEMPTS_READ_MAX]),
            query(REFUNDS, values![id, (REFUNDS_MAX + super::limits::PAY_ATTEMPTS_MAX) as i64]),
        ])
        .await?;
    let [payment, attempts, refunds] = &rows[..] else {
        return Err(StoreError::Bug("a snapshot gives as many results as it was asked for".to_owned()));
    };
    let Some(payment) = payment.one()? else { return Ok(None) };
    Ok(Some(Book { payment, attempts: attempts.list()?, refunds: refunds.list()? }))
}

pub async fn of_attempt(market: &Market, id: AttemptId) -> Result<Option<PaymentId>, StoreError> {
    let found: Option<(PaymentId,)> = market.one(OF_ATTEMPT, values![id]).await?;
    Ok(found.map(|(payment,)| payment))
}

/// By the gateway's own reference.
pub async fn of_external(
    market: &Market,
    gateway: i64,
    external: &str,
) -> Result<Option<(AttemptId, PaymentId)>, StoreError> {
    market.one(OF_EXTERNAL, values![gateway, external]).await
}

/// Which payments are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    All,
    State(PaymentState),
    About(i64),
    Payer(i64),
}

/// Newest first.
pub async fn page(
    market: &Market,
    which: Which,
    before: i64,
    limit: u16,
) -> Result<Vec<Payment>, StoreError> {
    let limit = i64::from(limit) + 1;
    match which {
        Which::All => market.list(PAGE, values![before, limit]).await,
        Which::State(state) => market.list(PAGE_OF_STATE, values![before, limit, state.name()]).await,
        Which::About(about) => market.list(PAGE_ABOUT, values![before, limit, about]).await,
        Which::Payer(payer) => market.list(PAGE_OF_PAYER, values![before, limit, payer]).await,
    }
}

/// What a step writes; nothing where nothing changed.
pub fn decision(step: &Step, now: Timestamp) -> Decision {
    let mut decision = Decision::nothing();
    let after = &step.after;
    match &step.before {
        None => decision = decision.change(add(&after.payment)),
        // Attempts and refunds change under the version of their payment.
        Some(before) if before != after => decision = decision.change(set(&after.payment, now)),
        Some(_) => {}
    }
    let (attempts, refunds) = step
        .before
        .as_ref()
        .map_or((&[][..], &[][..]), |before| (before.attempts.as_slice(), before.refunds.as_slice()));
    for attempt in &after.attempts {
        match attempts.iter().find(|known| known.id == attempt.id) {
            None => decision = decision.change(add_attempt(after.payment.id, attempt)),
            Some(known) if known != attempt => decision = decision.change(set_attempt(attempt)),
            Some(_) => {}
        }
    }
    for refund in &after.refunds {
        match refunds.iter().find(|known| known.id == refund.id) {
            None => decision = decision.change(add_refund(after.payment.id, refund)),
            Some(known) if known != refund => {
                let state = name_of(&RefundState::ALL, refund.state);
                decision =
                    decision.change(SET_REFUND.with(values![refund.id, state, refund.code.as_deref()]));
            }
            Some(_) => {}
        }
    }
    decision.events.extend(step.events.iter().cloned());
    decision.jobs.extend(step.jobs.iter().cloned());
    decision
}

fn add(it: &Payment) -> Change {
    ADD.with(values![
        it.id,
        it.about,
        it.payer,
        name_of(&Method::ALL, it.method),
        it.amount.currency(),
        it.amount.minor(),
        it.state.name(),
        it.reason.as_deref(),
        it.token.as_deref(),
        it.contact.as_deref(),
        &it.note,
        it.brand.as_deref(),
        it.last4.as_deref(),
        it.authorised,
        it.captured,
        it.refunded,
        it.refunding,
        it.charged_back,
        it.collected_by,
        it.told_waiting,
        it.expires,
        it.hold_s,
        it.at,
    ])
}

fn set(it: &Payment, now: Timestamp) -> Change {
    SET.with(values![
        it.id,
        it.version,
        it.state.name(),
        it.reason.as_deref(),
        it.contact.as_deref(),
        it.brand.as_deref(),
        it.last4.as_deref(),
        it.authorised,
        it.captured,
        it.refunded,
        it.refunding,
        it.charged_back,
        it.collected_by,
        it.told_waiting,
        it.expires,
        now,
    ])
}

fn add_attempt(payment: PaymentId, it: &Attempt) -> Change {
    ADD_ATTEMPT.with(values![
        it.id,
        payment,
        name_of(&Flow::ALL, it.flow),
        it.of,
        it.refund,
        it.gateway,
        it.amount,
        name_of(&AttemptState::ALL, it.state),
        it.code.as_deref(),
        it.due,
        it.at,
    ])
}

fn set_attempt(it: &Attempt) -> Change {
    SET_ATTEMPT.with(values![
        it.id,
        it.gateway,
        name_of(&AttemptState::ALL, it.state),
        it.external.as_deref(),
        it.next.as_deref(),
        it.code.as_deref(),
        it.detail.as_deref(),
        it.fee,
        it.asked,
        it.due,
        it.sent,
    ])
}

fn add_refund(payment: PaymentId, it: &Refund) -> Change {
    ADD_REFUND.with(values![
        it.id,
        payment,
        it.of,
        it.amount,
        name_of(&Funding::ALL, it.funding),
        &it.reason,
        name_of(&RefundState::ALL, it.state),
        it.code.as_deref(),
        it.at,
    ])
}
