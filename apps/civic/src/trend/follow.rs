//! Keeps the trends, a batch at a time.

use std::sync::Arc;

use bus::{Consumer, Directory, Trouble};
use kernel::Decision;
use store::{Event, Market};

use super::{count, repo};
use crate::map::ledger::Ledger;
use crate::map::names::{self, Names};
use crate::map::sums::Sums;
use crate::map::told;
use crate::request::event::RESTORED;

/// The name of the cursor; also how its names are kept apart from others'.
pub const FOLLOWER: &str = "civic.count_trends";

pub const LEDGER: Ledger = Ledger { one: repo::ONE, put: repo::PUT, remove: repo::REMOVE, signed: true };

pub struct CountTrends {
    pub directory: Arc<dyn Directory>,
}

impl Consumer for CountTrends {
    fn name(&self) -> &'static str {
        FOLLOWER
    }

    fn wants(&self, event: &str) -> bool {
        // What comes back from the archive was never taken back here.
        told::is_heard(event) && event != RESTORED
    }

    async fn handle(&self, market: &Market, events: &[Event]) -> Result<Decision, Trouble> {
        let mut names = Names::load(market, FOLLOWER).await?;
        let zone = names.zone(market, &*self.directory)?;
        let mut sums = Sums::default();
        for event in events {
            for shift in told::shifts(event)? {
                count::shift(&mut sums, &mut names, &zone, &shift, event.at)
                    .map_err(|error| Trouble::Failed(error.to_string()))?;
            }
        }
        let counted = LEDGER.enter(market, sums).await?;
        Ok(counted.changes(names.keep(FOLLOWER)))
    }

    fn clear(&self) -> Option<Decision> {
        Some(names::clear(FOLLOWER).change(repo::clear()))
    }
}
