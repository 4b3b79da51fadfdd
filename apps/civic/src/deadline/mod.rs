//! Who is told before a deadline and after it.
//!
//! A chore looks every few minutes through the index of deadlines, in pages, from the oldest that still
//! matters to the farthest that any rule speaks of. A job for each request and rule would be rows that
//! must be found and moved whenever a deadline is paused, moved or lifted, and five million requests
//! would have ten million of them; the index is kept anyway, and what it says is always so.

pub mod decide;
pub mod follow;
pub mod http;
pub mod jobs;
pub mod model;
pub mod repo;
