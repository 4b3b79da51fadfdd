//! One batch after another: the next one is made while the last one commits.

use std::collections::HashSet;
use std::io;

use kernel::{Actor, Clock, Ctx, Refusal};
use store::{CommitError, Market, Stamp};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::model::{Batch, Import};
use super::rejects::Rejects;
use super::{decide, repo};
use crate::limits;

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    File(#[from] io::Error),
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<store::StoreError> for LoadError {
    fn from(error: store::StoreError) -> Self {
        Self::Refused(error.into())
    }
}

/// The row of a load: the one that is there, or a new one.
pub async fn begin(
    market: &Market,
    ctx: &Ctx<'_>,
    source: &[u8],
    name: &str,
    total: i64,
) -> Result<Import, Refusal> {
    market
        .change(|| async {
            let existing = repo::by_source(market, source).await?;
            let (decision, import) = decide::begin(existing, source, name, total, ctx);
            Ok((Stamp::from(ctx), decision, import))
        })
        .await
}

/// Where loads commit, and who is told how far they are.
pub struct Loader<'a> {
    pub market: &'a Market,
    pub clock: &'a dyn Clock,
    pub watch: &'a (dyn Fn(&Import) + Send + Sync),
}

/// A batch on its way.
struct Underway {
    before: Import,
    after: Import,
    batch: Batch,
    commit: JoinHandle<Result<(), CommitError>>,
}

impl Loader<'_> {
    /// Loads what `batches` gives, which begins where `import` stands.
    pub async fn run<B>(
        &self,
        import: Import,
        batches: B,
        mut rejects: Option<&mut Rejects>,
    ) -> Result<Import, LoadError>
    where
        B: Iterator<Item = io::Result<Batch>> + Send + 'static,
    {
        let mut made = made_ahead(batches);
        let mut import = import;
        let mut underway: Option<Underway> = None;
        while let Some(batch) = made.recv().await {
            let mut batch = match batch {
                Ok(batch) => batch,
                Err(error) => {
                    // Whoever goes on must find what is on its way.
                    if let Some(last) = underway.take() {
                        self.landed(last).await?;
                    }
                    return Err(error.into());
                }
            };
            if let Some(rejects) = rejects.as_deref_mut() {
                rejects.write(&batch.rejects)?;
            }
            let hoped = underway.as_ref().map_or_else(|| import.clone(), |it| it.after.clone());
            let known = self.known(&batch).await?;
            let now = self.clock.now();
            let (mut decision, mut after) = decide::load(&hoped, &mut batch, &known, 0, now);
            if let Some(last) = underway.take() {
                import = self.landed(last).await?;
                if import != hoped {
                    (decision, after) = decide::load(&import, &mut batch, &known, 0, now);
                }
            }
            let market = self.market.clone();
            let stamp = Stamp { at: now, actor: Actor::System };
            let commit = tokio::spawn(async move { market.commit(stamp, decision).await });
            underway = Some(Underway { before: import.clone(), after, batch, commit });
        }
        match underway {
            Some(last) => self.landed(last).await,
            None => Ok(import),
        }
    }

    async fn known(&self, batch: &Batch) -> Result<HashSet<String>, LoadError> {
        let keys: Vec<&str> = batch.drafts.iter().filter_map(|it| it.key.as_deref()).collect();
        Ok(repo::known(self.market, &keys).await?.into_iter().collect())
    }

    /// Waits for a batch; one that met a taken key or id is decided again.
    async fn landed(&self, underway: Underway) -> Result<Import, LoadError> {
        let Underway { before, after, mut batch, commit } = underway;
        let outcome = commit.await.map_err(|error| io::Error::other(error.to_string()))?;
        let mut outcome = outcome.map(|()| after);
        for attempt in 1..limits::LOAD_TRIES_MAX {
            if !matches!(outcome, Err(CommitError::Conflict)) {
                break;
            }
            let stands = repo::by_source(self.market, &before.source).await?;
            if stands.as_ref() != Some(&before) {
                let message = "The same is being loaded by somebody else just now.";
                return Err(Refusal::conflict("load_underway", message).into());
            }
            let (known, now) = (self.known(&batch).await?, self.clock.now());
            let (decision, after) = decide::load(&before, &mut batch, &known, attempt, now);
            let stamp = Stamp { at: now, actor: Actor::System };
            outcome = self.market.commit(stamp, decision).await.map(|()| after);
        }
        let import = outcome.map_err(Refusal::from)?;
        (self.watch)(&import);
        Ok(import)
    }
}

/// Made on a thread of its own, a few ahead and no more.
fn made_ahead<B>(batches: B) -> mpsc::Receiver<io::Result<Batch>>
where
    B: Iterator<Item = io::Result<Batch>> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(limits::LOAD_AHEAD);
    tokio::task::spawn_blocking(move || {
        for batch in batches {
            if sender.blocking_send(batch).is_err() {
                break;
            }
        }
    });
    receiver
}
