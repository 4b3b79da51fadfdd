//! All that a handler may know, and the one way in which it may change something.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use kernel::jiff::Timestamp;
use kernel::{Clock, Ctx, Decision, Fault, IdSource, Refusal};
use store::{CommitError, Market, Stamp};

use crate::answer::{Answer, Reply};
use crate::caller::Caller;
use crate::limits;
use crate::once::{self, Key};
use crate::site::Site;

/// One request, past the edge: the site is known, the caller is verified and may do this.
pub struct Call {
    pub site: Arc<Site>,
    pub caller: Caller,
    pub now: Timestamp,
    /// The caller's address, for limits and for the record.
    pub address: std::net::IpAddr,
    /// The site's own prefix, for links in answers: `/cityhelper/boston`, or empty on its own host.
    pub base: Arc<str>,
    pub world: Arc<World>,
    pub(crate) key: Option<Key>,
    /// The name and the path of the endpoint, and whether it answers with a secret.
    pub(crate) at: (&'static str, &'static str, bool),
}

/// What comes from outside the program.
pub struct World {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn kernel::Random>,
    pub ids: Arc<dyn IdSource>,
}

impl Call {
    pub fn new(
        site: Arc<Site>,
        caller: Caller,
        address: std::net::IpAddr,
        base: Arc<str>,
        world: Arc<World>,
    ) -> Self {
        Self { site, caller, now: world.clock.now(), address, base, world, key: None, at: ("", "", false) }
    }

    /// With the `Idempotency-Key` that came with the request.
    pub fn with_key(mut self, key: Option<Key>) -> Self {
        self.key = key;
        self
    }

    /// A key for a request that brings none in its head, because no program made it: the hidden
    /// field of a form, or a hash of what was sent. `parts` are what makes two requests the same.
    /// A key in the head comes first.
    pub fn form_key(&mut self, text: &str, parts: &[&[u8]]) -> Result<(), Refusal> {
        if self.key.is_none() {
            let (name, path, secret) = self.at;
            let request = [name.as_bytes(), path.as_bytes()].into_iter().chain(parts.iter().copied());
            let key = Key::of(text, self.caller.actor, self.site.market_id, request, secret);
            self.key = Some(key.map_err(|_| {
                let message = "The form is not one of ours, or was damaged on its way. Open it again.";
                Refusal::invalid(vec![Fault::new("", "bad_form_key", message)])
            })?);
        }
        Ok(())
    }

    /// Whether the answer is to be kept for the same request sent again.
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    pub fn ctx(&self) -> Ctx<'_> {
        Ctx { now: self.now, zone: &self.site.zone, actor: self.caller.actor, ids: &*self.world.ids }
    }

    pub fn market(&self) -> &Market {
        &self.site.market
    }

    pub fn home(&self) -> &Market {
        &self.site.home
    }

    /// Load, decide, commit, answer, in this market; a repeated key gets the stored answer.
    pub async fn change<T, F, Fut>(&self, attempt: F) -> Result<Answer<T>, Refusal>
    where
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<(Decision, Answer<T>), Refusal>> + Send,
    {
        self.change_in(&self.site.market, attempt).await
    }

    /// The same, where the tenant's people are kept.
    pub async fn change_home<T, F, Fut>(&self, attempt: F) -> Result<Answer<T>, Refusal>
    where
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<(Decision, Answer<T>), Refusal>> + Send,
    {
        self.change_in(&self.site.home, attempt).await
    }

    async fn change_in<T, F, Fut>(&self, market: &Market, mut attempt: F) -> Result<Answer<T>, Refusal>
    where
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<(Decision, Answer<T>), Refusal>> + Send,
    {
        for _ in 0..limits::RETRIES_MAX {
            if let Some(stored) = self.stored(market).await? {
                return Ok(stored.into());
            }
            let (decision, answer) = match attempt().await {
                Ok(decided) => decided,
                Err(refusal) => return self.stored_or(market, refusal).await.map(Answer::from),
            };
            // Nothing comes back if somebody was faster; perhaps this very request, sent twice: then its
            // answer is found above.
            if let Some(reply) = self.commit(market, decision, Reply::from(answer)).await? {
                return Ok(reply.into());
            }
        }
        self.stored_or(market, CommitError::Conflict.into()).await.map(Answer::from)
    }

    // What follows is boxed, so that it is compiled here once and not again in each endpoint's crate.

    fn commit<'a>(
        &'a self,
        market: &'a Market,
        decision: Decision,
        reply: Reply,
    ) -> BoxFuture<'a, Result<Option<Reply>, Refusal>> {
        Box::pin(async move {
            let decision = self.keep(decision, &reply)?;
            let stamp = Stamp { at: self.now, actor: self.caller.actor };
            match market.commit(stamp, decision).await {
                Ok(()) => Ok(Some(reply)),
                Err(CommitError::Conflict) => Ok(None),
                Err(error) => self.stored_or(market, error.into()).await.map(Some),
            }
        })
    }

    /// The answer is stored with what it answers, if the request has a key.
    fn keep(&self, decision: Decision, reply: &Reply) -> Result<Decision, Refusal> {
        let Some(key) = &self.key else { return Ok(decision) };
        if reply.stream.is_some() {
            // Before anything is done: a second request could not be given what the first was.
            let message = "The answer to this cannot be kept for a second request.";
            return Err(Refusal::unavailable("answer_broken", message, 60));
        }
        Ok(decision.change(once::keep(self.world.ids.next(), key, reply, self.now)))
    }

    fn stored<'a>(&'a self, market: &'a Market) -> BoxFuture<'a, Result<Option<Reply>, Refusal>> {
        match &self.key {
            Some(key) => Box::pin(once::find(market, key)),
            None => Box::pin(std::future::ready(Ok(None))),
        }
    }

    /// What was refused may be refused because this very request, sent twice, was done a moment ago:
    /// then that answer is the one to give.
    async fn stored_or(&self, market: &Market, refusal: Refusal) -> Result<Reply, Refusal> {
        self.stored(market).await?.ok_or(refusal)
    }
}
