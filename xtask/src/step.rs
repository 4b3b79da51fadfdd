//! What the chores say about themselves: one line when a step begins, one with its time when it ends.

use std::time::{Duration, Instant};

use crate::environment;

/// What went wrong, for the person at the terminal.
pub type Outcome<T = ()> = Result<T, String>;

const BOLD: &str = "1";
const RED: &str = "1;31";
const GREEN: &str = "1;32";
const YELLOW: &str = "1;33";

/// Runs one step, saying its name before and its time after.
pub fn step<T>(name: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    say(BOLD, "──", name);
    let started = Instant::now();
    let outcome = work();
    let time = spelled(started.elapsed());
    match &outcome {
        Ok(_) => say(GREEN, "ok", &format!("{name} in {time}")),
        Err(_) => say(RED, "FAILED", &format!("{name} after {time}")),
    }
    outcome
}

pub fn warn(text: &str) {
    say(YELLOW, "warning:", text);
}

pub fn fault(text: &str) {
    say(RED, "error:", text);
}

pub fn done(text: &str) {
    say(GREEN, "done:", text);
}

fn say(colour: &str, word: &str, text: &str) {
    if environment::coloured() {
        eprintln!("\x1b[{colour}m{word}\x1b[0m {text}");
    } else {
        eprintln!("{word} {text}");
    }
}

pub fn spelled(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spelled_for_people() {
        let check = |ms, text: &str| assert_eq!(spelled(Duration::from_millis(ms)), text);
        check(40, "0.0 s");
        check(1_540, "1.5 s");
        check(60_000, "1 min 00 s");
        check(754_321, "12 min 34 s");
    }
}
