//! One market of a PostgreSQL database.

use std::sync::Arc;
use std::time::Instant;

use kernel::{Change, Reach, Sql, Value};
use parking_lot::Mutex;

use super::database::Database;
use super::leaving::state;
use super::{commit, promote, read, sequencer};
use crate::basket::Basket;
use crate::error::{CommitError, StoreError};
use crate::limits;
use crate::market::{Query, Rows};
use crate::place::Place;
use crate::row::{FromRow, Row, Source};

const IS_HERE: Sql =
    Sql { name: "whether it is here", text: "select state from resident", reach: Reach::Short };
const MOVE_IN: Sql = Sql {
    name: "making it",
    text: "insert into resident (name, kind) values (?1, ?2) on conflict do nothing",
    reach: Reach::Short,
};

pub(crate) struct Slot {
    place: Place,
    pub(super) database: Arc<Database>,
    /// When it was last known to be in this database.
    here: Mutex<Option<Instant>>,
}

impl Slot {
    pub(super) fn new(place: Place, database: Arc<Database>) -> Self {
        Self { place, database, here: Mutex::default() }
    }

    pub(super) fn market(&self) -> i64 {
        self.place.id.raw()
    }

    /// Asked of the database now and then: a market that is not here, or has left, would look like an
    /// empty one. Commits are told by the database itself, each of them. Gives a moment at which it
    /// was here for certain, which is before the question, not after the answer.
    async fn must_be_here(&self) -> Result<Instant, StoreError> {
        let known = *self.here.lock();
        if let Some(since) = known.filter(|since| since.elapsed() < limits::PRESENCE_TRUSTED) {
            return Ok(since);
        }
        let asked = Instant::now();
        let found = read::rows(&self.database, self.market(), IS_HERE, &[], 1).await?;
        let name = || self.place.name.to_string();
        let Some(row) = found.first() else { return Err(StoreError::Missing(name())) };
        match row.try_get::<_, i64>(0) {
            Ok(state::SERVING | state::FROZEN) => {}
            Ok(state::ARCHIVED) => return Err(StoreError::Missing(name())),
            _ => return Err(StoreError::Frozen(name())),
        }
        *self.here.lock() = Some(asked);
        Ok(asked)
    }

    /// Whether what was read meanwhile was all there is. Rows stay for the grace after the market has
    /// left, so only a read that ended later than that may have missed some: it waited for a
    /// connection, or for the server.
    async fn was_here(&self, since: Instant) -> Result<(), StoreError> {
        if since.elapsed() >= limits::RETIREMENT_GRACE {
            self.must_be_here().await?;
        }
        Ok(())
    }

    /// Its state has changed: the next one to come asks.
    pub(super) fn forget(&self) {
        *self.here.lock() = None;
    }

    /// One row, or all that there are: then too many are a fault.
    pub(crate) async fn fill(
        &self,
        sql: Sql,
        params: &[Value],
        most: usize,
        mut basket: Box<dyn Basket>,
    ) -> Result<Box<dyn Basket>, StoreError> {
        let since = self.must_be_here().await?;
        let rows = read::rows(&self.database, self.market(), sql, params, most.min(limits::ROWS_MAX)).await?;
        self.was_here(since).await?;
        for row in rows.iter().take(most) {
            basket.put(&Row(Source::Postgres(row)))?;
        }
        Ok(basket)
    }

    pub(crate) async fn snapshot(&self, queries: Vec<Query>) -> Result<Vec<Rows>, StoreError> {
        let since = self.must_be_here().await?;
        let answers = read::snapshot(&self.database, self.market(), &queries).await?;
        self.was_here(since).await?;
        let owned = |rows: Vec<tokio_postgres::Row>| -> Result<Rows, StoreError> {
            let rows: Result<_, _> =
                rows.iter().map(|row| Vec::from_row(&Row(Source::Postgres(row)))).collect();
            Ok(Rows(rows?))
        };
        answers.into_iter().map(owned).collect()
    }

    pub(crate) async fn commit(&self, changes: &[Change]) -> Result<(), CommitError> {
        self.must_be_here().await?;
        commit::commit(&self.database, self.market(), changes).await
    }

    pub(crate) async fn settle(&self) -> Result<i64, StoreError> {
        let since = self.must_be_here().await?;
        let last = sequencer::settle(&self.database, self.market()).await?;
        self.was_here(since).await?;
        Ok(last)
    }

    pub(crate) async fn create(&self) -> Result<(), StoreError> {
        let kind = i64::from(self.place.kind as u8);
        let move_in = MOVE_IN.with(kernel::values![&*self.place.name, kind]).any_rows();
        match commit::commit(&self.database, self.market(), &[move_in]).await {
            Ok(()) => self.forget(),
            Err(CommitError::Failed(error)) => return Err(error),
            Err(error) => return Err(StoreError::Down(format!("creating {}: {error}", self.place.name))),
        }
        Ok(())
    }

    pub(crate) async fn promote(&self) -> Result<(), StoreError> {
        self.must_be_here().await?;
        promote::promote(&self.database, self.market()).await
    }

    pub(crate) async fn remove(&self) -> Result<(), StoreError> {
        self.forget();
        let removed = promote::remove(&self.database, self.market()).await;
        // Somebody may have asked in between.
        self.forget();
        removed
    }
}
