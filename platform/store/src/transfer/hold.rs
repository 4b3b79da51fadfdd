//! One transfer of a market at a time: in this process, and on every server that takes part.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_postgres::Client;

use super::end::End;
use super::error::{Outcome, TransferError};
use crate::error::StoreError;
use crate::place::Place;
use crate::store::Shared;

#[derive(Default)]
pub(crate) struct Underway(Mutex<HashSet<i64>>);

/// Let go when dropped; a server also lets go when this process dies.
pub(super) struct Hold {
    shared: Arc<Shared>,
    market: i64,
    clients: Vec<Client>,
}

impl Hold {
    pub(super) fn take(shared: &Arc<Shared>, place: &Place) -> Outcome<Self> {
        let market = place.id.raw();
        if !shared.underway.0.lock().insert(market) {
            return Err(TransferError::Underway(place.name.to_string()));
        }
        Ok(Self { shared: shared.clone(), market, clients: Vec::new() })
    }

    pub(super) async fn extend(&mut self, place: &Place, end: &End) -> Outcome<()> {
        if let End::Server(slot) = end {
            match slot.try_hold().await? {
                Some(client) => self.clients.push(client),
                None => return Err(TransferError::Underway(place.name.to_string())),
            }
        }
        Ok(())
    }

    /// A server that has lost us has let somebody else in.
    pub(super) async fn check(&self) -> Outcome<()> {
        for client in &self.clients {
            let answer = client.batch_execute("").await;
            answer.map_err(|error| StoreError::Down(format!("the hold on the market was lost: {error}")))?;
        }
        Ok(())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.shared.underway.0.lock().remove(&self.market);
    }
}
