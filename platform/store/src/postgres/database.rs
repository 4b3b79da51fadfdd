//! One configured database: its pool, its texts, whether its tables are current.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::jiff::Timestamp;
use kernel::{Id, Sql};
use parking_lot::Mutex;
use tokio::sync::OnceCell;
use tokio_postgres::{Client, Config};

use super::pool::{Lease, Pool};
use super::slot::Slot;
use super::texts::Texts;
use super::{connection, migrate, sequencer, values};
use crate::error::StoreError;
use crate::place::Place;
use crate::schema::Schema;
use crate::store::DatabaseStats;

pub(crate) struct Database {
    pool: Arc<Pool>,
    pub(super) texts: Texts,
    pub(super) schema: Arc<Schema>,
    /// Its tables have been brought up to date by this process.
    ready: OnceCell<()>,
    slots: Mutex<HashMap<i64, Arc<Slot>>>,
    /// Looks across markets for those with something waiting.
    pub(super) relay: tokio::sync::Mutex<Option<Client>>,
}

impl Database {
    /// Nothing is connected yet; only the address is checked.
    pub(crate) fn new(
        name: &str,
        url: &str,
        connections_max: usize,
        schema: Arc<Schema>,
    ) -> Result<Arc<Self>, StoreError> {
        // The parser's complaint could repeat the password.
        let mut config: Config = url.parse().map_err(|_| {
            StoreError::Bug(format!("the address of database {name} is not a PostgreSQL address"))
        })?;
        config.application_name("iroko");
        config.connect_timeout(crate::limits::CONNECT_WAIT);
        config.tcp_user_timeout(crate::limits::ANSWER_WAIT);
        config.keepalives_idle(crate::limits::ANSWER_WAIT);
        Ok(Arc::new(Self {
            pool: Pool::new(name.into(), config, connections_max),
            texts: Texts::default(),
            schema,
            ready: OnceCell::new(),
            slots: Mutex::default(),
            relay: tokio::sync::Mutex::default(),
        }))
    }

    pub(crate) fn schema(&self) -> Arc<Schema> {
        self.schema.clone()
    }

    pub(crate) fn name(&self) -> &str {
        &self.pool.database
    }

    /// Roles, functions and tables as this program needs them; once, again after a failure.
    pub(crate) async fn ready(&self) -> Result<(), StoreError> {
        let bring_up_to_date = || async {
            // Those who waited for another's attempt need not make their own.
            self.pool.is_it_down()?;
            let client = self.chores().await;
            self.pool.remember(client.as_ref().err());
            let mut client = client?;
            migrate::migrate(self.name(), &mut client, &self.schema).await
        };
        self.ready.get_or_try_init(bring_up_to_date).await.copied()
    }

    pub(crate) fn slot(self: &Arc<Self>, place: &Place) -> Arc<Slot> {
        let mut slots = self.slots.lock();
        slots
            .entry(place.id.raw())
            .or_insert_with(|| Arc::new(Slot::new(place.clone(), self.clone())))
            .clone()
    }

    pub(crate) fn stats(&self) -> DatabaseStats {
        let usage = self.pool.usage();
        DatabaseStats {
            name: self.pool.database.clone(),
            connections_open: usage.open,
            connections_busy: usage.busy,
            waiting: usage.waiting,
        }
    }

    pub(crate) async fn restless(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Id<kernel::Market>>, StoreError> {
        self.ready().await?;
        sequencer::restless(self, now, limit).await
    }

    /// Prepares each statement by itself and, for a change, with its guard; names all that fail.
    pub(crate) async fn prepare_all(&self, statements: &[Sql]) -> Result<(), StoreError> {
        self.ready().await?;
        let client = self.relay_like(super::APP_ROLE).await?;
        let mut faults = Vec::new();
        for sql in statements {
            match client.prepare(&self.texts.plain(sql).sql).await {
                Err(error) => faults.push(super::errors::failure(sql.name, &error).to_string()),
                Ok(statement) => {
                    let of_others = statement.params().iter().filter(|kind| !values::is_parameter(kind));
                    faults.extend(of_others.map(|kind| format!("{}: a parameter is a {kind}", sql.name)));
                    let columns =
                        statement.columns().iter().filter(|column| !values::is_column(column.type_()));
                    faults.extend(columns.map(|column| {
                        format!("{}: column {} is a {}", sql.name, column.name(), column.type_())
                    }));
                }
            }
            if super::dialect::shape(sql.text).verb != super::dialect::Verb::Other
                && let Err(error) = client.prepare(&self.texts.guarded(&sql.with(Vec::new())).sql).await
            {
                faults.push(super::errors::failure(sql.name, &error).to_string());
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(StoreError::Bug(faults.join("\n"))) }
    }

    pub(super) async fn lease(&self, market: i64) -> Result<Lease, StoreError> {
        self.ready().await?;
        self.pool.lease(market).await
    }

    /// A connection as the user of the address, who owns the tables.
    pub(super) async fn chores(&self) -> Result<Client, StoreError> {
        connection::connect(self.name(), &self.pool.config).await
    }

    pub(super) async fn relay_like(&self, role: &str) -> Result<Client, StoreError> {
        connection::connect_as(self.name(), &self.pool.config, role).await
    }
}
