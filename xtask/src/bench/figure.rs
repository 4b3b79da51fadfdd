//! A figure that no load generator gives, beside what it should be.

use super::table::{Table, count};

#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    what: String,
    found: String,
    target: String,
    verdict: &'static str,
}

impl Figure {
    pub fn at_least(what: impl Into<String>, found: f64, least: f64, unit: &str) -> Self {
        let verdict = if found >= least { "met" } else { "missed" };
        Self::new(what, spelled(found, unit), format!("at least {}", spelled(least, unit)), verdict)
    }

    pub fn below(what: impl Into<String>, found: f64, most: f64, unit: &str) -> Self {
        let verdict = if found < most { "met" } else { "missed" };
        Self::new(what, spelled(found, unit), format!("below {}", spelled(most, unit)), verdict)
    }

    /// Nothing was promised.
    pub fn noted(what: impl Into<String>, found: f64, unit: &str) -> Self {
        Self::new(what, spelled(found, unit), String::new(), "")
    }

    fn new(what: impl Into<String>, found: String, target: String, verdict: &'static str) -> Self {
        Self { what: what.into(), found, target, verdict }
    }
}

fn spelled(number: f64, unit: &str) -> String {
    match number {
        0.0..10.0 if number.fract() != 0.0 => format!("{number:.1} {unit}"),
        _ => format!("{} {unit}", count(number)),
    }
}

pub fn table(figures: &[Figure]) -> Table {
    let mut table = Table::new(&["", "found", "target", ""]);
    for figure in figures {
        let cells = [&figure.what, &figure.found, &figure.target].map(String::clone);
        table.row(cells.into_iter().chain([figure.verdict.to_owned()]));
    }
    table
}

/// The middle one.
pub fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_beside_their_targets() {
        let figures = [
            Figure::below("start", 41.0, 200.0, "ms"),
            Figure::at_least("commits", 24_999.0, 25_000.0, "/s"),
            Figure::noted("waiting", 1.25, "s"),
        ];
        let text = table(&figures).text();
        let line = |at: usize| {
            text.lines().nth(at).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        assert_eq!(line(1).as_deref(), Some("start 41 ms below 200 ms met"));
        assert_eq!(line(2).as_deref(), Some("commits 24,999 /s at least 25,000 /s missed"));
        assert_eq!(line(3).as_deref(), Some("waiting 1.2 s"));
    }
}
