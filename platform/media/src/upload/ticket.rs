//! Leave to send one picture: signed, short-lived, and good for nothing else. Nothing is kept of a
//! ticket before its first byte comes, so that asking for tickets fills nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::jiff::Timestamp;
use kernel::{Id, Random, Refusal, RefusalKind};

use super::model::MediaId;
use crate::limits;
use crate::secret::Secret;

const PREFIX: &str = "imt_";
const VERSION: u8 = 1;
const SIGNATURE_BYTES: usize = 32;
const HEAD_BYTES: usize = 1 + 8 + 4 + 8 + 16;

/// What a ticket allows. Whoever holds its text may send these bytes, ask how far they are, and say
/// what the picture belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub id: MediaId,
    /// The bytes of the picture, exactly.
    pub total: u32,
    /// No byte is taken after this.
    pub expires: Timestamp,
    pub purpose: String,
    /// Nobody can make the ticket of another upload, even knowing all else.
    pub nonce: [u8; 16],
}

impl Ticket {
    pub fn new(id: MediaId, total: u32, purpose: &str, now: Timestamp, random: &dyn Random) -> Self {
        let mut nonce = [0; 16];
        random.fill(&mut nonce);
        Self { id, total, expires: now + limits::TICKET_LIFE, purpose: purpose.to_owned(), nonce }
    }

    /// The text that its holder shows. Good in this market only.
    pub fn text(&self, secret: &Secret, market: Id<kernel::Market>) -> String {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.purpose.len() + SIGNATURE_BYTES);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.id.raw().to_be_bytes());
        bytes.extend_from_slice(&self.total.to_be_bytes());
        bytes.extend_from_slice(&self.expires.as_second().to_be_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(self.purpose.as_bytes());
        let signature = secret.sign(market, &bytes);
        bytes.extend_from_slice(&signature);
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Whether it is over is asked by whoever takes bytes: to say what a picture belongs to, it is good
    /// as long as the picture is there.
    pub fn read(text: &str, secret: &Secret, market: Id<kernel::Market>) -> Result<Self, Refusal> {
        Self::read_signed(text, secret, market).ok_or_else(refused)
    }

    fn read_signed(text: &str, secret: &Secret, market: Id<kernel::Market>) -> Option<Self> {
        if text.len() > limits::TICKET_LETTERS_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
        let (payload, signature) = bytes.split_at_checked(bytes.len().checked_sub(SIGNATURE_BYTES)?)?;
        if !secret.is_signed(market, payload, signature) {
            return None;
        }
        let (version, rest) = payload.split_first()?;
        let (id, rest) = rest.split_first_chunk()?;
        let (total, rest) = rest.split_first_chunk()?;
        let (expires, rest) = rest.split_first_chunk()?;
        let (nonce, purpose) = rest.split_first_chunk()?;
        (*version == VERSION).then_some(())?;
        Some(Self {
            id: MediaId::from_raw(i64::from_be_bytes(*id)),
            total: u32::from_be_bytes(*total),
            expires: Timestamp::from_second(i64::from_be_bytes(*expires)).ok()?,
            nonce: *nonce,
            purpose: std::str::from_utf8(purpose).ok()?.to_owned(),
        })
    }
}

/// One that is wrong, of another market or cut off: they look alike.
fn refused() -> Refusal {
    let message = "This ticket is not good here. Ask for another one.";
    Refusal::new(RefusalKind::Forbidden, "bad_ticket", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SystemRandom;

    #[test]
    fn a_ticket_is_good_in_its_market_and_untouched() {
        let (secret, other) = (Secret::new(&[7; 32]).unwrap(), Secret::new(&[8; 32]).unwrap());
        let (here, there) = (Id::from_raw(1), Id::from_raw(2));
        let now = "2026-03-01T10:00:00Z".parse().unwrap();
        let ticket = Ticket::new(MediaId::from_raw(77), 1_234, "request", now, &SystemRandom);
        let text = ticket.text(&secret, here);
        assert!(text.len() <= limits::TICKET_LETTERS_MAX);
        assert_eq!(Ticket::read(&text, &secret, here), Ok(ticket));
        assert!(Ticket::read(&text, &secret, there).is_err());
        assert!(Ticket::read(&text, &other, here).is_err());
        for place in 0..text.len() {
            let mut bent = text.clone().into_bytes();
            bent[place] = if bent[place] == b'A' { b'B' } else { b'A' };
            let bent = String::from_utf8(bent).unwrap();
            assert!(Ticket::read(&bent, &secret, here).is_err(), "letter {place}");
            assert!(Ticket::read(&text[..place], &secret, here).is_err(), "cut at {place}");
        }
        assert!(Ticket::read(&"a".repeat(10_000), &secret, here).is_err());
    }

    #[test]
    fn tickets_do_not_repeat() {
        let now = "2026-03-01T10:00:00Z".parse().unwrap();
        let one = || Ticket::new(MediaId::from_raw(1), 1, "request", now, &SystemRandom);
        assert_ne!(one(), one());
    }
}
