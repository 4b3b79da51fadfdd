//! The one place of this crate that reads the environment.

use std::process::Command;

/// Superuser connection string of the PostgreSQL that `cargo xtask test` started.
pub const POSTGRES: &str = "IROKO_TEST_POSTGRES";
/// The folder of PostgreSQL's programs, for tests that start a server of their own.
pub const POSTGRES_BIN: &str = "IROKO_TEST_POSTGRES_BIN";
/// Address of the Redis that `cargo xtask test` started.
pub const REDIS: &str = "IROKO_TEST_REDIS";
/// When set, a missing server is a failure.
pub const REQUIRE: &str = "IROKO_TEST_REQUIRE";

/// The variable's text; unset and empty are the same.
#[expect(clippy::disallowed_methods, reason = "the one place of this crate that reads the environment")]
pub fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// What a test asked for, or a loud word that it is not there.
pub(crate) fn read_or_skip(name: &str, what: &str) -> Option<String> {
    let found = read(name);
    if found.is_none() {
        assert!(
            read(REQUIRE).is_none(),
            "no {what}: {REQUIRE} is set, but {name} is not; run the tests with `cargo xtask test`"
        );
        loudly(&format!("skipped: no {what}"));
    }
    found
}

/// Takes this project's variables away from a program about to start, so that the settings of the
/// person who runs the tests do not reach it.
#[expect(clippy::disallowed_methods, reason = "the one place of this crate that reads the environment")]
pub(crate) fn forget_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("IROKO_") {
            command.env_remove(name);
        }
    }
}

/// The test harness hides what a passing test prints; writing to the stream itself is not hidden.
fn loudly(text: &str) {
    use std::io::Write;
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("{text} ({test})\n");
    // At once, so that tests do not talk into each other. A closed terminal fails no test.
    let _ = std::io::stderr().write_all(line.as_bytes());
}
