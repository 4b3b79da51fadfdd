//! Ours and the bare endpoint in turn, under the same load, on the same rows.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use testkit::server::{Launch, Server};

use super::folders;
use super::ours::{Ours, Programs};
use super::scenario::Scenario;
use super::wrk::{self, Figures, Load};
use crate::step::Outcome;

/// How long the consumers of events may take to catch up after a run.
const PATIENCE: Duration = Duration::from_secs(120);
/// So few cost the next run nothing, and may wait for a look that is taken only now and then.
const FEW_EVENTS: u64 = 1_000;

/// How often, how long.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub runs: u32,
    pub run_s: u32,
    pub warm_up_s: u32,
}

#[derive(Debug)]
pub struct Race {
    pub ours: Figures,
    pub bare: Figures,
    /// The most events that waited for their consumers when a run ended, and the longest wait for them.
    pub behind: u64,
    pub caught_up_in: Duration,
}

/// Folders of the two sides; the same one where nothing is written.
struct Sides {
    ours: PathBuf,
    bare: PathBuf,
}

pub fn run(
    programs: &Programs,
    data: &Path,
    asks: &Path,
    scenario: &Scenario,
    slow: Option<&Path>,
    pace: Pace,
) -> Outcome<Race> {
    let sides = if scenario.writes {
        Sides { ours: folders::copy(data, "writes-ours")?, bare: folders::copy(data, "writes-bare")? }
    } else {
        Sides { ours: data.to_owned(), bare: data.to_owned() }
    };
    let load = Load { kind: scenario.kind, asks: &asks.join(scenario.asks) };
    let slowly = |launch: Launch| match slow {
        None => launch,
        Some(library) => launch.env("LD_PRELOAD", library.display().to_string()).env("SLOW_SYNC_US", "1000"),
    };
    let ours = Ours::on_folder(programs, &sides.ours);
    let bare = || Launch::new(&programs.bare).arg(&sides.bare).arg("127.0.0.1:{port}");
    let (mut of_ours, mut of_bare) = (Vec::new(), Vec::new());
    let (mut behind, mut caught_up_in) = (0, Duration::ZERO);
    for _ in 0..pace.runs {
        let server = slowly(ours.launch()).try_start()?;
        of_ours.push(one(&server, &load, pace)?);
        if scenario.writes {
            let (events, took) = catch_up(&ours)?;
            (behind, caught_up_in) = (behind.max(events), caught_up_in.max(took));
        }
        end(server);
        let server = slowly(bare()).try_start()?;
        of_bare.push(one(&server, &load, pace)?);
        end(server);
    }
    let nothing = "no run was made";
    Ok(Race {
        ours: wrk::median(of_ours).ok_or(nothing)?,
        bare: wrk::median(of_bare).ok_or(nothing)?,
        behind,
        caught_up_in,
    })
}

fn one(server: &Server, load: &Load, pace: Pace) -> Outcome<Figures> {
    wrk::measure(&server.url(), load, pace.warm_up_s)?;
    wrk::measure(&server.url(), load, pace.run_s)
}

/// In order, so that the next one finds the folder as a stopped server leaves it.
fn end(mut server: Server) {
    server.terminate();
}

/// The next run must not pay for what this one left to be done.
fn catch_up(ours: &Ours) -> Outcome<(u64, Duration)> {
    let started = Instant::now();
    let markets = folders::markets();
    let behind = ours.events_behind(&markets)?;
    let mut left = behind;
    while left > FEW_EVENTS {
        if started.elapsed() > PATIENCE {
            return Err(format!("{left} events are still not handled after {} s", PATIENCE.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(50));
        left = ours.events_behind(&markets)?;
    }
    Ok((behind, started.elapsed()))
}
