//! `cargo xtask ci`: what a change must pass, in order, cheapest first.

use std::time::Instant;

use crate::step::{Outcome, done, spelled, step};
use crate::{environment, references, run, testing, tidy};

type Check = fn() -> Outcome;

const STEPS: [(&str, Check); 6] = [
    ("format", format),
    ("tidy", tidy::run),
    ("clippy", clippy),
    ("licences, bans and sources", deny),
    ("tests", testing::run_requiring_all),
    ("references", || references::run(false)),
];

pub fn run() -> Outcome {
    let started = Instant::now();
    for (number, (name, check)) in STEPS.iter().enumerate() {
        step(name, check).map_err(|fault| {
            let unseen: Vec<&str> = STEPS[number + 1..].iter().map(|(name, _)| *name).collect();
            let unseen =
                if unseen.is_empty() { String::new() } else { format!("\nnot run: {}", unseen.join("; ")) };
            format!("step `{name}` failed: {fault}{unseen}")
        })?;
    }
    done(&format!("everything passed in {}", spelled(started.elapsed())));
    Ok(())
}

fn format() -> Outcome {
    run::run(environment::cargo().args(["fmt", "--all", "--check"])).map_err(|fault| {
        format!("{fault}\n`cargo fmt --all` puts it right (`rustup component add rustfmt` if it is missing)")
    })
}

fn clippy() -> Outcome {
    run::run(environment::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))
    .map_err(|fault| format!("{fault} (`rustup component add clippy` if it is missing)"))
}

fn deny() -> Outcome {
    if run::output_of(environment::cargo().args(["deny", "--version"])).is_err() {
        step("install cargo-deny", || {
            // Its artefacts are of no use to the project, so they stay out of its target folder.
            run::run(
                environment::cargo()
                    .args(["install", "--locked", "cargo-deny"])
                    .env_remove("CARGO_TARGET_DIR"),
            )
        })?;
    }
    let checks = ["deny", "--log-level", "error", "check", "licenses", "bans", "sources"];
    run::run(environment::cargo().args(checks))
}
