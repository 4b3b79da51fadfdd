//! Taking bytes in: the row first, then the object, then the row that says so. A row is there before
//! each object, so that none is ever forgotten; an object whose row does not say so is no part of the
//! picture.

use bytes::Bytes;
use kernel::jiff::Timestamp;
use kernel::{Actor, Ctx, Decision, Fault, Refusal, RefusalKind};
use store::{CommitError, Market, Stamp};
use web::Call;

use super::model::{Chunk, Upload, folder};
use super::{Ticket, decide, repo};
use crate::image::Unfit;
use crate::limits;
use crate::media::{Media, Purpose};

impl Media {
    /// Leave to send one picture of so many bytes.
    pub fn ticket(&self, ctx: &Ctx<'_>, purpose: Purpose, total: usize) -> Result<Ticket, Refusal> {
        if total == 0 {
            return Err(Unfit::Empty.into());
        }
        let total = u32::try_from(total).ok().filter(|it| *it as usize <= self.pool.bounds().bytes_max);
        let total = total.ok_or(Unfit::TooManyBytes)?;
        Ok(Ticket::new(ctx.fresh(), total, purpose.name, ctx.now, &*self.random))
    }

    pub fn ticket_text(&self, market: &Market, ticket: &Ticket) -> String {
        ticket.text(&self.secret, market.place().id)
    }

    pub fn read_ticket(&self, market: &Market, text: &str) -> Result<Ticket, Refusal> {
        Ticket::read(text, &self.secret, market.place().id)
    }

    /// The next chunk of an upload; says how many bytes are here now.
    pub async fn append(
        &self,
        market: &Market,
        stamp: Stamp,
        ticket: &Ticket,
        start: i64,
        bytes: Bytes,
    ) -> Result<i64, Refusal> {
        decide::is_open(ticket, stamp.at)?;
        let upload = self.begun(market, stamp, ticket).await?;
        decide::fits(&upload, start, bytes.len())?;
        let mut nonce = [0; 8];
        self.random.fill(&mut nonce);
        // A name of its own: of two who send the same chunk at once, one is refused and takes its away.
        let object = format!("{}/{start}-{:016x}", folder(upload.id), u64::from_be_bytes(nonce));
        let chunk = Chunk { start, bytes: bytes.len() as i64, object };
        let shelf = self.shelf(market);
        shelf.put(&chunk.object, bytes).await?;
        let error = match market.commit(stamp, decide::append(&upload, &chunk, stamp.at)).await {
            Ok(()) => return Ok(chunk.start + chunk.bytes),
            Err(error) => error,
        };
        // Where nobody knows whether it was committed, the object may be the one that counts.
        if !matches!(error, CommitError::Unknown(_))
            && let Err(trouble) = shelf.delete(&chunk.object).await
        {
            tracing::warn!(%trouble, "a chunk stays until its upload goes");
        }
        if matches!(error, CommitError::Conflict) {
            let received = repo::one(market, ticket.id).await?.map_or(0, |upload| upload.received);
            return Err(decide::elsewhere(received));
        }
        Err(error.into())
    }

    /// The row of the upload, made with its first byte.
    async fn begun(&self, market: &Market, stamp: Stamp, ticket: &Ticket) -> Result<Upload, Refusal> {
        if let Some(upload) = repo::one(market, ticket.id).await? {
            return Ok(upload);
        }
        if repo::is_full(market).await? {
            let message = "Too many pictures wait here for what they belong to. Try again later.";
            return Err(Refusal::unavailable("uploads_full", message, limits::FULL_RETRY_AFTER_S));
        }
        match market.commit(stamp, decide::begin(ticket, stamp.at)).await {
            // Or somebody with the same ticket was faster.
            Ok(()) | Err(CommitError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        repo::one(market, ticket.id).await?.ok_or_else(Refusal::not_found)
    }

    /// A picture that came whole, with a form: the ticket says what it is from now on.
    pub async fn receive(&self, call: &Call, purpose: Purpose, bytes: Bytes) -> Result<Ticket, Refusal> {
        self.take_ticket(call)?;
        // What is no picture by its first bytes is told at once.
        crate::image::Kind::of(&bytes)?;
        let ticket = self.ticket(&call.ctx(), purpose, bytes.len())?;
        let stamp = Stamp { at: call.now, actor: call.caller.actor };
        self.receive_under(call.market(), stamp, &ticket, bytes).await?;
        Ok(ticket)
    }

    async fn receive_under(
        &self,
        market: &Market,
        stamp: Stamp,
        ticket: &Ticket,
        mut bytes: Bytes,
    ) -> Result<(), Refusal> {
        let mut start = 0;
        while !bytes.is_empty() {
            let size = bytes.len().min(limits::CHUNK_BYTES_MAX);
            start = self.append(market, stamp, ticket, start, bytes.split_to(size)).await?;
        }
        Ok(())
    }

    /// All of these belong to something that is decided on now: part of the same decision. Faults are
    /// named under `field`, such as `/photos`.
    pub async fn attach(
        &self,
        market: &Market,
        now: Timestamp,
        (purpose, subject): (Purpose, i64),
        tickets: &[String],
        field: &str,
    ) -> Result<Decision, Refusal> {
        let mut decision = Decision::nothing();
        let (mut faults, mut seen) = (Vec::new(), Vec::new());
        if tickets.len() > limits::PER_SUBJECT_MAX {
            let message = format!("There may be {} at most.", limits::PER_SUBJECT_MAX);
            return Err(Refusal::invalid(vec![Fault::new(field, "too_many", message)]));
        }
        for (place, text) in tickets.iter().enumerate() {
            let fault = |refusal: Refusal| {
                Fault::new(format!("{field}/{place}"), refusal.code(), refusal.message().to_owned())
            };
            let ticket = match self.read_ticket(market, text) {
                Ok(ticket) if ticket.purpose == purpose.name => ticket,
                Ok(_) => {
                    faults.push(fault(wrong_purpose()));
                    continue;
                }
                Err(refusal) => {
                    faults.push(fault(refusal));
                    continue;
                }
            };
            if seen.contains(&ticket.id) {
                continue;
            }
            seen.push(ticket.id);
            let upload = repo::one(market, ticket.id).await?;
            match decide::attach(&ticket, upload.as_ref(), subject, now) {
                Ok(more) => decision = decision.and(more),
                Err(refusal) => faults.push(fault(refusal)),
            }
        }
        if faults.is_empty() { Ok(decision) } else { Err(Refusal::invalid(faults)) }
    }

    /// Removes all pictures of something, at once for everyone, as part of a decision on it.
    pub async fn remove(
        &self,
        market: &Market,
        now: Timestamp,
        (purpose, subject): (Purpose, i64),
    ) -> Result<Decision, Refusal> {
        Ok(decide::remove(&repo::of_subject(market, purpose.name, subject).await?, now))
    }

    /// Removes what its sender takes back before it belongs to anything.
    pub async fn take_back(&self, market: &Market, ticket: &Ticket) -> Result<(), Refusal> {
        let stamp = Stamp { at: self.clock.now(), actor: Actor::Anonymous };
        let Some(upload) = repo::one(market, ticket.id).await? else { return Ok(()) };
        if upload.subject.is_some() {
            let message = "This picture belongs to something already; it goes with that.";
            return Err(Refusal::conflict("picture_taken", message));
        }
        Ok(market.commit(stamp, decide::remove(&[upload], stamp.at)).await?)
    }
}

fn wrong_purpose() -> Refusal {
    Refusal::new(RefusalKind::Invalid, "wrong_purpose", "This picture was sent for something else.")
}
