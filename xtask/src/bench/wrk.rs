//! One run of `wrk`, and what it found.

use std::path::Path;
use std::process::Command;

use crate::environment;
use crate::run::{output_of, run};
use crate::step::{Outcome, step};

/// As many as the targets speak of.
const CONNECTIONS: u32 = 64;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    pub per_s: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub errors: u64,
}

/// A file with a path and a token on each line, and what is done with them.
#[derive(Debug, Clone)]
pub struct Load<'a> {
    pub kind: &'static str,
    pub asks: &'a Path,
}

pub fn provide() -> Outcome {
    if environment::on_path("wrk").is_some() {
        return Ok(());
    }
    if !rustix::process::geteuid().is_root() || environment::on_path("apt-get").is_none() {
        return Err("wrk is missing, and only root on Debian may have it installed".into());
    }
    step("install wrk from Debian's packages", || {
        let apt = |words: &[&str]| {
            run(Command::new("apt-get")
                .args(words)
                .env("DEBIAN_FRONTEND", "noninteractive")
                .env("LC_ALL", "C"))
        };
        apt(&["update", "-q"])?;
        apt(&["install", "-y", "-q", "--no-install-recommends", "wrk"])
    })
}

pub fn measure(url: &str, load: &Load, seconds: u32) -> Outcome<Figures> {
    let output = output_of(&mut command(url, load, seconds))?;
    figures(&output).ok_or_else(|| format!("wrk says something else:\n{output}"))
}

/// For load in the background of something else that is measured.
pub fn command(url: &str, load: &Load, seconds: u32) -> Command {
    let script = environment::root().join("xtask/src/bench/load.lua");
    let run = environment::some_number() % 1_000_000_000;
    let mut command = Command::new("wrk");
    command.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s"), "-s"]).arg(script);
    command.args([url, "--", load.kind]).arg(load.asks).arg(run.to_string());
    command
}

fn figures(output: &str) -> Option<Figures> {
    let line = output.lines().find_map(|line| line.strip_prefix("RESULT "))?;
    let mut words = line.split_whitespace();
    let mut number = || words.next()?.parse::<f64>().ok();
    Some(Figures { per_s: number()?, p50_ms: number()?, p99_ms: number()?, errors: number()? as u64 })
}

/// The middle one by pace, with the errors of all.
pub fn median(mut runs: Vec<Figures>) -> Option<Figures> {
    let errors = runs.iter().map(|run| run.errors).sum();
    runs.sort_by(|a, b| a.per_s.total_cmp(&b.per_s));
    runs.get(runs.len() / 2).map(|middle| Figures { errors, ..*middle })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_prints_is_read() {
        let found = figures("Running 8s test\n  threads\nRESULT 81234 0.712 1.604 3\n");
        assert_eq!(found, Some(Figures { per_s: 81_234.0, p50_ms: 0.712, p99_ms: 1.604, errors: 3 }));
        for other in ["", "RESULT 1 2 3", "RESULT a b c d"] {
            assert_eq!(figures(other), None, "{other}");
        }
    }

    #[test]
    fn the_middle_run_counts_with_every_error() {
        let run = |per_s, errors| Figures { per_s, p50_ms: per_s, p99_ms: 1.0, errors };
        assert_eq!(median(vec![run(3.0, 1), run(1.0, 0), run(2.0, 4)]), Some(run(2.0, 5)));
        assert_eq!(median(Vec::new()), None);
    }
}
