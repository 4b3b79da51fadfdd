//! What has to be done now and then in every home.

use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Decision, Refusal, values};
use store::{Market, Stamp};

use crate::identity::Identity;
use crate::{code, limits, ring, session, throttle};

impl Identity {
    /// Removes what is over, some at a time, and makes a new signing key when it is time. Once an hour.
    pub async fn tidy(&self, home: &Market, now: Timestamp) -> Result<(), Refusal> {
        self.verifier.rotate(home, now).await?;
        let before = now - limits::ENDED_KEPT;
        let at_once = limits::PRUNED_AT_ONCE;
        let attempts = now - SignedDuration::from_secs(i64::from(throttle::SIGN_INS.forget_s));
        let over = [
            code::repo::PRUNE.with(values![before, at_once]),
            session::repo::PRUNE_REFRESH.with(values![before, at_once]),
            session::repo::PRUNE.with(values![before, at_once]),
            throttle::repo::PRUNE.with(values![attempts, at_once]),
            ring::repo::PRUNE.with(values![before]),
        ];
        let decision = Decision::nothing().changes(over.map(|change| change.any_rows()));
        home.commit(Stamp { at: now, actor: Actor::System }, decision).await?;
        Ok(())
    }
}
