//! Carries out what is asked, and dies when it is to.

use std::collections::BTreeMap;
use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Clock, Ctx, Currency, Decision, Id, Money, Refusal, values};
use store::{CommitError, Stamp};
use testkit::Engine;

use super::asks::{Ask, Fate, Step};
use crate::Books;
use crate::gateway::callback::jobs::{Follow, Tidy};
use crate::gateway::simulated::Sent;
use crate::gateway::wire::sign;
use crate::ledger::{self, Account, ExpireHolds, FilePostings, Posting, PostingId, Tellers};
use crate::payment::jobs::{Expire, Work};
use crate::payment::model::{Book, Funding, Method, NewPayment, NewRefund};
use crate::payment::states::PaymentState;
use crate::payment::tests::world::{Here, SECRET, World, world_with};
use crate::settle::model::{NewItem, Owner, Payee, Policy, Sums, Terms};
use crate::settle::payout::{self, model::Account as PaidTo, model::PayoutState};
use crate::settle::{self, Desk, Run, advance};

kernel::statements! {
    short DUE = "select id, kind, body, due from job where state = 'waiting' and due <= ?1 order by due, id limit 50";
    short NEXT = "select min(due) from job where state = 'waiting'";
    short DONE = "delete from job where id = ?1";
}

const ETB: Currency = Currency::ETB;
/// No more than this may be in a wallet, what is on its way counted as there.
pub const WALLET_MAX: i64 = 30_000;
const COMMISSION_PERCENT: i64 = 15;
const TRIES_MAX: u32 = 20;

pub struct Town {
    pub world: World,
    tellers: Arc<Tellers>,
    /// All callbacks that the gateway ever sent.
    sent: BTreeMap<String, Sent>,
    numbers: i64,
}

pub fn merchant(payment: i64) -> Owner {
    Owner { payee: Payee::Merchant, number: 1 + payment.rem_euclid(3) }
}

/// Looked at so many times and then let go of, wherever it is, as a process does that dies.
async fn midway<T>(work: impl Future<Output = T>, mut looks: u32) -> Option<T> {
    let mut work = Box::pin(work);
    std::future::poll_fn(move |cx| match work.as_mut().poll(cx) {
        std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
        std::task::Poll::Pending if looks == 0 => std::task::Poll::Ready(None),
        std::task::Poll::Pending => {
            looks -= 1;
            std::task::Poll::Pending
        }
    })
    .await
}

fn tellers(world: &World) -> Arc<Tellers> {
    Tellers::new(world.clock.clone(), world.outside.ids.clone())
}

impl Town {
    pub async fn open(engine: Engine) -> Option<Self> {
        let world = world_with(engine, Arc::new(Books)).await?;
        let tellers = tellers(&world);
        let town = Self { world, tellers, sent: BTreeMap::new(), numbers: 1_000_000 };
        let (market, ctx) = (&town.world.market, town.world.ctx());
        let chart = ledger::repo::chart(market).await.unwrap();
        let mut wallet = chart.kind("wallet").unwrap().clone();
        wallet.cap = Some(WALLET_MAX);
        let terms = Terms { minimum: 500, reserve_bp: 1_000, reserve_days: 2 };
        let policy = Policy { weekday: None, terms, version: 0 };
        let mut decision = ledger::decide::set_chart(&chart, &[wallet], &ctx).unwrap();
        decision = decision.change(settle::repo::put_policy(Payee::Merchant, &policy, ctx.now));
        for number in 1..=3 {
            let to = PaidTo { holder: "M".into(), bank: "1".into(), number: vec![1], last4: "1234".into() };
            let owner = Owner { payee: Payee::Merchant, number };
            decision = decision.change(payout::repo::put_account(owner, &to, ctx.now));
        }
        market.commit(Stamp::from(&ctx), decision).await.unwrap();
        Some(town)
    }

    /// What was in memory is gone.
    pub fn dies(&mut self) {
        self.world.dies();
        self.tellers = tellers(&self.world);
    }

    fn desk(&self) -> Arc<Desk> {
        Desk::new(b"secret", Arc::new(Here), self.world.outside.clone())
    }

    fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    fn ctx_of(&self, actor: Actor) -> Ctx<'_> {
        Ctx { actor, ..self.world.ctx() }
    }

    /// Takes a step; whoever hears nothing may ask again.
    pub async fn take(&mut self, step: &Step) -> Result<(), String> {
        self.numbers += 100;
        let number = self.numbers;
        let callbacks = self.world.callbacks();
        self.sent.extend(callbacks.into_iter().map(|sent| (sent.body.clone() + &sent.signature, sent)));
        self.ask(number, &step.ask, step.fate).await?;
        if step.fate != Fate::Lives {
            self.dies();
            if step.again {
                self.ask(number, &step.ask, Fate::Lives).await?;
            }
        }
        Ok(())
    }

    async fn ask(&self, number: i64, ask: &Ask, fate: Fate) -> Result<(), String> {
        let looks = match fate {
            Fate::Lives | Fate::AfterCommit | Fate::BeforeCommit => u32::MAX,
            Fate::Midway(looks) => looks,
        };
        midway(self.carried_out(number, ask, fate), looks).await.unwrap_or(Ok(()))
    }

    async fn carried_out(&self, number: i64, ask: &Ask, fate: Fate) -> Result<(), String> {
        match ask {
            Ask::Gateway { down } => self.world.gateway.down(*down),
            Ask::Work { twice } => return self.work(*twice, fate).await,
            Ask::Pass { minutes } => return self.pass(*minutes, fate).await,
            Ask::Callback { which, times } => self.call_back(*which, *times).await?,
            Ask::Forged { which, how } => self.forge(*which, *how).await,
            Ask::TopUp { .. } if fate == Fate::BeforeCommit => {}
            Ask::TopUp { payer, amount, out } => {
                let told = |more| self.top_up(number + more, *payer, if *out { -amount } else { *amount });
                let (one, two, three) = tokio::join!(told(1), told(2), told(3));
                one.and(two).and(three)?;
            }
            Ask::Settle { pages } => {
                let settled = advance(&self.world.market, Payee::Merchant, *pages, &self.world.ctx()).await;
                settled.map_err(|refusal| format!("a run is refused: {refusal}"))?;
            }
            Ask::Refunds { which, part } => {
                let one = |more: i64| async move {
                    let ask = Ask::Refund { which: *which, part: *part };
                    self.decided_and_kept(number + more, &ask, fate).await
                };
                let (one, two, three) = tokio::join!(one(1), one(2), one(3));
                one.and(two).and(three)?;
            }
            ask => self.decided_and_kept(number, ask, fate).await?,
        }
        Ok(())
    }

    async fn top_up(&self, number: i64, payer: i64, minor: i64) -> Result<(), String> {
        let (mut debit, mut credit) = (Account::own("bank"), Account::of("wallet", payer));
        if minor < 0 {
            std::mem::swap(&mut debit, &mut credit);
        }
        let amount = Money::new(minor.abs(), ETB);
        let posting = Posting::new(PostingId::of(number, "top up"), debit, credit, amount, "");
        let told = self.tellers.post(&self.world.market, Actor::System, vec![vec![posting]]).await;
        told.map(drop).map_err(|error| format!("a teller fails: {error}"))
    }

    /// From the start again after a conflict. What is refused changes nothing.
    async fn decided_and_kept(&self, number: i64, ask: &Ask, fate: Fate) -> Result<(), String> {
        for _ in 0..TRIES_MAX {
            let Ok(decision) = self.decided(number, ask).await else { return Ok(()) };
            if fate == Fate::BeforeCommit {
                return Ok(());
            }
            let stamp = Stamp::from(&self.world.ctx());
            match self.world.market.commit(stamp, decision).await {
                Ok(()) | Err(CommitError::Refused(_)) => return Ok(()),
                Err(CommitError::Conflict) => {}
                Err(error) => return Err(format!("{ask:?}: {error}")),
            }
        }
        Err(format!("{ask:?} meets others again and again"))
    }

    async fn decided(&self, number: i64, ask: &Ask) -> Result<Decision, Refusal> {
        let (market, payments, ctx) = (&self.world.market, &self.world.payments, self.world.ctx());
        let money = |minor| Money::new(minor, ETB);
        match ask {
            Ask::Pay { payer, method, play, amount } => {
                let new = NewPayment {
                    id: Id::from_raw(number),
                    about: number,
                    payer: Some(Id::from_raw(*payer)),
                    method: *method,
                    amount: money(*amount),
                    ..self.world.wants(play, *amount)
                };
                Ok(payments.begin(market, &new, &ctx).await?.0)
            }
            Ask::Capture { which, part } => {
                let book = self.pick(*which).await?;
                let amount = book.payment.authorised * part / 100;
                let by = (book.payment.method == Method::Cash).then(|| Id::from_raw(9));
                Ok(payments.capture(market, book.payment.id, Some(amount.max(1)), by, &ctx).await?.0)
            }
            Ask::Cancel { which } => {
                let book = self.pick(*which).await?;
                Ok(payments.cancel(market, book.payment.id, "by_payer", &ctx).await?.0)
            }
            Ask::Refund { which, part } => {
                let book = self.pick(*which).await?;
                let amount = (book.payment.captured * part / 100).max(1);
                let funding = if self.free_funds(&book).await? >= amount {
                    Funding::BuyerFunds
                } else {
                    Funding::Refunds
                };
                let new = NewRefund { id: Id::from_raw(number), amount, reason: "cold".to_owned(), funding };
                Ok(payments.refund(market, book.payment.id, &new, &ctx).await?.0)
            }
            Ask::Earn { which } => self.earned(&self.pick(*which).await?).await,
            Ask::Bear { which, part } => {
                let book = self.pick(*which).await?;
                let (id, owner) = (book.payment.id.raw(), merchant(book.payment.id.raw()));
                let amount = (book.payment.refunded * part / 100).max(1);
                let from = owner.account();
                let posting = Posting::new(
                    PostingId::of(id, "borne"),
                    from,
                    Account::own("refunds"),
                    money(amount),
                    "",
                );
                let sums = Sums { refund: amount, ..Sums::default() };
                let item = NewItem { cause: id, leg: "borne", owner, currency: ETB, sums };
                // One for each payment: asked again with another amount it is refused by the ledger.
                Ok(self.posted(vec![posting]).await?.and(settle::item(&item, &ctx)?))
            }
            Ask::PayOut { step } => self.payout(*step).await,
            other => unreachable!("{other:?} is not one decision"),
        }
    }

    async fn pick(&self, which: usize) -> Result<Book, Refusal> {
        let all = self.world.all().await;
        let found = all.len().checked_sub(1 + which % all.len().max(1));
        found.and_then(|at| all.into_iter().nth(at)).ok_or_else(Refusal::not_found)
    }

    /// What stands for a payment and nobody waits for.
    async fn free_funds(&self, book: &Book) -> Result<i64, Refusal> {
        let account = Account::of("buyer_funds", book.payment.about).id(ETB);
        let found = ledger::balances(&self.world.market, account).await?;
        Ok(found.map_or(0, |(_, it)| it.posted.minor() - it.going.minor()))
    }

    async fn posted(&self, postings: Vec<Posting>) -> Result<Decision, Refusal> {
        let book = ledger::load(&self.world.market, &postings).await?;
        Ok(ledger::post(book, &postings, &self.world.ctx())?.0)
    }

    /// As an app does it: what came in is divided once, with the item for the next statement.
    async fn earned(&self, book: &Book) -> Result<Decision, Refusal> {
        let (id, gross) = (book.payment.id.raw(), self.free_funds(book).await?);
        if book.payment.state != PaymentState::Captured || book.payment.refunding > 0 || gross <= 1 {
            return Err(Refusal::conflict("not_yet", "Nothing is to be divided."));
        }
        let (owner, commission) = (merchant(id), gross * COMMISSION_PERCENT / 100);
        let leg = |name: &'static str, to: Account, minor: i64| {
            let from = Account::of("buyer_funds", book.payment.about);
            Posting::new(PostingId::of(id, name), from, to, Money::new(minor, ETB), "")
        };
        let mut postings = vec![
            leg("share", owner.account(), gross - commission),
            leg("commission", Account::own("commission"), commission),
        ];
        postings.retain(|posting| posting.amount.is_positive());
        let sums = Sums { gross, commission, ..Sums::default() };
        let item = NewItem { cause: id, leg: "earned", owner, currency: ETB, sums };
        Ok(self.posted(postings).await?.and(settle::item(&item, &self.world.ctx())?))
    }

    async fn payout(&self, step: u8) -> Result<Decision, Refusal> {
        use payout::decide;
        let market = &self.world.market;
        let (one, other) = (Actor::Person(Id::from_raw(1)), Actor::Person(Id::from_raw(2)));
        if step == 0 {
            let owed = payout::repo::payable(market, Payee::Merchant, ETB).await?;
            return Ok(decide::make(Payee::Merchant, ETB, owed, &self.ctx_of(one))?.0);
        }
        let wanted = match step {
            1 | 5 => PayoutState::Made,
            2 => PayoutState::Approved,
            _ => PayoutState::Sent,
        };
        let all = payout::repo::page(market, i64::MAX, 50).await?;
        let found = all.into_iter().find(|it| it.state == wanted).ok_or_else(Refusal::not_found)?;
        let ctx = self.ctx_of(other);
        match step {
            1 => Ok(decide::approve(&found, &ctx)?.0),
            2 => {
                let transfers = payout::repo::transfers(market, found.id).await?;
                let postings = transfers.iter().map(|it| decide::posting(&found, it)).collect();
                Ok(decide::send(&found, &ctx)?.0.and(self.posted(postings).await?))
            }
            3 => {
                let transfers = payout::repo::transfers(market, found.id).await?;
                let first = transfers.first().ok_or_else(Refusal::not_found)?;
                let back = decide::posting(&found, first).reversed("came back");
                Ok(decide::returned(&found, first, "closed", &ctx)?.and(self.posted(vec![back]).await?))
            }
            4 => Ok(decide::paid(&found, payout::repo::waiting(market, found.id).await?, &ctx)?.0),
            _ => Ok(decide::withdraw(&found, &ctx)?.0),
        }
    }

    async fn call_back(&self, which: usize, times: usize) -> Result<(), String> {
        let Some(sent) = self.sent.values().nth(which % self.sent.len().max(1)) else { return Ok(()) };
        for _ in 0..times {
            let heard = self.world.callback(sent).await;
            heard.map_err(|refusal| format!("a callback is refused: {refusal}"))?;
        }
        Ok(())
    }

    /// Whatever it says, it moves nothing; most of it is not even kept.
    async fn forge(&self, which: usize, how: u8) {
        let Ok(book) = self.pick(which).await else { return };
        let reference = book.attempts.last().map_or_else(|| "nobody".to_owned(), |it| it.reference());
        let body = serde_json::json!({ "reference": reference, "status": "paid", "amount": 1 }).to_string();
        let signature = match how {
            0 => String::new(),
            1 => "00".to_owned(),
            2 => sign::hmac_sha256("a guess", body.as_bytes()),
            // Rightly signed, and a lie.
            _ => sign::hmac_sha256(SECRET, body.as_bytes()),
        };
        let _ = self.world.callback(&Sent { signature, body }).await;
    }

    /// Lets time pass, job by job.
    pub async fn pass(&self, minutes: i64, fate: Fate) -> Result<(), String> {
        let end = self.now() + SignedDuration::from_mins(minutes);
        loop {
            self.work(false, fate).await?;
            let next: Option<(Option<Timestamp>,)> = self.world.market.one(NEXT, values![]).await.unwrap();
            match next.and_then(|(due,)| due).filter(|due| *due <= end) {
                // One whose commit was lost is due still.
                Some(due) if due > self.now() => self.world.clock.set(due),
                Some(_) => {}
                None => break,
            }
            if fate != Fate::Lives {
                return Ok(());
            }
        }
        self.world.clock.set(end);
        Ok(())
    }

    pub async fn work(&self, twice: bool, fate: Fate) -> Result<(), String> {
        let market = &self.world.market;
        for _ in 0..500 {
            let due: Vec<(i64, String, String, Timestamp)> =
                market.list(DUE, values![self.now()]).await.map_err(|error| error.to_string())?;
            if due.is_empty() {
                return Ok(());
            }
            for (id, kind, body, due) in due {
                let (key, at, actor) = (None, due, Actor::System);
                let job = Job { id, kind, body, key, priority: 0, due, attempts: 1, actor, at };
                let mut ran = vec![self.run(&job).await];
                if twice {
                    ran.push(self.run(&job).await);
                }
                for done in ran {
                    let decision = match done {
                        Ok(decision) => decision.change(DONE.with(values![id])),
                        Err(JobTrouble::Retry(_)) => continue,
                        Err(JobTrouble::Dead(error)) => return Err(format!("{job:?} died: {error}")),
                    };
                    if fate == Fate::BeforeCommit {
                        return Ok(());
                    }
                    match market.commit(Stamp { at: self.now(), actor: Actor::System }, decision).await {
                        Ok(()) if fate == Fate::AfterCommit => return Ok(()),
                        Ok(()) | Err(CommitError::Conflict | CommitError::Refused(_)) => {}
                        Err(error) => return Err(format!("{job:?}: {error}")),
                    }
                }
            }
        }
        Err("jobs without end".to_owned())
    }

    async fn run(&self, job: &Job) -> Result<Decision, JobTrouble> {
        let (market, payments, clock) = (&self.world.market, &self.world.payments, &self.world.clock);
        match job.kind.as_str() {
            "payment.work" => Work(payments.clone()).run(market, job).await,
            "payment.expire" => Expire(payments.clone()).run(market, job).await,
            "payment.callback" => Follow(payments.clone()).run(market, job).await,
            "payment.tidy" => Tidy(payments.clone()).run(market, job).await,
            ledger::EXPIRE => ExpireHolds { clock: clock.clone() }.run(market, job).await,
            ledger::FILE => FilePostings { clock: clock.clone() }.run(market, job).await,
            settle::RUN => Run(self.desk()).run(market, job).await,
            other => unreachable!("nobody leaves jobs of kind {other}"),
        }
    }
}
