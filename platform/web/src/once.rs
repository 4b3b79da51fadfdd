//! The same key again gives the stored answer. Key and effect are in one commit, so that neither
//! is ever there without the other.

use std::borrow::Cow;

use http::StatusCode;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Change, Decision, Fault, Id, Refusal, RefusalKind, values};
use store::schema::{Part, Step};
use store::{CommitError, FromRow, Market, Row, Stamp, StoreError};

use crate::answer::{JSON, Reply};
use crate::limits;

/// The stored answers.
pub fn part() -> Part {
    const STEPS: &[Step] = &[store::step!("0001"), store::step!("0002")];
    Part { name: "web", kind: None, steps: STEPS }
}

kernel::statements! {
    short FIND = "select fingerprint, status, location, body, media from answer where key = ?1";
    /// Without a media type it is JSON.
    short KEEP = "insert into answer (id, key, fingerprint, status, location, body, at, media) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    /// The youngest of those that one commit looks at.
    short LAST_OF_OLDEST = "select at from answer order by id limit 1 offset ?1";
    short FORGET = "delete from answer where at < ?1 and id in (select id from answer order by id limit ?2)";
}

/// An `Idempotency-Key`, bound to who sent it, to the market it was sent to, and to what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    hash: [u8; 16],
    fingerprint: [u8; 16],
    /// The answer holds a secret: that it was given is kept, the answer is not.
    secret: bool,
}

impl Key {
    /// `request` is what makes two requests the same: method, path within the market, and body. All
    /// markets of a tenant keep what concerns people in one place, so the market is part of the key.
    pub fn new(
        text: &str,
        actor: Actor,
        market: Id<kernel::Market>,
        request: [&[u8]; 3],
        secret: bool,
    ) -> Result<Self, Refusal> {
        Self::of(text, actor, market, request, secret)
    }

    /// The same for a request that is made of any number of parts.
    pub(crate) fn of<'a>(
        text: &'a str,
        actor: Actor,
        market: Id<kernel::Market>,
        request: impl IntoIterator<Item = &'a [u8]>,
        secret: bool,
    ) -> Result<Self, Refusal> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.is_empty() || text.len() > limits::KEY_LENGTH_MAX || !visible {
            return Err(Refusal::invalid(vec![Fault::new(
                "Idempotency-Key",
                "bad_key",
                format!("A key has 1 to {} visible ASCII characters.", limits::KEY_LENGTH_MAX),
            )]));
        }
        let mut owned = blake3::Hasher::new();
        owned
            .update(&actor.to_raw().to_le_bytes())
            .update(&market.raw().to_le_bytes())
            .update(text.as_bytes());
        // The key's own text goes in, which is kept nowhere: a body may hold a password, and what is
        // kept of it must not help to guess it.
        let mut asked = blake3::Hasher::new();
        for part in [text.as_bytes()].into_iter().chain(request) {
            asked.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        Ok(Self { hash: first_half(owned), fingerprint: first_half(asked), secret })
    }
}

fn first_half(hasher: blake3::Hasher) -> [u8; 16] {
    let mut half = [0; 16];
    hasher.finalize_xof().fill(&mut half);
    half
}

struct Stored {
    fingerprint: Vec<u8>,
    status: u16,
    location: Option<String>,
    body: Vec<u8>,
    media: Option<String>,
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            fingerprint: row.get(0)?,
            status: row.get(1)?,
            location: row.get(2)?,
            body: row.get(3)?,
            media: row.get(4)?,
        })
    }
}

pub(crate) async fn find(market: &Market, key: &Key) -> Result<Option<Reply>, Refusal> {
    let Some(stored) = market.one::<Stored>(FIND, values![key.hash]).await? else {
        return Ok(None);
    };
    if stored.fingerprint != key.fingerprint {
        return Err(Refusal::new(
            RefusalKind::Conflict,
            "key_used_otherwise",
            "This Idempotency-Key was used for another request. Take a new key for a new request.",
        ));
    }
    if key.secret {
        return Err(Refusal::conflict(
            "already_done",
            "This was done before, under the same Idempotency-Key. Its answer held a secret and was not kept.",
        ));
    }
    let status = StatusCode::from_u16(stored.status)
        .map_err(|_| StoreError::Bug(format!("a stored answer has status {}", stored.status)))?;
    let media = stored.media.map_or(Cow::Borrowed(JSON), Cow::Owned);
    Ok(Some(Reply { location: stored.location, ..Reply::bytes(status, media, stored.body) }))
}

/// The id puts the answer behind those before it: a place by its key, of all answers anywhere, would
/// cost a page of the disk for each of them.
pub(crate) fn keep(id: i64, key: &Key, reply: &Reply, now: Timestamp) -> Change {
    let (location, body) = if key.secret { (None, &[][..]) } else { (reply.location.clone(), &*reply.body) };
    let media = if key.secret || reply.media == JSON { None } else { Some(&*reply.media) };
    KEEP.with(values![id, key.hash, key.fingerprint, reply.status.as_u16(), location, body, now, media])
}

/// Forgets the oldest answers whose time is over, some in each commit; true when there are more of
/// them than were forgotten now.
pub async fn forget(market: &Market, now: Timestamp) -> Result<bool, CommitError> {
    let limit =
        now.checked_sub(SignedDuration::from_hours(limits::ANSWER_KEPT_HOURS)).unwrap_or(Timestamp::MIN);
    let stamp = Stamp { at: now, actor: Actor::System };
    let at_once = limits::ANSWERS_FORGOTTEN_AT_ONCE;
    for _ in 0..limits::FORGETTING_COMMITS_MAX {
        let last: Option<(Timestamp,)> = market.one(LAST_OF_OLDEST, values![at_once - 1]).await?;
        let change = FORGET.with(values![limit, at_once]).any_rows();
        market.commit(stamp, Decision::nothing().change(change)).await?;
        if last.is_none_or(|(at,)| at >= limit) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_bound_to_sender_and_request() {
        let (here, there) = (Id::from_raw(1), Id::from_raw(2));
        let request = |body: &'static str| [&b"POST"[..], b"/v1/things", body.as_bytes()];
        let key = |text: &str, actor, body| Key::new(text, actor, here, request(body), false).unwrap();
        let person = Actor::Person(kernel::Id::from_raw(5));
        let first = key("a", person, "{}");
        assert_eq!(first, key("a", person, "{}"));
        assert_ne!(first.hash, key("a", Actor::Anonymous, "{}").hash);
        assert_ne!(first.hash, Key::new("a", person, there, request("{}"), false).unwrap().hash);
        assert_ne!(first.fingerprint, key("a", person, "{ }").fingerprint);
        // What is kept of a body with a password does not help to guess it without the key's text.
        assert_ne!(first.fingerprint, key("b", person, "{}").fingerprint);
        let moved = |request| Key::new("a", person, here, request, false).unwrap().fingerprint;
        assert_ne!(moved([b"POST", b"/v1", b"/x"]), moved([b"POST", b"/v1/", b"x"]));
        for text in ["", &"k".repeat(256), "a b", "a\tb", "é"] {
            assert!(Key::new(text, person, here, [b"", b"", b""], false).is_err());
        }
    }

    #[test]
    fn a_secret_is_not_kept() {
        let key = Key::new("a", Actor::Anonymous, Id::from_raw(1), [b"", b"", b""], true).unwrap();
        let reply = Reply { location: Some("/s".into()), ..Reply::json(StatusCode::CREATED, "token".into()) };
        let change = keep(1, &key, &reply, Timestamp::UNIX_EPOCH);
        assert_eq!(change.params[4..6], values![None::<String>, Vec::<u8>::new()][..]);
    }

    #[test]
    fn the_kind_of_an_answer_is_kept_where_it_is_not_json() {
        let kept = |media: &'static str, secret| {
            let key = Key::new("a", Actor::Anonymous, Id::from_raw(1), [b"", b"", b""], secret).unwrap();
            let reply = Reply::bytes(StatusCode::OK, media, "x");
            keep(1, &key, &reply, Timestamp::UNIX_EPOCH).params[7].clone()
        };
        assert_eq!(kept("text/html", false), values![Some("text/html")][0]);
        assert_eq!(kept(JSON, false), values![None::<String>][0]);
        assert_eq!(kept("text/html", true), values![None::<String>][0]);
    }
}
