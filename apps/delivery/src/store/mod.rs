//! Stores: who sells, where, and whether they take an order now.
//!
//! ```text
//! model.rs        a store, what is said of it, and whether orders can be placed
//! preparation.rs  how long orders take, learnt from those that were prepared
//! decide.rs repo.rs  the rules, the statements
//! all.rs          the stores of the markets that are asked for, in memory
//! near.rs         which come first for somebody at a place: pure
//! view.rs         as everyone sees them, and as their merchant does
//! http.rs         what merchants do to them
//! public.rs       what everyone may ask
//! ```

pub mod all;
pub mod decide;
pub mod http;
pub mod model;
pub mod near;
pub mod preparation;
pub mod public;
pub mod repo;
pub mod view;

pub use all::Stores;
pub use model::{Kind, NewStore, Standing, State, Store, StoreId};

#[cfg(test)]
mod tests;
