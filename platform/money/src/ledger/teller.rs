//! Takes the postings of many callers and commits them together: each account that they touch is written
//! once, however many touch it, and the disk is waited for once.
//!
//! What a teller has at hand may be out of date, since decisions of apps post without it. That is safe: an
//! addition that must not be made says so itself, and then all is read and decided again. Before anybody
//! is denied, what that follows from is read anew.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use kernel::jiff::Timestamp;
use kernel::{Actor, Clock, Decision, IdSource, Refusal};
use parking_lot::Mutex;
use store::{CommitError, Market, Stamp};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinError, JoinHandle};

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
        (book.drain(now, false).and(self.told_of(chains.iter().zip(&told))), told)
    }

    fn told_of<'a>(
        &self,
        told: impl Iterator<Item = (&'a Chain, &'a Vec<Result<Done, Denied>>)>,
    ) -> Decision {
        let mut applied: Vec<PostingId> = Vec::new();
        let mut ends = Decision::nothing();
        for (chain, results) in told {
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

/// Being written, as a task of its own: it goes on while another batch is settled.
type Underway = JoinHandle<Written>;

struct Teller {
    tellers: Arc<Tellers>,
    market: Market,
    book: Book,
}

/// Decided, and what became of it when it was to be written.
struct Written {
    batch: Vec<Waiting>,
    told: Vec<Told>,
    outcome: Result<(), CommitError>,
}

impl Teller {
    /// While one batch is on its way to the disk, the next is decided: it counts on the one before, and if
    /// that comes to nothing, its own additions say so.
    async fn work(mut self, mut queue: mpsc::Receiver<Waiting>) {
        let mut underway: FuturesUnordered<Underway> = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                Some(written) = underway.next() => {
                    // What is decided again is decided alone.
                    let is_well = written.as_ref().is_ok_and(|written| written.outcome.is_ok());
                    let others = if is_well { Vec::new() } else { underway.by_ref().collect().await };
                    for written in std::iter::once(written).chain(others) {
                        self.answer(written).await;
                    }
                }
                first = next(&mut queue), if underway.len() < limits::UNDERWAY_MAX => match first {
                    Some(first) => {
                        let batch = gathered(first, &mut queue);
                        if let Some(written) = self.begin(batch).await {
                            underway.push(written);
                        }
                    }
                    None => {
                        while let Some(written) = underway.next().await {
                            self.answer(written).await;
                        }
                        return;
                    }
                },
            }
        }
    }

    /// Nothing if it had to be seen to at once.
    async fn begin(&mut self, batch: Vec<Waiting>) -> Option<Underway> {
        let now = self.tellers.clock.now();
        if let Err(refusal) = self.read(&batch, false).await {
            self.refuse(batch, &refusal);
            return None;
        }
        let told = self.told(&batch, now);
        if told.iter().flatten().flatten().any(Result::is_err) {
            // Nobody is denied for what may have changed since.
            self.book.forget();
            self.again(batch).await;
            return None;
        }
        let (stamp, decision) = self.decision(&batch, &told, now);
        self.book.keep_accounts_only();
        let market = self.market.clone();
        Some(tokio::spawn(async move {
            let outcome = market.commit(stamp, decision).await;
            Written { batch, told, outcome }
        }))
    }

    async fn answer(&mut self, written: Result<Written, JoinError>) {
        let Ok(Written { batch, told, outcome }) = written else {
            // Whoever waited hears that nobody knows.
            self.book.forget();
            return;
        };
        match outcome {
            Ok(()) => reply(batch, told),
            Err(CommitError::Conflict) => {
                self.book.forget();
                self.again(batch).await;
            }
            Err(error) => self.refuse(batch, &error.into()),
        }
    }

    async fn again(&mut self, batch: Vec<Waiting>) {
        match self.settled(&batch).await {
            Ok(told) => reply(batch, told),
            Err(refusal) => self.refuse(batch, &refusal),
        }
    }

    fn refuse(&mut self, batch: Vec<Waiting>, refusal: &Refusal) {
        self.book.forget();
        for waiting in batch {
            let _ = waiting.reply.send(Err(refusal.clone()));
        }
    }

    /// From what is read now, with care for what was there before.
    async fn settled(&mut self, batch: &[Waiting]) -> Result<Vec<Told>, Refusal> {
        for _ in 0..limits::TELLER_TRIES_MAX {
            let now = self.tellers.clock.now();
            self.read(batch, true).await?;
            let told = self.told(batch, now);
            let (stamp, decision) = self.decision(batch, &told, now);
            match self.market.commit(stamp, decision).await {
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

    fn told(&mut self, batch: &[Waiting], now: Timestamp) -> Vec<Told> {
        batch.iter().map(|waiting| decided(&mut self.book, &waiting.chains, now)).collect()
    }

    fn decision(&mut self, batch: &[Waiting], told: &[Told], now: Timestamp) -> (Stamp, Decision) {
        let all = batch.iter().zip(told).flat_map(|(its, told)| its.chains.iter().zip(told));
        let mut decision = self.book.drain(now, false).and(self.tellers.told_of(all));
        if !decision.is_nothing() {
            decision = decision.job(decide::filed_later(now));
        }
        // In the name of one of those who share it: what matters says itself for whom it is.
        let actor = batch.first().map_or(Actor::System, |waiting| waiting.actor);
        (Stamp { at: now, actor }, decision)
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

/// The next that waits. Nothing when nobody came for a while: whoever comes then finds the door closed and
/// sends for another teller.
async fn next(queue: &mut mpsc::Receiver<Waiting>) -> Option<Waiting> {
    if let Ok(first) = tokio::time::timeout(limits::TELLER_LINGER, queue.recv()).await {
        return first;
    }
    queue.close();
    queue.recv().await
}

fn gathered(first: Waiting, queue: &mut mpsc::Receiver<Waiting>) -> Vec<Waiting> {
    let mut postings = size(&first);
    let mut batch = vec![first];
    while postings < limits::TELLER_BATCH_MAX
        && let Ok(more) = queue.try_recv()
    {
        postings += size(&more);
        batch.push(more);
    }
    batch
}

fn reply(batch: Vec<Waiting>, told: Vec<Told>) {
    for (waiting, told) in batch.into_iter().zip(told) {
        let _ = waiting.reply.send(Ok(told));
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
