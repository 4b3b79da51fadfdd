//! Queries, alone or several over one snapshot.

use std::pin::pin;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use kernel::{Sql, Value};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};

use super::connection::in_order;
use super::database::Database;
use super::errors::{self, Kind};
use super::pool::Lease;
use super::values::{Param, fit};
use crate::error::StoreError;
use crate::limits;
use crate::market::Query;

/// What came of an attempt, and whether another one may go better.
enum Attempt<T> {
    Done(T),
    /// The connection was of no more use: it went away while idle, or its statements are outdated.
    Again(StoreError),
}

/// At most `most` rows of one query.
pub(super) async fn rows(
    database: &Arc<Database>,
    market: i64,
    sql: Sql,
    params: &[Value],
    most: usize,
) -> Result<Vec<Row>, StoreError> {
    let first = attempt(database, market, sql, params, most).await?;
    match first {
        Attempt::Done(rows) => Ok(rows),
        Attempt::Again(_) => match attempt(database, market, sql, params, most).await? {
            Attempt::Done(rows) => Ok(rows),
            Attempt::Again(error) => Err(error),
        },
    }
}

async fn attempt(
    database: &Arc<Database>,
    market: i64,
    sql: Sql,
    params: &[Value],
    most: usize,
) -> Result<Attempt<Vec<Row>>, StoreError> {
    let mut lease = database.lease(market).await?;
    let work = ask(&mut lease, database, market, sql, params, most);
    let answer = match tokio::time::timeout(limits::ANSWER_WAIT, work).await {
        Ok(answer) => answer,
        Err(_) => {
            lease.broken();
            return Err(StoreError::Down(format!("database {} does not answer", database.name())));
        }
    };
    match answer {
        Ok(rows) => {
            let too_many = most == limits::ROWS_MAX && rows.len() > most;
            // The rest of the rows is still coming: the lease sees to it.
            if rows.len() <= most {
                lease.answered();
            }
            if too_many {
                return Err(StoreError::Bug(format!("{} returns more than {most} rows", sql.name)));
            }
            Ok(Attempt::Done(rows))
        }
        Err(Failed::Before(error)) => {
            lease.answered();
            Err(error)
        }
        Err(Failed::Asking(error)) => settle(&mut lease, sql.name, &error),
    }
}

enum Failed {
    Before(StoreError),
    Asking(Error),
}

async fn ask(
    lease: &mut Lease,
    database: &Database,
    market: i64,
    sql: Sql,
    params: &[Value],
    most: usize,
) -> Result<Vec<Row>, Failed> {
    let text = database.texts.plain(&sql);
    let connection = lease.asked();
    let statement = connection.statement(&text).await.map_err(Failed::Asking)?;
    fit(sql.name, &statement, &params.iter().collect::<Vec<_>>()).map_err(Failed::Before)?;
    let set = connection.market.replace(market) != Some(market);
    let client = &connection.client;
    if !set {
        return fetch(client, &statement, params, most).await.map_err(Failed::Asking);
    }
    let number = market.to_string();
    let number: [&(dyn ToSql + Sync); 1] = [&number];
    let (set, rows) = tokio::join!(biased;
        client.execute(&connection.set_market, &number),
        fetch(client, &statement, params, most),
    );
    if let Err(error) = set {
        // What came back belongs to another market.
        connection.market = None;
        lease.broken();
        return Err(Failed::Asking(error));
    }
    rows.map_err(Failed::Asking)
}

/// One row more than asked for, if there are so many, so that the caller can tell.
async fn fetch(
    client: &Client,
    statement: &Statement,
    params: &[Value],
    most: usize,
) -> Result<Vec<Row>, Error> {
    let mut stream = pin!(client.query_raw(statement, params.iter().map(Param)).await?);
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await {
        rows.push(row?);
        if rows.len() > most {
            break;
        }
    }
    Ok(rows)
}

/// Whether the connection may go on and the query may be tried again.
fn settle<T>(lease: &mut Lease, doing: &str, error: &Error) -> Result<Attempt<T>, StoreError> {
    match errors::kind(doing, error) {
        Kind::Lost(error) => {
            lease.broken();
            Ok(Attempt::Again(error))
        }
        Kind::Stale => {
            lease.broken();
            Ok(Attempt::Again(StoreError::Busy))
        }
        _ => {
            lease.answered();
            Err(errors::failure(doing, error))
        }
    }
}

/// Several queries over one state of the market: all are sent at once.
pub(super) async fn snapshot(
    database: &Arc<Database>,
    market: i64,
    queries: &[Query],
) -> Result<Vec<Vec<Row>>, StoreError> {
    match snapshot_once(database, market, queries).await? {
        Attempt::Done(rows) => Ok(rows),
        Attempt::Again(_) => match snapshot_once(database, market, queries).await? {
            Attempt::Done(rows) => Ok(rows),
            Attempt::Again(error) => Err(error),
        },
    }
}

async fn snapshot_once(
    database: &Arc<Database>,
    market: i64,
    queries: &[Query],
) -> Result<Attempt<Vec<Vec<Row>>>, StoreError> {
    let mut lease = database.lease(market).await?;
    let work = ask_all(&mut lease, database, market, queries);
    match tokio::time::timeout(limits::ANSWER_WAIT, work).await {
        Err(_) => {
            lease.broken();
            Err(StoreError::Down(format!("database {} does not answer", database.name())))
        }
        Ok(Err(Failed::Before(error))) => {
            lease.answered();
            Err(error)
        }
        Ok(Err(Failed::Asking(error))) => settle(&mut lease, "a snapshot", &error),
        Ok(Ok(answers)) => {
            for (rows, query) in answers.iter().zip(queries) {
                if rows.len() > limits::ROWS_MAX {
                    let name = query.sql.name;
                    return Err(StoreError::Bug(format!(
                        "{name} returns more than {} rows",
                        limits::ROWS_MAX
                    )));
                }
            }
            lease.answered();
            Ok(Attempt::Done(answers))
        }
    }
}

async fn ask_all(
    lease: &mut Lease,
    database: &Database,
    market: i64,
    queries: &[Query],
) -> Result<Vec<Vec<Row>>, Failed> {
    let connection = lease.asked();
    let mut statements = Vec::with_capacity(queries.len());
    for query in queries {
        let text = database.texts.plain(&query.sql);
        let statement = connection.statement(&text).await.map_err(Failed::Asking)?;
        fit(query.sql.name, &statement, &query.params.iter().collect::<Vec<_>>()).map_err(Failed::Before)?;
        statements.push(statement);
    }
    // The setting ends with the transaction, and a failure to set it fails all that follows.
    let begin =
        format!("begin isolation level repeatable read read only; set local iroko.market = '{market}'");
    let client = &connection.client;
    let none = |done: Result<(), Error>| done.map(|()| Vec::new());
    let mut requests: Vec<BoxFuture<'_, Result<Vec<Row>, Error>>> = Vec::with_capacity(queries.len() + 2);
    requests.push(Box::pin(async { none(client.batch_execute(&begin).await) }));
    for (query, statement) in queries.iter().zip(&statements) {
        requests.push(Box::pin(fetch(client, statement, &query.params, limits::ROWS_MAX)));
    }
    requests.push(Box::pin(async { none(client.batch_execute("commit").await) }));
    let answers: Result<Vec<Vec<Row>>, Error> = in_order(requests).await.into_iter().collect();
    let mut answers = answers.map_err(Failed::Asking)?;
    answers.pop();
    Ok(answers.split_off(1))
}
