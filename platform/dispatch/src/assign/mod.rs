//! Who is to do what: pure, and the same each time.
//!
//! The problem: tasks, each from a pickup to a drop, and hands that may do them. A hand gets at most one
//! more task in a round, where it costs least in its route: seconds on the way, seconds spent waiting,
//! seconds that somebody waits longer than promised, and how far the hand is ahead of others, each with a
//! weight. A task that nobody gets costs a fixed amount. The sum is to be as small as can be.
//!
//! ```text
//! problem.rs    the words: tasks, hands, stops, weights
//! route.rs      the order of one hand's stops
//! candidates.rs which hands are compared for a task, and what each would cost
//! matching.rs   tasks to hands at the least cost
//! fleet.rs      a day planned ahead: vehicles, customers, time windows
//! solve.rs      rounds of both, or the cheapest first where there is too much to do
//! ```

mod candidates;
pub mod fleet;
pub mod matching;
mod problem;
pub mod route;
mod solve;

pub use problem::{Given, Hand, Part, Problem, Settings, Solution, Stop, Task, Travel, Weights};
pub use solve::{greedy, nearest, solve};
