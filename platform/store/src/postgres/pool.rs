//! The connections of one database: bounded, each remembering its market, dropped when broken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::Config;

use super::connection::Connection;
use crate::error::StoreError;
use crate::limits;

pub(super) struct Pool {
    pub(super) database: Arc<str>,
    pub(super) config: Config,
    size_max: usize,
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    idle: Mutex<Vec<Connection>>,
    /// The last failed attempt: for a moment nobody else needs to find out the same.
    down: Mutex<Option<(Instant, StoreError)>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) open: usize,
    pub(super) busy: usize,
    pub(super) waiting: usize,
}

impl Pool {
    pub(super) fn new(database: Arc<str>, config: Config, size_max: usize) -> Arc<Self> {
        let size_max = size_max.max(1);
        Arc::new(Self {
            database,
            config,
            size_max,
            permits: Arc::new(Semaphore::new(size_max)),
            waiting: AtomicUsize::new(0),
            idle: Mutex::default(),
            down: Mutex::default(),
        })
    }

    pub(super) fn usage(&self) -> Use {
        let busy = self.size_max - self.permits.available_permits().min(self.size_max);
        Use { open: busy + self.idle.lock().len(), busy, waiting: self.waiting.load(Ordering::Relaxed) }
    }

    /// A connection, best one that is set to this market already.
    pub(super) async fn lease(self: &Arc<Self>, market: i64) -> Result<Lease, StoreError> {
        let permit = self.permit().await?;
        let connection = match self.idle_for(market) {
            Some(connection) => connection,
            None => self.open().await?,
        };
        Ok(Lease {
            connection: Some(connection),
            pool: self.clone(),
            permit: Some(permit),
            state: State::Well,
        })
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        if let Ok(permit) = self.permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let _counted = Counted::up(&self.waiting)?;
        match tokio::time::timeout(limits::POOL_WAIT, self.permits.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err(StoreError::Down(format!("database {} is closed", self.database))),
            Err(_) => Err(StoreError::Busy),
        }
    }

    fn idle_for(&self, market: i64) -> Option<Connection> {
        let mut idle = self.idle.lock();
        idle.retain(|connection| !connection.client.is_closed());
        match idle.iter().rposition(|connection| connection.market == Some(market)) {
            Some(place) => Some(idle.remove(place)),
            // The one unused for longest: its market is the least likely to be wanted next.
            None if idle.is_empty() => None,
            None => Some(idle.remove(0)),
        }
    }

    async fn open(&self) -> Result<Connection, StoreError> {
        self.is_it_down()?;
        let opened = Connection::open(&self.database, &self.config).await;
        self.remember(opened.as_ref().err());
        opened
    }

    pub(super) fn is_it_down(&self) -> Result<(), StoreError> {
        match &*self.down.lock() {
            Some((since, error)) if since.elapsed() < limits::DOWN_REMEMBERED => Err(error.clone()),
            _ => Ok(()),
        }
    }

    pub(super) fn remember(&self, failed: Option<&StoreError>) {
        *self.down.lock() = failed.map(|error| (Instant::now(), error.clone()));
    }

    fn give_back(&self, connection: Connection) {
        if !connection.client.is_closed() {
            self.idle.lock().push(connection);
        }
    }
}

struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn up(counter: &'a AtomicUsize) -> Result<Self, StoreError> {
        let counted = Self(counter);
        if counter.fetch_add(1, Ordering::Relaxed) >= limits::WAITING_FOR_POOL_MAX {
            return Err(StoreError::Busy);
        }
        Ok(counted)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Well,
    /// Something was sent, and its answer has not come.
    Asked,
    Broken,
}

/// A connection on loan; comes back by itself, whatever happens to the borrower.
pub(super) struct Lease {
    connection: Option<Connection>,
    pool: Arc<Pool>,
    permit: Option<OwnedSemaphorePermit>,
    state: State,
}

impl Lease {
    pub(super) fn connection(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("a lease holds its connection until it is dropped")
    }

    /// From here until [`Self::answered`] the connection has work under way.
    pub(super) fn asked(&mut self) -> &mut Connection {
        self.state = State::Asked;
        self.connection()
    }

    pub(super) fn answered(&mut self) {
        if self.state == State::Asked {
            self.state = State::Well;
        }
    }

    /// Never to be lent again.
    pub(super) fn broken(&mut self) {
        self.state = State::Broken;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        match self.state {
            State::Broken => {}
            State::Well => self.pool.give_back(connection),
            // The borrower went away in the middle: the connection is lent again when the server is done
            // with what it was asked, and until then it keeps its place in the pool.
            State::Asked => {
                let (pool, permit) = (self.pool.clone(), self.permit.take());
                let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
                runtime.spawn(async move {
                    let quiet = connection.client.batch_execute("");
                    if let Ok(Ok(())) = tokio::time::timeout(limits::ANSWER_WAIT, quiet).await {
                        pool.give_back(connection);
                    }
                    drop(permit);
                });
            }
        }
    }
}
