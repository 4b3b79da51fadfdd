//! The slow round over all markets. Nudges make the bus quick, the sweep makes it sure: after a
//! crash, a lost nudge or another process's commit, everything is found here.

use std::sync::Arc;
use std::time::Duration;

use crate::jobs::Jobs;
use crate::limits;
use crate::relay::Relay;

/// Never ends. A pause after each market keeps ten thousand files from being opened at once.
pub(crate) async fn sweep(relay: Arc<Relay>, jobs: Arc<Jobs>, markets_per_s: u32, rest: Duration) {
    let pause = Duration::from_secs(1) / markets_per_s.max(1);
    loop {
        // On PostgreSQL, `store.restless(limit)` names the markets that have something to do, and
        // is asked here between the rounds.
        for (market, _) in jobs.directory.markets() {
            while relay.wake.queued().max(jobs.wake.queued()) >= limits::SWEPT_WAITING_MAX {
                tokio::time::sleep(pause).await;
            }
            relay.wake.nudge(&market, 0);
            jobs.forget_schedules(&market);
            jobs.wake.nudge(&market, 0);
            if let Err(error) = jobs.prune(&market).await {
                tracing::debug!(market = %market.place().name, %error, "a market was passed over");
            }
            tokio::time::sleep(pause).await;
        }
        tokio::time::sleep(rest).await;
    }
}
