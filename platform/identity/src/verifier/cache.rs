//! Tokens that were verified a moment ago, in bounded memory, in parts that are locked apart.
//!
//! A part is found by a fast keyed hash, but it is the whole token that must be equal: a collision,
//! found by luck or by labour, is only a miss.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::quality::RandomState;
use parking_lot::RwLock;
use web::Caller;

use crate::limits;

/// Whose entry it is; zero is nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    pub person: i64,
    pub key: i64,
}

pub struct Entry {
    tenant: i64,
    token: Box<str>,
    subject: Subject,
    until_us: i64,
    caller: Caller,
}

impl Entry {
    pub fn new(tenant: i64, token: &str, subject: Subject, until_us: i64, caller: Caller) -> Self {
        Self { tenant, token: token.into(), subject, until_us, caller }
    }
}

/// The key is a hash already.
type Entries = HashMap<u64, Entry, foldhash::fast::FixedState>;

/// When the younger generation is full the older is dropped: bounded, and at no cost.
#[derive(Default)]
struct Shard {
    young: Entries,
    old: Entries,
}

pub struct Cache {
    hasher: RandomState,
    shards: Vec<RwLock<Shard>>,
    revocations: AtomicU64,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            hasher: RandomState::default(),
            shards: (0..limits::CACHE_SHARDS).map(|_| RwLock::default()).collect(),
            revocations: AtomicU64::new(0),
        }
    }
}

impl Cache {
    pub fn get(&self, tenant: i64, token: &str, now_us: i64) -> Option<Caller> {
        let hash = self.hasher.hash_one(token);
        let shard = self.shard(hash).read();
        let entry = shard.young.get(&hash).or_else(|| shard.old.get(&hash))?;
        let good = entry.tenant == tenant && now_us < entry.until_us && *entry.token == *token;
        good.then(|| entry.caller.clone())
    }

    /// Taken before the database is asked, and given to [`Cache::put`] with what it said.
    pub fn revocations(&self) -> u64 {
        self.revocations.load(Ordering::SeqCst)
    }

    /// What was read before a revocation must not come in after it: then it is not kept.
    pub fn put(&self, entry: Entry, revocations_seen: u64) {
        let hash = self.hasher.hash_one(&*entry.token);
        let mut shard = self.shard(hash).write();
        if self.revocations() != revocations_seen {
            return;
        }
        if shard.young.len() >= limits::CACHE_ENTRIES_MAX / limits::CACHE_SHARDS / 2 {
            shard.old = std::mem::take(&mut shard.young);
        }
        shard.young.insert(hash, entry);
    }

    /// Drops every entry of a person or of a key.
    pub fn forget(&self, tenant: i64, subject: Subject) {
        self.revocations.fetch_add(1, Ordering::SeqCst);
        let its = |entry: &Entry| {
            entry.tenant == tenant
                && (subject.person != 0 && entry.subject.person == subject.person
                    || subject.key != 0 && entry.subject.key == subject.key)
        };
        for shard in &self.shards {
            let mut shard = shard.write();
            shard.young.retain(|_, entry| !its(entry));
            shard.old.retain(|_, entry| !its(entry));
        }
    }

    fn shard(&self, hash: u64) -> &RwLock<Shard> {
        &self.shards[(hash >> 32) as usize % self.shards.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(token: &str, person: i64) -> Entry {
        Entry::new(1, token, Subject { person, key: 0 }, 100, Caller::anonymous())
    }

    #[test]
    fn only_the_same_token_of_the_same_tenant_in_time() {
        let cache = Cache::default();
        cache.put(entry("abc", 7), 0);
        for (tenant, token, now, expect) in
            [(1, "abc", 99, true), (1, "abc", 100, false), (2, "abc", 99, false), (1, "abd", 99, false)]
        {
            assert_eq!(cache.get(tenant, token, now).is_some(), expect);
        }
        cache.forget(2, Subject { person: 7, key: 0 });
        cache.forget(1, Subject { person: 0, key: 7 });
        assert!(cache.get(1, "abc", 0).is_some());
        cache.forget(1, Subject { person: 7, key: 0 });
        assert!(cache.get(1, "abc", 0).is_none());
        cache.put(entry("late", 7), 2);
        assert!(cache.get(1, "late", 0).is_none(), "read before a revocation, put after it");
    }

    #[test]
    fn memory_is_bounded() {
        let cache = Cache::default();
        for number in 0..limits::CACHE_ENTRIES_MAX * 2 {
            cache.put(entry(&number.to_string(), 1), 0);
        }
        let kept: usize = cache.shards.iter().map(|it| it.read().young.len() + it.read().old.len()).sum();
        assert!(kept <= limits::CACHE_ENTRIES_MAX, "{kept}");
    }
}
