//! A tenant's signing keys: which generation signs, which are still believed. The rows hold no key:
//! it is derived from the master secret and the generation.

mod decide;
pub(crate) mod repo;

use std::collections::HashMap;
use std::sync::Arc;

use kernel::jiff::Timestamp;
use kernel::{Actor, Decision, Refusal, values};
use parking_lot::RwLock;
use serde_json::Value;
use store::{Market, Stamp, StoreError};

use crate::limits;
use crate::master::Master;
use crate::token::TokenKey;
pub use decide::KeyRow;

/// The rings of all tenants, read now and then.
#[derive(Default)]
pub struct Rings(RwLock<HashMap<i64, Arc<Ring>>>);

pub struct Ring {
    keys: Vec<(KeyRow, TokenKey)>,
    read_at: Timestamp,
}

impl Ring {
    /// The keys that tokens are believed by.
    pub fn believed(&self, now: Timestamp) -> impl Iterator<Item = &TokenKey> {
        self.keys.iter().filter(move |(row, _)| row.is_believed(now)).map(|(_, key)| key)
    }

    fn signing(&self, now: Timestamp) -> Option<&TokenKey> {
        let rows: Vec<KeyRow> = self.keys.iter().map(|(row, _)| *row).collect();
        let signing = decide::signing(&rows, now)?;
        self.keys.iter().find(|(row, _)| row.generation == signing.generation).map(|(_, key)| key)
    }
}

impl Rings {
    pub async fn get(&self, master: &Master, home: &Market, now: Timestamp) -> Result<Arc<Ring>, StoreError> {
        self.younger_than(limits::RING_AGE_MAX, master, home, now).await
    }

    /// Perhaps another process made a key a moment ago; but nobody makes us ask all the time.
    pub async fn get_again(
        &self,
        master: &Master,
        home: &Market,
        now: Timestamp,
    ) -> Result<Arc<Ring>, StoreError> {
        self.younger_than(limits::RING_AGE_MIN, master, home, now).await
    }

    async fn younger_than(
        &self,
        age: kernel::jiff::SignedDuration,
        master: &Master,
        home: &Market,
        now: Timestamp,
    ) -> Result<Arc<Ring>, StoreError> {
        let tenant = home.place().id.raw();
        let known = self.0.read().get(&tenant).cloned();
        if let Some(ring) = known
            && now.duration_since(ring.read_at).abs() < age
        {
            return Ok(ring);
        }
        let rows: Vec<KeyRow> = home.list(repo::ALL, values![]).await?;
        let seeded = rows.into_iter().map(|row| {
            let seed = master.derive("iroko token key", tenant, &row.generation.to_be_bytes());
            (row, TokenKey::new(&seed, row.generation))
        });
        let ring = Arc::new(Ring { keys: seeded.collect(), read_at: now });
        self.0.write().insert(tenant, ring.clone());
        Ok(ring)
    }

    /// Signs with the present key; a tenant's first sign-in makes its first one.
    pub async fn sign(
        &self,
        master: &Master,
        home: &Market,
        now: Timestamp,
        claims: &crate::token::Claims,
    ) -> Result<String, Refusal> {
        let ring = self.get(master, home, now).await?;
        if let Some(key) = ring.signing(now) {
            return Ok(key.sign(claims));
        }
        self.rotate(home, now).await?;
        let ring = self.get(master, home, now).await?;
        let key = ring.signing(now).ok_or_else(|| {
            Refusal::unavailable("no_signing_key", "There is no key to sign with yet. Try again.", 1)
        })?;
        Ok(key.sign(claims))
    }

    /// A new key when it is time; a chore calls this every day.
    pub async fn rotate(&self, home: &Market, now: Timestamp) -> Result<(), Refusal> {
        home.change(|| async {
            let rows: Vec<KeyRow> = home.list(repo::ALL, values![]).await?;
            let changes = decide::rotate(&rows, now);
            Ok((Stamp { at: now, actor: Actor::System }, Decision::nothing().changes(changes), ()))
        })
        .await?;
        self.0.write().remove(&home.place().id.raw());
        Ok(())
    }

    /// The public halves, those that will sign soon included.
    pub async fn public(
        &self,
        master: &Master,
        home: &Market,
        now: Timestamp,
    ) -> Result<Vec<Value>, StoreError> {
        let ring = self.get(master, home, now).await?;
        Ok(ring.believed(now).map(TokenKey::public).collect())
    }
}
