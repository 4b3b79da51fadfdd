//! The rules of the markets that are asked for, in memory.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use store::{Market, StoreError};

use super::model::Rules;
use super::repo;
use crate::limits;

/// One short read tells whether what is in memory still holds. Rules of a version are read by one
/// task, however many wait for them; the least used ones are forgotten when there are too many.
pub struct RuleBook {
    /// By market and version.
    kept: Cache<(i64, i64), Arc<Rules>, ByBytes>,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<(i64, i64), Arc<Rules>> for ByBytes {
    fn weight(&self, _: &(i64, i64), rules: &Arc<Rules>) -> u64 {
        rules.bytes()
    }
}

impl Default for RuleBook {
    fn default() -> Self {
        Self { kept: Cache::with_weighter(limits::RULES_EXPECTED, limits::RULES_BYTES_MAX, ByBytes) }
    }
}

impl RuleBook {
    pub async fn of(&self, market: &Market) -> Result<Arc<Rules>, StoreError> {
        let version = repo::version(market).await?;
        let key = (market.place().id.raw(), version);
        if let Some(rules) = self.kept.get(&key) {
            return Ok(rules);
        }
        // Boxed: it is rare, and would make every future that asks for rules as large as itself.
        let load = Box::pin(async { repo::load(market).await.map(Arc::new) });
        Box::pin(self.kept.get_or_insert_async(&key, load)).await
    }
}
