//! A few statements sent to PostgreSQL from tests that may or may not be inside a runtime.

use std::io;

use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::limits::ANSWER_WITHIN;

/// Runs the statements on a connection of their own; gives the first column of every row.
pub(crate) fn run(url: &str, sql: &str) -> io::Result<Vec<String>> {
    // A thread of its own, because blocking inside the caller's runtime would be refused.
    std::thread::scope(|scope| scope.spawn(|| run_here(url, sql)).join())
        .map_err(|_| io::Error::other("the thread that talks to PostgreSQL panicked"))?
}

fn run_here(url: &str, sql: &str) -> io::Result<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (client, connection) = tokio::time::timeout(ANSWER_WITHIN, tokio_postgres::connect(url, NoTls))
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "PostgreSQL does not answer"))?
            .map_err(io::Error::other)?;
        let driver = tokio::spawn(connection);
        let messages = client.simple_query(sql).await.map_err(io::Error::other)?;
        drop(client);
        let _ = driver.await;
        Ok(messages
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            })
            .collect())
    })
}
