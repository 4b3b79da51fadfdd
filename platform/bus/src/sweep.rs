//! The slow round over all markets. Nudges make the bus quick, the sweep makes it sure: after a
//! crash, a lost nudge or another process's commit, everything is found here.

use std::sync::Arc;
use std::time::Duration;

use store::Store;

use crate::jobs::Jobs;
use crate::limits;
use crate::relay::Relay;

/// Never ends. A pause after each market keeps ten thousand files from being opened at once.
pub(crate) async fn sweep(relay: Arc<Relay>, jobs: Arc<Jobs>, markets_per_s: u32, rest: Duration) {
    let pause = Duration::from_secs(1) / markets_per_s.max(1);
    loop {
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

/// Never ends. What other processes commit to a shared database makes no news here, so the database
/// is asked. Embedded markets have no other process and cost nothing.
pub(crate) async fn look_out(store: Store, relay: Arc<Relay>, jobs: Arc<Jobs>, rest: Duration) {
    loop {
        match store.restless(jobs.clock.now(), limits::RESTLESS_MAX).await {
            Ok(ids) => {
                for market in ids.into_iter().filter_map(|id| jobs.directory.market(id)) {
                    relay.wake.nudge(&market, 0);
                    jobs.wake.nudge(&market, 0);
                }
            }
            Err(error) => tracing::warn!(%error, "the databases do not say what there is to do"),
        }
        tokio::time::sleep(rest).await;
    }
}
