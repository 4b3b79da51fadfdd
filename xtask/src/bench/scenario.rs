//! What is asked over HTTP, and how fast it must be answered.

use super::race::Race;
use super::table::{Table, count};

#[derive(Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub kind: &'static str,
    /// The file of what is asked.
    pub asks: &'static str,
    pub writes: bool,
    pub slow_disk: bool,
    pub per_s_min: f64,
    pub p99_ms_max: Option<f64>,
}

const fn read(name: &'static str, per_s_min: f64, p99_ms_max: Option<f64>) -> Scenario {
    Scenario { name, kind: "get", asks: name, writes: false, slow_disk: false, per_s_min, p99_ms_max }
}

const fn report(name: &'static str, kind: &'static str, per_s_min: f64, p99_ms_max: Option<f64>) -> Scenario {
    Scenario { name, kind, asks: "report", writes: true, slow_disk: false, per_s_min, p99_ms_max }
}

const NOTHING_PROMISED: f64 = 0.0;

pub const SCENARIOS: [Scenario; 7] = [
    // A word of an answer, from no row: what this machine and the load generator allow.
    read("nothing", NOTHING_PROMISED, None),
    read("one", 80_000.0, Some(2.0)),
    read("list", 25_000.0, Some(5.0)),
    read("cached", 100_000.0, None),
    report("report", "report", 35_000.0, Some(10.0)),
    // The same with an Idempotency-Key, whose answer is kept; the bare endpoint knows no keys.
    report("report-keyed", "report-keyed", 35_000.0, Some(10.0)),
    Scenario { slow_disk: true, ..report("report-slow-disk", "report", 12_000.0, None) },
];

pub fn table() -> Table {
    Table::new(&[
        "", "a second", "p50 ms", "p99 ms", "bare", "p50 ms", "p99 ms", "of bare", "target", "", "errors",
    ])
}

impl Scenario {
    pub fn row(&self, race: &Race) -> Vec<String> {
        let (ours, bare) = (race.ours, race.bare);
        let is_promised = self.per_s_min > NOTHING_PROMISED;
        let mut target = if is_promised { count(self.per_s_min) } else { String::new() };
        if let Some(p99_ms_max) = self.p99_ms_max {
            target += &format!(", p99 < {p99_ms_max} ms");
        }
        let errors = ours.errors + bare.errors;
        let verdict = match errors {
            0 if !is_promised => "",
            0 if self.is_met(race) => "met",
            0 => "missed",
            _ => "invalid",
        };
        vec![
            self.name.to_owned(),
            count(ours.per_s),
            format!("{:.2}", ours.p50_ms),
            format!("{:.2}", ours.p99_ms),
            count(bare.per_s),
            format!("{:.2}", bare.p50_ms),
            format!("{:.2}", bare.p99_ms),
            format!("{:.0} %", 100.0 * ours.per_s / bare.per_s.max(1.0)),
            target,
            verdict.to_owned(),
            errors.to_string(),
        ]
    }

    fn is_met(&self, race: &Race) -> bool {
        race.ours.per_s >= self.per_s_min && self.p99_ms_max.is_none_or(|max| race.ours.p99_ms < max)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::wrk::Figures;
    use super::*;

    #[test]
    fn a_verdict_needs_pace_latency_and_no_error() {
        let check = |per_s, p99_ms, errors, verdict: &str| {
            let ours = Figures { per_s, p50_ms: 0.5, p99_ms, errors };
            let bare = Figures { per_s: 160_000.0, p50_ms: 0.4, p99_ms: 1.0, errors: 0 };
            let race = Race { ours, bare, behind: 0, caught_up_in: Duration::ZERO };
            assert_eq!(SCENARIOS[1].row(&race)[9], verdict, "{per_s} {p99_ms} {errors}");
        };
        check(80_000.0, 1.9, 0, "met");
        check(79_999.0, 1.9, 0, "missed");
        check(90_000.0, 2.0, 0, "missed");
        check(90_000.0, 1.0, 1, "invalid");
    }
}
