//! All databases of this process, and the way from a place to its market.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use kernel::jiff::Timestamp;
use kernel::{Id, IdSource, Sql};

use crate::config::{DEFAULT, EMBEDDED, FOLDER, StoreConfig};
use crate::error::StoreError;
use crate::market::{Engine, Market};
use crate::place::Place;
use crate::schema::Schema;
use crate::{postgres, sqlite};

/// What was added by a commit, for those who follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    pub events: u32,
    pub earliest_job: Option<Timestamp>,
}

/// Hears of every commit of this process. Only a nudge: whoever misses one finds the rows later.
pub trait Listener: Send + Sync {
    fn committed(&self, market: &Market, news: News);

    /// So many decisions became durable together, and how long that took. For whoever measures.
    fn wrote(&self, _decisions: usize, _took: Duration) {}
}

/// All databases of this process.
#[derive(Clone)]
pub struct Store {
    pub(crate) files: Option<Arc<sqlite::Files>>,
    /// Further folders, by the names that places give them.
    pub(crate) folders: Vec<(String, Arc<sqlite::Files>)>,
    /// The default one first, if that is a server.
    pub(crate) databases: Vec<Arc<postgres::Database>>,
    default_is_embedded: bool,
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) ids: Arc<dyn IdSource>,
    listener: OnceLock<Arc<dyn Listener>>,
    pub(crate) underway: crate::transfer::Underway,
}

impl Shared {
    pub(crate) fn tell(&self, market: &Market, news: News) {
        if let Some(listener) = self.listener.get() {
            listener.committed(market, news);
        }
    }

    pub(crate) fn wrote(&self, decisions: usize, since: Instant) {
        if let Some(listener) = self.listener.get() {
            listener.wrote(decisions, since.elapsed());
        }
    }
}

impl Store {
    /// Locks and prepares the databases; markets are opened when they are first asked for.
    pub async fn open(
        config: StoreConfig,
        schema: Schema,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared { ids, listener: OnceLock::new(), underway: Default::default() });
        let schema = Arc::new(schema);
        let files = match &config.folder {
            Some(folder) => Some(sqlite::Files::open(folder, &config, schema.clone(), shared.clone())?),
            None => None,
        };
        let mut databases: Vec<Arc<postgres::Database>> = Vec::new();
        let default = config.postgres.iter().map(|url| (DEFAULT, url));
        let named = config.databases.iter().map(|(name, url)| (name.as_str(), url));
        let mut folders: Vec<(String, Arc<sqlite::Files>)> = Vec::new();
        for (name, url) in default.chain(named) {
            let taken = databases.iter().any(|database| database.name() == name)
                || folders.iter().any(|(folder, _)| folder == name);
            if name == EMBEDDED || taken {
                return Err(StoreError::Bug(format!("two databases are called {name}")));
            }
            if let Some(folder) = url.strip_prefix(FOLDER) {
                let files = sqlite::Files::open(Path::new(folder), &config, schema.clone(), shared.clone())?;
                folders.push((name.to_owned(), files));
                continue;
            }
            databases.push(postgres::Database::new(name, url, config.pool_connections, schema.clone())?);
        }
        if files.is_none() && config.postgres.is_none() {
            return Err(StoreError::Bug("neither a folder nor a database is configured".into()));
        }
        for database in &databases {
            match database.ready().await {
                // A dedicated database that is away keeps nobody else from being served.
                Err(error @ (StoreError::Down(_) | StoreError::Busy)) if database.name() != DEFAULT => {
                    tracing::warn!(database = %database.name(), %error, "a database is out of reach");
                }
                done => done?,
            }
        }
        Ok(Self { files, folders, databases, default_is_embedded: config.postgres.is_none(), shared })
    }

    /// One listener for the life of the store.
    pub fn listen(&self, listener: Arc<dyn Listener>) {
        let _ = self.shared.listener.set(listener);
    }

    /// A handle; nothing is opened yet. Keep it: handles of the same place share one slot.
    pub fn market(&self, place: &Place) -> Market {
        Market { engine: self.engine(place), place: Arc::new(place.clone()), shared: self.shared.clone() }
    }

    /// Makes the market's tables where they are missing. Until then the market is not here.
    pub async fn create(&self, place: &Place) -> Result<Market, StoreError> {
        let market = self.market(place);
        match &market.engine {
            Engine::Sqlite(slot) => slot.create().await?,
            Engine::Postgres(slot) => slot.create().await?,
            Engine::Nowhere(error) => return Err(error.clone()),
        }
        Ok(market)
    }

    /// The name of the database that a place asks for.
    pub(crate) fn name_of<'a>(&self, database: Option<&'a str>) -> &'a str {
        match database {
            None | Some(DEFAULT) if self.default_is_embedded => EMBEDDED,
            None => DEFAULT,
            Some(name) => name,
        }
    }

    pub(crate) fn engine(&self, place: &Place) -> Engine {
        let wanted = self.name_of(place.database.as_deref());
        if wanted == EMBEDDED {
            return match &self.files {
                Some(files) => Engine::Sqlite(files.slot(place)),
                None => {
                    Engine::Nowhere(StoreError::Down("no folder for embedded markets is configured".into()))
                }
            };
        }
        if let Some((_, files)) = self.folders.iter().find(|(name, _)| name == wanted) {
            return Engine::Sqlite(files.slot(place));
        }
        match self.databases.iter().find(|database| database.name() == wanted) {
            Some(database) => Engine::Postgres(database.slot(place)),
            None => Engine::Nowhere(StoreError::Down(format!("no database called {wanted} is configured"))),
        }
    }

    /// Gives the market partitions of its own, where its engine has such a thing. All markets of that
    /// database wait while its rows are moved. False for a file of its own, which is more than that.
    pub async fn promote(&self, place: &Place) -> Result<bool, StoreError> {
        match self.engine(place) {
            Engine::Sqlite(_) => Ok(false),
            Engine::Postgres(slot) => slot.promote().await.map(|()| true),
            Engine::Nowhere(error) => Err(error),
        }
    }

    /// Removes all that the market keeps at this place. There is no way back.
    pub async fn drop_market(&self, place: &Place) -> Result<(), StoreError> {
        match self.engine(place) {
            Engine::Sqlite(slot) => slot.remove().await,
            Engine::Postgres(slot) => slot.remove().await,
            Engine::Nowhere(error) => Err(error),
        }
    }

    /// Markets with events that are not placed yet or with jobs that are due, at most so many of each
    /// database. Embedded markets have none: their news reach the listener of the one process that
    /// writes them.
    pub async fn restless(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Id<kernel::Market>>, StoreError> {
        let mut found = Vec::new();
        for database in &self.databases {
            found.extend(database.restless(now, limit).await?);
        }
        Ok(found)
    }

    pub fn stats(&self) -> Stats {
        let folders = self.files.iter().chain(self.folders.iter().map(|(_, files)| files));
        let (open_files, waiting_decisions) = folders
            .map(|files| files.usage())
            .fold((0, 0), |(open, waiting), its| (open + its.0, waiting + its.1));
        let databases = self.databases.iter().map(|database| database.stats()).collect();
        Stats { open_files, waiting_decisions, databases }
    }

    /// Prepares every one of these statements on every engine there is, and names all that do not fit.
    /// For tests and for checking an installation.
    pub async fn prepare_all(&self, statements: &[Sql]) -> Result<(), StoreError> {
        if let Some(files) = &self.files {
            files.prepare_all(statements)?;
        }
        for database in &self.databases {
            database.prepare_all(statements).await?;
        }
        Ok(())
    }
}

/// How much the store has to do, for metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Market files open now.
    pub open_files: usize,
    /// Decisions that wait for the writers of those files.
    pub waiting_decisions: usize,
    pub databases: Vec<DatabaseStats>,
}

/// How much one PostgreSQL database has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseStats {
    pub name: Arc<str>,
    pub connections_open: usize,
    pub connections_busy: usize,
    /// Callers that wait for a connection.
    pub waiting: usize,
}
