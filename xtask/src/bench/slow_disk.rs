//! A library of our own, preloaded into a server, that stands for a disk which syncs slowly.

use std::path::PathBuf;
use std::process::Command;

use super::folders;
use crate::environment;
use crate::run::run;
use crate::step::Outcome;

pub fn library() -> Outcome<PathBuf> {
    let library = folders::below("slow_sync.so");
    let source = environment::root().join("xtask/src/bench/slow_sync.c");
    let mut command = Command::new("cc");
    command.args(["-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
    run(&mut command)?;
    Ok(library)
}
