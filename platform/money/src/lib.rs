//! A ledger that cannot be wrong; payments by any gateway, settlement, wallets and rewards upon it.
//!
//! ```text
//! payment/     what an app asks to be paid, from the intent to the last part given back
//! gateway/     who moves money outside: adapters, health, routing, callbacks
//! reconcile/   a gateway's statement against what was kept here
//! ```

pub mod gateway;
pub mod payment;
