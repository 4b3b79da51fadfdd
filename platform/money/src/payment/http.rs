use std::sync::Arc;

use http::StatusCode;
use kernel::jiff::Timestamp;
use kernel::{Id, Money, Person, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, Role, get};

use super::decide;
use super::model::{Attempt, Book, Flow, Funding, Method, NewRefund, Payment, PaymentId, Refund, RefundId};
use super::payments::Payments;
use super::repo::{self, Which};
use super::states::{AttemptState, PaymentState, RefundState};

/// What an API key needs to read payments, and to give money back.
pub const READ: &str = "payments.read";
pub const REFUND: &str = "payments.refund";

pub fn endpoints(payments: &Arc<Payments>) -> Vec<Endpoint> {
    vec![
        get("/v1/payments", list_payments)
            .says("Lists payments, newest first: all, of one state, for one thing, or of one payer.")
            .may(May::Role(Role::Staff))
            .scope(READ),
        get("/v1/payments/{id}", get_payment)
            .says("Reads a payment: its payer sees where to go on, staff see every attempt too.")
            .may(May::Known)
            .scope(READ),
        web::with!(payments, post "/v1/payments/{id}/refunds" => refund_payment(which: Path<One>, body: Body<RefundText>))
            .says("Gives a part of a payment back, at most what was captured and is not given back yet.")
            .may(May::Role(Role::Manager))
            .scope(REFUND)
            .answers(StatusCode::CREATED),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct One {
    id: PaymentId,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    state: Option<PaymentState>,
    /// What is paid for, by its number.
    about: Option<i64>,
    payer: Option<Id<Person>>,
    #[serde(flatten)]
    page: PageQuery,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PaymentView {
    id: PaymentId,
    about: i64,
    payer: Option<Id<Person>>,
    method: Method,
    state: PaymentState,
    reason: Option<String>,
    amount: Money,
    captured: Money,
    refunded: Money,
    refunding: Money,
    charged_back: Money,
    brand: Option<String>,
    last4: Option<String>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    expires: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    changed: Timestamp,
}

impl From<Payment> for PaymentView {
    fn from(it: Payment) -> Self {
        Self {
            captured: it.money(it.captured),
            refunded: it.money(it.refunded),
            refunding: it.money(it.refunding),
            charged_back: it.money(it.charged_back),
            id: it.id,
            about: it.about,
            payer: it.payer,
            method: it.method,
            state: it.state,
            reason: it.reason,
            amount: it.amount,
            brand: it.brand,
            last4: it.last4,
            expires: it.expires,
            at: it.at,
            changed: it.changed,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct AttemptView {
    reference: String,
    flow: Flow,
    gateway: i64,
    amount: i64,
    state: AttemptState,
    external: Option<String>,
    code: Option<String>,
    detail: Option<String>,
    fee: Option<i64>,
    asked: i64,
    #[schemars(with = "String", extend("format" = "date-time"))]
    due: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
}

impl From<&Attempt> for AttemptView {
    fn from(it: &Attempt) -> Self {
        Self {
            reference: it.reference(),
            flow: it.flow,
            gateway: it.gateway,
            amount: it.amount,
            state: it.state,
            external: it.external.clone(),
            code: it.code.clone(),
            detail: it.detail.clone(),
            fee: it.fee,
            asked: it.asked,
            due: it.due,
            at: it.at,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct RefundView {
    id: RefundId,
    amount: i64,
    funding: Funding,
    reason: String,
    state: RefundState,
    code: Option<String>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
}

impl From<&Refund> for RefundView {
    fn from(it: &Refund) -> Self {
        Self {
            id: it.id,
            amount: it.amount,
            funding: it.funding,
            reason: it.reason.clone(),
            state: it.state,
            code: it.code.clone(),
            at: it.at,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct PaymentFull {
    payment: PaymentView,
    /// Where the payer goes on.
    next: Option<String>,
    refunds: Vec<RefundView>,
    /// For staff.
    attempts: Vec<AttemptView>,
}

impl PaymentFull {
    fn of(book: &Book, for_staff: bool) -> Self {
        let next = book.open_pay().and_then(|attempt| attempt.next.clone());
        let attempts = book.attempts.iter().filter(|_| for_staff).map(Into::into).collect();
        let refunds = book.refunds.iter().map(Into::into).collect();
        Self {
            next: next.filter(|_| book.payment.state.is_open()),
            payment: book.payment.clone().into(),
            refunds,
            attempts,
        }
    }
}

async fn list_payments(
    call: Call,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<Page<PaymentView>>, Refusal> {
    let which = match (wanted.about, wanted.payer, wanted.state) {
        (Some(about), _, _) => Which::About(about),
        (None, Some(payer), _) => Which::Payer(payer.raw()),
        (None, None, Some(state)) => Which::State(state),
        (None, None, None) => Which::All,
    };
    let limit = wanted.page.limit();
    let [before] = wanted.page.from([i64::MAX])?;
    let rows = repo::page(call.market(), which, before, limit).await?;
    Answer::ok(&Page::of(rows, limit, |it: &Payment| [it.id.raw()]))
}

async fn get_payment(call: Call, Path(which): Path<One>) -> Result<Answer<PaymentFull>, Refusal> {
    let book = repo::book(call.market(), which.id).await?.ok_or_else(Refusal::not_found)?;
    let for_staff = call.caller.is(Role::Staff, call.site.market_id);
    let is_own = call.caller.person().is_some() && call.caller.person() == book.payment.payer;
    if !for_staff && !is_own {
        return Err(Refusal::not_found());
    }
    Answer::ok(&PaymentFull::of(&book, for_staff))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RefundText {
    /// Made by whoever asks, so that asking twice is asking once; made here if left out.
    id: Option<RefundId>,
    /// In minor units of the payment's currency.
    #[schemars(range(min = 1))]
    amount: i64,
    #[schemars(length(min = 1, max = 200))]
    reason: String,
    /// Out of what it is paid: of what buyers gave if nothing is said.
    funding: Option<Funding>,
}

async fn refund_payment(
    payments: &Arc<Payments>,
    call: Call,
    Path(which): Path<One>,
    Body(text): Body<RefundText>,
) -> Result<Answer<RefundView>, Refusal> {
    let new = NewRefund {
        id: text.id.unwrap_or_else(|| call.ctx().fresh()),
        amount: text.amount,
        reason: text.reason,
        funding: text.funding.unwrap_or(Funding::BuyerFunds),
    };
    let location = format!("{}/v1/payments/{}", call.base, which.id);
    call.change(|| async {
        let ctx = call.ctx();
        let book = payments.book(call.market(), which.id).await?;
        let step = decide::refund(&book, &new, &ctx)?;
        let view: RefundView = step.after.refund(new.id).map(Into::into).ok_or_else(Refusal::not_found)?;
        let (decision, _) = payments.decided(call.market(), step, &ctx).await?;
        Ok((decision, Answer::created(location.clone(), &view)?))
    })
    .await
}
