//! Trends over any days, from the rows of days and months.

use std::collections::HashMap;

use kernel::jiff::Span;
use kernel::jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Market, Query, StoreError};

use super::count::{self, Figure};
use super::repo;
use crate::map::limits;
use crate::map::names::{Kind, Names};
use crate::map::period::{self, Period};
use crate::map::sums;

/// By what figures are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    #[default]
    Day,
    Category,
    Area,
    Agency,
}

/// A question. Names that nothing was ever counted under have no number, and no figures.
#[derive(Debug, Clone)]
pub struct Question {
    pub from: Date,
    pub to: Date,
    pub by: By,
    pub category: Option<u64>,
    pub area: Option<u64>,
    pub agency: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    pub reported: i64,
    pub closed: i64,
    pub reopened: i64,
    pub in_time: i64,
    pub late: i64,
    /// Still to be done at the end.
    pub backlog: i64,
    /// How many took about so long, by class.
    took: Vec<i64>,
}

impl Figures {
    fn add(&mut self, figure: Figure, number: i64) {
        match figure {
            Figure::Reported => self.reported += number,
            Figure::Closed => self.closed += number,
            Figure::Reopened => self.reopened += number,
            Figure::InTime => self.in_time += number,
            Figure::Late => self.late += number,
            Figure::Backlog => self.backlog += number,
            Figure::Took(class) => {
                let class = class as usize;
                if self.took.len() <= class {
                    self.took.resize(class + 1, 0);
                }
                self.took[class] += number;
            }
        }
    }

    fn add_all(&mut self, other: &Figures) {
        self.reported += other.reported;
        self.closed += other.closed;
        self.reopened += other.reopened;
        self.in_time += other.in_time;
        self.late += other.late;
        self.backlog += other.backlog;
        for (class, number) in other.took.iter().enumerate() {
            self.add(Figure::Took(class as u64), *number);
        }
    }

    /// The time within which so many of a hundred were closed, in minutes; none was, no answer.
    pub fn closed_within_min(&self, percent: i64) -> Option<u64> {
        let all: i64 = self.took.iter().sum();
        let mut passed = 0;
        let class = self.took.iter().position(|number| {
            passed += *number;
            passed * 100 >= all * percent && passed > 0
        });
        class.map(|class| count::minutes(class as u64))
    }

    /// Of a thousand that had a deadline and were closed, so many in time.
    pub fn in_time_permille(&self) -> Option<i64> {
        let all = self.in_time + self.late;
        (all > 0).then(|| (self.in_time * 1_000 + all / 2) / all)
    }

    fn is_nothing(&self) -> bool {
        let Self { reported, closed, reopened, in_time, late, backlog, took } = self;
        [reported, closed, reopened, in_time, late, backlog].into_iter().chain(took).all(|it| *it == 0)
    }
}

/// The figures of each day or name, and of all together. Days are all there, names only with figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trends {
    pub items: Vec<(String, Figures)>,
    pub all: Figures,
}

pub async fn read(market: &Market, names: &Names, question: &Question) -> Result<Trends, StoreError> {
    let mut tables = Tables { question, groups: Groups::default(), all: Figures::default() };
    tables.before(market).await?;
    match question.by {
        By::Day => tables.days(market).await?,
        _ => tables.whole(market).await?,
    }
    Ok(tables.told(names))
}

struct Tables<'a> {
    question: &'a Question,
    groups: Groups,
    all: Figures,
}

/// Figures by day, or by the number of a name.
#[derive(Default)]
struct Groups {
    places: HashMap<u64, usize>,
    figures: Vec<(u64, Figures)>,
}

impl Groups {
    fn place(&mut self, group: u64) -> usize {
        *self.places.entry(group).or_insert_with(|| {
            self.figures.push((group, Figures::default()));
            self.figures.len() - 1
        })
    }

    fn total(&self) -> Figures {
        let mut total = Figures::default();
        self.figures.iter().for_each(|(_, figures)| total.add_all(figures));
        total
    }
}

impl Tables<'_> {
    /// The backlog that the days began with.
    async fn before(&mut self, market: &Market) -> Result<(), StoreError> {
        let Some(first) = repo::first_month(market).await? else { return Ok(()) };
        let from = self.question.from;
        let Period::Month(month) = Period::month(from) else { return Ok(()) };
        let mut periods: Vec<(Period, i64)> = (first..month).map(|month| (Period::Month(month), 1)).collect();
        if from.day() > 1 {
            periods.extend(period::cover(from.first_of_month(), from.saturating_sub(Span::new().days(1))));
        }
        self.add_up(market, &periods, |figure| figure == Figure::Backlog, |_| 0).await
    }

    async fn days(&mut self, market: &Market) -> Result<(), StoreError> {
        let (Period::Day(from), Period::Day(to)) =
            (Period::day(self.question.from), Period::day(self.question.to))
        else {
            return Ok(());
        };
        // The backlog of the days before is no day's own.
        let mut backlog = std::mem::take(&mut self.groups).total().backlog;
        let periods: Vec<(Period, i64)> = (from..=to).map(|day| (Period::Day(day), 1)).collect();
        let of_day = |period: Period| if let Period::Day(day) = period { day as u64 } else { 0 };
        self.add_up(market, &periods, |_| true, of_day).await?;
        self.all = self.groups.total();
        self.all.backlog += backlog;
        for day in from..=to {
            let place = self.groups.place(day as u64);
            let figures = &mut self.groups.figures[place].1;
            backlog += figures.backlog;
            figures.backlog = backlog;
        }
        Ok(())
    }

    async fn whole(&mut self, market: &Market) -> Result<(), StoreError> {
        let periods = period::cover(self.question.from, self.question.to);
        self.add_up(market, &periods, |_| true, |_| 0).await?;
        self.all = self.groups.total();
        self.groups.figures.retain(|(_, figures)| !figures.is_nothing());
        Ok(())
    }

    async fn add_up(
        &mut self,
        market: &Market,
        periods: &[(Period, i64)],
        is_meant: impl Fn(Figure) -> bool,
        of_period: impl Fn(Period) -> u64,
    ) -> Result<(), StoreError> {
        for some in periods.chunks(limits::DAYS_READ_AT_ONCE) {
            let queries: Vec<Query> = some.iter().map(|(period, _)| repo::period(*period)).collect();
            for ((period, sign), rows) in some.iter().zip(market.snapshot(queries).await?) {
                for (row, bytes) in rows.list::<(i64, Vec<u8>)>()? {
                    let category = count::read_row(row).1;
                    if self.question.category.is_none_or(|its| its == category) {
                        self.take(&bytes, *sign, category, of_period(*period), &is_meant)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        bytes: &[u8],
        sign: i64,
        category: u64,
        day: u64,
        is_meant: &impl Fn(Figure) -> bool,
    ) -> Result<(), StoreError> {
        // Entries of a group stand together, so that it is looked up once.
        let mut latest = None;
        sums::each(bytes, |code, number| {
            let (area, agency, figure) = count::read_code(code);
            let asked = self.question.area.is_none_or(|its| its == area)
                && self.question.agency.is_none_or(|its| its == agency);
            let Some(figure) = figure.filter(|figure| asked && is_meant(*figure)) else { return };
            let group = match self.question.by {
                By::Day => day,
                By::Category => category,
                By::Area => area,
                By::Agency => agency,
            };
            let place = match latest {
                Some((its, place)) if its == group => place,
                _ => self.groups.place(group),
            };
            latest = Some((group, place));
            self.groups.figures[place].1.add(figure, sign * number);
        })
        .map_err(|error| StoreError::Bug(error.to_string()))
    }

    fn told(mut self, names: &Names) -> Trends {
        self.groups.figures.sort_by_key(|(group, _)| *group);
        let kind = match self.question.by {
            By::Day => None,
            By::Category => Some(Kind::Category),
            By::Area => Some(Kind::Area),
            By::Agency => Some(Kind::Agency),
        };
        let name = |group: u64| match kind {
            None => period::date_of(group as i64).to_string(),
            Some(kind) => names.name(kind, group).unwrap_or_default().to_owned(),
        };
        let items = self.groups.figures.into_iter().map(|(group, figures)| (name(group), figures)).collect();
        Trends { items, all: self.all }
    }
}
