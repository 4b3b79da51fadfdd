//! ```text
//! life.rs       pure: random lives of payments
//! world.rs      a market, the simulated gateway, a ledger of events, and jobs that run when they are due
//! faults.rs     what lying and failing gateways lead to
//! races.rs      many at once
//! statements.rs a gateway's statement against what was kept
//! endpoints.rs  what is seen and done over HTTP
//! ```

mod endpoints;
mod faults;
mod life;
mod races;
mod statements;
pub(crate) mod world;
