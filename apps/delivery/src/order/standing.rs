//! Orders that do not move on: somebody is told of each, once for each place where it stands.

use kernel::Actor;
use kernel::jiff::{SignedDuration, Timestamp};
use store::{CommitError, Market, Stamp};

use super::{decide, repo};
use crate::limits;
use crate::settings::Settings;

/// Says how many were told of. One that moves on at this very moment is left alone.
pub async fn tell(market: &Market, settings: &Settings, now: Timestamp) -> Result<usize, CommitError> {
    let stamp = Stamp { at: now, actor: Actor::System };
    let since = now - SignedDuration::from_mins(decide::stands_least_min(settings).into());
    let (mut told, mut after) = (0, (0, 0));
    loop {
        let page = repo::standing(market, after, since, limits::ORDERS_READ_AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(told) };
        after = (last.since.as_microsecond(), last.id.raw());
        for (decision, _) in page.iter().filter_map(|order| decide::stuck(order, settings, now)) {
            match market.commit(stamp, decision).await {
                Ok(()) => told += 1,
                Err(CommitError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
