//! Positions for committed events, and which markets have something waiting.
//!
//! An event's sequence is taken before its commit, so a reader by sequence would step over the row of
//! a slower transaction for ever. Instead one sequencer per market gives positions to what is
//! committed: contiguous, in the order of sequences, never waiting for anybody's open transaction.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use kernel::jiff::Timestamp;
use kernel::{Id, Reach, Sql};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

use super::connection::in_order;
use super::database::Database;
use super::errors::{self, Kind};
use crate::error::StoreError;
use crate::limits;

const fn sql(name: &'static str, text: &'static str) -> Sql {
    Sql { name, text, reach: Reach::Short }
}

const LOOK: Sql = sql(
    "looking for unplaced events",
    "select coalesce(max(pos), 0), exists (select 1 from event where pos is null) from event",
);
/// Each statement of a transaction sees what was committed before it began: the lock comes first, so
/// that what the previous holder placed is seen.
const LOCK: Sql = sql(
    "waiting for the sequencer",
    "select pg_advisory_xact_lock(hashtextextended('iroko.settle', iroko_market()))",
);
const PLACE: Sql = sql(
    "placing events",
    "with last as materialized (select coalesce(max(pos), 0) as pos from event), \
     fresh as materialized (select seq, row_number() over (order by seq) as number \
               from (select seq from event where pos is null order by seq limit ?1) as unplaced), \
     placed as (update event set pos = (select pos from last) + fresh.number from fresh \
                where event.seq = fresh.seq and event.pos is null returning 1) \
     select last.pos + (select count(*) from placed), (select count(*) from placed) from last",
);
/// Statistics know little of events that have just come. Taken for one, thousands of them would each be
/// looked for among all the others.
const WITHOUT_LOOPS: &str = "set local enable_nestloop = off";

/// Places what is committed and not placed yet; the last position.
pub(super) async fn settle(database: &Arc<Database>, market: i64) -> Result<i64, StoreError> {
    let looked = super::read::rows(database, market, LOOK, &[], 1).await?;
    let read = |row: &Row, column| row.try_get::<_, i64>(column);
    let fail = |error: Error| errors::failure("placing events", &error);
    let Some(row) = looked.first() else { return Ok(0) };
    if !row.try_get::<_, bool>(1).map_err(fail)? {
        return read(row, 0).map_err(fail);
    }
    loop {
        let row = place(database, market).await?;
        let (last, placed) = (read(&row, 0).map_err(fail)?, read(&row, 1).map_err(fail)?);
        if placed < limits::PLACED_AT_ONCE_MAX {
            return Ok(last);
        }
    }
}

async fn place(database: &Arc<Database>, market: i64) -> Result<Row, StoreError> {
    let mut lease = database.lease(market).await?;
    let (lock, place) = (database.texts.plain(&LOCK), database.texts.plain(&PLACE));
    let work = async {
        let connection = lease.asked();
        let lock = connection.statement(&lock).await?;
        let place = connection.statement(&place).await?;
        let client = &connection.client;
        let begin = format!("begin; set local iroko.market = '{market}'; {WITHOUT_LOOPS}");
        let requests: Vec<BoxFuture<'_, Result<Option<Row>, Error>>> = vec![
            Box::pin(async { client.batch_execute(&begin).await.map(|()| None) }),
            Box::pin(async { client.query_one(&lock, &[]).await.map(|_| None) }),
            Box::pin(async { client.query_one(&place, &[&limits::PLACED_AT_ONCE_MAX]).await.map(Some) }),
            Box::pin(async { client.batch_execute("commit").await.map(|()| None) }),
        ];
        in_order(requests).await.into_iter().collect::<Result<Vec<_>, _>>()
    };
    let answers = tokio::time::timeout(limits::ANSWER_WAIT, work).await;
    match answers {
        Ok(Ok(answers)) => {
            lease.answered();
            let row = answers.into_iter().flatten().next();
            row.ok_or_else(|| StoreError::Bug("placing events gave no answer".into()))
        }
        Ok(Err(error)) => {
            match errors::kind("placing events", &error) {
                Kind::Lost(_) | Kind::Stale => lease.broken(),
                _ => lease.answered(),
            }
            Err(errors::failure("placing events", &error))
        }
        Err(_) => {
            lease.broken();
            Err(StoreError::Down(format!("database {} does not answer", database.name())))
        }
    }
}

/// Markets with events that have no position, with jobs that are due, or whose worker is overdue.
const RESTLESS: &str = "select market from ( \
       (select distinct market from (select market from event where pos is null limit 10000) as unplaced) \
       union (select distinct market from (select market from job where state = 'waiting' and due <= $1 order by due limit 10000) as due) \
       union (select distinct market from (select market from job where state = 'running' and lease <= $1 order by lease limit 10000) as overdue) \
     ) as restless limit $2";

pub(super) async fn restless(
    database: &Database,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Id<kernel::Market>>, StoreError> {
    let mut kept = database.relay.lock().await;
    let client = match kept.take() {
        Some(client) if !client.is_closed() => client,
        _ => database.relay_like(super::RELAY_ROLE).await?,
    };
    let limit = limit as i64;
    let now = now.as_microsecond();
    let params: [&(dyn ToSql + Sync); 2] = [&now, &limit];
    let asked = client.query(RESTLESS, &params);
    let rows = match tokio::time::timeout(limits::ANSWER_WAIT, asked).await {
        Ok(rows) => rows.map_err(|error| errors::failure("looking for restless markets", &error))?,
        Err(_) => return Err(StoreError::Down(format!("database {} does not answer", database.name()))),
    };
    *kept = Some(client);
    let market = |row: &Row| row.try_get::<_, i64>(0).map(Id::from_raw);
    rows.iter()
        .map(market)
        .collect::<Result<_, _>>()
        .map_err(|error| errors::failure("looking for restless markets", &error))
}
