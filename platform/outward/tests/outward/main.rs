//! The client against a neighbour that does everything wrong.

#![expect(clippy::unwrap_used, reason = "what fails in a test's world fails the test")]

mod inner;
mod misbehaving;
mod neighbour;
