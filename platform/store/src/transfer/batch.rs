//! Rows on their way from one engine to the other: a bounded queue of bounded batches.

use kernel::Value;
use tokio::sync::mpsc;

use super::tally::{Tally, size};
use crate::limits;

pub(super) struct Batch {
    /// Which table of the list.
    pub(super) table: usize,
    pub(super) rows: Vec<Vec<Value>>,
}

pub(super) type Sender = mpsc::Sender<Batch>;
pub(super) type Receiver = mpsc::Receiver<Batch>;

pub(super) fn queue() -> (Sender, Receiver) {
    mpsc::channel(limits::BATCHES_UNDERWAY_MAX)
}

/// Collects rows of one table and counts them.
pub(super) struct Collector {
    table: usize,
    rows: Vec<Vec<Value>>,
    bytes: u64,
    scratch: Vec<u8>,
    pub(super) tally: Tally,
}

impl Collector {
    pub(super) fn new(table: usize) -> Self {
        Self { table, rows: Vec::new(), bytes: 0, scratch: Vec::new(), tally: Tally::default() }
    }

    /// A batch when there is enough for one.
    pub(super) fn add(&mut self, row: Vec<Value>) -> Option<Batch> {
        self.tally.add(&row, &mut self.scratch);
        self.bytes += row.iter().map(size).sum::<u64>();
        self.rows.push(row);
        let full = self.rows.len() >= limits::BATCH_ROWS_MAX || self.bytes >= limits::BATCH_BYTES_MAX;
        full.then(|| self.take())
    }

    pub(super) fn rest(&mut self) -> Option<Batch> {
        (!self.rows.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> Batch {
        self.bytes = 0;
        Batch { table: self.table, rows: std::mem::take(&mut self.rows) }
    }
}
