//! Deadlines in working time, as pure arithmetic.
//!
//! The clock on the wall decides: somebody works at an instant if the wall shows a time within a span
//! of its day. When clocks are put forward, the hour that is skipped is nobody's; when they are put
//! back, the hour that comes twice is worked twice. A span that goes on after midnight belongs to the
//! day it begins on: a holiday takes away what begins on it, and leaves what began the evening before.

use std::ops::ControlFlow;

use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;

use super::model::{DAY_MINUTES, Holidays, Span, Week};
use crate::limits;
use crate::request::state::Deadline;

const SECOND_US: i64 = 1_000_000;
const MINUTE_US: i64 = 60 * SECOND_US;
const DAY_US: i64 = 24 * 60 * MINUTE_US;
/// Zones are at most so far from UTC, and a clock was never moved by more.
const ZONE_US: i64 = 30 * 60 * MINUTE_US;

/// When a market works.
#[derive(Debug, Clone)]
pub struct Calendar {
    pub week: Week,
    pub holidays: Holidays,
    pub zone: TimeZone,
}

/// How much working time there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    Minutes(u32),
    /// Until the close of so many working days after the day of the start; none is the close of that
    /// day itself, if there is one yet to come.
    Days(u32),
}

/// A time in which the clock stood still; without an end it stands still now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pause {
    pub from: Timestamp,
    pub to: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    At(Timestamp),
    /// The clock stands still with so much left of what was allowed: minutes begun, or days.
    Paused {
        left: u32,
    },
    /// Nobody works within the next ten years.
    Never,
}

impl Deadline for Calendar {
    /// Of a minute that has begun nothing is taken away.
    fn left(&self, now: Timestamp, due: Timestamp) -> i64 {
        (self.elapsed_us(now, due, &[]) + MINUTE_US - 1) / MINUTE_US
    }

    fn due(&self, now: Timestamp, left_min: i64) -> Timestamp {
        self.due_after(now, left_min).unwrap_or(Timestamp::MAX)
    }
}

/// A stretch of time in microseconds, its end not included.
type Stretch = (i64, i64);

impl Calendar {
    /// By when it is due. A time that ends just when work ends is due then, not the next morning.
    pub fn due(&self, start: Timestamp, allowed: Allowance, pauses: &[Pause]) -> Due {
        let pauses = Pauses::of(pauses);
        match allowed {
            Allowance::Minutes(minutes) => self.due_in_minutes(start, minutes, &pauses),
            Allowance::Days(days) => self.due_in_days(start, days, &pauses),
        }
    }

    /// By when so many working minutes have passed; `None`: not within ten years.
    pub fn due_after(&self, start: Timestamp, minutes: i64) -> Option<Timestamp> {
        let minutes = u32::try_from(minutes.max(0)).unwrap_or(u32::MAX);
        match self.due(start, Allowance::Minutes(minutes), &[]) {
            Due::At(due) => Some(due),
            Due::Paused { .. } | Due::Never => None,
        }
    }

    /// Working time between two instants, without the pauses, in microseconds.
    pub fn elapsed_us(&self, start: Timestamp, end: Timestamp, pauses: &[Pause]) -> i64 {
        let pauses = Pauses::of(pauses);
        let mut elapsed = 0;
        self.worked(start.as_microsecond(), end.as_microsecond(), |stretch| {
            pauses.outside(stretch, |(from, to)| {
                elapsed += to - from;
                ControlFlow::Continue(())
            })
        });
        elapsed
    }

    /// Whether somebody works then.
    pub fn is_working(&self, at: Timestamp) -> bool {
        let at = at.as_microsecond();
        let mut works = false;
        self.worked(at, at + 1, |_| {
            works = true;
            ControlFlow::Break(())
        });
        works
    }

    fn due_in_minutes(&self, start: Timestamp, minutes: u32, pauses: &Pauses) -> Due {
        if minutes == 0 {
            return Due::At(start);
        }
        let mut left = i64::from(minutes) * MINUTE_US;
        let start = start.as_microsecond();
        let until = start.saturating_add(limits::DEADLINE_DAYS_MAX * DAY_US).min(pauses.stopped_at);
        let mut due = None;
        self.worked(start, until, |stretch| {
            pauses.outside(stretch, |(from, to)| {
                if to - from >= left {
                    due = Some(from + left);
                    return ControlFlow::Break(());
                }
                left -= to - from;
                ControlFlow::Continue(())
            })
        });
        match due.and_then(|due| Timestamp::from_microsecond(due).ok()) {
            Some(due) => Due::At(due),
            None if pauses.stopped_at < i64::MAX => {
                Due::Paused { left: u32::try_from((left + MINUTE_US - 1) / MINUTE_US).unwrap_or(u32::MAX) }
            }
            None => Due::Never,
        }
    }

    /// A working day counts at its close, if the clock does not stand still then.
    fn due_in_days(&self, start: Timestamp, days: u32, pauses: &Pauses) -> Due {
        let first = self.local_day(start);
        let start = start.as_microsecond();
        let mut left = days;
        for day in first..first + limits::DEADLINE_DAYS_MAX {
            let Some(close) = self.close(day) else { continue };
            if close <= start || (day == first && days > 0) {
                continue;
            }
            if close > pauses.stopped_at {
                return Due::Paused { left };
            }
            if pauses.stands_still_before(close) {
                continue;
            }
            left = left.saturating_sub(1);
            if left == 0 {
                return Timestamp::from_microsecond(close).map_or(Due::Never, Due::At);
            }
        }
        if pauses.stopped_at < i64::MAX { Due::Paused { left } } else { Due::Never }
    }

    /// When the last of a day's own spans ends for good; nothing if nobody works on that day.
    fn close(&self, day: i64) -> Option<i64> {
        let span = self.spans(day).last()?;
        let wall = |minutes: u16| day * DAY_US + i64::from(minutes) * MINUTE_US;
        let own = (wall(span.from), wall(span.to));
        let mut close = None;
        self.offsets(own.0 - ZONE_US, own.1 + ZONE_US, |(from, to), offset| {
            let (begins, ends) = (from.max(own.0 - offset), to.min(own.1 - offset));
            if begins < ends {
                close = Some(ends);
            }
            ControlFlow::Continue(())
        });
        // The clocks may skip the span whole; then the one before it closes the day, if it was worked.
        close.or_else(|| self.close_of_earlier(day))
    }

    fn close_of_earlier(&self, day: i64) -> Option<i64> {
        let earlier = self.spans(day).split_last()?.1;
        let (first, last) = (earlier.first()?, earlier.last()?);
        let wall = |minutes: u16| day * DAY_US + i64::from(minutes) * MINUTE_US;
        let mut close = None;
        self.worked(wall(first.from) - ZONE_US, wall(last.to) + ZONE_US, |(from, to)| {
            let shown = from + self.offset_at(from);
            if (wall(first.from)..wall(last.to)).contains(&shown) {
                close = Some(to);
            }
            ControlFlow::Continue(())
        });
        close
    }

    fn offset_at(&self, at: i64) -> i64 {
        Timestamp::from_microsecond(at)
            .map_or(0, |at| i64::from(self.zone.to_offset(at).seconds()) * SECOND_US)
    }

    fn local_day(&self, at: Timestamp) -> i64 {
        (at.as_microsecond() + self.offset_at(at.as_microsecond())).div_euclid(DAY_US)
    }

    /// Visits each stretch in which somebody works, in order.
    fn worked(&self, from: i64, until: i64, mut visit: impl FnMut(Stretch) -> ControlFlow<()>) {
        self.offsets(from, until, |(from, to), offset| {
            let (shown_from, shown_to) = (from + offset, to + offset);
            for day in shown_from.div_euclid(DAY_US)..=(shown_to - 1).div_euclid(DAY_US) {
                for (begins, ends) in self.day(day) {
                    let begins = begins.max(shown_from);
                    let ends = ends.min(shown_to);
                    if begins < ends {
                        visit((begins - offset, ends - offset))?;
                    }
                }
            }
            ControlFlow::Continue(())
        });
    }

    /// Visits each stretch in which the zone keeps one distance from UTC, in order.
    fn offsets(&self, from: i64, until: i64, mut visit: impl FnMut(Stretch, i64) -> ControlFlow<()>) {
        let mut at = from;
        while at < until {
            let Ok(instant) = Timestamp::from_microsecond(at) else { return };
            let change = self.zone.following(instant).next().map(|next| next.timestamp().as_microsecond());
            let to = change.unwrap_or(i64::MAX).min(until);
            if visit((at, to), self.offset_at(at)).is_break() {
                return;
            }
            at = to;
        }
    }

    fn spans(&self, day: i64) -> &[Span] {
        let holiday = i32::try_from(day).ok().and_then(|day| self.holidays.get(&day));
        // The first of January 1970 was a Thursday.
        let weekday = (day + 3).rem_euclid(7) as usize;
        holiday.map_or(&self.week.0[weekday], |holiday| &holiday.spans).as_slice()
    }

    /// What the wall shows while somebody works on a day: what the day before left over, and its own;
    /// in order and apart.
    fn day(&self, day: i64) -> Vec<Stretch> {
        let overnight = self.spans(day - 1).iter().filter(|span| span.to > DAY_MINUTES);
        let mut spans: Vec<(u16, u16)> = overnight.map(|span| (0, span.to - DAY_MINUTES)).collect();
        spans.extend(self.spans(day).iter().map(|span| (span.from, span.to.min(DAY_MINUTES))));
        spans.sort_unstable();
        spans.dedup_by(|next, kept| {
            let meets = next.0 <= kept.1;
            if meets {
                kept.1 = kept.1.max(next.1);
            }
            meets
        });
        let wall = |minutes: u16| day * DAY_US + i64::from(minutes) * MINUTE_US;
        spans.into_iter().map(|(from, to)| (wall(from), wall(to))).collect()
    }
}

/// Pauses in order and apart, and when the last one began that has no end.
struct Pauses {
    ended: Vec<Stretch>,
    stopped_at: i64,
}

impl Pauses {
    fn of(pauses: &[Pause]) -> Self {
        let pauses = &pauses[..pauses.len().min(limits::PAUSES_MAX)];
        let open = pauses.iter().filter(|pause| pause.to.is_none());
        let stopped_at = open.map(|pause| pause.from.as_microsecond()).min().unwrap_or(i64::MAX);
        let mut ended: Vec<Stretch> = pauses
            .iter()
            .map(|pause| (pause.from.as_microsecond(), pause.to.map_or(i64::MAX, Timestamp::as_microsecond)))
            .filter(|(from, to)| from < to)
            .collect();
        ended.sort_unstable();
        ended.dedup_by(|next, kept| {
            let meets = next.0 <= kept.1;
            if meets {
                kept.1 = kept.1.max(next.1);
            }
            meets
        });
        Self { ended, stopped_at }
    }

    /// Visits what is left of a stretch.
    fn outside(
        &self,
        (from, to): Stretch,
        mut visit: impl FnMut(Stretch) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut at = from;
        let first = self.ended.partition_point(|pause| pause.1 <= from);
        for pause in self.ended[first..].iter().take_while(|pause| pause.0 < to) {
            if at < pause.0 {
                visit((at, pause.0))?;
            }
            at = at.max(pause.1);
        }
        if at < to { visit((at, to)) } else { ControlFlow::Continue(()) }
    }

    /// Whether the clock stands still at the last moment before.
    fn stands_still_before(&self, at: i64) -> bool {
        let first = self.ended.partition_point(|pause| pause.1 < at);
        self.ended.get(first).is_some_and(|pause| pause.0 < at)
    }
}
