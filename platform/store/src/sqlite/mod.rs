//! Embedded storage: one file per market.
//!
//! ```text
//! files.rs    the folder: its lock, the slots of all markets, how many are open at once
//! slot.rs     one market's place in memory, open or closed
//! file.rs     an open file: idle read connections, the queue of its writer
//! writer.rs   takes all waiting decisions, commits once, answers all
//! threads.rs  the fixed reader threads
//! connect.rs  opening, settings, missing steps of the schema
//! engine.rs   rusqlite's values and errors in our words
//! ```

mod connect;
mod engine;
mod file;
mod files;
mod slot;
mod threads;
mod writer;

pub(crate) use engine::value;
pub(crate) use files::Files;
pub(crate) use slot::Slot;
