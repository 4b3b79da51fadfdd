//! How much memory the server holds: with one busy market, and with all of very many in rotation.

use std::fs;
use std::path::Path;

use testkit::server::Server;

use super::figure::Figure;
use super::ours::{Ours, Programs};
use super::race::Pace;
use super::wrk::{self, Load};
use super::{asks, folders};
use crate::step::Outcome;

const BUSY_MB_MAX: f64 = 100.0;
const MANY_MB_MAX: f64 = 300.0;
/// Every market is read so often.
const ROUNDS: u32 = 3;

/// Reads, lists and reports in one market.
pub fn one_busy(programs: &Programs, data: &Path, pace: Pace) -> Outcome<Vec<Figure>> {
    let busy = asks::write(&Ours::on_folder(programs, data))?.join("busy");
    let copy = folders::copy(data, "writes-ours")?;
    let server = Ours::on_folder(programs, &copy).serve()?;
    let mut errors = 0;
    for (kind, name) in [("get", "one"), ("get", "list"), ("report", "report"), ("get", "cached")] {
        errors += wrk::measure(&server.url(), &Load { kind, asks: &busy.join(name) }, pace.run_s)?.errors;
    }
    Ok(vec![
        Figure::below("memory with one busy market", resident_mb(&server, "VmRSS")?, BUSY_MB_MAX, "MB"),
        Figure::noted("  at its highest", resident_mb(&server, "VmHWM")?, "MB"),
        Figure::noted("  requests turned away meanwhile", errors as f64, ""),
    ])
}

/// Each market in its turn, so that almost every list is of a file that is not open.
pub fn many(programs: &Programs, data: &Path, count: u32, pace: Pace) -> Outcome<Vec<Figure>> {
    let rotation = asks::write_rotation(count)?;
    let server = Ours::on_folder(programs, data).serve()?;
    let idle = resident_mb(&server, "VmRSS")?;
    let load = Load { kind: "get", asks: &rotation };
    let (mut asked, mut errors, mut per_s) = (0.0, 0, 0.0);
    while asked < f64::from(count * ROUNDS) {
        let figures = wrk::measure(&server.url(), &load, pace.run_s)?;
        asked += figures.per_s * f64::from(pace.run_s);
        errors += figures.errors;
        per_s = figures.per_s;
    }
    no_errors(errors)?;
    let what = format!("memory with {count} markets in rotation");
    Ok(vec![
        Figure::below(what, resident_mb(&server, "VmRSS")?, MANY_MB_MAX, "MB"),
        Figure::noted("  before the first request", idle, "MB"),
        Figure::noted("  lists read meanwhile", per_s, "/s"),
        Figure::noted("  files open", open_files(&server)?, ""),
    ])
}

fn no_errors(errors: u64) -> Outcome {
    match errors {
        0 => Ok(()),
        _ => Err(format!("{errors} requests failed while memory was measured")),
    }
}

fn process(server: &Server, name: &str) -> Outcome<String> {
    let id = server.process().ok_or("the server is gone")?;
    Ok(format!("/proc/{id}/{name}"))
}

fn open_files(server: &Server) -> Outcome<f64> {
    let folder = process(server, "fd")?;
    let entries = fs::read_dir(&folder).map_err(|fault| format!("{folder}: {fault}"))?;
    Ok(entries.count() as f64)
}

pub fn resident_mb(server: &Server, name: &str) -> Outcome<f64> {
    let file = process(server, "status")?;
    let text = fs::read_to_string(&file).map_err(|fault| format!("{file}: {fault}"))?;
    kib(&text, name).map(|kib| kib / 1_024.0).ok_or_else(|| format!("{file} has no {name}"))
}

fn kib(status: &str, name: &str) -> Option<f64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    value.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_by_name() {
        let status = "Name:\tiroko\nVmHWM:\t   90000 kB\nVmRSS:\t   81920 kB\nRssAnon:\t   1 kB\n";
        let check = |name, expected| assert_eq!(kib(status, name), expected, "{name}");
        check("VmRSS", Some(81_920.0));
        check("VmHWM", Some(90_000.0));
        check("Vm", None);
    }
}
