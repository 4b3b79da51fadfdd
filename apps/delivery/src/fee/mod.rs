//! What an order costs: one rule, quoted and charged alike. A quote is kept for some minutes and taken
//! by one order at most.

pub mod decide;
pub mod http;
pub mod jobs;
pub mod limits;
pub mod model;
pub mod quote;
pub mod repo;
#[cfg(test)]
mod tests;
