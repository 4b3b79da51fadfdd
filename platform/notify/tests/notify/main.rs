//! Messages over a real store, with providers that do as they are told, and a mail server that does not.

#![expect(clippy::unwrap_used, reason = "what fails in a test's world fails the test")]

mod aiosmtpd;
mod chaos;
mod codes;
mod crashes;
mod delivery;
mod endpoints;
mod following;
mod keeping;
mod mail;
mod mail_server;
mod programs;
mod world;
