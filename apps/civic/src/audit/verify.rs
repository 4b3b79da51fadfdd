use std::fmt;
use std::str::FromStr;

use store::{Market, StoreError};

use super::chain::{Hash, Head, NOTHING};
use super::repo;

/// Every entry is as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sound {
    pub head: Head,
}

#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("entry {0} is not as it was written")]
    Changed(i64),
    #[error("entry {0} is missing")]
    Missing(i64),
    #[error("the log ends after {found} entries, its head says {expected}")]
    Cut { found: i64, expected: i64 },
    #[error("the last entry, {0}, is not the one that the head knows")]
    Head(i64),
    #[error("entry {0} is not the one that was noted elsewhere")]
    Anchor(i64),
    #[error("an anchor is the number of an entry, a colon and 64 hexadecimal digits")]
    NoAnchor,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Broken {
    /// The first entry that is not sound; 0 where none can be named.
    pub fn entry(&self) -> i64 {
        match self {
            Broken::Changed(n) | Broken::Missing(n) | Broken::Head(n) | Broken::Anchor(n) => *n,
            Broken::Cut { found, .. } => found + 1,
            Broken::NoAnchor | Broken::Store(_) => 0,
        }
    }
}

/// An entry as it is noted elsewhere: its number, a colon and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    pub number: i64,
    pub hash: Hash,
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, blake3::Hash::from_bytes(self.hash).to_hex())
    }
}

impl FromStr for Anchor {
    type Err = Broken;

    fn from_str(text: &str) -> Result<Self, Broken> {
        let (number, hash) = text.trim().split_once(':').ok_or(Broken::NoAnchor)?;
        let number = number.parse().ok().filter(|it| *it >= 0).ok_or(Broken::NoAnchor)?;
        let hash = blake3::Hash::from_hex(hash).map_err(|_| Broken::NoAnchor)?;
        Ok(Self { number, hash: *hash.as_bytes() })
    }
}

/// What a command does: verifies the whole log, against what was noted the last time if that is given,
/// and says what to note this time.
pub async fn check(market: &Market, noted: Option<&str>) -> Result<Anchor, Broken> {
    let noted: Option<Anchor> = noted.map(str::parse).transpose()?;
    let Sound { head } = verify(market, noted.map(|it| (it.number, it.hash))).await?;
    Ok(Anchor { number: head.entries, hash: head.hash })
}

/// Reads the whole log in pages and names the first entry that is not sound. `anchor` is what was noted
/// elsewhere: the number of an entry and its hash. The head is read first: what is added meanwhile is
/// left to the next time.
pub async fn verify(market: &Market, anchor: Option<(i64, [u8; 32])>) -> Result<Sound, Broken> {
    let head = repo::head(market).await?;
    let (mut n, mut hash) = (0, NOTHING);
    let mut is_anchored = anchor.is_none_or(|(n, noted)| n == 0 && noted == NOTHING);
    while n < head.entries {
        let page = repo::after(market, n).await?;
        if page.is_empty() {
            return Err(Broken::Cut { found: n, expected: head.entries });
        }
        for entry in page.iter().take_while(|entry| entry.n <= head.entries) {
            if entry.n != n + 1 {
                return Err(Broken::Missing(n + 1));
            }
            if entry.hash != entry.hash_after(&hash) {
                return Err(Broken::Changed(entry.n));
            }
            (n, hash) = (entry.n, entry.hash);
            if let Some((noted, _)) = anchor.filter(|(noted, _)| *noted == n) {
                if anchor != Some((noted, hash)) {
                    return Err(Broken::Anchor(noted));
                }
                is_anchored = true;
            }
        }
        if page.last().is_some_and(|last| last.n > head.entries) && n < head.entries {
            return Err(Broken::Missing(n + 1));
        }
    }
    if hash != head.hash {
        return Err(Broken::Head(head.entries));
    }
    match anchor {
        Some((noted, _)) if !is_anchored => Err(Broken::Anchor(noted)),
        _ => Ok(Sound { head }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_written_and_read() {
        for anchor in [Anchor { number: 0, hash: NOTHING }, Anchor { number: 41, hash: [0xa7; 32] }] {
            assert_eq!(anchor.to_string().parse::<Anchor>().unwrap(), anchor);
        }
        for text in ["", "4", "4:", ":00", "-1:00", "4:zz"] {
            assert!(matches!(text.parse::<Anchor>(), Err(Broken::NoAnchor)), "{text}");
        }
    }
}
