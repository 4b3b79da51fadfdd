//! What staff did, in a log that shows when somebody changed it afterwards.
//!
//! Every entry's hash is made from the hash before it and from everything the entry says; a head knows
//! how many entries there are and the last hash. Whoever changes, removes or slips in an entry would
//! have to make all hashes after it anew, and the head. Against somebody who may write everything, note
//! the head's count and hash elsewhere now and then: `verify` takes them as an anchor.

pub mod chain;
pub mod follow;
pub mod http;
pub mod repo;
pub mod verify;

pub use chain::Head;
pub use verify::{Anchor, Broken, Sound, check, verify};
