//! The handle an app gets.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use kernel::jiff::Timestamp;
use kernel::{Actor, Decision, Refusal, Sql, Value};

use crate::base;
use crate::basket::{Basket, emptied};
use crate::error::{CommitError, StoreError};
use crate::limits;
use crate::place::Place;
use crate::row::{FromRow, Row, Source};
use crate::store::{News, Shared};
use crate::{postgres, sqlite};

/// A cheap handle on one market: read what a command needs, commit what it decided.
#[derive(Clone)]
pub struct Market {
    pub(crate) place: Arc<Place>,
    pub(crate) engine: Engine,
    pub(crate) shared: Arc<Shared>,
}

#[derive(Clone)]
pub(crate) enum Engine {
    Sqlite(Arc<sqlite::Slot>),
    Postgres(Arc<postgres::Slot>),
    /// The place names a database that is not configured.
    Nowhere(StoreError),
}

/// A statement with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub sql: Sql,
    pub params: Vec<Value>,
}

/// When and for whom something is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub at: Timestamp,
    pub actor: Actor,
}

impl From<&kernel::Ctx<'_>> for Stamp {
    fn from(ctx: &kernel::Ctx<'_>) -> Self {
        Self { at: ctx.now, actor: ctx.actor }
    }
}

/// The rows of one query of a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows(pub(crate) Vec<Vec<Value>>);

impl Rows {
    pub fn one<T: FromRow>(&self) -> Result<Option<T>, StoreError> {
        self.0.first().map(|values| T::from_row(&Row(Source::Owned(values)))).transpose()
    }

    pub fn list<T: FromRow>(&self) -> Result<Vec<T>, StoreError> {
        self.0.iter().map(|values| T::from_row(&Row(Source::Owned(values)))).collect()
    }
}

impl Market {
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The first row, if there is one.
    pub async fn one<T: FromRow>(&self, sql: Sql, params: Vec<Value>) -> Result<Option<T>, StoreError> {
        emptied(self.fill(sql, params, 1, Box::new(None::<T>)).await?)
    }

    /// All rows; a statement limits how many it returns, and [`limits::ROWS_MAX`] holds in any case.
    pub async fn list<T: FromRow>(&self, sql: Sql, params: Vec<Value>) -> Result<Vec<T>, StoreError> {
        emptied(self.fill(sql, params, usize::MAX, Box::new(Vec::<T>::new())).await?)
    }

    /// Not `async`, like all that is called from many crates: a future that is not boxed here is compiled
    /// again by each of them, with the drivers under it.
    fn fill(
        &self,
        sql: Sql,
        params: Vec<Value>,
        most: usize,
        basket: Box<dyn Basket>,
    ) -> BoxFuture<'_, Result<Box<dyn Basket>, StoreError>> {
        Box::pin(async move {
            check(&params)?;
            match &self.engine {
                Engine::Sqlite(slot) => slot.fill(sql, params, most, basket).await,
                Engine::Postgres(slot) => slot.fill(sql, &params, most, basket).await,
                Engine::Nowhere(error) => Err(error.clone()),
            }
        })
    }

    /// Several queries over one state of the market, in one round trip.
    pub fn snapshot(&self, queries: Vec<Query>) -> BoxFuture<'_, Result<Vec<Rows>, StoreError>> {
        Box::pin(async move {
            queries.iter().try_for_each(|query| check(&query.params))?;
            match &self.engine {
                Engine::Sqlite(slot) => slot.snapshot(queries).await,
                Engine::Postgres(slot) => slot.snapshot(queries).await,
                Engine::Nowhere(error) => Err(error.clone()),
            }
        })
    }

    /// The same as rows of one kind; a single query is spared what several take.
    pub async fn lists<T: FromRow>(&self, mut queries: Vec<Query>) -> Result<Vec<Vec<T>>, StoreError> {
        if queries.len() > 1 {
            return self.snapshot(queries).await?.iter().map(Rows::list).collect();
        }
        match queries.pop() {
            Some(Query { sql, params }) => Ok(vec![self.list(sql, params).await?]),
            None => Ok(Vec::new()),
        }
    }

    /// All of the decision, durably, or nothing of it.
    pub fn commit(&self, stamp: Stamp, decision: Decision) -> BoxFuture<'_, Result<(), CommitError>> {
        Box::pin(self.commit_now(stamp, decision))
    }

    async fn commit_now(&self, stamp: Stamp, decision: Decision) -> Result<(), CommitError> {
        if decision.is_nothing() {
            return Ok(());
        }
        let news = News {
            events: decision.events.len() as u32,
            earliest_job: decision.jobs.iter().map(|job| job.due).min(),
        };
        let changes = base::flatten(decision, stamp, &*self.shared.ids);
        changes.iter().try_for_each(|change| check(&change.params))?;
        match &self.engine {
            Engine::Sqlite(slot) => slot.commit(changes).await?,
            Engine::Postgres(slot) => {
                let since = Instant::now();
                slot.commit(&changes).await?;
                self.shared.wrote(1, since);
            }
            Engine::Nowhere(error) => return Err(error.clone().into()),
        }
        self.shared.tell(self, news);
        Ok(())
    }

    /// Gives every committed event its position, where that has not happened yet, and says the last
    /// one. Whoever reads events by position calls it first.
    pub fn settle(&self) -> BoxFuture<'_, Result<i64, StoreError>> {
        Box::pin(async move {
            match &self.engine {
                Engine::Sqlite(_) => {
                    let last: Option<(i64,)> = self.one(base::LAST_POSITION, Vec::new()).await?;
                    Ok(last.map_or(0, |(last,)| last))
                }
                Engine::Postgres(slot) => slot.settle().await,
                Engine::Nowhere(error) => Err(error.clone()),
            }
        })
    }

    /// Load, decide, commit; from the load again when somebody else was faster, a few times.
    pub async fn change<T, F, Fut>(&self, mut load_and_decide: F) -> Result<T, Refusal>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<(Stamp, Decision, T), Refusal>>,
    {
        for _ in 0..limits::RETRIES_MAX {
            let (stamp, decision, answer) = load_and_decide().await?;
            match self.commit(stamp, decision).await {
                Ok(()) => return Ok(answer),
                Err(CommitError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommitError::Conflict.into())
    }
}

/// PostgreSQL cannot keep the character U+0000, and neither engine should keep a flood.
fn check(params: &[Value]) -> Result<(), StoreError> {
    for value in params {
        let length = match value {
            Value::Null | Value::Int(_) => 0,
            Value::Text(it) if it.as_bytes().contains(&0) => {
                return Err(StoreError::Unstorable("Text may not contain the character U+0000."));
            }
            Value::Text(it) => it.len(),
            Value::Bytes(it) => it.len(),
        };
        if length > limits::VALUE_BYTES_MAX {
            return Err(StoreError::Unstorable("A single value is too large."));
        }
    }
    Ok(())
}
