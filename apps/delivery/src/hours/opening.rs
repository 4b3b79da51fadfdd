//! Whether something is open, as arithmetic on the clock that hangs on its wall.
//!
//! It is open at an instant if the wall shows a time within a span of its day. When clocks go forward, the
//! hour that is skipped is nobody's; when they go back, the hour that comes twice counts twice. A span that
//! goes on after midnight belongs to the day it begins on, whatever the next day is.
//!
//! That changes only where the wall shows the edge of a span, or where the clocks are moved. So the answers
//! are found by asking at those instants alone.

use kernel::jiff::tz::{AmbiguousOffset, TimeZone};
use kernel::jiff::{SignedDuration, Timestamp};

use super::model::{DAY_MIN, Hours, date_of, day_number};
use crate::limits;

/// Days whose edges are gathered at once: most stores open or close within the first of them.
const STEP_DAYS: i32 = 4;

impl Hours {
    pub fn is_open(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let shown = zone.to_datetime(at);
        let minute = shown.hour() as u16 * 60 + shown.minute() as u16;
        let day = day_number(shown.date());
        let within =
            |day: i32, minute: u16| self.spans(day).iter().any(|span| (span.from..span.to).contains(&minute));
        within(day, minute) || within(day - 1, minute + DAY_MIN)
    }

    /// When what is open closes. Nothing if it is closed, or does not close in the time that is looked at.
    pub fn closes_at(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if !self.is_open(at, zone) {
            return None;
        }
        self.turn_after(at, zone, false)
    }

    /// When it opens, which is now if it is open. Nothing if it does not in the time that is looked at.
    pub fn opens_next(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if self.is_open(at, zone) {
            return Some(at);
        }
        self.turn_after(at, zone, true)
    }

    fn turn_after(&self, at: Timestamp, zone: &TimeZone, to_open: bool) -> Option<Timestamp> {
        let today = day_number(zone.to_datetime(at).date());
        let mut from = at;
        for step in 0..limits::HOURS_LOOKED_AT_DAYS / STEP_DAYS {
            let first = today + step * STEP_DAYS;
            let until = at.checked_add(SignedDuration::from_hours(24 * i64::from((step + 1) * STEP_DAYS)));
            let until = until.ok()?;
            let edges = self.edges(first - 2..=first + STEP_DAYS + 2, zone);
            let moves = zone.following(from).take_while(|next| next.timestamp() <= until);
            let mut instants: Vec<Timestamp> = edges.chain(moves.map(|next| next.timestamp())).collect();
            instants.retain(|instant| *instant > from && *instant <= until);
            instants.sort_unstable();
            let found = instants.into_iter().find(|instant| self.is_open(*instant, zone) == to_open);
            if found.is_some() {
                return found;
            }
            from = until;
        }
        None
    }

    /// The instants at which the wall shows an edge of the spans of some days.
    fn edges(&self, days: std::ops::RangeInclusive<i32>, zone: &TimeZone) -> impl Iterator<Item = Timestamp> {
        let shown = days.flat_map(|day| {
            let edges = self.spans(day).iter().flat_map(|span| [span.from, span.to]);
            edges.filter_map(move |minute| {
                let date = date_of(day + i32::from(minute / DAY_MIN))?;
                let (hour, minute) = ((minute % DAY_MIN / 60) as i8, (minute % 60) as i8);
                Some(date.at(hour, minute, 0, 0))
            })
        });
        shown.flat_map(|shown| {
            let offsets = match zone.to_ambiguous_timestamp(shown).offset() {
                AmbiguousOffset::Unambiguous { offset } => [Some(offset), None],
                // The wall never shows it; the move of the clocks is an instant of its own.
                AmbiguousOffset::Gap { .. } => [None, None],
                AmbiguousOffset::Fold { before, after } => [Some(before), Some(after)],
            };
            offsets.into_iter().flatten().filter_map(move |offset| offset.to_timestamp(shown).ok())
        })
    }
}
