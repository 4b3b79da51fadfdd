//! Dead jobs do not stay for ever. Finished ones are gone with their last commit.

use kernel::jiff::Timestamp;
use kernel::{Actor, Decision, values};
use store::{CommitError, Market, StoreError};

use super::Jobs;
use crate::{limits, tables};

impl Jobs {
    /// Commits only where there is something to remove.
    pub(crate) async fn prune(&self, market: &Market) -> Result<(), StoreError> {
        let dead: Option<(i64, Option<Timestamp>)> = market.one(tables::DEAD_TO_PRUNE, values![]).await?;
        let Some((count, Some(oldest))) = dead else { return Ok(()) };
        let now = self.clock.now();
        let before = now.checked_sub(limits::DEAD_KEPT).unwrap_or(now);
        // One of the two, because no row may be touched twice in a decision.
        let change = if oldest < before {
            tables::PRUNE_OLD.with(values![before])
        } else if count > i64::from(limits::DEAD_MAX) {
            tables::PRUNE_MANY.with(values![limits::DEAD_MAX, limits::DEAD_MAX])
        } else {
            return Ok(());
        };
        match market.commit(self.stamp(Actor::System), Decision::nothing().change(change.any_rows())).await {
            Err(CommitError::Failed(error)) => Err(error),
            _ => Ok(()),
        }
    }
}
