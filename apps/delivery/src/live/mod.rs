//! Orders and riders on their way, told while it happens.
//!
//! ```text
//! limits.rs   bounds, by name
//! step.rs     what is told of an order, and who hears it
//! inbox.rs    what waits for one follower
//! on_way.rs   pure: who brings which of the followed orders
//! room.rs     the followers of one market
//! seats.rs    how many may follow at once
//! hub.rs      all rooms of the process: who comes, who goes, what wakes them
//! tail.rs     reads a market's events while somebody follows
//! missed.rs   what happened while somebody was away
//! talk.rs     one follower's stream, from the first word to the last
//! http.rs     endpoints, for programs and for pages
//! stuck.rs    orders that do not move on, or that nobody brings
//! figures.rs  orders by hour and by area
//! repo.rs     the statements of both
//! ```
//!
//! Nothing here is written. Each process reads the events of a market by itself, from the moment somebody in it
//! follows until nobody does, so it does not matter which process an order was changed in. An event's position
//! is its id in the stream: whoever comes back says which one they have seen, and gets the rest.

pub mod figures;
pub mod http;
mod hub;
mod inbox;
pub mod limits;
mod missed;
mod on_way;
pub mod repo;
mod room;
mod seats;
pub mod step;
pub mod stuck;
mod tail;
mod talk;
#[cfg(test)]
mod tests;

pub use http::{Live, endpoints};
pub use hub::{Following, Hub};
pub use inbox::{Ended, Place, Taken};
pub use step::Topic;
