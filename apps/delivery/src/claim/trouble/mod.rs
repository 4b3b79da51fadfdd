//! What a gateway did not do for an order, or took back: a person sees to it.

pub mod decide;
pub mod http;
pub mod jobs;
pub mod model;
pub mod repo;

pub use model::Trouble;
