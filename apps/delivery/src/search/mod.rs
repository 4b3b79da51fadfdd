//! Stores and products by their names, near somebody. Names are looked through in memory, store by store,
//! the nearest first; another engine may stand behind the same function.
//!
//! ```text
//! words.rs  texts as words that can be compared
//! names.rs  the names of one store's products, in memory
//! find.rs   what fits, in order
//! http.rs   what everyone may ask
//! ```

pub mod find;
pub mod http;
pub mod names;
pub mod words;

pub use find::search;
pub use names::Names;

#[cfg(test)]
mod tests;
