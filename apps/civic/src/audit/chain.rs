use kernel::jiff::Timestamp;
use store::{Event, FromRow, Row, StoreError};

pub type Hash = [u8; 32];

/// Before the first entry.
pub const NOTHING: Hash = [0; 32];

/// One staff action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From 1 on, without a gap.
    pub n: i64,
    /// The event's place among the market's.
    pub pos: i64,
    pub event: i64,
    pub name: String,
    pub subject: i64,
    pub at: Timestamp,
    /// As one number: see [`kernel::Actor`].
    pub actor: i64,
    pub body: String,
    pub hash: Hash,
}

/// The end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub entries: i64,
    /// The highest position that was taken in.
    pub pos: i64,
    pub hash: Hash,
}

impl Default for Head {
    fn default() -> Self {
        Self { entries: 0, pos: 0, hash: NOTHING }
    }
}

impl Entry {
    /// The hash that this entry must have after the one before it. Lengths stand before texts, so that
    /// no two entries are written alike.
    pub fn hash_after(&self, before: &Hash) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"iroko civic audit 1\0").update(before);
        for number in [self.n, self.pos, self.event, self.subject, self.at.as_microsecond(), self.actor] {
            hasher.update(&number.to_le_bytes());
        }
        for text in [&self.name, &self.body] {
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

/// The entry that follows the head, and the head after it.
pub fn append(head: &Head, event: &Event) -> (Entry, Head) {
    let mut entry = Entry {
        n: head.entries + 1,
        pos: event.pos,
        event: event.id,
        name: event.name.clone(),
        subject: event.subject,
        at: event.at,
        actor: event.actor.to_raw(),
        body: event.body.clone(),
        hash: NOTHING,
    };
    entry.hash = entry.hash_after(&head.hash);
    let after = Head { entries: entry.n, pos: head.pos.max(entry.pos), hash: entry.hash };
    (entry, after)
}

fn hash(bytes: Vec<u8>) -> Hash {
    // One of another length was tampered with: it equals no hash.
    bytes.try_into().unwrap_or([0xff; 32])
}

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            n: row.get(0)?,
            pos: row.get(1)?,
            event: row.get(2)?,
            name: row.get(3)?,
            subject: row.get(4)?,
            at: row.get(5)?,
            actor: row.get(6)?,
            body: row.get(7)?,
            hash: hash(row.get(8)?),
        })
    }
}

impl FromRow for Head {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { entries: row.get(0)?, pos: row.get(1)?, hash: hash(row.get(2)?) })
    }
}
