//! Where a loaded request belongs: in which area it lies and who is responsible for it there, unless it
//! says so itself. Deadlines are not set: those of old requests would all be over at once.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use store::{Market, StoreError};

use crate::area::Index;
use crate::civic::Civic;
use crate::request::model::Request;
use crate::rules::Rules;

/// A market's areas and rules as they were when a load began.
#[derive(Clone, Default)]
pub struct Sorting {
    areas: Arc<Index>,
    rules: Arc<Rules>,
}

impl fmt::Debug for Sorting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sorting by rules of version {}", self.rules.version)
    }
}

impl Sorting {
    pub async fn of(civic: &Civic, market: &Market) -> Result<Self, StoreError> {
        Ok(Self { areas: civic.areas.index(market).await?, rules: civic.rules.of(market).await? })
    }

    /// The codes that a request may name as its area.
    pub fn areas(&self) -> HashSet<String> {
        self.areas.codes(self.rules.settings.area_kind.as_deref()).map(str::to_owned).collect()
    }

    pub fn sort(&self, request: &mut Request) {
        if request.area.is_none() {
            request.area = self.rules.area(&self.areas, request.place).map(str::to_owned);
        }
        if request.agency.is_some() {
            return;
        }
        if let Some(target) = self.rules.target(&request.category, request.area.as_deref()) {
            request.agency = Some(target.agency);
            request.team = request.team.take().or_else(|| target.team.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use geo::{Point, Shape};
    use kernel::Id;
    use kernel::jiff::Timestamp;

    use super::*;
    use crate::area::model::AreaName;
    use crate::rules::model::RouteRow;
    use crate::rules::{Settings, Target};

    fn sorting() -> Sorting {
        let at = |x: i32, y: i32| Point::from_e7(y * 10_000_000, x * 10_000_000).unwrap();
        let ward = |number: i32| {
            let ring =
                vec![at(number, 0), at(number + 1, 0), at(number + 1, 1), at(number, 1), at(number, 0)];
            let name = AreaName { kind: "ward".into(), code: format!("w{number}"), name: "A ward".into() };
            (name, Shape::new(&[vec![ring]]).unwrap())
        };
        let route = |category: &str, area: &str, agency: i64, team: Option<&str>| RouteRow {
            category: category.into(),
            area: area.into(),
            target: Target { agency: Id::from_raw(agency), team: team.map(str::to_owned) },
        };
        let routes = vec![route("tree", "w1", 7, Some("saws")), route("tree", "", 8, None)];
        let rules = Rules::new(1, Settings::default(), vec![], routes, vec![]);
        Sorting { areas: Arc::new(Index::of([ward(0), ward(1)])), rules: Arc::new(rules) }
    }

    #[test]
    fn what_a_request_says_itself_holds() {
        let sorting = sorting();
        assert_eq!(sorting.areas(), HashSet::from(["w0".to_owned(), "w1".to_owned()]));
        type Sorted<'a> = (Option<&'a str>, Option<i64>, Option<&'a str>);
        let cases: [(f64, Sorted<'_>, Sorted<'_>); 6] = [
            (1.5, (None, None, None), (Some("w1"), Some(7), Some("saws"))),
            (0.5, (None, None, None), (Some("w0"), Some(8), None)),
            (9.5, (None, None, None), (None, Some(8), None)),
            (0.5, (Some("w1"), None, None), (Some("w1"), Some(7), Some("saws"))),
            (1.5, (None, None, Some("night")), (Some("w1"), Some(7), Some("night"))),
            (1.5, (None, Some(9), None), (Some("w1"), Some(9), None)),
        ];
        for (long, (area, agency, team), expect) in cases {
            let place = Point::from_degrees(0.5, long).unwrap();
            let mut request = Request::new(Id::from_raw(0), "tree", "", place, Timestamp::UNIX_EPOCH);
            (request.area, request.team) = (area.map(str::to_owned), team.map(str::to_owned));
            request.agency = agency.map(Id::from_raw);
            sorting.sort(&mut request);
            let sorted = (request.area.as_deref(), request.agency.map(Id::raw), request.team.as_deref());
            assert_eq!(sorted, expect, "{long} {area:?} {agency:?} {team:?}");
        }
    }
}
