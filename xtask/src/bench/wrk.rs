//! One run of `wrk`, and what it found.

use std::path::Path;
use std::process::Command;

use crate::environment;
use crate::run::output_of;
use crate::step::Outcome;

#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub per_s: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub errors: u64,
}

/// 64 connections. `asks` is a file with a path and a token on each line.
pub fn run(url: &str, kind: &str, asks: &Path, seconds: u32) -> Outcome<Figures> {
    let script = environment::root().join("xtask/src/bench/load.lua");
    let mut command = Command::new("wrk");
    command.args(["-t1", "-c64", &format!("-d{seconds}s"), "-s"]).arg(script).args([url, "--", kind]).arg(asks);
    let output = output_of(&mut command)?;
    figures(&output).ok_or_else(|| format!("wrk says something else:\n{output}"))
}

fn figures(output: &str) -> Option<Figures> {
    let line = output.lines().find_map(|line| line.strip_prefix("RESULT "))?;
    let mut words = line.split_whitespace();
    let mut number = || words.next()?.parse::<f64>().ok();
    Some(Figures { per_s: number()?, p50_ms: number()?, p99_ms: number()?, errors: number()? as u64 })
}

/// The middle one by pace.
pub fn median(mut runs: Vec<Figures>) -> Option<Figures> {
    runs.sort_by(|a, b| a.per_s.total_cmp(&b.per_s));
    runs.get(runs.len() / 2).copied()
}
