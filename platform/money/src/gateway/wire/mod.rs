//! Gateways of others, by their own protocols.

pub mod sign;
