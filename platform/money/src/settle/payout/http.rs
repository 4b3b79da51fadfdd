use std::sync::Arc;

use http::StatusCode;
use kernel::jiff::Timestamp;
use kernel::text::{self, Lines};
use kernel::{Currency, Decision, Id, Money, Person, Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Bare, Body, Call, Endpoint, May, Page, PageQuery, Path, Query, Role, get, post};

use super::model::{Payout, PayoutId, PayoutState, Transfer, TransferState};
use super::{decide, file, repo};
use crate::ledger::{self, Posting};
use crate::settle::desk::Desk;
use crate::settle::model::{Payee, StatementId};

/// What an API key needs to read pay-outs. Only people make and approve them.
pub const SCOPE: &str = "payouts";

pub fn endpoints(desk: &Arc<Desk>) -> Vec<Endpoint> {
    let all = [
        post("/v1/payouts", payout_make)
            .says("Makes a pay-out of what is owed longest, up to 500 statements whose owners said to where.")
            .answers(StatusCode::CREATED),
        get("/v1/payouts", payout_list).says("Lists pay-outs, newest first."),
        get("/v1/payouts/{payout}", payout_read).says("Reads a pay-out with its transfers."),
        web::with!(desk, get "/v1/payouts/{payout}/file" => payout_file(path: Path<Which>))
            .says("The file for the bank, once somebody else approved it.")
            .produces(&["text/csv"]),
        post("/v1/payouts/{payout}/approve", payout_approve)
            .says("Approves a pay-out that somebody else made."),
        post("/v1/payouts/{payout}/send", payout_send).says("Says that the bank has the file."),
        post("/v1/payouts/{payout}/paid", payout_paid)
            .says("Says that the bank has paid all that it did not give back."),
        post("/v1/payouts/{payout}/withdraw", payout_withdraw)
            .says("Gives up a pay-out that the bank does not have: its statements are owed again."),
        post("/v1/payouts/{payout}/transfers/{statement}/return", transfer_return)
            .says("Says that a transfer came back: its statement is owed again."),
    ];
    let refuses = [RefusalKind::NotFound, RefusalKind::Conflict];
    all.map(|it| it.may(May::Role(Role::Manager)).scope(SCOPE).refuses(refuses)).to_vec()
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    payout: PayoutId,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct WhichTransfer {
    payout: PayoutId,
    statement: StatementId,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewPayout {
    payee: Payee,
    currency: Currency,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Returned {
    #[schemars(length(min = 1, max = 200))]
    reason: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PayoutView {
    id: PayoutId,
    payee: Payee,
    state: PayoutState,
    transfers: i64,
    total: Money,
    made_by: Option<Id<Person>>,
    approved_by: Option<Id<Person>>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    changed: Timestamp,
}

impl From<Payout> for PayoutView {
    fn from(it: Payout) -> Self {
        let person = |actor| match actor {
            kernel::Actor::Person(id) => Some(id),
            _ => None,
        };
        Self {
            total: it.money(it.total),
            id: it.id,
            payee: it.payee,
            state: it.state,
            transfers: it.transfers,
            made_by: person(it.made_by),
            approved_by: it.approved_by.and_then(person),
            at: it.at,
            changed: it.changed,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct TransferView {
    statement: StatementId,
    reference: String,
    amount: Money,
    holder: String,
    bank: String,
    /// How the number of the account ends.
    last4: String,
    state: TransferState,
    reason: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PayoutFull {
    payout: PayoutView,
    /// All of them, by statement.
    transfers: Vec<TransferView>,
}

impl PayoutFull {
    fn of(payout: Payout, transfers: Vec<Transfer>) -> Self {
        let view = |it: Transfer| TransferView {
            statement: it.statement,
            reference: it.reference,
            amount: payout.money(it.amount),
            holder: it.to.holder,
            bank: it.to.bank,
            last4: it.to.last4,
            state: it.state,
            reason: it.reason,
        };
        Self { transfers: transfers.into_iter().map(view).collect(), payout: payout.into() }
    }
}

async fn payout_make(call: Call, Body(new): Body<NewPayout>) -> Result<Answer<PayoutView>, Refusal> {
    call.change(|| async {
        let owed = repo::payable(call.market(), new.payee, new.currency).await?;
        let (decision, payout) = decide::make(new.payee, new.currency, owed, &call.ctx())?;
        let location = format!("{}/v1/payouts/{}", call.base, payout.id);
        Ok((decision, Answer::created(location, &payout.into())?))
    })
    .await
}

async fn payout_list(call: Call, Query(page): Query<PageQuery>) -> Result<Answer<Page<PayoutView>>, Refusal> {
    let ([before], limit) = (page.from([i64::MAX])?, page.limit());
    let rows = repo::page(call.market(), before, limit).await?;
    Answer::ok(&Page::of(rows, limit, |it: &Payout| [it.id.raw()]))
}

async fn payout_read(call: Call, Path(path): Path<Which>) -> Result<Answer<PayoutFull>, Refusal> {
    let payout = load(&call, path.payout).await?;
    let transfers = repo::transfers(call.market(), payout.id).await?;
    Answer::ok(&PayoutFull::of(payout, transfers))
}

async fn payout_file(desk: &Arc<Desk>, call: Call, Path(path): Path<Which>) -> Result<Answer<Bare>, Refusal> {
    let payout = load(&call, path.payout).await?;
    if !matches!(payout.state, PayoutState::Approved | PayoutState::Sent) {
        return Err(Refusal::conflict(
            "payout_state",
            "There is a file of what is approved and not yet paid.",
        ));
    }
    let transfers = repo::transfers(call.market(), payout.id).await?;
    let written = file::written(desk, call.market(), &payout, &transfers);
    let bytes = written.map_err(|error| Refusal::conflict("file_unwritten", error.to_string()))?;
    Ok(Answer::bytes(StatusCode::OK, file::MEDIA, bytes))
}

async fn payout_approve(call: Call, Path(path): Path<Which>) -> Result<Answer<PayoutView>, Refusal> {
    call.change(|| async {
        let (decision, after) = decide::approve(&load(&call, path.payout).await?, &call.ctx())?;
        Ok((decision, Answer::ok(&after.into())?))
    })
    .await
}

async fn payout_send(call: Call, Path(path): Path<Which>) -> Result<Answer<PayoutView>, Refusal> {
    call.change(|| async {
        let payout = load(&call, path.payout).await?;
        let (decision, after) = decide::send(&payout, &call.ctx())?;
        let transfers = repo::transfers(call.market(), payout.id).await?;
        let postings: Vec<Posting> = transfers.iter().map(|it| decide::posting(&payout, it)).collect();
        Ok((decision.and(posted(&call, &postings).await?), Answer::ok(&after.into())?))
    })
    .await
}

async fn payout_paid(call: Call, Path(path): Path<Which>) -> Result<Answer<PayoutView>, Refusal> {
    call.change(|| async {
        let payout = load(&call, path.payout).await?;
        let waiting = repo::waiting(call.market(), payout.id).await?;
        let (decision, after) = decide::paid(&payout, waiting, &call.ctx())?;
        Ok((decision, Answer::ok(&after.into())?))
    })
    .await
}

async fn payout_withdraw(call: Call, Path(path): Path<Which>) -> Result<Answer<PayoutView>, Refusal> {
    call.change(|| async {
        let (decision, after) = decide::withdraw(&load(&call, path.payout).await?, &call.ctx())?;
        Ok((decision, Answer::ok(&after.into())?))
    })
    .await
}

async fn transfer_return(
    call: Call,
    Path(path): Path<WhichTransfer>,
    Body(said): Body<Returned>,
) -> Result<Answer<()>, Refusal> {
    if let Some(fault) = text::fault("/reason", &said.reason, Lines::One) {
        return Err(Refusal::invalid(vec![fault]));
    }
    call.change(|| async {
        let payout = load(&call, path.payout).await?;
        let transfer = repo::transfer(call.market(), payout.id, path.statement).await?;
        let transfer = transfer.ok_or_else(Refusal::not_found)?;
        let decision = decide::returned(&payout, &transfer, said.reason.trim(), &call.ctx())?;
        let back = decide::posting(&payout, &transfer).reversed("transfer came back");
        Ok((decision.and(posted(&call, &[back]).await?), Answer::done()))
    })
    .await
}

async fn load(call: &Call, id: PayoutId) -> Result<Payout, Refusal> {
    repo::one(call.market(), id).await?.ok_or_else(Refusal::not_found)
}

async fn posted(call: &Call, postings: &[Posting]) -> Result<Decision, Refusal> {
    let book = ledger::load(call.market(), postings).await?;
    Ok(ledger::post(book, postings, &call.ctx())?.0)
}
