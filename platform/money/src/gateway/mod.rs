//! Gateways: who moves money outside.
//!
//! ```text
//! adapter.rs    what a gateway can be asked, whatever it is
//! report.rs     what it says, in the words of this house
//! advice.rs     what follows from its no: a table
//! account/      a market's accounts at gateways, with their sealed secrets
//! callback/     what gateways report by themselves
//! health.rs     how gateways do: success, breaker
//! route.rs      to which of them a payment goes
//! simulated.rs  a gateway without money: the default, and the double of all tests
//! wire/         gateways of others, by their own protocols
//! card.rs       numbers of cards never get in
//! ```

pub mod account;
pub mod adapter;
pub mod advice;
pub mod callback;
pub mod card;
pub mod health;
pub mod report;
pub mod route;
pub mod simulated;
pub mod wire;
