//! The real binary from outside: over HTTP, by commands and by signals, on both storage engines.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::too_many_lines, reason = "a journey is told in one piece")]

mod addresses;
mod bad_input;
mod cities;
mod client;
mod commands;
mod commands_refused;
mod escalating;
mod faults;
mod fixmystreet;
mod georeport;
mod invited;
mod journey;
mod keeping;
mod mail;
mod moving;
mod open311;
mod pages;
mod people;
mod restoring;
mod shop;
mod strangers;
mod told;
mod world;
