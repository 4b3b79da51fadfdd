//! People over a real store, on both engines.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod chores;
mod codes;
mod keys;
mod passwords;
mod refresh;
mod repeats;
mod roles;
mod tokens;
mod world;
