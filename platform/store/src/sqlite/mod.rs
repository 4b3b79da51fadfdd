//! Embedded storage: one file per market.
//!
//! ```text
//! files.rs       the folder: its lock, the slots of all markets, how many are open at once
//! slot.rs        one market's place in memory, open or closed
//! opening.rs     how a file is opened once, closed while others work on it, and removed
//! file.rs        an open file: idle read connections, the queue of its writer
//! writer.rs      takes all waiting decisions, commits once, answers all
//! checkpoint.rs  the log of a file goes back into it, beside its writer
//! threads.rs     the fixed reader threads
//! connect.rs     opening, settings, missing steps of the schema
//! engine.rs      rusqlite's values and errors in our words
//! mark.rs        what a file is for: serving, frozen, arrived
//! leaving.rs     how a file stops taking commits, and goes away for good
//! ```

mod checkpoint;
mod connect;
mod engine;
mod file;
mod files;
mod leaving;
mod mark;
mod opening;
mod slot;
mod threads;
mod writer;

pub(crate) use connect::STEP_TABLE;
pub(crate) use engine::value;
pub(crate) use files::Files;
pub(crate) use mark::Mark;
pub(crate) use slot::Slot;
