//! A clock that days can be added to. The program under test has none of its own that could be set, and
//! must not: so a few lines of C stand between it and the machine's, which it loads as it starts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::output_of;
use crate::step::Outcome;

const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long ahead_s;

__attribute__((constructor)) static void read_ahead(void) {
    const char *name = getenv("CRASH_AHEAD_FILE");
    FILE *file = name ? fopen(name, "r") : NULL;
    if (file && fscanf(file, "%ld", &ahead_s) != 1) ahead_s = 0;
    if (file) fclose(file);
}

int clock_gettime(clockid_t which, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int said = real(which, now);
    if (said == 0 && which == CLOCK_REALTIME) now->tv_sec += ahead_s;
    return said;
}
"#;

#[derive(Debug)]
pub struct Clock {
    library: PathBuf,
    file: PathBuf,
    ahead_s: u64,
}

impl Clock {
    pub fn new(folder: &Path) -> Outcome<Self> {
        let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
        let clock = Self { library, file: folder.join("ahead"), ahead_s: 0 };
        let written = fs::write(&source, SOURCE).and_then(|()| fs::write(&clock.file, "0"));
        written.map_err(|fault| format!("{}: {fault}", folder.display()))?;
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&clock.library).arg(&source).arg("-ldl");
        output_of(&mut compile)?;
        Ok(clock)
    }

    /// For every program that is to go by it.
    pub fn variables(&self) -> [(&'static str, String); 2] {
        let text = |path: &Path| path.display().to_string();
        [("LD_PRELOAD", text(&self.library)), ("CRASH_AHEAD_FILE", text(&self.file))]
    }

    /// Programs that start from now on are so much further on.
    pub fn go_on(&mut self, seconds: u64) -> Outcome {
        self.ahead_s += seconds;
        fs::write(&self.file, self.ahead_s.to_string()).map_err(|fault| fault.to_string())
    }

    pub fn ahead_s(&self) -> u64 {
        self.ahead_s
    }
}
