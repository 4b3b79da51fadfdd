//! What was left behind is taken up again; what is old is removed; what is a person's is erased.

use std::sync::Arc;

use bus::{Job, JobHandler, JobTrouble};
use kernel::jiff::Timestamp;
use kernel::{Change, Decision, Id, NewJob, Person, Refusal, Sql, values};
use store::{Market, StoreError};

use super::decide::{again, sweep_after};
use super::model::State;
use super::repo;
use crate::limits;
use crate::notify::Notify;
use crate::preference::model::Owner;
use crate::preference::repo as preferences;
use crate::suppression::decide as suppression;
use crate::suppression::model::Bounce;
use crate::{channel::Channel, device};

pub use super::decide::SWEEP;

/// Once a day.
pub const TIDY: &str = "notify.tidy";

/// When an app erased a person: everything else that is theirs here.
pub const ERASE: &str = "notify.erase";

/// A job for an app's own decision, by which it erases a person.
pub fn erase_later(person: Id<Person>, now: Timestamp) -> NewJob {
    NewJob::new(ERASE, now, &person)
}

pub struct Erase(pub Arc<Notify>);

impl JobHandler for Erase {
    fn kind(&self) -> &'static str {
        ERASE
    }

    async fn run(&self, market: &Market, job: &Job) -> Result<Decision, JobTrouble> {
        let person: Id<Person> =
            serde_json::from_str(&job.body).map_err(|error| JobTrouble::Dead(error.to_string()))?;
        let erased = self.0.erase(market, person).await;
        erased.map(|()| Decision::nothing()).map_err(|refusal| JobTrouble::Retry(refusal.to_string()))
    }
}

/// Gives a job to messages that have none: one that died, or was lost with a worker. Comes again as long as
/// any message waits.
pub struct Sweep(pub Arc<Notify>);

impl JobHandler for Sweep {
    fn kind(&self) -> &'static str {
        SWEEP
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        let now = self.0.world.clock.now();
        let before = now.checked_sub(limits::SWEEP_AFTER).unwrap_or(now);
        let mut decision = Decision::nothing();
        for statement in [repo::LATE, repo::STUCK] {
            let late: Vec<(String, i64)> =
                market.list(statement, values![before, limits::SWEPT_AT_ONCE]).await?;
            for (cause, _) in late {
                let Some(message) = repo::by_cause(market, &cause).await? else { continue };
                // As seldom as the sweep itself: the job before may only be slow.
                decision = decision.job(again(&message, now));
            }
        }
        let mut next = Vec::new();
        for state in [State::Queued, State::Sending] {
            let first: Option<(Timestamp, i64)> = market.one(repo::NEXT, values![state.name()]).await?;
            next.extend(first.map(|(due, _)| due.max(now)));
        }
        Ok(next.into_iter().min().map(sweep_after).into_iter().fold(decision, Decision::job))
    }
}

/// Removes what is older than the log is kept.
pub struct Tidy(pub Arc<Notify>);

impl JobHandler for Tidy {
    fn kind(&self) -> &'static str {
        TIDY
    }

    async fn run(&self, market: &Market, _: &Job) -> Result<Decision, JobTrouble> {
        for _ in 0..limits::PRUNING_COMMITS_MAX {
            let Some(last) = self.0.last_old(market).await? else { break };
            let gone = |sql: Sql| -> Change { sql.with(values![last, limits::PRUNED_AT_ONCE]).any_rows() };
            let decision = Decision::nothing()
                .changes([repo::OLD_ADDRESSES, repo::OLD_ATTEMPTS, repo::OLD_OUTBOX].map(gone));
            // The messages last: what hangs on them is found through them.
            market.commit(self.0.stamp(), decision).await?;
            market.commit(self.0.stamp(), Decision::nothing().change(gone(repo::OLD_MESSAGES))).await?;
        }
        Ok(Decision::nothing())
    }
}

impl Notify {
    /// The last of the next few messages that are over and old.
    async fn last_old(&self, market: &Market) -> Result<Option<i64>, StoreError> {
        let now = self.world.clock.now();
        let before = now.checked_sub(limits::KEPT).unwrap_or(now);
        let rows: Vec<(i64, Timestamp)> =
            market.list(repo::LAST_OLD, values![0, limits::PRUNED_AT_ONCE]).await?;
        Ok(rows.into_iter().filter(|(_, at)| *at < before).map(|(id, _)| id).next_back())
    }

    /// What a provider tells later about a message that it took. Unknown references are nothing.
    pub async fn bounced(&self, market: &Market, bounce: &Bounce) -> Result<(), Refusal> {
        let params = values![&bounce.reference, &bounce.provider];
        let found: Option<(String, Option<Vec<u8>>)> = market.one(repo::BY_REFERENCE, params).await?;
        let Some((channel, Some(hash))) = found else { return Ok(()) };
        let (Some(channel), Ok(hash)) = (Channel::named(&channel), hash.try_into()) else { return Ok(()) };
        let now = self.world.clock.now();
        Ok(market.commit(self.stamp(), suppression::bounced(hash, channel, bounce.kind, now)).await?)
    }

    /// All that is a person's: where their messages went and what they said, their choices and devices.
    /// What still waits has no address any more, and is cancelled when its time comes.
    pub async fn erase(&self, market: &Market, person: Id<Person>) -> Result<(), Refusal> {
        let owner = Owner::Person(person).key();
        let decision = Decision::nothing()
            .change(repo::FORGET_ADDRESSES.with(values![person]).any_rows())
            .change(repo::FORGET_OUTBOX.with(values![person]).any_rows())
            .change(device::repo::FORGET.with(values![person]).any_rows())
            .change(preferences::CLEAR.with(values![&owner]).any_rows())
            .change(preferences::CLEAR_LANGUAGE.with(values![&owner]).any_rows());
        market.commit(self.stamp(), decision).await?;
        let words = Decision::nothing().change(repo::FORGET_WORDS.with(values![person]).any_rows());
        Ok(market.commit(self.stamp(), words).await?)
    }
}
