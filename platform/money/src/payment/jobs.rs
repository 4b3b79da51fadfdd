//! Sending attempts, asking what became of them, and ending what was not paid in time.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::{Ctx, Decision, Refusal};
use serde::de::DeserializeOwned;
use store::Market;

use super::limits::JOB_ATTEMPTS_MAX;
use super::model::{Attempt, AttemptId, Book, Flow};
use super::payments::{Opened, Payments, who};
use super::pen::{EXPIRE, End, Errand, Step, WORK};
use super::states::AttemptState;
use super::{decide, hear, repo};
use crate::gateway::adapter::{self, Order, Original};
use crate::gateway::advice::{Blame, advice};
use crate::gateway::report::{Report, Standing, Trouble};
use crate::gateway::route::{self, Nowhere};

pub struct Work(pub Arc<Payments>);

pub struct Expire(pub Arc<Payments>);

impl JobHandler for Work {
    fn kind(&self) -> &'static str {
        WORK
    }

    fn attempts_max(&self) -> i64 {
        JOB_ATTEMPTS_MAX
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let errand: Errand = read(&job.body)?;
        let Some(book) = repo::book(market, errand.payment).await? else { return Ok(Decision::nothing()) };
        let Some(attempt) = book.attempt(errand.attempt) else { return Ok(Decision::nothing()) };
        // An earlier job did this already, or a later one is to come. One that finds it sent is the very
        // job that sent it, and died before it wrote down the answer.
        let is_later = attempt.due > self.0.now() && attempt.state != AttemptState::Sent;
        if !attempt.state.is_open() || is_later {
            return Ok(Decision::nothing());
        }
        match attempt.state {
            AttemptState::Queued => self.0.send(market, &book, attempt).await,
            _ => self.0.ask(market, &book, attempt).await,
        }
    }
}

impl JobHandler for Expire {
    fn kind(&self) -> &'static str {
        EXPIRE
    }

    fn attempts_max(&self) -> i64 {
        JOB_ATTEMPTS_MAX
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let End { payment } = read(&job.body)?;
        let Some(book) = repo::book(market, payment).await? else { return Ok(Decision::nothing()) };
        self.0.step(market, |ctx| decide::expire(&book, ctx)).await
    }
}

pub(crate) fn read<T: DeserializeOwned>(body: &str) -> Result<T, JobTrouble> {
    serde_json::from_str(body).map_err(|error| JobTrouble::Dead(error.to_string()))
}

/// A ledger that is busy is asked again; the payment has not moved until it said yes.
fn later(refusal: Refusal) -> JobTrouble {
    JobTrouble::Retry(refusal.to_string())
}

impl Payments {
    async fn step(
        &self,
        market: &Market,
        decide: impl FnOnce(&Ctx<'_>) -> Step + Send,
    ) -> Result<Decision, JobTrouble> {
        let zone = self.places.zone(market);
        let ctx = self.ctx(&zone);
        let step = decide(&ctx);
        let (decision, _) = self.decided(market, step, &ctx).await.map_err(later)?;
        Ok(decision)
    }

    async fn send(&self, market: &Market, book: &Book, attempt: &Attempt) -> Result<Decision, JobTrouble> {
        let id = attempt.id;
        let opened = match self.gateway_for(market, book, attempt).await? {
            Ok(opened) => opened,
            Err(Nowhere::Down) => {
                return self.step(market, |ctx| hear::nobody_takes_it(book, id, ctx)).await;
            }
            Err(Nowhere::None) => return self.no_gateway(market, book, id).await,
        };
        let (number, now_ns) = (opened.account.number, self.now_ns());
        let Some(ticket) = self.health.allow(who(market, number), now_ns) else {
            return self.step(market, |ctx| hear::nobody_takes_it(book, id, ctx)).await;
        };
        // Written down before anything leaves: after a crash it may have arrived.
        let left = {
            let zone = self.places.zone(market);
            let ctx = self.ctx(&zone);
            hear::leaves(book, id, number, &ctx)
        };
        let written = market.commit(self.stamp(), repo::decision(&left, self.now())).await;
        if let Err(error) = written {
            // Nothing was sent, so the gateway is not to blame.
            self.health.called(who(market, number), now_ns, ticket, true);
            return Err(error.into());
        }
        let Some(order) = self.order(&left.after, id, market) else { return Ok(Decision::nothing()) };
        let said = adapter::send(&*opened.adapter, &self.desk(&opened), &order).await;
        self.health.called(who(market, number), self.now_ns(), ticket, said.is_ok());
        let mut book = left.after;
        book.payment.version += 1;
        self.heard(market, &book, id, &opened, said).await
    }

    /// Where an attempt goes: what follows upon another goes where that went.
    async fn gateway_for(
        &self,
        market: &Market,
        book: &Book,
        attempt: &Attempt,
    ) -> Result<Result<Opened, Nowhere>, JobTrouble> {
        if attempt.flow != Flow::Pay {
            return Ok(self.account(market, attempt.gateway).await?.ok_or(Nowhere::None));
        }
        let accounts = crate::gateway::account::repo::all(market).await?;
        let now_ns = self.now_ns();
        let candidates: Vec<route::Candidate<'_>> = accounts
            .iter()
            .filter(|account| self.adapters.get(&account.adapter).is_some())
            .map(|account| (account, self.health.view(who(market, account.number), now_ns)))
            .collect();
        let failed =
            book.attempts.iter().rev().find(|it| it.flow == Flow::Pay && it.state == AttemptState::Failed);
        let avoid = failed.map(|it| it.gateway);
        let payment = &book.payment;
        let chosen = route::choose(&candidates, payment.method, payment.amount, payment.id.raw(), avoid);
        Ok(chosen.and_then(|number| {
            let account = accounts.iter().find(|account| account.number == number).cloned();
            account.and_then(|account| self.open(market, account)).ok_or(Nowhere::None)
        }))
    }

    /// There is no gateway for it, and there will be none soon: said as a gateway would.
    async fn no_gateway(&self, market: &Market, book: &Book, id: AttemptId) -> Result<Decision, JobTrouble> {
        self.step(market, |ctx| {
            let left = hear::leaves(book, id, 0, ctx);
            let step = hear::hear(&left.after, id, "", &Report::declined("no_gateway"), ctx);
            Step { before: left.before, ..step }
        })
        .await
    }

    /// Asks the gateway how it stands: after a callback, or because it is time.
    pub(crate) async fn ask(
        &self,
        market: &Market,
        book: &Book,
        attempt: &Attempt,
    ) -> Result<Decision, JobTrouble> {
        let id = attempt.id;
        let Some(opened) = self.account(market, attempt.gateway).await? else {
            return self.step(market, |ctx| hear::unknown(book, id, "its gateway is not set up", ctx)).await;
        };
        let who = who(market, attempt.gateway);
        let Some(ticket) = self.health.allow(who, self.now_ns()) else {
            return self.step(market, |ctx| hear::unknown(book, id, "the gateway is left alone", ctx)).await;
        };
        let Some(order) = self.order(book, id, market) else { return Ok(Decision::nothing()) };
        let said = opened.adapter.query(&self.desk(&opened), &order).await;
        self.health.called(who, self.now_ns(), ticket, said.is_ok());
        // A question that did not arrive says nothing of what was asked about.
        let said = said.map_err(|trouble| Trouble::Unknown(trouble.to_string()));
        self.heard(market, book, id, &opened, said).await
    }

    async fn heard(
        &self,
        market: &Market,
        book: &Book,
        id: AttemptId,
        opened: &Opened,
        said: Result<Report, Trouble>,
    ) -> Result<Decision, JobTrouble> {
        let adapter = opened.adapter.name();
        let report = match said {
            Ok(report) => report,
            Err(Trouble::NotArrived(detail)) => {
                Report { detail: Some(detail), ..Report::declined("unreachable") }
            }
            Err(Trouble::Unknown(detail)) => {
                return self.step(market, |ctx| hear::unknown(book, id, &detail, ctx)).await;
            }
        };
        let decision = self.step(market, |ctx| hear::hear(book, id, adapter, &report, ctx)).await?;
        self.judge(market, book, id, &opened.account.number, adapter, &report);
        Ok(decision)
    }

    /// What counts for or against a gateway: payments that it ended, where the payer is not to blame.
    fn judge(
        &self,
        market: &Market,
        book: &Book,
        id: AttemptId,
        number: &i64,
        adapter: &str,
        report: &Report,
    ) {
        let is_news = book.attempt(id).is_some_and(|it| it.flow == Flow::Pay && it.state.is_open());
        if !is_news {
            return;
        }
        let success = match report.standing {
            Standing::Authorised | Standing::Done => true,
            Standing::Declined => {
                let code = report.code.as_deref().unwrap_or_default();
                match advice(adapter, Flow::Pay, code).1 {
                    Blame::Gateway => false,
                    Blame::Payer | Blame::Us => return,
                }
            }
            _ => return,
        };
        self.health.paid(who(market, *number), self.now_ns(), success);
    }

    /// An attempt in what a gateway needs to know of it.
    pub(crate) fn order(&self, book: &Book, id: AttemptId, market: &Market) -> Option<Order> {
        let attempt = book.attempt(id)?;
        let of = book.attempt(attempt.of)?;
        let payment = &book.payment;
        let refund = attempt.refund.and_then(|refund| book.refund(refund));
        Some(Order {
            flow: attempt.flow,
            reference: attempt.reference(),
            external: attempt.external.clone(),
            amount: payment.money(attempt.amount),
            of: Original {
                reference: of.reference(),
                external: of.external.clone(),
                amount: payment.money(of.amount),
            },
            token: payment.token.clone(),
            contact: payment.contact.clone(),
            note: payment.note.clone(),
            back: self.places.base(market).map(|base| format!("{base}/v1/payments/{}", payment.id)),
            expires: payment.expires,
            refund_reason: refund.map(|refund| refund.reason.clone()),
        })
    }
}
