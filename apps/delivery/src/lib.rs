//! From the shelf to the door: what iHhashi needs. This page is the map of the app.
//!
//! ```text
//! delivery.rs   all of it, put together once
//! catalogue.rs  what stores and their products keep in memory
//! store/        who sells, where, and whether orders can be placed now
//! hours/        when a store is open, by the clock on its wall
//! area/         where stores deliver to
//! product/      what stores sell, with options, and how many there are
//! import/       many products at once, from a file
//! search/       stores and products by their names
//! photos.rs     the pictures of stores and products, which are kept elsewhere
//! stored.rs     small parts of a row that are kept as JSON
//! order/        from the cart to the door
//! cash/         what riders have taken and not handed in
//! claim/        what was wrong with an order, and what goes back for it
//! live/         orders and riders on their way, told while it happens
//! pricing.rs    what the folders below keep in memory, and how they are joined to the program
//! settings/     what a market has laid down for its deliveries, dated
//! fee/          what an order costs: one rule, quoted and charged alike
//! demand/       what is asked for, where, and what that makes of the fee
//! forecast/     how many orders each cell will have in each hour
//! outage/       power cuts by area and hour, and which stores they close
//! tell/         what people are told of orders, once each
//! pages/        what people see
//! promotion/    what is given to buyers, and who gives it: promotions, coins, referrals
//! ```

pub mod area;
pub mod cash;
pub mod catalogue;
pub mod claim;
mod delivery;
pub mod demand;
pub mod fee;
pub mod forecast;
pub mod hours;
pub mod import;
pub mod limits;
pub mod live;
pub mod order;
pub mod outage;
pub mod pages;
pub mod photos;
pub mod pricing;
pub mod product;
pub mod promotion;
pub mod search;
pub mod settings;
pub mod store;
mod stored;
pub mod tell;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use ::store::Kind;
use ::store::schema::{Part, Step};
use kernel::Sql;
use web::Endpoint;

pub use catalogue::Catalogue;
pub use delivery::{Delivery, Parts};

/// The name under which a market switches this app on.
pub const APP: &str = "delivery";

/// Stores and what they sell.
pub fn catalogue_endpoints(catalogue: &Arc<Catalogue>) -> Vec<Endpoint> {
    [
        store::http::endpoints(catalogue),
        store::public::endpoints(catalogue),
        product::http::endpoints(catalogue),
        import::http::endpoints(catalogue),
        search::http::endpoints(catalogue),
    ]
    .concat()
}

pub fn part() -> Part {
    const STEPS: &[Step] = &[
        ::store::step!("0001"),
        ::store::step!("0002"),
        ::store::step!("0003"),
        ::store::step!("0004"),
        ::store::step!("0005"),
    ];
    Part { name: APP, kind: Some(Kind::Market), steps: STEPS }
}

pub fn statements() -> Vec<Sql> {
    [
        order::repo::STATEMENTS,
        claim::repo::STATEMENTS,
        cash::repo::STATEMENTS,
        claim::trouble::repo::STATEMENTS,
        live::repo::STATEMENTS,
        store::repo::STATEMENTS,
        area::repo::STATEMENTS,
        product::repo::STATEMENTS,
        product::stock::repo::STATEMENTS,
        settings::repo::STATEMENTS,
        fee::repo::STATEMENTS,
        demand::repo::STATEMENTS,
        forecast::repo::STATEMENTS,
        outage::repo::STATEMENTS,
        promotion::repo::STATEMENTS,
        promotion::lot::repo::STATEMENTS,
        promotion::referral::repo::STATEMENTS,
    ]
    .concat()
}
