//! What is asked for, where, and how many there are to bring it: from this comes the factor of the
//! delivery fee. The board of a market is in memory and fed with counts; it is written down now and
//! then for operators, and made anew from that after a restart.

mod around;
mod board;
pub mod factor;
pub mod http;
pub mod jobs;
pub mod limits;
pub mod model;
pub mod repo;
#[cfg(test)]
mod tests;

pub use board::{Board, Boards};
pub use model::{Count, Heat};
