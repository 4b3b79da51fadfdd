//! What people are told of orders: a message for each step and person, once. It follows events, so no order
//! waits for it; what somebody does not want is not said, and nobody is told what is not theirs to know.
//!
//! ```text
//! model.rs     what is said, and to whom
//! orders.rs    what follows from an event of an order
//! payments.rs  what follows from an event of its payment
//! people.rs    who they are, and how they are reached
//! post.rs      notes into messages
//! follow.rs    events, some at a time
//! veil.rs      the number that a buyer says at the door, unreadable until it is sent
//! ```

pub mod follow;
pub mod model;
pub mod orders;
mod payments;
pub mod people;
pub mod post;
#[cfg(test)]
pub(crate) mod tests;
pub mod veil;

pub use model::{Note, Reason, Whom};
pub use people::{Contact, People};
pub use post::Post;
pub use veil::Veil;

/// What messages say, by language.
pub const TEXTS: &[(&str, &str)] = &[
    ("en", include_str!("../../messages/en.ftl")),
    ("es", include_str!("../../messages/es.ftl")),
    ("fr", include_str!("../../messages/fr.ftl")),
];
