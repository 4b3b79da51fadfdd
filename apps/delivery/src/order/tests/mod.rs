//! Orders from the cart to the door, with a real ledger, real stock and real dispatch; time and jobs are run
//! by hand.

mod mistakes;
mod races;
pub mod rig;
mod saga;
mod stories;
