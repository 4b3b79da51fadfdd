//! Real servers, fresh databases and a clock that stands still, for the tests of every crate.
//!
//! `cargo xtask test` starts PostgreSQL and Redis and names them in the environment. Without them
//! a test that asks says so on the terminal and passes, unless `IROKO_TEST_REQUIRE` is set.

mod cluster;
mod engine;
pub mod environment;
mod http;
mod limits;
mod ports;
mod postgres;
mod redis;
pub mod server;
mod sql;
mod wait;

use kernel::ManualClock;
use kernel::jiff::Timestamp;

pub use cluster::{Account, Cluster};
pub use engine::Engine;
pub use ports::free_port;
pub use postgres::{Postgres, postgres, postgres_cluster};
pub use redis::{RedisServer, redis};
pub use wait::until;

/// Thursday 15 January 2026, eight in the morning, in microseconds.
const MORNING_US: i64 = 1_768_464_000_000_000;

/// A clock that stands at the same instant in every test.
pub fn clock() -> ManualClock {
    ManualClock::at(Timestamp::from_microsecond(MORNING_US).expect("a date of this century"))
}

/// An empty folder that goes away with the value.
pub fn folder() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("iroko-test-")
        .tempdir()
        .expect("the folder for temporary files is writable")
}

#[cfg(test)]
mod tests {
    use kernel::Clock;

    #[test]
    fn the_clock_stands_still() {
        let clock = crate::clock();
        assert_eq!(clock.now(), clock.now());
        assert_eq!(clock.now().to_string(), "2026-01-15T08:00:00Z");
    }

    #[test]
    fn a_folder_goes_away() {
        let folder = crate::folder();
        let path = folder.path().to_path_buf();
        assert!(path.is_dir());
        drop(folder);
        assert!(!path.exists());
    }
}
