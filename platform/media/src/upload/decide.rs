//! The rules of uploads.

use std::collections::BTreeMap;

use kernel::jiff::Timestamp;
use kernel::{Decision, NewEvent, NewJob, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};

use super::jobs::DROP;
use super::model::{Chunk, MediaId, State, Upload};
use super::repo;
use super::ticket::Ticket;
use crate::image::Unfit;
use crate::limits;
use crate::picture::jobs::{Of, PROCESS, clean_at};
use crate::picture::{self, Address};

/// An upload has become a picture.
pub const READY: &str = "picture.ready";
/// An upload is none.
pub const REFUSED: &str = "picture.refused";

/// What followers of both learn. The event's own subject is the upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    pub purpose: String,
    /// What it belongs to, if that was known then.
    pub subject: Option<i64>,
    pub address: Option<Address>,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// What came of looking at an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Picture { address: Address, sides: (u32, u32) },
    Unfit(Unfit),
}

/// The first byte is about to come.
pub fn begin(ticket: &Ticket, now: Timestamp) -> Decision {
    Decision::nothing().change(repo::add(ticket.id, &ticket.purpose, None, ticket.total, now))
}

/// Whether bytes may be taken under this ticket now.
pub fn is_open(ticket: &Ticket, now: Timestamp) -> Result<(), Refusal> {
    if now < ticket.expires {
        return Ok(());
    }
    Err(Refusal::new(RefusalKind::Gone, "ticket_over", "This ticket is over. Ask for another one."))
}

/// Whether these bytes fit where the upload stands.
pub fn fits(upload: &Upload, start: i64, bytes: usize) -> Result<(), Refusal> {
    if matches!(upload.state, State::Removed) {
        return Err(gone());
    }
    if upload.state != State::Receiving || start != upload.received {
        return Err(elsewhere(upload.received));
    }
    let (bytes, rest) = (bytes as i64, upload.total - upload.received);
    if bytes > rest {
        let message = format!("The ticket is for {} bytes in all; {rest} are missing.", upload.total);
        return Err(Refusal::new(RefusalKind::TooLarge, "beyond_total", message));
    }
    if bytes > limits::CHUNK_BYTES_MAX as i64 || bytes < rest.min(limits::CHUNK_BYTES_MIN as i64) {
        let (min, max) = (limits::CHUNK_BYTES_MIN, limits::CHUNK_BYTES_MAX);
        let message = format!("A chunk has {min} to {max} bytes; only the last may have fewer.");
        return Err(Refusal::new(RefusalKind::Invalid, "chunk_size", message));
    }
    Ok(())
}

/// The sender is told where to go on.
pub fn elsewhere(received: i64) -> Refusal {
    Refusal::conflict("offset_elsewhere", format!("{received} bytes are here. Go on from there."))
}

pub(super) fn gone() -> Refusal {
    Refusal::new(RefusalKind::Gone, "upload_gone", "This upload is gone. Send the picture again.")
}

/// A chunk lies where its object says. With the last one, somebody is to look at the whole.
pub fn append(upload: &Upload, chunk: &Chunk, now: Timestamp) -> Decision {
    let received = chunk.start + chunk.bytes;
    let is_whole = received >= upload.total;
    let state = if is_whole { State::Waiting } else { State::Receiving };
    let decision = Decision::nothing()
        .change(repo::add_chunk(upload.id, chunk))
        .change(repo::advance(upload, received, state, now));
    if !is_whole {
        return decision;
    }
    let key = format!("{PROCESS}:{}", upload.id.raw());
    decision.job(NewJob::new(PROCESS, now, &Of { id: upload.id }).once(key))
}

/// Says what an upload belongs to: once, and before or after its bytes have come.
pub fn attach(
    ticket: &Ticket,
    upload: Option<&Upload>,
    subject: i64,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let Some(upload) = upload else {
        is_open(ticket, now).map_err(|_| gone())?;
        let change = repo::add(ticket.id, &ticket.purpose, Some(subject), ticket.total, now);
        return Ok(Decision::nothing().change(change));
    };
    match (upload.state, upload.subject) {
        (State::Removed, _) => Err(gone()),
        (State::Refused, _) => Err(upload.reason.unwrap_or(Unfit::Unprocessed).into()),
        (_, Some(its)) if its == subject => Ok(Decision::nothing()),
        (_, Some(_)) => {
            Err(Refusal::conflict("picture_taken", "This picture belongs to something else already."))
        }
        (_, None) => Ok(Decision::nothing().change(repo::attach(upload, subject, now))),
    }
}

/// Somebody is about to decode it.
pub fn begin_decoding(upload: &Upload) -> Decision {
    Decision::nothing().change(repo::begin_decoding(upload))
}

/// It was not the picture's fault that nothing came of it.
pub fn forgive_decoding(id: MediaId) -> Decision {
    Decision::nothing().change(repo::forgive_decoding(id))
}

/// What came of it, once. The bytes as they were sent are of no use any more.
pub fn settle(upload: &Upload, outcome: &Outcome, now: Timestamp) -> Decision {
    if upload.state != State::Waiting {
        return Decision::nothing();
    }
    let told = |address, reason: Option<Unfit>| Settled {
        purpose: upload.purpose.clone(),
        subject: upload.subject,
        address,
        reason: reason.map(|it| it.code().to_owned()),
    };
    let decision = match *outcome {
        Outcome::Picture { address, sides } => Decision::nothing()
            .change(repo::ready(upload, address, sides, now))
            .change(picture::repo::hold(address, sides, now))
            .event(NewEvent::new(READY, upload.id, &told(Some(address), None))),
        Outcome::Unfit(unfit) => Decision::nothing()
            .change(repo::refuse(upload, unfit, now))
            .event(NewEvent::new(REFUSED, upload.id, &told(None, Some(unfit)))),
    };
    decision.job(drop_at(upload.id, now))
}

/// Nobody is shown these from now on; their bytes go a little later. No row is touched twice, because
/// several may be the same picture.
pub fn remove(uploads: &[Upload], now: Timestamp) -> Decision {
    let mut decision = Decision::nothing();
    let mut held: BTreeMap<Address, i64> = BTreeMap::new();
    for upload in uploads.iter().filter(|it| it.state != State::Removed) {
        decision = decision.change(repo::remove(upload, now)).job(drop_at(upload.id, now));
        if let Some((address, _, _)) = upload.picture.filter(|_| upload.state == State::Ready) {
            *held.entry(address).or_default() += 1;
        }
    }
    for (address, refs) in held {
        decision = decision
            .change(picture::repo::release(address, refs))
            .job(clean_at(address, now + limits::PICTURE_KEPT));
    }
    decision
}

fn drop_at(id: MediaId, now: Timestamp) -> NewJob {
    NewJob::new(DROP, now + limits::SOURCE_KEPT, &Of { id })
}

#[cfg(test)]
mod tests;
