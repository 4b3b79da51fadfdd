//! How a market stops taking commits here, starts, and goes away for good; whoever is connected.

use std::sync::Arc;
use std::time::Instant;

use tokio_postgres::{Client, Row};

use super::slot::Slot;
use super::{APP_ROLE, errors, promote};
use crate::error::StoreError;
use crate::limits;
use crate::place::Place;
use crate::schema::Schema;

/// The numbers of `resident.state`.
pub(crate) mod state {
    pub(crate) const SERVING: i64 = 0;
    pub(crate) const FROZEN: i64 = 1;
    pub(crate) const ARRIVED: i64 = 2;
    pub(crate) const MOVED: i64 = 3;
    pub(crate) const ARCHIVED: i64 = 4;
}

impl Slot {
    pub(crate) fn schema(&self) -> Arc<Schema> {
        self.database.schema.clone()
    }

    /// A connection that sees this market only, and where work may take long.
    async fn session(&self, begin: &str) -> Result<Client, StoreError> {
        self.database.ready().await?;
        let client = self.database.relay_like(APP_ROLE).await?;
        let long = limits::TRANSFER_STATEMENT_TIME_MAX.as_millis();
        let text = format!(
            "{begin}; set local application_name = 'iroko transfer'; set local iroko.market = '{}'; set local statement_timeout = {long}; \
             set local idle_in_transaction_session_timeout = {long}",
            self.market()
        );
        client.batch_execute(&text).await.map_err(|error| errors::failure("beginning a transfer", &error))?;
        Ok(client)
    }

    /// Everything read on it is of one moment.
    pub(crate) async fn snapshot_session(&self) -> Result<Client, StoreError> {
        self.session("begin isolation level repeatable read read only").await
    }

    /// All that is written on it is there after [`Self::land`], or nothing is. `None` when the market is here.
    pub(crate) async fn landing_session(
        &self,
        place: &Place,
        state: i64,
        tables: &[String],
    ) -> Result<Option<Client>, StoreError> {
        let client = self.session("begin").await?;
        let fail = |error| errors::failure("making room for a market", &error);
        let kind = i64::from(place.kind as u8);
        let text = format!(
            "insert into resident (name, kind, state) values ($1, $2, $3) on conflict (market) do update \
             set name = excluded.name, kind = excluded.kind, state = excluded.state \
             where resident.state in ({}, {})",
            state::MOVED,
            state::ARCHIVED
        );
        if client.execute(&text, &[&&*place.name, &kind, &state]).await.map_err(fail)? == 0 {
            return Ok(None);
        }
        // A retirement that was interrupted has left rows behind its fence.
        for table in tables {
            client.batch_execute(&format!("delete from {table}")).await.map_err(fail)?;
        }
        Ok(Some(client))
    }

    pub(crate) async fn land(&self, client: &Client) -> Result<(), StoreError> {
        client.batch_execute("commit").await.map_err(|error| errors::failure("landing a market", &error))?;
        self.forget();
        Ok(())
    }

    pub(crate) async fn state(&self) -> Result<Option<i64>, StoreError> {
        let client = self.session("begin read only").await?;
        let fail = |error| errors::failure("reading a market's state", &error);
        let found = client.query_opt("select state from resident", &[]).await.map_err(fail)?;
        found.map(|row: Row| row.try_get(0).map_err(fail)).transpose()
    }

    /// Commits are refused from now on; those under way are done when this returns. False when the
    /// market was neither serving nor frozen.
    pub(crate) async fn freeze(&self) -> Result<bool, StoreError> {
        if !self.change_state(&[state::SERVING, state::FROZEN], state::FROZEN).await? {
            return Ok(false);
        }
        self.wait_for_older_transactions().await?;
        Ok(true)
    }

    /// False when the market was in none of the states `from`.
    pub(crate) async fn change_state(&self, from: &[i64], to: i64) -> Result<bool, StoreError> {
        let client = self.session("begin").await?;
        let fail = |error| errors::failure("changing a market's state", &error);
        let text = "update resident set state = $1 where state = any($2)";
        let changed = client.execute(text, &[&to, &from]).await.map_err(fail)?;
        client.batch_execute("commit").await.map_err(fail)?;
        self.forget();
        Ok(changed == 1)
    }

    /// A commit looks at the state in the snapshot of its statement, which may be older than the change.
    /// Each transaction has a virtual number from before its first snapshot to its end: when all that
    /// there are now have ended, nobody is left who saw the state before.
    async fn wait_for_older_transactions(&self) -> Result<(), StoreError> {
        const OURS: &str = "select l.virtualxid from pg_locks l join pg_stat_activity a on a.pid = l.pid \
             where l.locktype = 'virtualxid' and l.granted and l.pid <> pg_backend_pid() \
             and a.datname = current_database() and a.application_name = 'iroko'";
        let client = self.database.relay_like(APP_ROLE).await?;
        let fail = |error| errors::failure("waiting for transactions", &error);
        let now = || async {
            let rows = client.query(OURS, &[]).await?;
            rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()
        };
        let mut before = now().await.map_err(fail)?;
        let since = Instant::now();
        while !before.is_empty() {
            if since.elapsed() > limits::FREEZE_WAIT {
                return Err(StoreError::Busy);
            }
            tokio::time::sleep(limits::FREEZE_STEP).await;
            let still = now().await.map_err(fail)?;
            before.retain(|one| still.contains(one));
        }
        Ok(())
    }

    pub(crate) async fn event_count(&self) -> Result<i64, StoreError> {
        let client = self.session("begin read only").await?;
        let fail = |error| errors::failure("counting events", &error);
        let found = client.query_one("select count(*) from event", &[]).await.map_err(fail)?;
        found.try_get(0).map_err(fail)
    }

    /// Whether there are rows of this market, in whatever state it is.
    pub(crate) async fn has_rows(&self, tables: &[String]) -> Result<bool, StoreError> {
        let client = self.session("begin read only").await?;
        let fail = |error| errors::failure("looking for rows", &error);
        for table in tables {
            let text = format!("select exists (select from {table})");
            let found: bool = client.query_one(&text, &[]).await.map_err(fail)?.try_get(0).map_err(fail)?;
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The rows go, the fence stays.
    pub(crate) async fn empty(&self) -> Result<(), StoreError> {
        promote::empty(&self.database, self.market()).await
    }

    /// Held as long as the connection lives: one transfer of a market at a time, across processes.
    pub(crate) async fn try_hold(&self) -> Result<Option<Client>, StoreError> {
        const HOLD: &str = "select pg_try_advisory_lock(hashtextextended('iroko.transfer', $1))";
        self.database.ready().await?;
        let client = self.database.relay_like(APP_ROLE).await?;
        let fail = |error| errors::failure("holding a market", &error);
        let since = Instant::now();
        loop {
            let row = client.query_one(HOLD, &[&self.market()]).await.map_err(fail)?;
            if row.try_get(0).map_err(fail)? {
                return Ok(Some(client));
            }
            // The server may not have noticed yet that the one before has gone.
            if since.elapsed() > limits::HOLD_WAIT {
                return Ok(None);
            }
            tokio::time::sleep(limits::FREEZE_STEP).await;
        }
    }
}

pub(crate) fn failure(doing: &str, error: &tokio_postgres::Error) -> StoreError {
    errors::failure(doing, error)
}
