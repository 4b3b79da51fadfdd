//! What can be said of a city, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::holidays;
use crate::limits;

/// Everything is optional but the name: what is not said is not touched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct City {
    pub name: String,
    /// What it is meant for.
    pub about: String,
    /// Languages its people are spoken to in; the tenant must speak them.
    pub languages: Vec<String>,
    /// Apps and features, from 0, off, to 100, on for everyone.
    pub features: BTreeMap<String, u8>,
    #[serde(rename = "category")]
    pub categories: Vec<CategoryText>,
    /// By weekday, `mon` to `sun`; a day that is not named has none, if any is named.
    pub hours: BTreeMap<String, Vec<SpanText>>,
    #[serde(rename = "holiday")]
    pub holidays: Vec<HolidayText>,
    #[serde(rename = "areas")]
    pub areas: Vec<AreasText>,
    #[serde(rename = "agency")]
    pub agencies: Vec<AgencyText>,
    #[serde(rename = "route")]
    pub routes: Vec<RouteText>,
    pub staff: Vec<StaffText>,
}

/// As managers write them, so that a template can be read and changed where they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryText {
    pub code: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// Working minutes within which it should be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_min: Option<i64>,
    #[serde(default)]
    pub place: i64,
    /// In the words of Open311's attributes.
    #[serde(default, rename = "question", skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpanText {
    pub from: String,
    pub to: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidayText {
    pub name: String,
    /// `07-04`, `3 mon 01`, `last mon 05`, `easter-2`, or a date for one year alone.
    pub on: String,
    /// Where it moves from a day off.
    #[serde(default)]
    pub observed: Observed,
    /// The first year that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i16>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observed {
    /// Nowhere.
    #[default]
    Same,
    /// From Saturday to Friday, from Sunday to Monday.
    Nearest,
    /// From Sunday to Monday.
    Monday,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreasText {
    /// `ward`, `district`, …
    pub kind: String,
    /// A GeoJSON file, beside the city's own.
    pub file: PathBuf,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyText {
    /// How routes and staff name it here.
    pub code: String,
    pub name: String,
    #[serde(default)]
    pub about: Option<String>,
    #[serde(default)]
    pub contact: Option<String>,
    #[serde(default, rename = "team")]
    pub teams: Vec<TeamText>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamText {
    pub code: String,
    pub name: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteText {
    /// Every category, when it is left out.
    #[serde(default)]
    pub category: Option<String>,
    /// Every area, when it is left out.
    #[serde(default)]
    pub area: Option<String>,
    pub agency: String,
    #[serde(default)]
    pub team: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffText {
    pub email: String,
    pub name: String,
    pub role: RoleText,
    /// Of the whole market, when it is left out.
    #[serde(default)]
    pub agency: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleText {
    Staff,
    Manager,
    Owner,
}

pub const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl City {
    /// From TOML, or from JSON with the same names.
    pub fn read(text: &str) -> Result<Self, String> {
        let city: City = match text.trim_start().starts_with('{') {
            true => serde_json::from_str(text).map_err(|error| error.to_string())?,
            false => toml::from_str(text).map_err(|error| error.to_string())?,
        };
        let faults = city.faults();
        if faults.is_empty() { Ok(city) } else { Err(faults.join("\n")) }
    }

    /// What does not fit together; whoever keeps a part says what is wrong within it.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let codes = |codes: Vec<&str>, what: &str, faults: &mut Vec<String>| {
            let mut seen = BTreeSet::new();
            faults.extend(
                codes
                    .iter()
                    .filter(|code| !seen.insert(**code))
                    .map(|code| format!("{what} {code} is there twice")),
            );
        };
        if self.categories.len() > limits::CATEGORIES_MAX {
            faults.push(format!("a city has at most {} categories", limits::CATEGORIES_MAX));
        }
        codes(self.categories.iter().map(|it| it.code.as_str()).collect(), "category", &mut faults);
        codes(self.agencies.iter().map(|it| it.code.as_str()).collect(), "agency", &mut faults);
        for day in self.hours.keys().filter(|day| !WEEKDAYS.contains(&day.as_str())) {
            faults.push(format!("hours: {day} is no weekday; these are: {}", WEEKDAYS.join(", ")));
        }
        for holiday in &self.holidays {
            faults.extend(
                holidays::rule(&holiday.on).err().map(|fault| format!("holiday {}: {fault}", holiday.name)),
            );
        }
        for route in &self.routes {
            faults.extend(self.route_fault(route));
        }
        let unknown = |agency: &&String| self.agency(agency).is_none();
        let strangers = self.staff.iter().filter_map(|it| Some((it, it.agency.as_ref().filter(unknown)?)));
        faults
            .extend(strangers.map(|(it, agency)| format!("staff {}: there is no agency {agency}", it.email)));
        faults
    }

    fn route_fault(&self, route: &RouteText) -> Option<String> {
        let what = route.category.as_deref().unwrap_or("every category");
        if let Some(code) = &route.category
            && !self.categories.iter().any(|it| it.code == *code)
        {
            return Some(format!("route of {what}: there is no such category"));
        }
        let Some(agency) = self.agency(&route.agency) else {
            return Some(format!("route of {what}: there is no agency {}", route.agency));
        };
        let team = route.team.as_ref()?;
        let is_known = agency.teams.iter().any(|it| it.code == *team);
        (!is_known).then(|| format!("route of {what}: {} has no team {team}", agency.code))
    }

    pub fn agency(&self, code: &str) -> Option<&AgencyText> {
        self.agencies.iter().find(|it| it.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_together_is_said() {
        let base = "name = \"X\"\n[[agency]]\ncode = \"works\"\nname = \"Works\"\n[[category]]\ncode = \"a\"\nname = \"A\"\n";
        for (more, expect) in [
            ("", None),
            ("[[category]]\ncode = \"a\"\nname = \"A\"", Some("category a is there twice")),
            ("[[route]]\nagency = \"works\"", None),
            (
                "[[route]]\ncategory = \"b\"\nagency = \"works\"",
                Some("route of b: there is no such category"),
            ),
            ("[[route]]\nagency = \"parks\"", Some("there is no agency parks")),
            ("[[route]]\nagency = \"works\"\nteam = \"t\"", Some("works has no team t")),
            ("[hours]\nmonday = []", Some("monday is no weekday")),
            ("[[holiday]]\nname = \"H\"\non = \"whenever\"", Some("holiday H")),
            (
                "[[staff]]\nemail = \"a@b.example\"\nname = \"A\"\nrole = \"staff\"\nagency = \"no\"",
                Some("no agency no"),
            ),
            ("colour = \"red\"", Some("unknown field `colour`")),
        ] {
            match (City::read(&format!("{base}{more}")), expect) {
                (Ok(_), None) => {}
                (Err(fault), Some(word)) => assert!(fault.contains(word), "{fault}"),
                other => panic!("{more}: {other:?}"),
            }
        }
    }

    #[test]
    fn json_says_the_same() {
        let city =
            City::read(r#"{"name":"X","category":[{"code":"a","name":"A"}],"features":{"civic":100}}"#)
                .unwrap();
        assert_eq!(
            city,
            City::read("name = \"X\"\n[features]\ncivic = 100\n[[category]]\ncode = \"a\"\nname = \"A\"\n")
                .unwrap()
        );
    }
}
