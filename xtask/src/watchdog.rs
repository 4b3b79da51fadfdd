//! Stops everything a chore started, whichever way the chore ends.
//!
//! A second process of this program waits at a pipe for the first one's end. The operating system
//! closes the pipe after success, failure, panic, Ctrl-C and SIGKILL alike, so there is one way of
//! stopping and no signal handler.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use rustix::process::{
    Pid, Signal, kill_process, kill_process_group, test_kill_process, test_kill_process_group,
};

use crate::step::{Outcome, warn};

/// A server that has not gone by then is killed.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// Killed processes need only be taken note of by the operating system.
const VANISH_WITHIN: Duration = Duration::from_secs(2);
/// Where servers write their process numbers, below the watched folder, and what ends them at once.
/// Their own word is better than ours: it is there before they are ready and follows a restart.
/// PostgreSQL gives its shared memory back when asked to quit; Redis has nothing to give back.
const SERVERS: [(&str, Signal); 2] =
    [("postgres/data/postmaster.pid", Signal::QUIT), ("redis/redis.pid", Signal::KILL)];

/// The first process's end of the pipe.
#[derive(Debug)]
pub struct Watchdog {
    process: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Will stop the servers of `folder` and remove it.
    pub fn start(folder: &Path) -> Outcome<Watchdog> {
        let program = std::env::current_exe().map_err(|fault| format!("where is xtask? {fault}"))?;
        // A group of its own, so that what ends the chore's group leaves the watchdog to its work.
        let process = Command::new(program)
            .arg("watchdog")
            .arg(folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        let mut process = process.map_err(|fault| format!("the watchdog does not start: {fault}"))?;
        let pipe = process.stdin.take();
        Ok(Watchdog { process, pipe })
    }

    /// Runs the command in a group of its own that outlives neither the command nor us.
    pub fn run(&mut self, command: &mut Command) -> Outcome {
        let shown = crate::run::shown(command);
        let started = command.process_group(0).stdin(Stdio::null()).spawn();
        let mut child = started.map_err(|fault| format!("{shown}: {fault}"))?;
        self.tell(&format!("group {}", child.id()))?;
        let status = child.wait().map_err(|fault| format!("{shown}: {fault}"))?;
        kill_group(child.id());
        self.tell(&format!("ended {}", child.id()))?;
        if status.success() { Ok(()) } else { Err(format!("`{shown}` failed: {status}")) }
    }

    fn tell(&mut self, line: &str) -> Outcome {
        let pipe = self.pipe.as_mut().ok_or("the watchdog is gone")?;
        writeln!(pipe, "{line}").map_err(|fault| format!("the watchdog does not listen: {fault}"))
    }
}

impl Drop for Watchdog {
    /// Closes the pipe and waits until everything is stopped.
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.process.wait();
    }
}

/// The second process: waits for the end of the first, then stops and removes everything.
pub fn watch(folder: &Path) {
    let mut groups = BTreeSet::new();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        note(&mut groups, &line);
    }
    // Tests first: without their servers they would only print failures.
    groups.into_iter().for_each(kill_group);
    for (file, signal) in SERVERS {
        if let Some(server) = written_pid(&folder.join(file)) {
            stop(server, signal);
        }
    }
    // A server that was just being made may still write; it fails as soon as its folder is gone.
    let mut outcome = Ok(());
    let gone = testkit::until(STOP_WITHIN, || {
        outcome = fs::remove_dir_all(folder);
        outcome.is_ok() || !folder.exists()
    });
    if let (false, Err(fault)) = (gone, outcome) {
        warn(&format!("{} stays behind: {fault}", folder.display()));
    }
}

fn note(groups: &mut BTreeSet<u32>, line: &str) {
    let Some((word, id)) = line.split_once(' ') else { return };
    let Ok(id) = id.parse() else { return };
    match word {
        "group" => groups.insert(id),
        _ => groups.remove(&id),
    };
}

fn written_pid(file: &Path) -> Option<Pid> {
    pid(fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()?)
}

fn stop(server: Pid, signal: Signal) {
    for (signal, within) in [(signal, STOP_WITHIN), (Signal::KILL, VANISH_WITHIN)] {
        let _ = kill_process(server, signal);
        if testkit::until(within, || !is_alive(server)) {
            return;
        }
    }
}

/// A process that ended but was not yet asked for its status by its parent is not alive.
fn is_alive(process: Pid) -> bool {
    let state = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).unwrap_or_default();
    let ended = state.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z"));
    !ended && test_kill_process(process).is_ok()
}

fn kill_group(id: u32) {
    let Some(group) = pid(id) else { return };
    let _ = kill_process_group(group, Signal::KILL);
    testkit::until(VANISH_WITHIN, || test_kill_process_group(group).is_err());
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_come_and_go() {
        let mut groups = BTreeSet::new();
        for line in ["group 8", "group 9", "ended 8", "nonsense", "group x"] {
            note(&mut groups, line);
        }
        assert_eq!(groups, BTreeSet::from([9]));
    }

    #[test]
    fn a_group_is_killed_with_all_its_members() {
        let mut child = Command::new("sh")
            .args(["-c", "sleep 600 & sleep 600"])
            .process_group(0)
            .spawn()
            .expect("there is a shell");
        let id = child.id();
        assert!(test_kill_process_group(pid(id).expect("a process id")).is_ok());
        let waiter = std::thread::spawn(move || child.wait());
        kill_group(id);
        assert!(!waiter.join().expect("no panic").expect("it ends").success());
    }

    #[test]
    fn an_ended_child_is_not_alive_before_it_is_asked() {
        let mut child = Command::new("true").spawn().expect("there is such a program");
        let process = pid(child.id()).expect("a process id");
        assert!(testkit::until(STOP_WITHIN, || !is_alive(process)));
        child.wait().expect("it ended");
    }
}
