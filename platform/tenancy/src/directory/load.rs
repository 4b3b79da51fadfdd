//! Reading the rows: all of them, or the one market that this process just changed.

use std::sync::Arc;

use kernel::{Id, Sql, Value, values};
use store::{FromRow, StoreError};

use super::snapshot::Snapshot;
use super::{Directory, VERSION};
use crate::limits;
use crate::market::{self, MarketRow};
use crate::tenant;

/// Every row, of what is served and what is not.
pub(crate) struct All {
    pub(crate) tenants: Vec<tenant::Tenant>,
    pub(crate) markets: Vec<MarketRow>,
    pub(crate) hosts: Vec<(String, Id<kernel::Market>)>,
}

impl Directory {
    pub(super) async fn version(&self) -> Result<i64, StoreError> {
        let row: Option<(i64,)> = self.system.one(VERSION, values![]).await?;
        Ok(row.map_or(0, |(version,)| version))
    }

    /// The version is read first: what changes meanwhile is read again next time.
    pub(super) async fn reload(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.refreshing.lock().await;
        let snapshot = self.read_all().await?;
        self.snapshot.store(Arc::new(snapshot));
        Ok(())
    }

    async fn read_all(&self) -> Result<Snapshot, StoreError> {
        let version = self.version().await?;
        let All { tenants, markets, hosts } = self.read_rows().await?;
        Ok(Snapshot::build(version, tenants, markets, hosts, &self.store))
    }

    pub(crate) async fn read_rows(&self) -> Result<All, StoreError> {
        let tenants = self.all(tenant::repo::AFTER, 0.into(), |it: &tenant::Tenant| it.id.into()).await?;
        let markets = self.all(market::repo::AFTER, 0.into(), |it: &MarketRow| it.id.into()).await?;
        let hosts = self
            .all(market::repo::HOSTS_AFTER, "".into(), |(host, _): &(String, Id<kernel::Market>)| host.into())
            .await?;
        Ok(All { tenants, markets, hosts })
    }

    async fn all<T: FromRow>(
        &self,
        sql: Sql,
        first: Value,
        key: impl Fn(&T) -> Value,
    ) -> Result<Vec<T>, StoreError> {
        let mut found: Vec<T> = Vec::new();
        let mut after = first;
        loop {
            let rows: Vec<T> = self.system.list(sql, values![after, limits::ROWS_AT_ONCE]).await?;
            let full = rows.len() as i64 == limits::ROWS_AT_ONCE;
            match rows.last() {
                Some(last) if full => after = key(last),
                _ => {
                    found.extend(rows);
                    return Ok(found);
                }
            }
            found.extend(rows);
        }
    }

    /// After a change of this process to one market. With ten thousand markets reading them all
    /// again would cost more than adding one; if another process changed something as well, that
    /// is what happens.
    pub(crate) async fn changed_here(&self, id: Id<kernel::Market>) -> Result<(), StoreError> {
        let one_at_a_time = self.refreshing.lock().await;
        let version = self.version().await?;
        let row: Option<MarketRow> = self.system.one(market::repo::ONE, values![id]).await?;
        let current = self.snapshot.load_full();
        let (Some(row), true) = (row, version == current.version + 1) else {
            drop(one_at_a_time);
            return self.refresh().await;
        };
        let hosts: Vec<(String,)> =
            self.system.list(market::repo::HOSTS_OF, values![id, limits::HOSTS_AT_ONCE]).await?;
        if hosts.len() as i64 == limits::HOSTS_AT_ONCE {
            drop(one_at_a_time);
            return self.refresh().await;
        }
        let mut next = Snapshot::clone(&current);
        next.version = version;
        next.put(row, &self.store);
        next.bind_only(&hosts, id);
        self.snapshot.store(Arc::new(next));
        Ok(())
    }
}
