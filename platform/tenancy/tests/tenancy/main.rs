//! Tenants and markets over a real store.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod commands;
mod lookup;
mod over_http;
mod world;
