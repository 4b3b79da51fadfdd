//! How much: rate limits, adaptive concurrency with fair shares, sign-in throttling, breakers.
//!
//! The rules are pure and take the time as an argument, in nanoseconds from any one monotonic
//! source; the types that are shared between threads ([`Limiter`], [`Throttle`], [`Gate`]) only keep
//! their state, each within a fixed bound.

mod breaker;
mod gate;
mod gcra;
mod gradient;
mod key;
mod limiter;
pub mod limits;
mod shares;
mod slots;
mod throttle;

pub use breaker::{Breaker, BreakerPolicy, BreakerState, Ticket};
pub use gate::{Gate, GateView, Pass, Priority, Shed};
pub use gcra::{Quota, Verdict, decide};
pub use gradient::{Limit, LimitPolicy};
pub use key::Key;
pub use limiter::{Ask, Limiter, Refused};
pub use throttle::{Attempts, Throttle, ThrottlePolicy};
