//! The rules of the markets that are asked for, in memory.

use std::sync::Arc;

use kernel::Clock;
use quick_cache::sync::Cache;
use store::{Market, StoreError};

use super::model::Rules;
use super::{limits, repo};

/// One short read tells whether what is in memory still holds. Rules of a version are read by one
/// task, however many wait for them; the least used ones are forgotten when there are too many.
pub struct RuleBook {
    clock: Arc<dyn Clock>,
    /// By market and version.
    kept: Cache<(i64, i64), Arc<Rules>>,
}

impl RuleBook {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, kept: Cache::new(limits::RULES_KEPT_MAX) }
    }

    pub async fn of(&self, market: &Market) -> Result<Arc<Rules>, StoreError> {
        let version = repo::version(market).await?;
        let key = (market.place().id.raw(), version);
        if let Some(rules) = self.kept.get(&key) {
            return Ok(rules);
        }
        // Boxed: it is rare, and would make every future that asks for rules as large as itself.
        let load = Box::pin(async { repo::load(market, self.clock.now()).await.map(Arc::new) });
        Box::pin(self.kept.get_or_insert_async(&key, load)).await
    }
}
