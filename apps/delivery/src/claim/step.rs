//! Loads what a step of a claim needs, and puts together what it changes here and elsewhere.

use std::sync::Arc;

use ::store::Market;
use kernel::{Ctx, Decision, Id, Money, Refusal, RefusalKind};
use money::ledger::{self, Account, Posting};
use money::payment::model::{Funding, Method, NewRefund, Payment, RefundId};
use money::payment::states::RefundState;

use super::decide::{self, Case, Ruled, Step};
use super::division::Ground;
use super::model::{Claim, Granted};
use super::posts::{self, Round};
use super::repo;
use super::trouble::Trouble;
use super::trouble::http::Way;
use crate::order::model::Paid;
use crate::order::state::{Role, Status};
use crate::order::step::posted;
use crate::order::{self, Order, Orders, money as money_of, saga};
use crate::promotion::coins;
use crate::promotion::lot::{self, Lot};
use crate::promotion::reward::{self, EARNED};
use crate::settings::{self, Settings};

/// What claims need of all else.
pub struct Claims {
    pub orders: Arc<Orders>,
}

impl Claims {
    pub fn new(orders: Arc<Orders>) -> Arc<Self> {
        Arc::new(Self { orders })
    }

    async fn order(&self, market: &Market, claim: &Claim) -> Result<Order, Refusal> {
        order::repo::one(market, claim.order).await?.ok_or_else(Refusal::not_found)
    }

    async fn payment(&self, market: &Market, order: &Order) -> Result<Option<Payment>, Refusal> {
        match order.payment {
            Some(id) => Ok(Some(self.orders.payments.book(market, id).await?.payment)),
            None => Ok(None),
        }
    }

    /// Decided by an operator or by the settings. Where it cannot be, and something else of this order was
    /// given back while it was looked at, it is looked at again: the reason given is then the right one.
    pub async fn rule(
        &self,
        market: &Market,
        before: &Claim,
        wish: (&[Granted], Option<&str>),
        role: Role,
        ctx: &Ctx<'_>,
    ) -> Result<Step, Refusal> {
        let seen = repo::returned(market, before.order).await?.version;
        match self.ruled(market, before, wish, role, ctx).await {
            Err(_) if repo::returned(market, before.order).await?.version != seen => {
                self.ruled(market, before, wish, role, ctx).await
            }
            found => found,
        }
    }

    /// Rows, postings, items of statements and the refund are one decision.
    async fn ruled(
        &self,
        market: &Market,
        before: &Claim,
        (lines, reason): (&[Granted], Option<&str>),
        role: Role,
        ctx: &Ctx<'_>,
    ) -> Result<Step, Refusal> {
        let order = self.order(market, before).await?;
        let returned = repo::returned(market, before.order).await?;
        let settings = self.orders.settings(market, ctx).await?;
        let ground = ground(market, &order, &settings).await?;
        let case = Case { order: &order, returned: &returned, ground: &ground, settings: &settings };
        let mut ruled = decide::rule(before, &case, (lines, reason), ctx)?;
        let (beside, mut postings) = self.back(market, &order, &mut ruled, ctx).await?;
        // What goes back to the buyer is first given by whoever bears it.
        let mut all = posts::given(before, &order, ruled.round, &ruled.parts);
        all.append(&mut postings);
        let items = posts::items(before, &order, ruled.round, &ruled.parts, ctx)?;
        let returned = order.returned + ruled.verdict.money.minor();
        let decision = decide::ruled(before, &ruled, &Order { returned, ..order }, role, ctx);
        // Coins that come back hold as long as new ones.
        let expires = lot::decide::expires(ctx.now, settings.coins.expire_days);
        let (cause, leg, minor) = (before.id.raw(), ruled.round.name(), ruled.verdict.coins.minor());
        let came = lot::decide::came(&[Lot { cause, leg, person: before.buyer, expires, minor }]);
        let posted = posted(market, all, ctx).await?;
        Ok((decision.and(beside).and(posted).and(items).and(came), ruled.after))
    }

    /// How the money goes back: by the payment; or, where that was cash or nothing, into the wallet.
    async fn back(
        &self,
        market: &Market,
        order: &Order,
        ruled: &mut Ruled,
        ctx: &Ctx<'_>,
    ) -> Result<(Decision, Vec<Posting>), Refusal> {
        let amount = ruled.verdict.money.minor();
        if amount > 0 || ruled.round == Round::First {
            ruled.after.refund = None;
        }
        if amount == 0 {
            return Ok((Decision::nothing(), Vec::new()));
        }
        let payment = self.payment(market, order).await?;
        if let Some(payment) = payment.as_ref().filter(|it| it.method != Method::Cash) {
            let id = match ruled.round {
                // One for each claim, whatever is sent twice.
                Round::First => Id::from_raw(ruled.after.id.raw()),
                Round::Last => ctx.fresh(),
            };
            ruled.after.refund = Some(id);
            return self.refund(market, payment, (id, amount), ctx).await;
        }
        let taken = payment.map(|it| it.captured - it.refunded - it.charged_back);
        if taken.is_some_and(|taken| ruled.returned.money > taken) {
            let message = "More than was captured and is not given back yet.";
            return Err(Refusal::conflict("refund_exceeds", message));
        }
        let posting = posts::to_wallet(&ruled.after, order, ruled.round.name(), amount);
        Ok((Decision::nothing(), posting.into_iter().collect()))
    }

    async fn refund(
        &self,
        market: &Market,
        payment: &Payment,
        (id, amount): (RefundId, i64),
        ctx: &Ctx<'_>,
    ) -> Result<(Decision, Vec<Posting>), Refusal> {
        let new = NewRefund { id, amount, reason: "claim".to_owned(), funding: Funding::BuyerFunds };
        self.orders.payments.refund_apart(market, payment.id, &new, ctx).await
    }

    /// What came back from the gateway is sent once more, or put into the wallet.
    pub async fn send_again(
        &self,
        market: &Market,
        before: &Claim,
        to_wallet: bool,
        ctx: &Ctx<'_>,
    ) -> Result<Step, Refusal> {
        let (decision, after) = decide::send_again(before, to_wallet, ctx)?;
        let order = self.order(market, before).await?;
        let amount = before.verdict().map_or(0, |it| it.money.minor());
        let payment = self.payment(market, &order).await?;
        let (beside, postings) = match (after.refund, payment) {
            (Some(id), Some(payment)) => self.refund(market, &payment, (id, amount), ctx).await?,
            _ => {
                let leg = format!("try {}", after.tries);
                let posting = posts::to_wallet(&after, &order, &leg, amount);
                (Decision::nothing(), posting.into_iter().collect())
            }
        };
        Ok((decision.and(beside).and(posted(market, postings, ctx).await?), after))
    }

    /// The next thing to be done for a claim, if there is any.
    pub async fn next(&self, market: &Market, claim: &Claim, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
        if claim.state.is_owing() {
            let refund = self.standing(market, claim).await?;
            return Ok(decide::paid(claim, refund, ctx).map(|it| it.0).unwrap_or_default());
        }
        let order = self.order(market, claim).await?;
        let returned = repo::returned(market, claim.order).await?;
        let settings = self.orders.settings(market, ctx).await?;
        if decide::is_small(claim, &order, &returned, &settings.claim) {
            let all = decide::all(claim);
            match self.rule(market, claim, (&all, None), Role::System, ctx).await {
                Ok((decision, _)) => return Ok(decision),
                Err(refusal) if refusal.kind() == RefusalKind::Unavailable => return Err(refusal),
                // What a rule cannot decide, a person does.
                Err(_) => {}
            }
        }
        Ok(decide::lapse(claim, ctx).map(|it| it.0).unwrap_or_default())
    }

    /// What a bank took back earns nobody coins.
    pub async fn uncoined(&self, market: &Market, order: &Order, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
        let earned = order.money(lot::repo::of_cause(market, order.id.raw(), EARNED).await?);
        let returned = repo::returned(market, order.id).await?;
        let settings = self.orders.settings(market, ctx).await?;
        let known = (earned, in_purse(market, order).await?);
        let taken = reward::charged_back(order, known, returned.goods(), &settings)?;
        posted(market, taken.into_iter().collect(), ctx).await
    }

    /// What an operator does about trouble with the money of an order itself.
    pub async fn seen_to(
        &self,
        market: &Market,
        order: &Order,
        what: Trouble,
        way: Way,
        ctx: &Ctx<'_>,
    ) -> Result<Decision, Refusal> {
        let payment = self.payment(market, order).await?.ok_or_else(Refusal::not_found)?;
        let is_back = order.status == Status::Cancelled && what == Trouble::RefundFailed;
        let left = if is_back && order.paid != Paid::Over { saga::left(order, &payment) } else { 0 };
        let nothing = || Refusal::conflict("nothing_to_do", "There is nothing to be done that way.");
        match (what, way) {
            (_, Way::Note) => Ok(Decision::nothing()),
            (Trouble::RefundFailed, Way::Again) if left > 0 => {
                let new = NewRefund {
                    id: ctx.fresh(),
                    amount: left,
                    reason: "order cancelled".to_owned(),
                    funding: Funding::BuyerFunds,
                };
                Ok(self.orders.payments.refund(market, payment.id, &new, ctx).await?.0)
            }
            (Trouble::RefundFailed, Way::ToWallet) if left > 0 => {
                let postings = money_of::to_wallet(order, left).into_iter().collect();
                let closed = order::decide::close(order, payment.refunded + left).0;
                Ok(closed.and(posted(market, postings, ctx).await?))
            }
            (Trouble::CaptureFailed, Way::Again) if !order.earned => {
                Ok(Decision::nothing().job(order::decide::next(order, ctx.now)))
            }
            _ => Err(nothing()),
        }
    }

    async fn standing(&self, market: &Market, claim: &Claim) -> Result<Option<RefundState>, Refusal> {
        let Some(id) = claim.refund else { return Ok(None) };
        let order = self.order(market, claim).await?;
        let payment = order.payment.ok_or_else(Refusal::not_found)?;
        let book = self.orders.payments.book(market, payment).await?;
        Ok(book.refund(id).map(|refund| refund.state))
    }
}

/// Of the buyer's coins, what is not set aside.
async fn in_purse(market: &Market, order: &Order) -> Result<Money, Refusal> {
    let purse = Account::of("coins", order.buyer).id(order.currency());
    let found = ledger::balances(market, purse).await?;
    Ok(order.money(found.map_or(0, |(state, _)| state.posted - state.going)))
}

async fn ground(market: &Market, order: &Order, settings: &Settings) -> Result<Ground, Refusal> {
    let then = settings::repo::held(market, order.since).await?;
    let purse = coins::coins_in(settings, in_purse(market, order).await?);
    let earned = lot::repo::of_cause(market, order.id.raw(), EARNED).await?;
    let earned = coins::coins_in(settings, order.money(earned));
    Ok(Ground::of(order, then.vat_bp, (earned, purse))?)
}
