//! Coins whose time is over. The job comes with the lots, so a market without any has none.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Decision, IdSource, Money, NewJob, Refusal};
use money::ledger::{self, Account, Posting, PostingId};
use store::Market;

use super::model::Due;
use super::{decide, repo};
use crate::promotion::limits;
use crate::settings::RuleBook;

pub const EXPIRE: &str = "delivery.coins";

pub struct Expire {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    pub rules: Arc<RuleBook>,
}

impl JobHandler for Expire {
    fn kind(&self) -> &'static str {
        EXPIRE
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let ctx = Ctx { now: self.clock.now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &*self.ids };
        self.expired(market, &ctx).await.map_err(|refusal| JobTrouble::Retry(refusal.to_string()))
    }
}

impl Expire {
    async fn expired(&self, market: &Market, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
        let rules = self.rules.of(market).await?;
        let currency = rules.at(ctx.now).currency;
        let due = repo::due(market, ctx.now).await?;
        let (mut decision, mut postings) = (Decision::nothing(), Vec::new());
        for its in &due {
            let purse = Account::of("coins", its.person);
            let free = ledger::balances(market, purse.id(currency)).await?;
            let free = free.map_or(0, |(state, _)| state.posted - state.going);
            let later = repo::later(market, its.person, its.last).await?;
            let gone = Money::new(decide::expired(free, (its.minor, later)), currency);
            postings.extend(posting(its, purse, gone));
            decision = decision.change(repo::over(its));
        }
        if due.len() as i64 >= limits::EXPIRED_AT_ONCE {
            decision = decision.job(NewJob::new(EXPIRE, ctx.now, &()));
        }
        if postings.is_empty() {
            return Ok(decision);
        }
        let book = ledger::load(market, &postings).await?;
        Ok(decision.and(ledger::post(book, &postings, ctx)?.0))
    }
}

fn posting(due: &Due, purse: Account, gone: Money) -> Option<Posting> {
    let id = PostingId::of(due.person, &format!("expired {}", due.last));
    gone.is_positive().then(|| Posting::new(id, purse, Account::own("rewards"), gone, "expired"))
}
