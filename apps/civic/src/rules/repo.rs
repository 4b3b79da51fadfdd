use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{Market, Query, StoreError};

use super::model::{RouteRow, Rules, Settings};
use crate::category::repo as categories;
use crate::hours::repo as hours;
use crate::limits;

kernel::statements! {
    short VERSION = "select version from rules where id = 1";
    short SETTINGS = "select version, settings from rules where id = 1";
    long ROUTES = "select category, area, agency, team from route order by category, area limit ?1";
    long AGENCIES = "select agency.provider, provider.name \
        from agency join provider on provider.id = agency.provider order by agency.provider limit ?1";
    /// The time of the change, so that a market that is brought back from its file does not come to
    /// a version that another state of it had.
    short CHANGED = "insert into rules (id, version) values (1, ?1) on conflict (id) do update set \
        version = case when excluded.version > rules.version then excluded.version else rules.version + 1 end";
    /// Only from the version that was read: whoever was slower decides again.
    short CHANGED_FROM = "insert into rules (id, version) values (1, ?1) on conflict (id) do update set \
        version = case when excluded.version > rules.version then excluded.version else rules.version + 1 end \
        where rules.version = ?2";
    short SET = "insert into rules (id, version, settings) values (1, ?1, ?2) on conflict (id) do update set \
        version = case when excluded.version > rules.version then excluded.version else rules.version + 1 end, \
        settings = excluded.settings";
}

/// Of a market without any rules it is 0.
pub async fn version(market: &Market) -> Result<i64, StoreError> {
    Ok(market.one::<(i64,)>(VERSION, Vec::new()).await?.map_or(0, |(version,)| version))
}

pub async fn settings(market: &Market) -> Result<Settings, StoreError> {
    let row = market.one::<(i64, Option<String>)>(SETTINGS, Vec::new()).await?;
    read(row.and_then(|(_, settings)| settings))
}

fn read(text: Option<String>) -> Result<Settings, StoreError> {
    let Some(text) = text else { return Ok(Settings::default()) };
    serde_json::from_str(&text).map_err(|error| StoreError::Bug(format!("a market's settings: {error}")))
}

/// All of it as it stood at one moment.
pub(super) async fn load(market: &Market) -> Result<Rules, StoreError> {
    let queries = [
        (SETTINGS, Vec::new()),
        (categories::ALL, values![limits::CATEGORIES_KEPT_MAX as i64]),
        (ROUTES, values![limits::ROUTES_MAX]),
        (AGENCIES, values![limits::AGENCIES_MAX]),
        (hours::WEEK, values![]),
        (hours::HOLIDAYS, values![i32::MIN, i32::MAX, limits::HOLIDAYS_READ_MAX]),
    ];
    let queries = queries.map(|(sql, params)| Query { sql, params });
    let rows = market.snapshot(queries.into()).await?;
    let [settings, categories, routes, agencies, week, holidays] = &rows[..] else {
        return Err(StoreError::Bug("a snapshot has fewer answers than questions".into()));
    };
    let (version, settings) = settings.one::<(i64, Option<String>)>()?.unwrap_or((0, None));
    let (categories, routes) = (categories.list()?, routes.list::<RouteRow>()?);
    let (week, holidays) = (hours::week_of(week.list()?), hours::by_day(holidays.list()?));
    Ok(Rules::new(version, read(settings)?, categories, routes, agencies.list()?).with_hours(week, holidays))
}

/// Belongs to every decision that changes a category, a route, an agency, the hours or a setting.
pub fn changed(now: Timestamp) -> Change {
    CHANGED.with(values![now])
}

/// The same, if nobody else has changed any of them since.
pub fn changed_from(version: i64, now: Timestamp) -> Change {
    CHANGED_FROM.with(values![now, version])
}

pub fn set(settings: &Settings, now: Timestamp) -> Change {
    // Settings are plain data of ours: writing them as JSON cannot fail.
    SET.with(values![now, serde_json::to_string(settings).unwrap_or_default()])
}
