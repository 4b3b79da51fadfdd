//! From the shelf to the door: what iHhashi needs. This page is the map of the app.
//!
//! ```text
//! store/      who sells, where, and whether orders can be placed now
//! hours/      when a store is open, by the clock on its wall
//! area/       where stores deliver to
//! product/    what stores sell, with options, and how many there are
//! stored.rs   small parts of a row that are kept as JSON
//! ```

pub mod area;
pub mod hours;
pub mod limits;
pub mod product;
pub mod store;
mod stored;
#[cfg(test)]
mod testing;

use ::store::Kind;
use ::store::schema::{Part, Step};
use kernel::Sql;

/// The name under which a market switches this app on.
pub const APP: &str = "delivery";

pub fn part() -> Part {
    const STEPS: &[Step] = &[::store::step!("0001")];
    Part { name: APP, kind: Some(Kind::Market), steps: STEPS }
}

pub fn statements() -> Vec<Sql> {
    [
        store::repo::STATEMENTS,
        area::repo::STATEMENTS,
        product::repo::STATEMENTS,
        product::stock::repo::STATEMENTS,
    ]
    .concat()
}
