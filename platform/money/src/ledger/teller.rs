//! Takes the postings of many callers and commits them together: each account that they touch is written
//! once, however many touch it, and the disk is waited for once.
//!
//! What a teller has at hand may be out of date, since decisions of apps post without it. That is safe: an
//! addition that must not be made says so itself, and then all is read and decided again. Before anybody
//! is denied, what that follows from is read anew.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use kernel::jiff::Timestamp;
use kernel::{Actor, Clock, Decision, IdSource, Refusal};
use parking_lot::Mutex;
use store::{CommitError, Market, Stamp};
use tokio::sync::{mpsc, oneshot};

use super::book::Book;
use super::decide::{self, Chain};
use super::model::{Posting, PostingId};
use super::repo;
use super::result::{Denied, Done};
use crate::limits;

/// What became of each posting, chain by chain.
pub type Told = Vec<Vec<Result<Done, Denied>>>;

/// One teller for each market that is posted to, while there is something to do.
pub struct Tellers {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    at_work: Mutex<HashMap<i64, mpsc::Sender<Waiting>>>,
}

struct Waiting {
    chains: Vec<Chain>,
    actor: Actor,
    reply: oneshot::Sender<Result<Told, Refusal>>,
}

impl Tellers {
    pub fn new(clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Arc<Self> {
        Arc::new(Self { clock, ids, at_work: Mutex::default() })
    }

    /// Each chain holds or fails by itself.
    pub async fn post(
        self: &Arc<Self>,
        market: &Market,
        actor: Actor,
        chains: Vec<Chain>,
    ) -> Result<Told, Refusal> {
        let (reply, told) = oneshot::channel();
        let mut waiting = Waiting { chains, actor, reply };
        loop {
            match self.teller(market)?.try_send(waiting) {
                Ok(()) => break,
                Err(mpsc::error::TrySendError::Full(_)) => return Err(busy()),
                // It went home between the two lines above.
                Err(mpsc::error::TrySendError::Closed(back)) => waiting = back,
            }
        }
        told.await.unwrap_or_else(|_| {
            let message = "Whether this was posted is not known. Send it again with the same ids.";
            Err(Refusal::unavailable("outcome_unknown", message, 1))
        })
    }

    /// The same for one call alone, as a decision.
    pub(crate) fn decided(&self, mut book: Book, chains: &[Chain], now: Timestamp) -> (Decision, Told) {
        let told = decided(&mut book, chains, now);
        (book.drain(now, false).and(self.told_of(chains, &told)), told)
    }

    fn told_of(&self, chains: &[Chain], told: &[Vec<Result<Done, Denied>>]) -> Decision {
        let mut applied: Vec<PostingId> = Vec::new();
        let mut ends = Decision::nothing();
        for (chain, results) in chains.iter().zip(told) {
            let done: Vec<Done> = results.iter().copied().flatten().collect();
            ends = ends.and(decide::ends(chain, &done));
            let new = chain.iter().zip(done).filter(|(_, done)| *done == Done::Applied);
            applied.extend(new.map(|(posting, _)| posting.id));
        }
        ends.and(decide::told(&applied, &*self.ids))
    }

    fn teller(self: &Arc<Self>, market: &Market) -> Result<mpsc::Sender<Waiting>, Refusal> {
        let mut at_work = self.at_work.lock();
        let id = market.place().id.raw();
        if let Some(sender) = at_work.get(&id).filter(|sender| !sender.is_closed()) {
            return Ok(sender.clone());
        }
        if at_work.len() >= limits::TELLERS_MAX {
            at_work.retain(|_, sender| !sender.is_closed());
            if at_work.len() >= limits::TELLERS_MAX {
                return Err(busy());
            }
        }
        let (sender, queue) = mpsc::channel(limits::WAITING_FOR_TELLER_MAX);
        at_work.insert(id, sender.clone());
        let teller = Teller { tellers: self.clone(), market: market.clone(), book: Book::default() };
        tokio::spawn(teller.work(queue));
        Ok(sender)
    }
}

fn busy() -> Refusal {
    Refusal::unavailable("ledger_busy", "Too many postings wait already. Try again in a moment.", 1)
}

struct Teller {
    tellers: Arc<Tellers>,
    market: Market,
    book: Book,
}

impl Teller {
    async fn work(mut self, mut queue: mpsc::Receiver<Waiting>) {
        let mut batch = Vec::new();
        loop {
            match tokio::time::timeout(limits::TELLER_LINGER, queue.recv()).await {
                Ok(Some(first)) => batch.push(first),
                // Whoever comes now finds the door closed and sends for another teller.
                Ok(None) | Err(_) => {
                    queue.close();
                    match queue.try_recv() {
                        Ok(late) => batch.push(late),
                        Err(_) => return,
                    }
                }
            }
            let mut postings: usize = size(&batch[0]);
            while postings < limits::TELLER_BATCH_MAX
                && let Ok(more) = queue.try_recv()
            {
                postings += size(&more);
                batch.push(more);
            }
            self.serve(std::mem::take(&mut batch)).await;
        }
    }

    async fn serve(&mut self, batch: Vec<Waiting>) {
        let told = self.settled(&batch).await;
        match told {
            Ok(all) => {
                for (waiting, told) in batch.into_iter().zip(all) {
                    let _ = waiting.reply.send(Ok(told));
                }
            }
            Err(refusal) => {
                self.book.forget();
                for waiting in batch {
                    let _ = waiting.reply.send(Err(refusal.clone()));
                }
            }
        }
    }

    async fn settled(&mut self, batch: &[Waiting]) -> Result<Vec<Told>, Refusal> {
        for attempt in 0..limits::TELLER_TRIES_MAX {
            // Nearly always all ids are new, so they are looked for only when something was amiss.
            let is_first = attempt == 0;
            let now = self.tellers.clock.now();
            self.read(batch, !is_first).await?;
            let told: Vec<Told> =
                batch.iter().map(|waiting| decided(&mut self.book, &waiting.chains, now)).collect();
            if is_first && told.iter().flatten().flatten().any(Result::is_err) {
                self.book.forget();
                continue;
            }
            let all = batch.iter().zip(&told).map(|(its, told)| self.tellers.told_of(&its.chains, told));
            let decision = all.fold(self.book.drain(now, false), Decision::and);
            // In the name of all who share it; each event of an app says for whom it was.
            let actor = batch.first().map_or(Actor::System, |waiting| waiting.actor);
            match self.market.commit(Stamp { at: now, actor }, decision).await {
                Ok(()) => {
                    self.book.keep_accounts_only();
                    return Ok(told);
                }
                Err(CommitError::Conflict) => self.book.forget(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommitError::Conflict.into())
    }

    async fn read(&mut self, batch: &[Waiting], carefully: bool) -> Result<(), Refusal> {
        let (mut accounts, mut holds, mut ids) = (HashSet::default(), HashSet::default(), HashSet::default());
        for posting in postings(batch) {
            for id in [posting.debit_id(), posting.credit_id()] {
                if !self.book.knows(id) {
                    accounts.insert(id);
                }
            }
            if let Some(of) = posting.speaks_of() {
                holds.insert(of);
                ids.insert(of);
            }
            if carefully {
                ids.insert(posting.id);
            }
        }
        repo::fill(&self.market, &mut self.book, accounts, holds, ids).await?;
        Ok(())
    }
}

fn size(waiting: &Waiting) -> usize {
    waiting.chains.iter().map(Vec::len).sum()
}

fn postings(batch: &[Waiting]) -> impl Iterator<Item = &Posting> {
    batch.iter().flat_map(|waiting| &waiting.chains).flatten()
}

fn decided(book: &mut Book, chains: &[Chain], now: Timestamp) -> Told {
    let one = |chain: &Chain| match book.chain(chain, now) {
        Ok(done) => done.into_iter().map(Ok).collect(),
        Err(why) => decide::broken(chain.len(), why),
    };
    chains.iter().map(one).collect()
}
