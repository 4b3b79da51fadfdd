//! Chores of the project: `cargo xtask --help` lists them.

mod bench;
mod ci;
mod clients;
mod crash;
mod environment;
mod explore;
mod install;
mod packages;
mod pages;
mod python;
mod references;
mod run;
mod servers;
mod step;
mod testing;
mod tidy;
mod watchdog;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of the project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Runs the tests, providing PostgreSQL and Redis.
    ///
    /// Without a package every package is tested.
    Test {
        /// What `cargo test` takes, such as `-p store -- guard`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
        options: Vec<String>,
    },
    /// Runs every check that a change must pass, in order.
    Ci,
    /// Checks the house rules: layering, files, shapes.
    Tidy,
    /// Checks that the generated references are current.
    References {
        /// Writes them instead.
        #[arg(long)]
        write: bool,
    },
    /// Kills the server at random moments under write load and checks what it kept.
    Crash {
        #[arg(long, default_value_t = 200)]
        sqlite_rounds: u32,
        #[arg(long, default_value_t = 50)]
        postgres_rounds: u32,
        /// With a debug build: slower, but at hand.
        #[arg(long)]
        debug: bool,
        /// This server, in place of one that is built now.
        #[arg(long, conflicts_with = "debug")]
        program: Option<PathBuf>,
        /// Only with this under way.
        #[arg(long, value_enum)]
        only: Option<crash::Load>,
        /// Repeats a run; otherwise every run is another one.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Measures how fast everything is, beside bare endpoints over the same rows, and prints tables.
    Bench {
        /// Small folders and short runs, to see that it works.
        #[arg(long)]
        quick: bool,
        /// Only this; may be given several times.
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,
        /// This program, in place of one that is built now.
        #[arg(long)]
        program: Option<PathBuf>,
    },
    /// Holds the server to its OpenAPI document with made-up requests (takes Python and PyPI).
    Explore {
        /// Requests made up for each endpoint and phase.
        #[arg(long, default_value_t = 100)]
        examples: u32,
        /// Hostile requests for each endpoint that everybody may call, besides those.
        #[arg(long, default_value_t = 1000)]
        inputs: u32,
        /// No round takes longer.
        #[arg(long, default_value_t = 15)]
        minutes: u32,
        #[arg(long, default_value_t = explore::SEED)]
        seed: u64,
    },
    /// Lets programs of others talk to the server: an Open311 client and a mail server (takes Python and PyPI).
    Clients,
    /// Looks at every page with a real browser, scripts off and on (takes Chromium, its driver and npm).
    Pages,
    /// Stops what a chore started when the chore is gone, however it ended.
    #[command(hide = true)]
    Watchdog { folder: PathBuf },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse_from(with_dashes(std::env::args())).chore {
        Chore::Test { options } => testing::run(&options),
        Chore::Ci => ci::run(),
        Chore::Tidy => tidy::run(),
        Chore::References { write } => references::run(write),
        Chore::Crash { sqlite_rounds, postgres_rounds, debug, program, only, seed } => {
            let seed = seed.unwrap_or_else(environment::some_number);
            crash::run(&crash::Plan { sqlite_rounds, postgres_rounds, debug, program, only, seed })
        }
        Chore::Bench { quick, only, program } => bench::run(&bench::Plan { quick, only, program }),
        Chore::Explore { examples, inputs, minutes, seed } => {
            explore::run(&explore::Plan { examples, inputs, minutes, seed })
        }
        Chore::Clients => clients::run(),
        Chore::Pages => pages::run(),
        Chore::Watchdog { folder } => {
            watchdog::watch(&folder);
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            step::fault(&fault);
            ExitCode::FAILURE
        }
    }
}

/// The parser takes two dashes in front of the options for its own, but they are for `cargo test`:
/// said twice, one pair gets through.
fn with_dashes(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut words: Vec<String> = words.collect();
    if words.get(1).is_some_and(|chore| chore == "test") && words.get(2).is_some_and(|word| word == "--") {
        words.insert(2, "--".to_owned());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_options_pass_through() {
        let check = |line: &str| {
            let words = ["cargo xtask", "test"].into_iter().chain(line.split_whitespace());
            match Arguments::parse_from(with_dashes(words.map(str::to_owned))).chore {
                Chore::Test { options } => assert_eq!(options.join(" "), line),
                other => panic!("{line}: {other:?}"),
            }
        };
        check("");
        check("-p store");
        check("-p store -- guard --nocapture");
        check("-- guard --nocapture");
        check("--release --lib name");
    }
}
