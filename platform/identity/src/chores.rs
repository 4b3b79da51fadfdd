//! What has to be done now and then in every home.

use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Decision, Refusal, Sql, values};
use store::{Market, Query, Stamp};

use crate::identity::Identity;
use crate::{code, limits, ring, session, throttle};

/// What is over in one table, a thousand rows of it.
struct Over {
    /// The last of them, if there are so many.
    last: Sql,
    prune: Sql,
    before: Timestamp,
}

impl Identity {
    /// Removes what is over, some in each commit, and makes a new signing key when it is time. Once an
    /// hour; true when there is more to remove than was removed now.
    pub async fn tidy(&self, home: &Market, now: Timestamp) -> Result<bool, Refusal> {
        self.verifier.rotate(home, now).await?;
        let before = now - limits::ENDED_KEPT;
        let stamp = Stamp { at: now, actor: Actor::System };
        let keys = ring::repo::PRUNE.with(values![before]).any_rows();
        home.commit(stamp, Decision::nothing().change(keys)).await?;
        let over = [
            (code::repo::LAST_TO_PRUNE, code::repo::PRUNE, before),
            (session::repo::LAST_REFRESH_TO_PRUNE, session::repo::PRUNE_REFRESH, before),
            (session::repo::LAST_TO_PRUNE, session::repo::PRUNE, before),
            (throttle::repo::LAST_TO_PRUNE, throttle::repo::PRUNE, now - attempts_kept()),
        ];
        let mut over: Vec<Over> =
            over.map(|(last, prune, before)| Over { last, prune, before }).into_iter().collect();
        for _ in 0..limits::PRUNING_COMMITS_MAX {
            over = prune(home, stamp, over).await?;
            if over.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Removes some of each; gives back those of which there may be more.
async fn prune(home: &Market, stamp: Stamp, over: Vec<Over>) -> Result<Vec<Over>, Refusal> {
    let at_once = limits::PRUNED_AT_ONCE;
    let asked = over.iter().map(|it| Query { sql: it.last, params: values![it.before, at_once - 1] });
    let last = home.snapshot(asked.collect()).await?;
    let pruned = over.iter().map(|it| it.prune.with(values![it.before, at_once]).any_rows());
    home.commit(stamp, Decision::nothing().changes(pruned)).await?;
    let mut more = Vec::new();
    for (over, last) in over.into_iter().zip(last) {
        if last.one::<(Timestamp,)>()?.is_some() {
            more.push(over);
        }
    }
    Ok(more)
}

/// None of them counts any longer after that time.
fn attempts_kept() -> SignedDuration {
    SignedDuration::from_secs(i64::from(throttle::SIGN_INS.forget_s.max(throttle::CODES.forget_s)))
}
