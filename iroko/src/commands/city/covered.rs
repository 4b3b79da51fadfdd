//! Whether there is somebody everywhere: people in each agency, areas of each kind wherever the city is.

use geo::Point;
use store::Market;
use web::Scope;

use super::super::check::Finding;
use super::super::report::Failure;
use crate::platform::Platform;

const AGENCIES_MAX: i64 = civic::limits::AGENCIES_MAX;
/// Places looked at in each direction, and requests that are looked at.
const STEPS: i32 = 64;
const REQUESTS: u16 = 500;
/// The share of those, in percent, that may lie outside before that is worth a word: boundaries of two
/// sources never fit to the metre.
const OUTSIDE_MAX: usize = 2;

/// One finding for each agency.
pub async fn agencies(tenant: &str, market: &Market, platform: &Platform) -> Result<Vec<Finding>, Failure> {
    let agencies = civic::agency::repo::agencies(market, 0, AGENCIES_MAX).await?;
    if agencies.is_empty() {
        return Ok(vec![Finding::warning(
            "agencies",
            "there are none",
            "add some with `iroko city add … --from FILE`; until then the market's own staff see to everything",
        )]);
    }
    let tenant = platform.operations.tenant(tenant).await?;
    let home = platform.store.market(&tenant.home());
    let rules = platform.civic.rules.of(market).await?;
    let mut findings = Vec::new();
    for agency in agencies {
        let id = agency.provider;
        let people = identity::held_at(&home, Scope::Provider(id), AGENCIES_MAX).await?;
        let name = rules.agency(id).map_or_else(|| id.to_string(), str::to_owned);
        findings.push(match people.len() {
            0 => Finding::warning(
                "agency",
                format!("{name} has no staff"),
                format!(
                    "invite somebody: POST /v1/providers/{id}/invitations, or name them in the set-up's file"
                ),
            ),
            1 => Finding::well("agency", format!("{name} has one person")),
            count => Finding::well("agency", format!("{name} has {count} people")),
        });
    }
    Ok(findings)
}

/// One finding for each kind of area: whether it is wherever another kind is, and wherever something was
/// reported.
pub async fn areas(market: &Market, platform: &Platform) -> Result<Vec<Finding>, Failure> {
    let sets = civic::area::repo::sets(market).await?;
    if sets.is_empty() {
        return Ok(vec![Finding::warning(
            "areas",
            "there are none",
            "import boundaries, or routes and queues go by category alone",
        )]);
    }
    let index = platform.civic.areas.index(market).await?;
    let grid: Vec<Point> = grid(market).await?.into_iter().filter(|it| !index.at(*it).is_empty()).collect();
    let latest = civic::request::repo::Filter::default();
    let found = civic::request::repo::latest(market, &latest, (i64::MAX, i64::MAX), REQUESTS).await?;
    let places: Vec<Point> = found.into_iter().take(REQUESTS.into()).map(|request| request.place).collect();
    let mut findings = Vec::new();
    for set in &sets {
        let outside =
            |points: &[Point]| points.iter().filter(|it| index.code_at(&set.kind, **it).is_none()).count();
        let (holes, reported) = (outside(&grid), outside(&places));
        let name = format!("{} of kind {}", set.areas, set.kind);
        let is_some = |count: usize, of: usize| count * 100 > of * OUTSIDE_MAX;
        let advice = "import boundaries that reach everywhere; what lies in none is routed by category alone";
        findings.push(match (is_some(holes, grid.len()), is_some(reported, places.len())) {
            (false, false) => Finding::well("areas", format!("{name}, wherever the city is")),
            (true, _) => {
                let percent = holes * 100 / grid.len().max(1);
                let found = format!("{name} leave out {percent} % of what areas of other kinds cover");
                Finding::warning("areas", found, advice)
            }
            (false, true) => {
                let found = format!("{name}; {reported} of the latest {} requests lie in none", places.len());
                Finding::warning("areas", found, advice)
            }
        });
    }
    Ok(findings)
}

/// Places all over as far as any areas reach.
async fn grid(market: &Market) -> Result<Vec<Point>, Failure> {
    let outlines = civic::area::repo::outlines(market).await?;
    let reach = |side: fn(&geo::BoundingBox) -> i32| outlines.iter().map(move |(_, it)| side(it));
    let west = reach(geo::BoundingBox::west_e7).min().unwrap_or_default();
    let south = reach(geo::BoundingBox::south_e7).min().unwrap_or_default();
    let east = reach(geo::BoundingBox::east_e7).max().unwrap_or_default();
    let north = reach(geo::BoundingBox::north_e7).max().unwrap_or_default();
    // In the middle of each step, so that none lies on a straight border.
    let at = |from: i32, to: i32, step: i32| {
        let (from, to) = (i64::from(from), i64::from(to));
        i32::try_from(from + (to - from) * i64::from(2 * step + 1) / i64::from(2 * STEPS)).unwrap_or_default()
    };
    let points = (0..STEPS).flat_map(|row| {
        (0..STEPS)
            .filter_map(move |column| Point::from_e7(at(south, north, row), at(west, east, column)).ok())
    });
    Ok(points.collect())
}
