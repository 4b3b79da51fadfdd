//! Folders that are made once through the program's own commands and kept while they are still right.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::ours::{Ours, Programs, TENANT};
use super::people::{self, PEOPLE};
use crate::environment;
use crate::run::run;
use crate::step::{Outcome, step};

pub const MARKETS: u32 = 10;
/// Commands at once while many markets are added.
const ADDING_AT_ONCE: usize = 4;
/// Says that a folder is complete, and of what.
const MARK: &str = "complete";
/// What the rows in the folders follow from.
const SOURCES: [&str; 12] = [
    "apps/civic/src/load",
    "apps/civic/src/load/city",
    "iroko/src/demo",
    "apps/civic/schema",
    "apps/delivery/schema",
    "platform/bus/schema",
    "platform/dispatch/schema",
    "platform/identity/schema",
    "platform/money/schema",
    "platform/store/schema",
    "platform/tenancy/schema",
    "platform/web/schema",
];

pub fn below(name: &str) -> PathBuf {
    environment::built("bench").join(name)
}

pub fn market(number: u32) -> String {
    format!("m{number}")
}

pub fn markets() -> Vec<String> {
    (0..MARKETS).map(market).collect()
}

/// Ten markets with so many requests each, and people who sign in.
pub fn requests(programs: &Programs, each: u32) -> Outcome<PathBuf> {
    let home = below(&format!("requests-{each}"));
    kept(&home, &format!("prepare {MARKETS} markets with {each} requests each"), |folder| {
        let ours = Ours::on_folder(programs, folder);
        ours.add_tenant()?;
        for market in markets() {
            ours.add_market(&market)?;
            let which = format!("{TENANT}/{market}");
            ours.say(&["market", "fill", &which, "--requests", &each.to_string()])?;
        }
        (0..PEOPLE).try_for_each(|number| people::add(&ours, &home, number))
    })?;
    Ok(home.join("data"))
}

/// So many markets without requests, added while serving, and how long that took.
pub fn many_markets(programs: &Programs, count: u32) -> Outcome<(PathBuf, Duration)> {
    let home = below(&format!("markets-{count}"));
    let took = kept(&home, &format!("add {count} markets"), |folder| {
        let ours = Ours::on_folder(programs, folder);
        ours.add_tenant()?;
        let server = ours.serve()?;
        let next = AtomicU32::new(0);
        let add = || {
            while let Some(number) =
                Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < count)
            {
                ours.add_market(&market(number))?;
            }
            Ok(())
        };
        let outcome = std::thread::scope(|scope| {
            let adders: Vec<_> = (0..ADDING_AT_ONCE).map(|_| scope.spawn(add)).collect();
            adders.into_iter().try_for_each(|adder| adder.join().unwrap_or(Err("an adder panicked".into())))
        });
        drop(server);
        outcome
    })?;
    Ok((home.join("data"), took))
}

/// Makes the folder unless it is there and of the same sources; gives the time its making took.
pub fn kept(home: &Path, name: &str, make: impl FnOnce(&Path) -> Outcome) -> Outcome<Duration> {
    let (mark, sources) = (home.join(MARK), sources()?);
    if let Some((of, took_ms)) =
        fs::read_to_string(&mark).ok().as_deref().and_then(|text| text.split_once(' '))
        && of == sources
        && let Ok(took_ms) = took_ms.trim().parse()
    {
        return Ok(Duration::from_millis(took_ms));
    }
    let failed = |fault: std::io::Error| format!("{}: {fault}", home.display());
    if home.exists() {
        fs::remove_dir_all(home).map_err(failed)?;
    }
    fs::create_dir_all(home.join("data")).map_err(failed)?;
    let started = Instant::now();
    step(name, || make(&home.join("data")))?;
    let took = started.elapsed();
    fs::write(mark, format!("{sources} {}\n", took.as_millis())).map_err(failed)?;
    settle()?;
    Ok(took)
}

fn sources() -> Outcome<String> {
    let mut hasher = DefaultHasher::new();
    for folder in SOURCES.map(|folder| environment::root().join(folder)) {
        let failed = |fault: std::io::Error| format!("{}: {fault}", folder.display());
        let entries = fs::read_dir(&folder).map_err(failed)?;
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.is_file()) {
            fs::read(file).map_err(failed)?.hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// A copy to write to, so that the folder stays as it is.
pub fn copy(from: &Path, name: &str) -> Outcome<PathBuf> {
    let to = below(name);
    let failed = |fault: std::io::Error| format!("{}: {fault}", to.display());
    if to.exists() {
        fs::remove_dir_all(&to).map_err(failed)?;
    }
    copy_below(from, &to).map_err(failed)?;
    settle()?;
    Ok(to)
}

fn copy_below(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, to) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy_below(&entry.path(), &to)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// What was just written would otherwise reach the disk in the middle of a measurement.
fn settle() -> Outcome {
    run(&mut std::process::Command::new("sync"))
}
