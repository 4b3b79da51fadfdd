//! Buying: what stores there are, what one sells, what it costs, and what becomes of it.
//!
//! ```text
//! stores.rs    stores near a place, and one with its menu
//! basket.rs    what goes in and out
//! checkout.rs  what it costs, and the order
//! orders.rs    one's own orders, and one while it happens
//! ```

mod basket;
mod checkout;
mod orders;
mod stores;

pub use basket::{basket_change, basket_show};
pub use checkout::checkout;
pub use orders::{Which, one, one_act, orders};
pub use stores::{OfStore, store, stores};

use ::pages::Visit;
use geo::Point;

use super::basket::{Basket, COOKIE};

/// Where somebody said that they are: `lat,long`.
const PLACE: &str = "iroko_place";

fn basket(visit: &Visit) -> Basket {
    visit.cookie(COOKIE).map(Basket::read).unwrap_or_default()
}

fn place(visit: &Visit) -> Option<(String, String)> {
    read(visit.cookie(PLACE)?.split_once('_')?)
}

/// Two numbers that are a place.
fn read((lat, long): (&str, &str)) -> Option<(String, String)> {
    let (lat, long) = (lat.trim().replace(',', "."), long.trim().replace(',', "."));
    Point::parse("place", &format!("{lat},{long}")).ok()?;
    Some((lat, long))
}
