use std::fmt;
use std::path::PathBuf;

use crate::limits;

/// The name under which a place asks for a file in the folder, whatever the default is.
pub const EMBEDDED: &str = "embedded";
/// The name of the default database.
pub const DEFAULT: &str = "default";

/// How the address of a further folder begins: `folder:/var/lib/iroko/slow`.
pub const FOLDER: &str = "folder:";

/// Which databases there are: the default one, and those that a [`Place`](crate::Place) may name.
#[derive(Clone)]
pub struct StoreConfig {
    /// Where embedded files live. The default, unless `postgres` is; with both, a place on
    /// `embedded` lives here.
    pub folder: Option<PathBuf>,
    /// Address of the default database: `postgres://…` or `host=… user=…`.
    pub postgres: Option<String>,
    /// Further PostgreSQL databases and folders, by name, for markets that have one of their own.
    pub databases: Vec<(String, String)>,
    /// Connections to each PostgreSQL database.
    pub pool_connections: usize,
    /// Market files open at once; the least recently used one is closed for the next.
    pub open_markets_max: usize,
    /// Threads for reads that are not short.
    pub reader_threads: usize,
}

impl StoreConfig {
    pub fn embedded(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), ..Self::nowhere() }
    }

    pub fn postgres(url: impl Into<String>) -> Self {
        Self { postgres: Some(url.into()), ..Self::nowhere() }
    }

    fn nowhere() -> Self {
        Self {
            folder: None,
            postgres: None,
            databases: Vec::new(),
            pool_connections: limits::POOL_CONNECTIONS,
            open_markets_max: limits::OPEN_MARKETS,
            reader_threads: limits::READER_THREADS,
        }
    }
}

/// An address may hold a password.
impl fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.databases.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("StoreConfig")
            .field("folder", &self.folder)
            .field("postgres", &self.postgres.as_ref().map(|_| "…"))
            .field("databases", &names)
            .field("pool_connections", &self.pool_connections)
            .field("open_markets_max", &self.open_markets_max)
            .field("reader_threads", &self.reader_threads)
            .finish()
    }
}
