//! A decision in one round trip: as one statement where it can be, else statement by statement in
//! one transaction, all sent at once. Either way the server itself holds the guards, so that nothing
//! waits for an answer of ours with rows locked, and a caller who goes away leaves nothing half done.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use kernel::{Change, OnMiss, Value};
use tokio_postgres::Error;
use tokio_postgres::types::ToSql;

use super::compose::{self, Composed};
use super::connection::in_order;
use super::database::Database;
use super::errors::{self, Kind};
use super::pool::Lease;
use super::values::{Param, fit};
use crate::error::{CommitError, StoreError};
use crate::limits;

pub(super) async fn commit(
    database: &Arc<Database>,
    market: i64,
    changes: &[Change],
) -> Result<(), CommitError> {
    if let Some(composed) = database.texts.composed(changes) {
        match within_time(database, market, Way::Once(&composed), changes).await {
            Outcome::Done => return Ok(()),
            Outcome::Failed(error) => return Err(error),
            Outcome::Careful => {}
        }
    }
    // The second time is for statements that a migration has outdated.
    for _ in 0..2 {
        match within_time(database, market, Way::OneByOne, changes).await {
            Outcome::Done => return Ok(()),
            Outcome::Failed(error) => return Err(error),
            Outcome::Careful => {}
        }
    }
    Err(StoreError::Busy.into())
}

#[derive(Clone, Copy)]
enum Way<'a> {
    Once(&'a Composed),
    OneByOne,
}

enum Outcome {
    Done,
    Failed(CommitError),
    /// Nothing was changed, and the reason is not certain: one by one will tell.
    Careful,
}

async fn within_time(database: &Arc<Database>, market: i64, way: Way<'_>, changes: &[Change]) -> Outcome {
    let mut lease = match database.lease(market).await {
        Ok(lease) => lease,
        Err(error) => return Outcome::Failed(error.into()),
    };
    let work = async {
        match way {
            Way::Once(composed) => once(&mut lease, market, composed, changes).await,
            Way::OneByOne => one_by_one(&mut lease, database, market, changes).await,
        }
    };
    match tokio::time::timeout(limits::ANSWER_WAIT, work).await {
        Ok(outcome) => outcome,
        Err(_) => {
            lease.broken();
            let detail = format!("database {} did not answer in time", database.name());
            Outcome::Failed(CommitError::Unknown(detail))
        }
    }
}

async fn once(lease: &mut Lease, market: i64, composed: &Composed, changes: &[Change]) -> Outcome {
    let connection = lease.asked();
    let statement = match connection.statement(&composed.text).await {
        Ok(statement) => statement,
        Err(error) => return before_sending(lease, "a decision", &error),
    };
    let its_market = Value::Int(market);
    let params = compose::params(&its_market, changes);
    if fit("a decision", &statement, &params).is_err() {
        lease.answered();
        return Outcome::Careful;
    }
    let set = connection.market.replace(market) != Some(market);
    let client = &connection.client;
    let run = client.execute_raw(&statement, params.into_iter().map(Param));
    let answer = if set {
        let number = market.to_string();
        let number: [&(dyn ToSql + Sync); 1] = [&number];
        let (set, answer) = tokio::join!(biased; client.execute(&connection.set_market, &number), run);
        if set.is_err() {
            // Then the statement has found itself in the wrong market and failed, by its first guard.
            connection.market = None;
            lease.broken();
        }
        answer
    } else {
        run.await
    };
    match answer {
        Ok(_) => {
            lease.answered();
            Outcome::Done
        }
        Err(error) => {
            let kind = errors::kind("a decision", &error);
            lease_after(lease, &kind);
            match kind {
                Kind::Missed(number) if composed.certain => Outcome::Failed(missed(changes, number)),
                Kind::Missed(_) | Kind::Taken | Kind::Ours(_) | Kind::Stale => Outcome::Careful,
                Kind::Conflict => Outcome::Failed(CommitError::Conflict),
                Kind::Theirs(error) => Outcome::Failed(error.into()),
                Kind::Lost(error) => Outcome::Failed(CommitError::Unknown(error.to_string())),
            }
        }
    }
}

async fn one_by_one(lease: &mut Lease, database: &Database, market: i64, changes: &[Change]) -> Outcome {
    let connection = lease.asked();
    let mut statements = Vec::with_capacity(changes.len());
    for change in changes {
        let text = database.texts.guarded(change);
        match connection.statement(&text).await {
            Ok(statement) => {
                let params: Vec<&Value> = change.params.iter().collect();
                if let Err(error) = fit(change.sql.name, &statement, &params) {
                    lease.answered();
                    return Outcome::Failed(error.into());
                }
                statements.push(statement);
            }
            Err(error) => return before_sending(lease, change.sql.name, &error),
        }
    }
    // The setting ends with the transaction, and a failure to set it fails all that follows.
    let begin = format!("begin; set local iroko.market = '{market}'; select iroko_fenced({market})");
    let client = &connection.client;
    let mut requests: Vec<BoxFuture<'_, Result<(), Error>>> = Vec::with_capacity(changes.len() + 2);
    requests.push(Box::pin(client.batch_execute(&begin)));
    for (change, statement) in changes.iter().zip(&statements) {
        requests.push(Box::pin(async {
            client.execute_raw(statement, change.params.iter().map(Param)).await.map(drop)
        }));
    }
    // After an error this rolls back.
    requests.push(Box::pin(client.batch_execute("commit")));
    let answers = in_order(requests).await;
    judge(lease, changes, &answers)
}

/// The first failure is the reason; those after it only follow from it.
fn judge(lease: &mut Lease, changes: &[Change], answers: &[Result<(), Error>]) -> Outcome {
    let Some((place, Err(error))) = answers.iter().enumerate().find(|(_, answer)| answer.is_err()) else {
        lease.answered();
        return Outcome::Done;
    };
    let change = place.checked_sub(1).and_then(|number| changes.get(number).map(|change| (number, change)));
    let kind = errors::kind(change.map_or("a transaction", |(_, change)| change.sql.name), error);
    // A connection lost along the way may have been lost before the commit was carried out or after.
    let lost_later = answers
        .iter()
        .flat_map(|answer| answer.as_ref().err())
        .any(|error| matches!(errors::kind("", error), Kind::Lost(_)));
    if lost_later {
        lease.broken();
    }
    lease_after(lease, &kind);
    match (kind, change) {
        (Kind::Missed(_) | Kind::Taken, Some((number, _))) => Outcome::Failed(missed(changes, number)),
        (Kind::Conflict, _) => Outcome::Failed(CommitError::Conflict),
        (Kind::Stale, _) => Outcome::Careful,
        (Kind::Lost(error), _) => Outcome::Failed(CommitError::Unknown(error.to_string())),
        (Kind::Ours(error) | Kind::Theirs(error), _) => Outcome::Failed(error.into()),
        (Kind::Missed(_) | Kind::Taken, None) => {
            Outcome::Failed(StoreError::Bug(format!("a transaction: {}", errors::with_cause(error))).into())
        }
    }
}

/// Preparing failed: nothing of the decision has left this process.
fn before_sending(lease: &mut Lease, doing: &str, error: &Error) -> Outcome {
    let kind = errors::kind(doing, error);
    lease_after(lease, &kind);
    match kind {
        Kind::Lost(error) | Kind::Theirs(error) => Outcome::Failed(error.into()),
        // Of a whole decision's text nobody could read the complaint.
        _ if doing == "a decision" => Outcome::Careful,
        Kind::Stale => Outcome::Careful,
        _ => Outcome::Failed(errors::failure(doing, error).into()),
    }
}

fn lease_after(lease: &mut Lease, kind: &Kind) {
    match kind {
        Kind::Lost(_) | Kind::Stale => lease.broken(),
        _ => lease.answered(),
    }
}

fn missed(changes: &[Change], number: usize) -> CommitError {
    match changes.get(number).map(|change| &change.on_miss) {
        Some(OnMiss::Refuse(refusal)) => CommitError::Refused(refusal.clone()),
        Some(OnMiss::Conflict) | None => CommitError::Conflict,
    }
}
