//! An order, from the cart to the door.
//!
//! ```text
//! model.rs     what it is
//! state.rs     who may bring it from where to where
//! decide.rs    what buyers, merchants, riders and operators do to it
//! saga.rs      what is still to be done for it elsewhere: payment, stock, purse, dispatch
//! money.rs     what it posts to the ledger
//! event.rs     what is told of it
//! repo.rs      its rows
//! cart.rs      a cart into a quote
//! checkout.rs  a quote into an order
//! step.rs      loads what a step needs and commits what was decided
//! around.rs    looks around each minute: what is asked for, who is free, what does not move on
//! standing.rs  orders that do not move on
//! jobs.rs      the next thing to be done for an order
//! follow.rs    what payments and dispatch make of orders
//! http/        the same for buyers, merchants, riders and operators
//! ```

pub mod around;
pub mod cart;
pub mod checkout;
pub mod decide;
pub mod event;
pub mod follow;
pub mod http;
pub mod jobs;
pub mod model;
pub mod money;
pub mod repo;
pub mod saga;
pub mod standing;
pub mod state;
pub mod step;
#[cfg(test)]
pub(crate) mod tests;

pub use model::{Order, OrderId};
pub use step::Orders;
