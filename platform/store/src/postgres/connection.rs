//! One connection: the market it is set to, and the statements it has prepared.

use std::collections::HashMap;
use std::task::Poll;

use futures_util::future::BoxFuture;
use tokio_postgres::{Client, Config, Error, NoTls, Statement};

use super::errors;
use super::texts::Text;
use crate::error::StoreError;
use crate::limits;

pub(super) struct Connection {
    pub(super) client: Client,
    /// What `iroko.market` is set to, counting what was sent but not answered yet.
    pub(super) market: Option<i64>,
    pub(super) set_market: Statement,
    statements: HashMap<u64, (Statement, u64)>,
    uses: u64,
}

/// As the user of the address, for chores. Not pooled.
pub(super) async fn connect(database: &str, config: &Config) -> Result<Client, StoreError> {
    let reach = async {
        let (client, connection) =
            config.connect(NoTls).await.map_err(|error| errors::unreachable(database, &error))?;
        // Ends when the client is dropped or the server goes away; whoever waits is told by the client.
        tokio::spawn(async move { drop(connection.await) });
        Ok(client)
    };
    match tokio::time::timeout(limits::CONNECT_WAIT, reach).await {
        Ok(client) => client,
        Err(_) => Err(StoreError::Down(format!("database {database} does not answer"))),
    }
}

/// As a plain role that cannot step around the isolation of markets.
pub(super) async fn connect_as(database: &str, config: &Config, role: &str) -> Result<Client, StoreError> {
    let client = connect(database, config).await?;
    let settings = format!(
        "set statement_timeout = {}; set lock_timeout = {}; set idle_in_transaction_session_timeout = {}; \
         set default_transaction_isolation = 'read committed'; set jit = off; set role {role}",
        limits::STATEMENT_TIME_MAX.as_millis(),
        limits::LOCK_WAIT.as_millis(),
        limits::STATEMENT_TIME_MAX.as_millis(),
    );
    match tokio::time::timeout(limits::CONNECT_WAIT, client.batch_execute(&settings)).await {
        Ok(Ok(())) => Ok(client),
        Ok(Err(error)) => Err(errors::unreachable(database, &error)),
        Err(_) => Err(StoreError::Down(format!("database {database} does not answer"))),
    }
}

impl Connection {
    pub(super) async fn open(database: &str, config: &Config) -> Result<Self, StoreError> {
        let client = connect_as(database, config, super::APP_ROLE).await?;
        let prepare = client.prepare("select set_config('iroko.market', $1, false)");
        let set_market = match tokio::time::timeout(limits::CONNECT_WAIT, prepare).await {
            Ok(prepared) => prepared.map_err(|error| errors::unreachable(database, &error))?,
            Err(_) => return Err(StoreError::Down(format!("database {database} does not answer"))),
        };
        Ok(Self { client, market: None, set_market, statements: HashMap::new(), uses: 0 })
    }

    /// Prepared on first use; the least recently used one makes room.
    pub(super) async fn statement(&mut self, text: &Text) -> Result<Statement, Error> {
        self.uses += 1;
        if let Some((statement, used)) = self.statements.get_mut(&text.number) {
            *used = self.uses;
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&text.sql).await?;
        if self.statements.len() >= limits::STATEMENTS_PER_SERVER_CONNECTION_MAX {
            let oldest = self.statements.iter().min_by_key(|(_, (_, used))| *used).map(|(number, _)| *number);
            oldest.and_then(|number| self.statements.remove(&number));
        }
        self.statements.insert(text.number, (statement.clone(), self.uses));
        Ok(statement)
    }
}

/// Waits for all. The first poll of each happens in order and before anything is waited for, and that
/// is when the driver sends: the requests leave together, and a caller who goes away leaves none unsent.
pub(super) async fn in_order<T>(mut futures: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    let mut answers: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    let mut first_waiting = 0;
    let mut all_sent = false;
    std::future::poll_fn(move |context| {
        while first_waiting < futures.len() {
            // Answers come in order too: until all are sent each is polled, later only the first missing one.
            let last = if all_sent { first_waiting + 1 } else { futures.len() };
            for place in first_waiting..last {
                if answers[place].is_none()
                    && let Poll::Ready(answer) = futures[place].as_mut().poll(context)
                {
                    answers[place] = Some(answer);
                }
            }
            all_sent = true;
            if answers[first_waiting].is_none() {
                return Poll::Pending;
            }
            first_waiting += 1;
        }
        Poll::Ready(answers.drain(..).flatten().collect())
    })
    .await
}
