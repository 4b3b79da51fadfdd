//! What stores sell.
//!
//! ```text
//! model.rs    a product, as it is kept and as a merchant writes it
//! options.rs  what can be chosen of a product, and what that costs: pure
//! offer.rs    whether what a buyer wants can be had at all: pure
//! decide.rs repo.rs  the rules, the statements
//! view.rs     as merchants see it
//! http.rs     what merchants do to it
//! menu.rs     what everyone sees of all products of a store
//! stock/      how many there are, reserved by one and lost by none
//! ```

pub mod decide;
pub mod http;
pub mod menu;
pub mod model;
pub mod offer;
pub mod options;
pub mod repo;
pub mod stock;
pub mod view;

pub use model::{NewProduct, Product, ProductId, State};
pub use offer::offer_faults;
pub use options::{Choice, Chosen, OptionGroup};

#[cfg(test)]
mod tests;
