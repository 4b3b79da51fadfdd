use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use geo::Point;
use kernel::jiff::tz::TimeZone;
use kernel::{Id, Provider};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

use crate::area::Index;
use crate::category::model::Category;
use crate::hours::Calendar;
use crate::hours::model::{Holidays, Week};
use crate::limits;

/// In a route: whatever the category, or wherever it is.
pub const ANY: &str = "";

/// The rules of one market at one version.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    pub version: i64,
    pub settings: Settings,
    categories: HashMap<String, Category>,
    /// By category, then by area.
    routes: HashMap<String, HashMap<String, Target>>,
    agencies: HashMap<i64, String>,
    week: Week,
    holidays: Holidays,
    calendar: OnceLock<Calendar>,
}

/// Who is responsible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub agency: Id<Provider>,
    pub team: Option<String>,
}

/// What managers choose for their market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Days within which a closed request may be opened again by who reported or follows it.
    #[schemars(range(min = 0, max = 3650))]
    pub reopen_days: u16,
    /// How often one address may report or say "me too" in a minute without an account.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub anonymous_per_minute: Option<u32>,
    /// The same for a day.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub anonymous_per_day: Option<u32>,
    /// The kind of area, such as `ward`, by which requests are sorted; the first kind if not set.
    #[schemars(length(min = 1, max = 32))]
    pub area_kind: Option<String>,
    /// Days after which a closed request leaves the database for the archive.
    #[schemars(range(min = 1, max = 36500))]
    pub archive_after_days: u16,
    /// Days after which it is erased who reported and follows a closed request, and how they are reached.
    #[schemars(range(min = 1, max = 36500))]
    pub erase_after_days: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            reopen_days: limits::REOPEN_DAYS,
            anonymous_per_minute: None,
            anonymous_per_day: None,
            area_kind: None,
            archive_after_days: limits::ARCHIVE_AFTER_DAYS,
            erase_after_days: limits::ERASE_AFTER_DAYS,
        }
    }
}

/// One row that says who is responsible for a category in an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRow {
    pub category: String,
    pub area: String,
    pub target: Target,
}

impl Rules {
    pub fn new(
        version: i64,
        settings: Settings,
        categories: Vec<Category>,
        routes: Vec<RouteRow>,
        agencies: Vec<(i64, String)>,
    ) -> Self {
        let mut by_category: HashMap<String, HashMap<String, Target>> = HashMap::new();
        for route in routes {
            by_category.entry(route.category).or_default().insert(route.area, route.target);
        }
        Self {
            version,
            settings,
            categories: categories.into_iter().map(|category| (category.code.clone(), category)).collect(),
            routes: by_category,
            agencies: agencies.into_iter().collect(),
            ..Self::default()
        }
    }

    pub fn with_hours(self, week: Week, holidays: Holidays) -> Self {
        Self { week, holidays, calendar: OnceLock::new(), ..self }
    }

    /// When the market works, by the clocks of its zone.
    pub fn calendar(&self, zone: &TimeZone) -> Cow<'_, Calendar> {
        let make =
            || Calendar { week: self.week.clone(), holidays: self.holidays.clone(), zone: zone.clone() };
        let made = self.calendar.get_or_init(make);
        // A market that was given another zone since.
        if made.zone == *zone { Cow::Borrowed(made) } else { Cow::Owned(make()) }
    }

    pub fn category(&self, code: &str) -> Option<&Category> {
        self.categories.get(code)
    }

    /// Every category, in the order in which they are shown.
    pub fn categories(&self) -> Vec<&Category> {
        let mut all: Vec<&Category> = self.categories.values().collect();
        all.sort_by(|a, b| (a.place, &a.code).cmp(&(b.place, &b.code)));
        all
    }

    /// The code of the area by which requests at this place are sorted.
    pub fn area<'a>(&self, areas: &'a Index, place: Point) -> Option<&'a str> {
        match &self.settings.area_kind {
            Some(kind) => areas.code_at(kind, place),
            None => areas.first_at(place),
        }
    }

    /// The most telling rule: of category and area, of the category, of the area, of the market.
    pub fn target(&self, category: &str, area: Option<&str>) -> Option<&Target> {
        let of = |category: &str| {
            let areas = self.routes.get(category)?;
            area.and_then(|area| areas.get(area)).or_else(|| areas.get(ANY))
        };
        of(category).or_else(|| of(ANY))
    }

    pub fn agency(&self, agency: Id<Provider>) -> Option<&str> {
        self.agencies.get(&agency.raw()).map(String::as_str)
    }

    /// About what it takes in memory.
    pub(super) fn bytes(&self) -> u64 {
        let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let questions = |category: &Category| -> usize {
            let choices = |values: &[crate::category::question::Choice]| -> usize {
                values.iter().map(|it| it.key.len() + it.name.len() + 64).sum()
            };
            category.questions.iter().map(|it| it.description.len() + choices(&it.values) + 256).sum()
        };
        let categories = self.categories.values().map(|it| {
            let texts = [&it.kin, &it.about, &it.keywords, &it.notice].map(optional).iter().sum::<usize>();
            2 * it.code.len() + it.name.len() + texts + questions(it) + 512
        });
        let routes = self.routes.values().map(|areas| 128 + 160 * areas.len());
        let agencies = self.agencies.values().map(|name| name.len() + 64);
        (1_024 + categories.chain(routes).chain(agencies).sum::<usize>()) as u64
    }
}

impl FromRow for RouteRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let target = Target { agency: row.get(2)?, team: row.get(3)? };
        Ok(Self { category: row.get(0)?, area: row.get(1)?, target })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The order in which routes stand makes no difference, and four look-ups say the same.
        #[test]
        fn it_is_four_look_ups(
            keys in proptest::collection::btree_set((0usize..3, 0usize..3), 0..9),
            turned in any::<bool>(),
            category in 1usize..3,
            area in 0usize..3,
        ) {
            let names = [ANY, "a", "b"];
            let mut routes: Vec<RouteRow> = keys.iter().enumerate().map(|(n, (category, area))| RouteRow {
                category: names[*category].into(),
                area: names[*area].into(),
                target: Target { agency: Id::from_raw(n as i64 + 1), team: None },
            }).collect();
            if turned {
                routes.reverse();
            }
            let look = |category: &str, area: &str| {
                routes.iter().find(|it| it.category == category && it.area == area).map(|it| it.target.clone())
            };
            let (category, area) = (names[category], names[area]);
            let expect = look(category, area).or_else(|| look(category, ANY)).or_else(|| look(ANY, area))
                .or_else(|| look(ANY, ANY));
            let rules = Rules::new(1, Settings::default(), Vec::new(), routes.clone(), Vec::new());
            prop_assert_eq!(rules.target(category, Some(area).filter(|it| *it != ANY)), expect.as_ref());
        }
    }

    #[test]
    fn the_most_telling_route_holds() {
        let route = |category: &str, area: &str, agency| RouteRow {
            category: category.into(),
            area: area.into(),
            target: Target { agency: Id::from_raw(agency), team: None },
        };
        let routes = vec![
            route("hole", "north", 1),
            route("hole", ANY, 2),
            route(ANY, "north", 3),
            route(ANY, ANY, 4),
            route("lamp", "south", 5),
        ];
        let rules = Rules::new(1, Settings::default(), Vec::new(), routes, Vec::new());
        for (category, area, agency) in [
            ("hole", Some("north"), 1),
            ("hole", Some("south"), 2),
            ("hole", None, 2),
            ("lamp", Some("south"), 5),
            ("lamp", Some("north"), 3),
            ("tree", Some("north"), 3),
            ("tree", Some("south"), 4),
            ("lamp", None, 4),
        ] {
            let found = rules.target(category, area).map(|target| target.agency.raw());
            assert_eq!(found, Some(agency), "{category} in {area:?}");
        }
        assert_eq!(Rules::default().target("hole", None), None);
    }
}
