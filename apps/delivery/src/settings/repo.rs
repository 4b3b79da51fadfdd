use kernel::jiff::Timestamp;
use kernel::{Actor, Change, values};
use store::{FromRow, Market, Query, Row, StoreError};

use super::limits;
use super::model::{Dated, Rules, Settings};

kernel::statements! {
    short VERSION = "select version from delivery_rules where id = 1";
    /// What holds at a moment, and everything after it.
    short FROM = "select valid_from, settings from delivery_settings where valid_from >= \
        (select coalesce(max(valid_from), ?1) from delivery_settings where valid_from <= ?1) \
        order by valid_from limit ?2";
    short HELD = "select valid_from, settings from delivery_settings where valid_from <= ?1 \
        order by valid_from desc limit 1";
    /// Only from the version that was read: whoever was slower decides again. It is the time of the
    /// change, so that rows that are brought back never come to a version that another state had.
    short CHANGED_FROM = "insert into delivery_rules (id, version) values (1, ?1) \
        on conflict (id) do update set version = case when excluded.version > delivery_rules.version \
        then excluded.version else delivery_rules.version + 1 end where delivery_rules.version = ?2";
    short PUT = "insert into delivery_settings (valid_from, settings, at, actor) values (?1, ?2, ?3, ?4) \
        on conflict (valid_from) do update set settings = excluded.settings, at = excluded.at, \
        actor = excluded.actor";
}

/// Where nothing was set yet it is 0.
pub async fn version(market: &Market) -> Result<i64, StoreError> {
    Ok(market.one::<(i64,)>(VERSION, Vec::new()).await?.map_or(0, |(version,)| version))
}

/// What holds now and later, as it stood at one moment.
pub async fn load(market: &Market, now: Timestamp) -> Result<Rules, StoreError> {
    let dated = Query { sql: FROM, params: values![now, limits::DATED_MAX as i64 + 1] };
    let rows = market.snapshot(vec![Query { sql: VERSION, params: Vec::new() }, dated]).await?;
    let [version, dated] = &rows[..] else {
        return Err(StoreError::Bug("a snapshot has fewer answers than questions".into()));
    };
    let version = version.one::<(i64,)>()?.map_or(0, |(version,)| version);
    Ok(Rules::new(version, dated.list()?))
}

/// What held at a moment of the past.
pub async fn held(market: &Market, at: Timestamp) -> Result<Settings, StoreError> {
    let row = market.one::<Dated>(HELD, values![at]).await?;
    Ok(row.map(|dated| dated.settings).unwrap_or_default())
}

pub fn changed_from(version: i64, now: Timestamp) -> Change {
    CHANGED_FROM.with(values![now, version])
}

pub fn put(from: Timestamp, settings: &Settings, now: Timestamp, actor: Actor) -> Change {
    // Settings are plain data of ours: writing them as JSON cannot fail.
    let text = serde_json::to_string(settings).unwrap_or_default();
    PUT.with(values![from, text, now, actor.to_raw()])
}

impl FromRow for Dated {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let settings = serde_json::from_str(&row.get::<String>(1)?)
            .map_err(|error| StoreError::Bug(format!("settings for deliveries: {error}")))?;
        Ok(Self { from: row.get(0)?, settings })
    }
}
