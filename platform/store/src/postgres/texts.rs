//! Texts in PostgreSQL's words, made once per statement and kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kernel::{Change, Guard, Sql};
use parking_lot::RwLock;

use super::compose::{self, Composed};
use super::dialect::translate;
use crate::limits;

/// A text that connections prepare; the number is its name in their caches.
pub(super) struct Text {
    pub(super) number: u64,
    pub(super) sql: String,
}

/// Where a statement's text stands in memory: cheap to compare, and one text has few copies.
type Address = (usize, usize);

#[derive(PartialEq, Eq, Hash)]
enum Key {
    Plain(Address),
    Guarded(Address, u32),
}

/// The statements of a decision and how many rows each must touch.
type Pattern = Vec<(Address, Option<u32>)>;

#[derive(Default)]
pub(super) struct Texts {
    single: RwLock<HashMap<Key, Arc<Text>>>,
    composed: RwLock<HashMap<Pattern, Option<Arc<Composed>>>>,
    last: AtomicU64,
}

fn address(sql: &Sql) -> Address {
    (sql.text.as_ptr() as usize, sql.text.len())
}

impl Texts {
    /// The statement by itself.
    pub(super) fn plain(&self, sql: &Sql) -> Arc<Text> {
        self.kept(Key::Plain(address(sql)), || super::dialect::translate(sql.text, 0))
    }

    /// One change that raises an error when its guard does not hold.
    pub(super) fn guarded(&self, change: &Change) -> Arc<Text> {
        match change.guard {
            Guard::Any => self.plain(&change.sql),
            Guard::Rows(rows) => self.kept(Key::Guarded(address(&change.sql), rows), || {
                compose::guarded(&translate(change.sql.text, 0), rows)
            }),
        }
    }

    /// All changes of a decision as one statement, if they can be.
    pub(super) fn composed(&self, changes: &[Change]) -> Option<Arc<Composed>> {
        let rows = |guard| match guard {
            Guard::Any => None,
            Guard::Rows(rows) => Some(rows),
        };
        let key: Vec<_> = changes.iter().map(|change| (address(&change.sql), rows(change.guard))).collect();
        if let Some(found) = self.composed.read().get(&key) {
            return found.clone();
        }
        let made = compose::compose(changes)
            .map(|(sql, certain)| Arc::new(Composed { text: self.text(sql), certain }));
        let mut composed = self.composed.write();
        if composed.len() >= limits::TEXTS_MAX {
            composed.clear();
        }
        composed.entry(key).or_insert(made).clone()
    }

    fn kept(&self, key: Key, make: impl FnOnce() -> String) -> Arc<Text> {
        if let Some(found) = self.single.read().get(&key) {
            return found.clone();
        }
        let made = Arc::new(self.text(make()));
        let mut single = self.single.write();
        if single.len() >= limits::TEXTS_MAX {
            single.clear();
        }
        single.entry(key).or_insert(made).clone()
    }

    pub(super) fn text(&self, sql: String) -> Text {
        Text { number: self.last.fetch_add(1, Ordering::Relaxed), sql }
    }
}
