use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use kernel::IdSource;
use kernel::jiff::Timestamp;

use crate::error::StoreError;
use crate::market::{Engine, Market};
use crate::place::Place;
use crate::schema::Schema;
use crate::sqlite;

#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Where the embedded files live.
    pub folder: PathBuf,
    /// Market files open at once; the least recently used one is closed for the next.
    pub open_markets_max: usize,
    /// Threads for reads that are not short.
    pub reader_threads: usize,
}

/// What was added by a commit, for those who follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    pub events: u32,
    pub earliest_job: Option<Timestamp>,
}

/// Hears of every commit of this process. Only a nudge: whoever misses one finds the rows later.
pub trait Listener: Send + Sync {
    fn committed(&self, market: &Market, news: News);
}

/// All databases of this process.
#[derive(Clone)]
pub struct Store {
    files: Arc<sqlite::Files>,
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) ids: Arc<dyn IdSource>,
    listener: OnceLock<Arc<dyn Listener>>,
}

impl Shared {
    pub(crate) fn tell(&self, market: &Market, news: News) {
        if let Some(listener) = self.listener.get() {
            listener.committed(market, news);
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
        let shared = Arc::new(Shared { ids, listener: OnceLock::new() });
        Ok(Self { files: sqlite::Files::open(config, schema)?, shared })
    }

    /// One listener for the life of the store.
    pub fn listen(&self, listener: Arc<dyn Listener>) {
        let _ = self.shared.listener.set(listener);
    }

    /// A handle; nothing is opened yet. Keep it: handles of the same place share one slot.
    pub fn market(&self, place: &Place) -> Market {
        Market {
            engine: Engine::Sqlite(self.files.slot(place)),
            place: Arc::new(place.clone()),
            shared: self.shared.clone(),
        }
    }

    /// Makes the market's tables where they are missing. Until then the market is not here.
    pub async fn create(&self, place: &Place) -> Result<Market, StoreError> {
        let market = self.market(place);
        match &market.engine {
            Engine::Sqlite(slot) => slot.create().await?,
        }
        Ok(market)
    }
}
