//! `cargo xtask test`: every test, with the servers it needs.

use std::process::Command;

use crate::servers::Servers;
use crate::step::{Outcome, done, step, warn};
use crate::tidy::File;
use crate::{environment, packages, tidy};

pub fn run(options: &[String]) -> Outcome {
    let mut servers = step("start PostgreSQL and Redis", Servers::provide)?;
    let skipped = skipped(&servers)?;
    skipped.iter().for_each(|line| warn(line));
    let tests = step("tests", || servers.run(&mut command(options)));
    step("stop PostgreSQL and Redis", || {
        drop(servers);
        Ok(())
    })?;
    tests?;
    // Said again at the end, where it is read.
    skipped.iter().for_each(|line| warn(line));
    done(if skipped.is_empty() { "every test passed" } else { "every test that could run passed" });
    Ok(())
}

/// The same for continuous integration: all tests, and a missing server is a failure.
pub fn run_requiring_all() -> Outcome {
    let mut servers = Servers::provide()?;
    if let Some(line) = skipped(&servers)?.first() {
        return Err(line.clone());
    }
    // One failure must not hide the others.
    servers.run_requiring_all(&mut command(&["--no-fail-fast".to_owned()]))
}

fn command(options: &[String]) -> Command {
    let mut command = environment::cargo();
    command.arg("test");
    if !names_packages(options) {
        command.arg("--workspace");
    }
    command.args(options);
    command
}

fn names_packages(options: &[String]) -> bool {
    options.iter().take_while(|option| *option != "--").any(|option| {
        option.starts_with("-p")
            || option.starts_with("--package")
            || ["--workspace", "--all", "--manifest-path"].contains(&option.as_str())
    })
}

/// One line for each missing server, naming the packages whose tests want it.
fn skipped(servers: &Servers) -> Outcome<Vec<String>> {
    let wanted = [
        (servers.has_postgres(), "PostgreSQL", "testkit::postgres"),
        (servers.has_redis(), "Redis", "testkit::redis"),
    ];
    let missing = wanted.into_iter().filter(|(found, _, _)| !found);
    let files = tidy::files(environment::root())?;
    let packages = packages::all()?;
    let folders: Vec<&str> = packages.iter().map(|package| package.folder.as_str()).collect();
    Ok(missing
        .map(|(_, server, call)| {
            format!("no {server}: skipped are its tests in {}", users(&files, &folders, call).join(", "))
        })
        .collect())
}

fn users<'a>(files: &[File], folders: &[&'a str], call: &str) -> Vec<&'a str> {
    let uses = |folder: &&&str| {
        files.iter().any(|file| {
            file.path.ends_with(".rs")
                && file.path.strip_prefix(**folder).is_some_and(|rest| rest.starts_with('/'))
                && (file.text.contains(call) || **folder == "testkit")
                && **folder != "xtask"
        })
    };
    folders.iter().filter(uses).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_tested_unless_some_are_named() {
        let check = |options: &str, expected: &str| {
            let options: Vec<String> = options.split_whitespace().map(str::to_owned).collect();
            let command = command(&options);
            let line: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
            assert_eq!(line.join(" "), expected);
        };
        check("", "test --workspace");
        check("--release", "test --workspace --release");
        check("--profile dev", "test --workspace --profile dev");
        check("-p store -- guard", "test -p store -- guard");
        check("-- -p", "test --workspace -- -p");
        check("--package=store", "test --package=store");
    }

    #[test]
    fn skipped_suites_are_named() {
        let file = |path: &str, text: &str| File { path: path.into(), text: text.into() };
        let files = [
            file("platform/store/tests/main.rs", "let Some(p) = testkit::postgres() else { return };"),
            file("platform/storey/src/lib.rs", "nothing"),
            file("testkit/src/lib.rs", "crate::postgres()"),
            file("xtask/src/testing.rs", "\"testkit::postgres\""),
        ];
        let folders = ["platform/store", "platform/storey", "testkit", "xtask"];
        assert_eq!(users(&files, &folders, "testkit::postgres"), ["platform/store", "testkit"]);
    }
}
