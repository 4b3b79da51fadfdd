//! Keeps the counters of the map. A batch is added up in memory first; then each block that it
//! touches is read, merged and written once.

use std::sync::Arc;

use bus::{Consumer, Directory, Trouble};
use kernel::Decision;
use store::{Event, Market};

use super::ledger::Ledger;
use super::names::{self, Names};
use super::sums::Sums;
use super::{count, repo, told};

/// The name of the cursor; also how its names are kept apart from others'.
pub const FOLLOWER: &str = "civic.count_on_map";

pub const LEDGER: Ledger = Ledger { one: repo::ONE, put: repo::PUT, remove: repo::REMOVE, signed: false };

pub struct CountOnMap {
    pub directory: Arc<dyn Directory>,
}

impl Consumer for CountOnMap {
    fn name(&self) -> &'static str {
        FOLLOWER
    }

    fn wants(&self, event: &str) -> bool {
        told::is_heard(event)
    }

    async fn handle(&self, market: &Market, events: &[Event]) -> Result<Decision, Trouble> {
        let mut names = Names::load(market, FOLLOWER).await?;
        let zone = names.zone(market, &*self.directory)?;
        let mut sums = Sums::default();
        for event in events {
            for shift in told::shifts(event)? {
                count::shift(&mut sums, &mut names, &zone, &shift)
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
