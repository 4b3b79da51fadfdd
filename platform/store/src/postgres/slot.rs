//! One market of a PostgreSQL database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kernel::{Change, Reach, Sql, Value};

use super::database::Database;
use super::{commit, promote, read, sequencer};
use crate::error::{CommitError, StoreError};
use crate::limits;
use crate::market::{Query, Rows};
use crate::place::Place;
use crate::row::{FromRow, Row, Source};

const IS_HERE: Sql =
    Sql { name: "whether it is here", text: "select market from resident", reach: Reach::Short };
const MOVE_IN: Sql = Sql {
    name: "making it",
    text: "insert into resident (name, kind) values (?1, ?2) on conflict do nothing",
    reach: Reach::Short,
};

pub(crate) struct Slot {
    place: Place,
    database: Arc<Database>,
    /// Known to have been made in this database.
    here: AtomicBool,
}

impl Slot {
    pub(super) fn new(place: Place, database: Arc<Database>) -> Self {
        Self { place, database, here: AtomicBool::new(false) }
    }

    fn market(&self) -> i64 {
        self.place.id.raw()
    }

    /// Asked of the database once; an unknown market would look like an empty one otherwise.
    async fn must_be_here(&self) -> Result<(), StoreError> {
        if self.here.load(Ordering::Relaxed) {
            return Ok(());
        }
        if read::rows(&self.database, self.market(), IS_HERE, &[], 1).await?.is_empty() {
            return Err(StoreError::Missing(self.place.name.to_string()));
        }
        self.here.store(true, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) async fn one<T: FromRow>(
        &self,
        sql: Sql,
        params: Vec<Value>,
    ) -> Result<Option<T>, StoreError> {
        self.must_be_here().await?;
        let rows = read::rows(&self.database, self.market(), sql, &params, 1).await?;
        rows.first().map(|row| T::from_row(&Row(Source::Postgres(row)))).transpose()
    }

    pub(crate) async fn list<T: FromRow>(&self, sql: Sql, params: Vec<Value>) -> Result<Vec<T>, StoreError> {
        self.must_be_here().await?;
        let rows = read::rows(&self.database, self.market(), sql, &params, limits::ROWS_MAX).await?;
        rows.iter().map(|row| T::from_row(&Row(Source::Postgres(row)))).collect()
    }

    pub(crate) async fn snapshot(&self, queries: Vec<Query>) -> Result<Vec<Rows>, StoreError> {
        self.must_be_here().await?;
        let answers = read::snapshot(&self.database, self.market(), &queries).await?;
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
        self.must_be_here().await?;
        sequencer::settle(&self.database, self.market()).await
    }

    pub(crate) async fn create(&self) -> Result<(), StoreError> {
        let kind = i64::from(self.place.kind as u8);
        let move_in = MOVE_IN.with(kernel::values![&*self.place.name, kind]).any_rows();
        match commit::commit(&self.database, self.market(), &[move_in]).await {
            Ok(()) => self.here.store(true, Ordering::Relaxed),
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
        self.here.store(false, Ordering::Relaxed);
        let removed = promote::remove(&self.database, self.market()).await;
        // Somebody may have asked in between.
        self.here.store(false, Ordering::Relaxed);
        removed
    }
}
