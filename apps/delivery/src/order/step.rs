//! Loads what a step of an order needs, and puts together what it changes here and elsewhere.

use std::sync::Arc;
use std::time::Duration;

use ::store::{Market, StoreError};
use dispatch::Modes;
use dispatch::offer;
use futures_util::future::BoxFuture;
use guard::{Ask, Key, Limiter, Quota};
use kernel::{Clock, Ctx, Decision, Id, IdSource, Person, Random, Refusal, RefusalKind};
use money::ledger::{self, Posting};
use money::payment::Payments;
use money::payment::model::{Funding, Method, NewRefund};

use super::decide::{self, Proof};
use super::model::{Order, OrderId};
use super::saga::{self, Act};
use super::state::{Role, Status};
use super::{money as posts, repo};
use crate::catalogue::Catalogue;
use crate::pricing::Pricing;
use crate::product::stock;
use crate::settings::Settings;
use crate::store::preparation;
use crate::{cash, limits, promotion, store};

/// As jobs of dispatch know orders.
pub const JOB_KIND: &str = "delivery";

/// What orders need of all else.
pub struct Orders {
    pub catalogue: Arc<Catalogue>,
    pub pricing: Arc<Pricing>,
    pub payments: Arc<Payments>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub ids: Arc<dyn IdSource>,
    pins: Limiter,
}

impl Orders {
    pub fn new(
        catalogue: Arc<Catalogue>,
        pricing: Arc<Pricing>,
        payments: Arc<Payments>,
        world: &web::World,
    ) -> Arc<Self> {
        let (clock, random, ids) = (world.clock.clone(), world.random.clone(), world.ids.clone());
        let pins = Limiter::with_keys_max(limits::PINS_MAX);
        Arc::new(Self { catalogue, pricing, payments, clock, random, ids, pins })
    }

    pub async fn settings(&self, market: &Market, ctx: &Ctx<'_>) -> Result<Settings, StoreError> {
        Ok(self.pricing.rules.of(market).await?.at(ctx.now).clone())
    }

    /// A number of four digits that nobody can guess.
    pub fn pin(&self) -> String {
        let mut bytes = [0; 4];
        self.random.fill(&mut bytes);
        format!("{:04}", u32::from_be_bytes(bytes) % 10_000)
    }

    /// Whoever has guessed often enough waits.
    pub fn may_guess(&self, order: OrderId) -> Result<(), Refusal> {
        let quota = Quota::per(limits::PINS_PER_QUARTER, Duration::from_secs(900));
        let ask = Ask { key: Key::other(0, 0, order.raw() as u64), quota, cost: 1 };
        let now_ns = u64::try_from(self.clock.now().as_nanosecond()).unwrap_or(0);
        let refused = match self.pins.check_all(now_ns, &[ask]) {
            Ok(_) => return Ok(()),
            Err(refused) => refused,
        };
        let wait_s = refused.retry_after_ns.div_ceil(1_000_000_000).max(1);
        let message = "That was tried too often. Wait a while, or show a picture.";
        Err(Refusal::new(RefusalKind::TooMany, "too_many_tries", message)
            .retry_after(u32::try_from(wait_s).unwrap_or(u32::MAX)))
    }

    /// Brings an order where its people bring it; `to` is any status but those with steps of their own.
    pub async fn moved(
        &self,
        market: &Market,
        before: &Order,
        (to, role, reason): (Status, Role, Option<&str>),
        ctx: &Ctx<'_>,
    ) -> Result<decide::Step, Refusal> {
        let settings = self.settings(market, ctx).await?;
        let (decision, after) = decide::step(before, to, role, reason, &settings, ctx)?;
        let beside = match to {
            Status::Cancelled => self.undone(market, before, ctx).await?,
            Status::PickedUp => self.with_job(market, before, Beside::PickedUp, ctx).await?,
            Status::Ready => self.learnt(market, before, ctx).await?,
            _ => Decision::nothing(),
        };
        Ok((decision.and(beside), after))
    }

    /// The merchant takes it, and somebody is looked for who brings it.
    pub async fn accept(
        &self,
        market: &Market,
        before: &Order,
        prepares_min: u16,
        (role, reason): (Role, Option<&str>),
        ctx: &Ctx<'_>,
    ) -> Result<decide::Step, Refusal> {
        let settings = self.settings(market, ctx).await?;
        // Whether it may be accepted at all is asked before anybody is looked for.
        let _ = decide::accept(before, (prepares_min, None), role, reason, &settings, ctx)?;
        let Some(to) = before.fixed.to.filter(|_| !before.is_fetched()) else {
            return decide::accept(before, (prepares_min, None), role, reason, &settings, ctx);
        };
        let (ready, due) = decide::times(before, prepares_min, ctx.now);
        let wanted = offer::NewJob {
            kind: JOB_KIND.to_owned(),
            subject: before.id.raw(),
            pickup: before.fixed.from,
            drop: to,
            ready,
            due,
            load: 1,
            modes: Modes::ANY,
            pay: before.quote().shares.rider.minor(),
        };
        let (beside, job) = offer::request(market, &wanted, ctx).await?;
        let accepted = decide::accept(before, (prepares_min, Some(job)), role, reason, &settings, ctx)?;
        Ok((accepted.0.and(beside), accepted.1))
    }

    pub async fn deliver(
        &self,
        market: &Market,
        before: &Order,
        proof: &Proof,
        (role, reason): (Role, Option<&str>),
        ctx: &Ctx<'_>,
    ) -> Result<decide::Step, Refusal> {
        let settings = self.settings(market, ctx).await?;
        let (decision, after) = decide::deliver(before, proof, role, reason, &settings, ctx)?;
        let beside = self.with_job(market, before, Beside::Done, ctx).await?;
        Ok((decision.and(beside), after))
    }

    /// An operator gives it to somebody, or has somebody else looked for.
    pub async fn reassign(
        &self,
        market: &Market,
        before: &Order,
        rider: Option<Id<Person>>,
        ctx: &Ctx<'_>,
    ) -> Result<decide::Step, Refusal> {
        let nobody = || Refusal::conflict("nothing_to_bring", "Nobody is looked for, for this order.");
        let job = before.job.ok_or_else(nobody)?;
        let (decision, after) = decide::assign(before, job, rider)?;
        let beside = offer::reassign(market, job, rider, ctx).await?;
        Ok((decision.and(beside), after))
    }

    /// How long it took is what the next buyer is told.
    async fn learnt(&self, market: &Market, order: &Order, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
        let entries = repo::history(market, order.id).await?;
        let accepted = entries.iter().find(|entry| entry.status == Status::Confirmed);
        let Some(accepted) = accepted.map(|entry| entry.at) else { return Ok(Decision::nothing()) };
        let took_s = ctx.now.duration_since(accepted).as_secs();
        let known =
            store::repo::preparation(market, order.store, preparation::hour(accepted, ctx.zone)).await?;
        Ok(store::decide::prepared(order.store, accepted, took_s, known, ctx))
    }

    async fn with_job(
        &self,
        market: &Market,
        order: &Order,
        step: Beside,
        ctx: &Ctx<'_>,
    ) -> Result<Decision, Refusal> {
        match (order.job, order.rider, step) {
            (Some(job), Some(rider), Beside::PickedUp) => offer::picked_up(market, job, rider, ctx).await,
            (Some(job), Some(rider), Beside::Done) => offer::done(market, job, rider, ctx).await,
            // Somebody without the app brought it.
            (Some(job), None, Beside::Done) | (Some(job), _, Beside::Cancelled) => {
                offer::cancel(market, job, ctx).await
            }
            (Some(_), None, Beside::PickedUp) | (None, _, _) => Ok(Decision::nothing()),
        }
    }

    /// What a cancelled order had is given back: goods, uses of promotions, coins, a rider's time.
    async fn undone(&self, market: &Market, before: &Order, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
        let mut decision = self.with_job(market, before, Beside::Cancelled, ctx).await?;
        if let Some(id) = before.reservation {
            let reservation = stock::repo::reservation(market, id).await?;
            // What was carried out of the shop does not come back to its shelf by itself.
            let is_there = before.status < Status::PickedUp;
            if let Some(reservation) = reservation.filter(|_| is_there) {
                decision = decision.and(stock::decide::put_back(&reservation));
            }
        }
        let redemptions = promotion::repo::of_order(market, before.id.raw()).await?;
        decision = decision.changes(promotion::decide::release(&redemptions));
        let coins = posts::coins_released(before).into_iter().collect();
        Ok(decision.and(posted(market, coins, ctx).await?))
    }

    /// The next thing that is to be done for an order, if there is any.
    pub fn next<'a>(
        &'a self,
        market: &'a Market,
        order: &'a Order,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Option<Decision>, Refusal>> {
        Box::pin(async move {
            let payment = match order.payment {
                Some(id) => Some(self.payments.book(market, id).await?.payment),
                None => None,
            };
            let Some(act) = saga::next(order, payment.as_ref()) else { return Ok(None) };
            let decision = self.done(market, order, act, ctx).await?;
            // What was asked for already is waited for.
            Ok((!decision.is_nothing()).then(|| decision.job(decide::next(order, ctx.now))))
        })
    }

    async fn done(
        &self,
        market: &Market,
        order: &Order,
        act: Act,
        ctx: &Ctx<'_>,
    ) -> Result<Decision, Refusal> {
        let payment = || order.payment.ok_or_else(Refusal::not_found);
        match act {
            Act::Assure => {
                let sold = match order.reservation {
                    Some(id) => {
                        stock::repo::reservation(market, id).await?.map(|it| stock::decide::sell(&it))
                    }
                    None => None,
                };
                match sold.transpose() {
                    Ok(sold) => Ok(decide::assure(order).0.and(sold.unwrap_or_default())),
                    // It was paid for after its goods were given to others.
                    Err(_) => self.cancelled(market, order, "paid_too_late", ctx).await,
                }
            }
            Act::Cancel => self.cancelled(market, order, "not_paid", ctx).await,
            Act::Capture(amount) => {
                let by = order.rider.filter(|_| order.fixed.method == Some(Method::Cash));
                let by = by.or_else(|| (order.fixed.method == Some(Method::Cash)).then_some(order.buyer));
                Ok(self.payments.capture(market, payment()?, amount, by, ctx).await?.0)
            }
            Act::LetGo => Ok(self.payments.cancel(market, payment()?, "order_cancelled", ctx).await?.0),
            Act::GiveBack(amount) => {
                let reason = "order cancelled".to_owned();
                // One for each order that is cancelled, whatever is sent twice.
                let id = Id::from_raw(order.id.raw());
                let new = NewRefund { id, amount, reason, funding: Funding::BuyerFunds };
                Ok(self.payments.refund(market, payment()?, &new, ctx).await?.0)
            }
            Act::Earn => {
                let settings = self.settings(market, ctx).await?;
                let mut postings = posts::earned(order, settings.vat_bp)?;
                let (rewarded, coins) = promotion::reward::of_order(market, order, &settings, ctx).await?;
                postings.extend(coins);
                let (kept, cash) = cash::of_order(market, order, ctx).await?;
                postings.extend(cash);
                let items = posts::items(order, settings.vat_bp, ctx)?;
                let posted = posted(market, postings, ctx).await?;
                Ok(decide::earn(order).0.and(posted).and(items).and(rewarded).and(kept))
            }
            Act::Keep => {
                let postings = posts::kept(order).into_iter().collect();
                let item = posts::kept_item(order, ctx)?;
                Ok(decide::earn(order).0.and(posted(market, postings, ctx).await?).and(item))
            }
            Act::Close(returned) => Ok(decide::close(order, returned).0),
            Act::Absorb(left) => {
                let postings = posts::absorbed(order, left).into_iter().collect();
                Ok(decide::close(order, left).0.and(posted(market, postings, ctx).await?))
            }
        }
    }

    async fn may_take(
        &self,
        market: &Market,
        order: &Order,
        rider: Option<Id<Person>>,
        ctx: &Ctx<'_>,
    ) -> Result<(), Refusal> {
        let settings = self.settings(market, ctx).await?;
        let Some((most, rider)) = settings.rider.cash_max_minor.zip(rider) else { return Ok(()) };
        let is_cash = order.fixed.method == Some(Method::Cash);
        if is_cash && cash::repo::held(market, rider).await?.unwrap_or(0) >= most {
            let message = "Hand in the cash that you have before you bring more that is paid in cash.";
            return Err(Refusal::conflict("too_much_cash", message));
        }
        Ok(())
    }

    async fn cancelled(
        &self,
        market: &Market,
        order: &Order,
        why: &str,
        ctx: &Ctx<'_>,
    ) -> Result<Decision, Refusal> {
        Ok(self.moved(market, order, (Status::Cancelled, Role::System, Some(why)), ctx).await?.0)
    }
}

#[derive(Clone, Copy)]
enum Beside {
    PickedUp,
    Done,
    Cancelled,
}

/// All of these in one call, as a decision of the ledger's.
pub(crate) async fn posted(
    market: &Market,
    postings: Vec<Posting>,
    ctx: &Ctx<'_>,
) -> Result<Decision, Refusal> {
    if postings.is_empty() {
        return Ok(Decision::nothing());
    }
    let book = ledger::load(market, &postings).await?;
    Ok(ledger::post(book, &postings, ctx)?.0)
}

/// What dispatch decides by itself is an order's business too.
impl offer::Companion for Orders {
    fn with<'a>(
        &'a self,
        market: &'a Market,
        step: offer::Step,
        job: &'a offer::Job,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Decision, Refusal>> {
        Box::pin(async move {
            let order = repo::one(market, Id::from_raw(job.what.subject)).await?;
            let order = order.ok_or_else(Refusal::not_found)?;
            match step {
                offer::Step::Assigned => {
                    self.may_take(market, &order, job.worker, ctx).await?;
                    Ok(decide::assign(&order, job.id, job.worker)?.0)
                }
                offer::Step::Unserved => Ok(decide::unserved(&order)),
            }
        })
    }

    /// Whoever has too much cash brings nothing that is paid in cash.
    fn barred<'a>(
        &'a self,
        market: &'a Market,
        jobs: &'a [offer::Job],
    ) -> BoxFuture<'a, Result<Vec<offer::Barred>, StoreError>> {
        Box::pin(async move {
            let rules = self.pricing.rules.of(market).await?;
            let Some(most) = rules.at(self.clock.now()).rider.cash_max_minor else { return Ok(Vec::new()) };
            let over = cash::repo::over(market, most).await?;
            let mut barred = Vec::new();
            for job in jobs.iter().filter(|_| !over.is_empty()) {
                let order = repo::one(market, Id::from_raw(job.what.subject)).await?;
                if order.is_some_and(|order| order.fixed.method == Some(Method::Cash)) {
                    barred.push((job.id, over.clone()));
                }
            }
            Ok(barred)
        })
    }
}
