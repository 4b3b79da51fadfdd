//! What endpoints and jobs share, and the commands as apps call them: loaded, decided, posted, as one
//! decision to merge into their own commit.

use std::sync::Arc;

use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx, Currency, Decision, Id, Person, Refusal};
use outward::{Outward, seal};
use store::{Market, Stamp, StoreError};
use web::World;

use super::model::{Book, Did, Method, NewPayment, NewRefund, PaymentId};
use super::pen::Step;
use super::posts::Ledger;
use super::{decide, repo};
use crate::gateway::account::Account;
use crate::gateway::adapter::{Adapters, Desk, Gateway, Secrets};
use crate::gateway::health::{Health, Who};
use crate::gateway::simulated;
use crate::ledger;

const SEALING: &str = "iroko money 2026-11 secrets of gateways";

/// What is to be known of a market.
pub trait Places: Send + Sync + 'static {
    fn zone(&self, market: &Market) -> TimeZone;

    /// Where its API is reached, such as `https://example.org/cityhelper/boston`; without it gateways
    /// cannot report back, and are asked instead.
    fn base(&self, market: &Market) -> Option<String>;
}

pub struct Parts {
    /// The deployment's: gateways' secrets are sealed with it.
    pub secret: Vec<u8>,
    pub adapters: Adapters,
    pub ledger: Arc<dyn Ledger>,
    pub places: Arc<dyn Places>,
    pub outward: Arc<Outward>,
    pub world: Arc<World>,
}

pub struct Payments {
    seal_key: [u8; 32],
    pub adapters: Adapters,
    ledger: Arc<dyn Ledger>,
    pub(crate) places: Arc<dyn Places>,
    pub(crate) outward: Arc<Outward>,
    pub(crate) world: Arc<World>,
    pub(crate) health: Health,
}

/// What a job needs of an account: its adapter and its opened secrets.
pub(crate) struct Opened {
    pub account: Account,
    pub adapter: Arc<dyn Gateway>,
    pub secrets: Secrets,
    pub callback: Option<String>,
}

impl Payments {
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            seal_key: blake3::derive_key(SEALING, &parts.secret),
            adapters: parts.adapters,
            ledger: parts.ledger,
            places: parts.places,
            outward: parts.outward,
            world: parts.world,
            health: Health::default(),
        })
    }

    /// Asks to be paid. Merge the decision into the one that it is for.
    pub async fn begin(
        &self,
        market: &Market,
        new: &NewPayment,
        ctx: &Ctx<'_>,
    ) -> Result<(Decision, Did), Refusal> {
        let known = repo::book(market, new.id).await?;
        self.decided(market, decide::begin(known.as_ref(), new, ctx)?, ctx).await
    }

    /// The same where the id was made just now, so that nobody can have begun it before.
    pub async fn begin_new(
        &self,
        market: &Market,
        new: &NewPayment,
        ctx: &Ctx<'_>,
    ) -> Result<(Decision, Did), Refusal> {
        self.decided(market, decide::begin(None, new, ctx)?, ctx).await
    }

    /// Takes what is reserved; `None` is all of it. Cash names who took it.
    pub async fn capture(
        &self,
        market: &Market,
        id: PaymentId,
        amount: Option<i64>,
        collected_by: Option<Id<Person>>,
        ctx: &Ctx<'_>,
    ) -> Result<(Decision, Did), Refusal> {
        let book = self.book(market, id).await?;
        self.decided(market, decide::capture(&book, amount, collected_by, ctx)?, ctx).await
    }

    pub async fn cancel(
        &self,
        market: &Market,
        id: PaymentId,
        reason: &str,
        ctx: &Ctx<'_>,
    ) -> Result<(Decision, Did), Refusal> {
        let book = self.book(market, id).await?;
        self.decided(market, decide::cancel(&book, reason, ctx)?, ctx).await
    }

    pub async fn refund(
        &self,
        market: &Market,
        id: PaymentId,
        new: &NewRefund,
        ctx: &Ctx<'_>,
    ) -> Result<(Decision, Did), Refusal> {
        let book = self.book(market, id).await?;
        self.decided(market, decide::refund(&book, new, ctx)?, ctx).await
    }

    /// The same without what it posts: an app that posts to the same accounts in its decision posts both in
    /// one call, since no decision touches an account twice.
    pub async fn refund_apart(
        &self,
        market: &Market,
        id: PaymentId,
        new: &NewRefund,
        ctx: &Ctx<'_>,
    ) -> Result<(Decision, Vec<ledger::Posting>), Refusal> {
        let step = decide::refund(&self.book(market, id).await?, new, ctx)?;
        Ok((repo::decision(&step, ctx.now), step.posts))
    }

    pub async fn book(&self, market: &Market, id: PaymentId) -> Result<Book, Refusal> {
        repo::book(market, id).await?.ok_or_else(Refusal::not_found)
    }

    /// A step with what it posts, as one decision.
    pub(crate) async fn decided(
        &self,
        market: &Market,
        step: Step,
        ctx: &Ctx<'_>,
    ) -> Result<(Decision, Did), Refusal> {
        let decision = repo::decision(&step, ctx.now);
        if step.posts.is_empty() {
            return Ok((decision, step.did));
        }
        let posted = self.ledger.post(market, step.posts, ctx).await?;
        Ok((decision.and(posted), step.did))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    pub(crate) fn now_ns(&self) -> u64 {
        u64::try_from(self.now().as_nanosecond()).unwrap_or_default()
    }

    pub(crate) fn ctx<'a>(&'a self, zone: &'a TimeZone) -> Ctx<'a> {
        Ctx { now: self.now(), zone, actor: Actor::System, ids: &*self.world.ids }
    }

    pub(crate) fn stamp(&self) -> Stamp {
        Stamp { at: self.now(), actor: Actor::System }
    }

    fn dice(&self) -> [u8; 16] {
        let mut dice = [0; 16];
        self.world.random.fill(&mut dice);
        dice
    }

    pub(crate) fn seal(&self, market: &Market, number: i64, secrets: &Secrets) -> Vec<u8> {
        // Names and texts alone: writing them as JSON cannot fail.
        let text = serde_json::to_string(secrets).unwrap_or_default();
        seal::seal(&self.seal_key, &place_of(market, number), &text, &*self.world.random)
    }

    /// An account at the gateway without money, for platforms to try; to be added where there is none yet.
    pub fn simulated(
        &self,
        market: &Market,
        (number, name): (i64, &str),
        method: Method,
        currency: Currency,
    ) -> Account {
        let secrets =
            Secrets::from([("secret".to_owned(), format!("{:032x}", u128::from_be_bytes(self.dice())))]);
        Account {
            number,
            adapter: simulated::NAME.to_owned(),
            name: name.to_owned(),
            method,
            currency,
            url: "https://simulated.example".to_owned(),
            secrets: self.seal(market, number, &secrets),
            fixed: 0,
            basis_points: 0,
            enabled: true,
            priority: 0,
            amount_max: None,
            version: 1,
            at: self.now(),
        }
    }

    pub(crate) fn unseal(&self, market: &Market, account: &Account) -> Option<Secrets> {
        let text = seal::open(&self.seal_key, &place_of(market, account.number), &account.secrets)?;
        serde_json::from_str(&text).ok()
    }

    /// `None`: its adapter is not known here, or its secrets were sealed by another deployment.
    pub(crate) fn open(&self, market: &Market, account: Account) -> Option<Opened> {
        let adapter = self.adapters.get(&account.adapter)?.clone();
        let secrets = self.unseal(market, &account)?;
        let number = account.number;
        let callback = self.places.base(market).map(|base| format!("{base}/v1/gateways/{number}/callback"));
        Some(Opened { account, adapter, secrets, callback })
    }

    pub(crate) fn desk<'a>(&self, opened: &'a Opened) -> Desk<'a> {
        Desk {
            account: &opened.account,
            secrets: &opened.secrets,
            callback: opened.callback.as_deref(),
            now: self.now(),
            dice: self.dice(),
        }
    }

    pub(crate) async fn account(&self, market: &Market, number: i64) -> Result<Option<Opened>, StoreError> {
        let account = crate::gateway::account::repo::one(market, number).await?;
        Ok(account.and_then(|account| self.open(market, account)))
    }
}

/// A gateway of a market, in what is known of its health.
pub(crate) fn who(market: &Market, number: i64) -> Who {
    (market.place().id.raw(), number)
}

/// Where an account's secrets are kept, so that they open nowhere else.
fn place_of(market: &Market, number: i64) -> String {
    format!("{}/gateway/{number}", market.place().id.raw())
}
