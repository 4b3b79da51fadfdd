//! Figures of both sizes side by side, beside what they should be.

use super::super::open::Found;
use super::super::table::{Table, count};
use super::asks::Load;
use super::city::Size;

/// A rate is held if no more than so much of it is missing.
const HELD: f64 = 0.98;
/// Fifty cities of the larger size.
const CITIES: f64 = 50.0;

pub fn of(loads: &[Load], sizes: &[Size; 2], found: &[Vec<Option<Found>>]) -> Table {
    let [small, large] = sizes.map(Size::name);
    let heading = [
        "asked",
        "a second",
        &small,
        "p95 ms",
        "p99 ms",
        &large,
        "p95 ms",
        "p99 ms",
        "growth",
        "p95 target",
        "",
        "errors",
    ];
    let mut table = Table::new(&heading);
    for (place, load) in loads.iter().enumerate() {
        let at = |size: usize| found.get(size).and_then(|them| them.get(place)).copied().flatten();
        let mut row = vec![load.name.to_owned(), count(f64::from(load.per_s))];
        for found in [at(0), at(1)] {
            row.extend(found.map_or_else(
                || ["-".to_owned(), "-".to_owned(), "-".to_owned()],
                |it| [count(it.per_s), format!("{:.1}", it.p95_ms), format!("{:.1}", it.p99_ms)],
            ));
        }
        row.push(at(0).zip(at(1)).map_or_else(String::new, growth));
        row.push(load.p95_ms_max.map_or_else(String::new, |most| format!("below {most}")));
        row.push(verdict(load, at(1)).to_owned());
        row.push(at(1).map_or_else(String::new, |it| it.errors.to_string()));
        table.row(row);
    }
    table
}

/// How many times as long it takes with ten times as many. Cities lie in files of their own, so that
/// fifty of them cost what is not shared: memory for pages, and the disk.
fn growth((small, large): (Found, Found)) -> String {
    format!("{:.1}×", large.p95_ms / small.p95_ms.max(0.001))
}

fn verdict(load: &Load, found: Option<Found>) -> &'static str {
    let Some(found) = found else { return "not there" };
    let is_held = found.per_s >= HELD * f64::from(load.per_s) && found.errors == 0;
    match (is_held, load.p95_ms_max) {
        (false, _) => "missed",
        (true, Some(most)) if found.p95_ms >= most => "missed",
        _ => "met",
    }
}

/// What fifty such cities take on a disk, in gigabytes.
pub fn of_fifty(bytes_each: f64, size: Size) -> f64 {
    bytes_each * f64::from(size.requests) * CITIES / 1e9
}

#[cfg(test)]
mod tests {
    use super::super::asks::LOADS;
    use super::*;

    #[test]
    fn a_rate_that_is_not_held_is_missed_however_fast_the_rest_was() {
        let found =
            |per_s: f64, p95_ms: f64, errors: u64| Found { per_s, p50_ms: 1.0, p95_ms, p99_ms: 9.0, errors };
        for (it, expect) in [
            (Some(found(5_000.0, 19.0, 0)), "met"),
            (Some(found(4_800.0, 1.0, 0)), "missed"),
            (Some(found(5_000.0, 21.0, 0)), "missed"),
            (Some(found(5_000.0, 1.0, 1)), "missed"),
            (None, "not there"),
        ] {
            assert_eq!(verdict(&LOADS[0], it), expect, "{it:?}");
        }
    }
}
