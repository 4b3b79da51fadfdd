//! Roles, functions and tables: numbered steps under a lock, forward only, one transaction each, so
//! that an interrupted run goes on where it stopped.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::errors;
use crate::error::StoreError;
use crate::limits;
use crate::schema::{Part, Schema, Step};

const BOOTSTRAP: Part = Part {
    name: "postgres",
    kind: None,
    steps: &[
        Step { sqlite: "", postgres: include_str!("../../schema/bootstrap.postgres.sql") },
        Step { sqlite: "", postgres: include_str!("../../schema/fence.postgres.sql") },
    ],
};

/// Any number will do, as long as all programs of this kind use the same one.
const LOCK: i64 = 0x69_726f_6b6f;

pub(super) async fn migrate(name: &str, client: &mut Client, schema: &Schema) -> Result<(), StoreError> {
    let doing = format!("preparing database {name}");
    let fail = |error: tokio_postgres::Error| errors::failure(&doing, &error);
    let wait = limits::MIGRATION_WAIT.as_millis();
    client
        .batch_execute(&format!(
            "set statement_timeout = 0; set lock_timeout = {wait}; select pg_advisory_lock({LOCK})"
        ))
        .await
        .map_err(fail)?;
    client
        .batch_execute(&format!(
            "set lock_timeout = {}; set client_min_messages = warning; \
             create table if not exists step (part text not null, number bigint not null, primary key (part, number))",
            limits::LOCK_WAIT.as_millis()
        ))
        .await
        .map_err(fail)?;
    let parts: Vec<Part> = std::iter::once(BOOTSTRAP).chain(schema.parts().iter().copied()).collect();
    let done = done(client).await.map_err(fail)?;
    refuse_newer(name, &parts, &done)?;
    for part in &parts {
        for (number, step) in (1i64..).zip(part.steps) {
            if !done.iter().any(|(its, number_done)| its == part.name && *number_done == number) {
                carry_out(client, part.name, number, step).await?;
            }
        }
    }
    check_roles(name, client).await?;
    warn_of_lost_commits(name, client).await.map_err(fail)?;
    client.batch_execute(&format!("select pg_advisory_unlock({LOCK})")).await.map_err(fail)
}

async fn done(client: &Client) -> Result<Vec<(String, i64)>, tokio_postgres::Error> {
    let rows = client.query("select part, number from step", &[]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

fn refuse_newer(name: &str, parts: &[Part], done: &[(String, i64)]) -> Result<(), StoreError> {
    for (part, number) in done {
        let known = parts.iter().find(|it| it.name == part).map_or(0, |part| part.steps.len() as i64);
        if *number > known {
            return Err(StoreError::Newer(format!(
                "database {name} has step {number} of {part}, this program knows {known}"
            )));
        }
    }
    Ok(())
}

/// Locks held by those who are being served are waited for in turns, so that nobody queues up behind.
async fn carry_out(client: &mut Client, part: &str, number: i64, step: &Step) -> Result<(), StoreError> {
    let mut tries = 0;
    loop {
        let attempt = async {
            let transaction = client.transaction().await?;
            transaction.batch_execute(step.postgres).await?;
            transaction.execute("insert into step (part, number) values ($1, $2)", &[&part, &number]).await?;
            transaction.commit().await
        };
        let Err(error) = attempt.await else { return Ok(()) };
        tries += 1;
        if tries >= limits::CHORE_TRIES_MAX || !is_passing(&error) {
            return Err(errors::failure(&format!("step {number} of {part}"), &error));
        }
    }
}

/// A lock, or another database of the cluster changing the same roles at this moment.
pub(super) fn is_passing(error: &tokio_postgres::Error) -> bool {
    let Some(answer) = error.as_db_error() else { return false };
    let code = answer.code();
    [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE]
        .contains(code)
        || (*code == SqlState::INTERNAL_ERROR && answer.message().contains("concurrently"))
        || (*code == SqlState::UNIQUE_VIOLATION && answer.table().is_some_and(|it| it.starts_with("pg_")))
}

/// A role that could step around row-level security would make all isolation void.
async fn check_roles(name: &str, client: &Client) -> Result<(), StoreError> {
    const TOO_MIGHTY: &str =
        "select rolname::text from pg_roles where rolname = any($1) and (rolsuper or rolbypassrls)";
    let roles: &[&str] = &[super::APP_ROLE, super::RELAY_ROLE];
    let mighty = client.query_opt(TOO_MIGHTY, &[&roles]).await;
    match mighty.map_err(|error| errors::failure("checking the roles", &error))? {
        None => Ok(()),
        Some(row) => Err(StoreError::Bug(format!(
            "in database {name} the role {} may bypass row-level security: take that right away",
            row.try_get::<_, String>(0).unwrap_or_default()
        ))),
    }
}

async fn warn_of_lost_commits(name: &str, client: &Client) -> Result<(), tokio_postgres::Error> {
    const UNSAFE: &str = "select name::text from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'off'";
    for row in client.query(UNSAFE, &[]).await? {
        let setting: String = row.try_get(0)?;
        tracing::warn!(database = %name, %setting, "the server may lose acknowledged commits: this setting is off");
    }
    Ok(())
}
