//! The command line: what each command takes, does and says.
//!
//! ```text
//! operation.rs  commands on a platform: here, or in the server that runs on the same folder
//! tenant.rs market.rs import.rs person.rs bus.rs civic.rs addresses.rs keep.rs delivery.rs ledger.rs city/  carrying them out
//! control.rs    the socket between the command line and a running server
//! serve.rs      the server itself
//! check.rs      settings, database, clock and disk
//! settings.rs reference.rs  what applies, and what there is
//! progress.rs   how a long command gets on
//! report.rs     text or JSON, and the exit code
//! ```

pub mod addresses;
pub mod bus;
pub mod check;
pub mod city;
pub mod civic;
pub mod control;
pub mod delivery;
pub mod import;
pub mod keep;
pub mod ledger;
pub mod market;
pub mod operation;
pub mod person;
pub mod progress;
pub mod reference;
pub mod report;
pub mod serve;
pub mod settings;
pub mod tenant;
