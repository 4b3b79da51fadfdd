//! How a long command gets on: lines for whoever waits, and a bar where it can be counted. What is
//! counted may be counted in the running server, so it travels as a line like the others.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use parking_lot::Mutex;

use super::operation::Tell;
use super::report;

/// Begins a line that says how much of how much is done.
const MARK: char = '~';
/// How often it is said.
const EVERY: Duration = Duration::from_millis(250);
/// How often where nobody looks at a terminal.
const PLAINLY_EVERY: Duration = Duration::from_secs(5);

/// Says how far something is, a few times a second and at its end.
pub struct Count {
    tell: Tell,
    what: &'static str,
    started: Instant,
    /// What was done before this run, and when it was said last.
    state: Mutex<(Option<i64>, Option<Instant>)>,
}

impl Count {
    pub fn new(tell: &Tell, what: &'static str) -> Self {
        Self { tell: tell.clone(), what, started: Instant::now(), state: Mutex::default() }
    }

    /// `units` were counted so far of what takes `done` of `total`.
    pub fn at(&self, done: i64, total: i64, units: i64) {
        let mut state = self.state.lock();
        let first = *state.0.get_or_insert(units);
        if done < total && state.1.is_some_and(|last| last.elapsed() < EVERY) {
            return;
        }
        state.1 = Some(Instant::now());
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        let pace = (units - first) as f64 / seconds;
        (self.tell)(&format!("{MARK}{done}/{total} {units} {}, {pace:.0} a second", self.what));
    }
}

/// Lines and bars on standard error.
pub fn on_terminal() -> Tell {
    let bar: Mutex<Option<ProgressBar>> = Mutex::default();
    let plainly: Mutex<Option<Instant>> = Mutex::default();
    let is_terminal = std::io::stderr().is_terminal();
    let say = |line: &str| report::tell(std::io::stderr(), &format!("  {line}"));
    Arc::new(move |message: &str| match counted(message) {
        None => match &*bar.lock() {
            Some(bar) => bar.suspend(|| say(message)),
            None => say(message),
        },
        Some((done, total, text)) if is_terminal => {
            let mut bar = bar.lock();
            let shown = bar.get_or_insert_with(|| ProgressBar::new(total).with_style(style()));
            shown.set_length(total);
            shown.set_position(done);
            shown.set_message(text.to_owned());
            if done >= total {
                shown.finish();
                *bar = None;
            }
        }
        Some((done, total, text)) => {
            let mut last = plainly.lock();
            if done >= total || last.is_none_or(|last| last.elapsed() > PLAINLY_EVERY) {
                *last = Some(Instant::now());
                say(&format!("{} %: {text}", done * 100 / total.max(1)));
            }
        }
    })
}

fn counted(message: &str) -> Option<(u64, u64, &str)> {
    let (share, text) = message.strip_prefix(MARK)?.split_once(' ')?;
    let (done, total) = share.split_once('/')?;
    Some((done.parse().ok()?, total.parse().ok()?, text))
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("  {wide_bar} {percent} % {msg}, {eta} left");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told_and_understood() {
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let ear = heard.clone();
        let tell: Tell = Arc::new(move |line: &str| ear.lock().push(line.to_owned()));
        let count = Count::new(&tell, "requests");
        (1..=100).for_each(|done| count.at(done * 2, 200, done));
        let heard = heard.lock();
        assert!(heard.len() >= 2 && heard.len() < 100, "{heard:?}");
        let (done, total, text) = counted(heard.last().unwrap()).unwrap();
        assert_eq!((done, total), (200, 200));
        assert!(text.starts_with("100 requests, "), "{text}");
        assert_eq!(counted("boston: 600 requests"), None);
        assert_eq!(counted("~ 600"), None);
    }
}
