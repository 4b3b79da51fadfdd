//! Filters that staff keep under a name: their own, and those they share with their agency.

use kernel::jiff::Timestamp;
use kernel::text::{self, Lines};
use kernel::{Change, Ctx, Decision, Fault, Id, Person, Refusal, values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Market, Row, StoreError};

use super::model::Wanted;
use crate::limits;

kernel::id_kind!(
    /// A kept filter.
    FilterKind = "flt"
);
pub type FilterId = Id<FilterKind>;

kernel::statements! {
    short OWN = "select id, owner, agency, name, query, at from saved_filter \
        where owner = ?1 and agency is null order by id limit ?2";
    short SHARED = "select id, owner, agency, name, query, at from saved_filter \
        where agency = ?1 order by id limit ?2";
    short ONE = "select id, owner, agency, name, query, at from saved_filter where id = ?1";
    short ADD = "insert into saved_filter (id, owner, agency, name, query, at) values (?1, ?2, ?3, ?4, ?5, ?6)";
    short SET = "update saved_filter set agency = ?3, name = ?4, query = ?5, at = ?6 where id = ?1 and at = ?2";
    short TAKE = "delete from saved_filter where id = ?1";
}

/// The market's own desk, where an agency's id would stand.
pub const MARKET: i64 = 0;

#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    pub id: FilterId,
    pub owner: Id<Person>,
    /// With whom it is shared: an agency's staff, or the market's.
    pub shared: Option<i64>,
    pub name: String,
    pub wanted: Wanted,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFilter {
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// Everyone at this desk may use it; only its owner and managers change it.
    #[serde(default)]
    pub shared: bool,
    pub wanted: Wanted,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FilterView {
    pub id: FilterId,
    pub owner: Id<Person>,
    pub shared: bool,
    pub name: String,
    pub wanted: Wanted,
}

impl From<Filter> for FilterView {
    fn from(it: Filter) -> Self {
        Self { id: it.id, owner: it.owner, shared: it.shared.is_some(), name: it.name, wanted: it.wanted }
    }
}

impl FromRow for Filter {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let wanted = serde_json::from_str(&row.get::<String>(4)?)
            .map_err(|error| StoreError::Bug(format!("a kept filter cannot be read: {error}")))?;
        Ok(Self {
            id: row.get(0)?,
            owner: row.get(1)?,
            shared: row.get(2)?,
            name: row.get(3)?,
            wanted,
            at: row.get(5)?,
        })
    }
}

/// Somebody's own filters, then those of the desk they are at.
pub async fn visible(market: &Market, owner: Id<Person>, desk: i64) -> Result<Vec<Filter>, StoreError> {
    let mut found: Vec<Filter> = market.list(OWN, values![owner, limits::FILTERS_MAX as i64]).await?;
    found.extend(market.list::<Filter>(SHARED, values![desk, limits::SHARED_FILTERS_MAX as i64]).await?);
    Ok(found)
}

pub async fn one(market: &Market, id: FilterId) -> Result<Option<Filter>, StoreError> {
    market.one(ONE, values![id]).await
}

/// Whether it is there for somebody at a desk; for anyone else it looks like one that never was.
pub fn is_seen(filter: &Filter, me: Id<Person>, desk: i64) -> bool {
    match filter.shared {
        None => filter.owner == me,
        Some(shared) => shared == desk,
    }
}

fn check(new: &NewFilter) -> Result<(), Refusal> {
    let mut faults: Vec<Fault> = text::fault("/name", &new.name, Lines::One).into_iter().collect();
    if text::is_blank(&new.name) {
        faults.push(Fault::new("/name", "blank", "Give the filter a name."));
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::invalid(faults)) }
}

/// `beside` are those that are seen already.
pub fn add(
    beside: &[Filter],
    new: &NewFilter,
    owner: Id<Person>,
    desk: i64,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Filter), Refusal> {
    check(new)?;
    room(beside, new.shared)?;
    let filter = Filter {
        id: ctx.fresh(),
        owner,
        shared: new.shared.then_some(desk),
        name: new.name.clone(),
        wanted: new.wanted.clone(),
        at: ctx.now,
    };
    let query = query(&filter);
    let row = values![filter.id, owner, filter.shared, &filter.name, query, ctx.now];
    Ok((Decision::nothing().change(ADD.with(row)), filter))
}

pub fn set(
    before: &Filter,
    beside: &[Filter],
    new: &NewFilter,
    (me, is_manager): (Id<Person>, bool),
    desk: i64,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Filter), Refusal> {
    may(before, me, is_manager)?;
    check(new)?;
    if new.shared != before.shared.is_some() {
        room(beside, new.shared)?;
    }
    let after = Filter {
        shared: new.shared.then_some(desk),
        name: new.name.clone(),
        wanted: new.wanted.clone(),
        at: ctx.now,
        ..before.clone()
    };
    let row = values![after.id, before.at, after.shared, &after.name, query(&after), ctx.now];
    Ok((Decision::nothing().change(SET.with(row)), after))
}

pub fn take(filter: &Filter, me: Id<Person>, is_manager: bool) -> Result<Change, Refusal> {
    may(filter, me, is_manager)?;
    Ok(TAKE.with(values![filter.id]))
}

fn may(filter: &Filter, me: Id<Person>, is_manager: bool) -> Result<(), Refusal> {
    if filter.owner == me || is_manager { Ok(()) } else { Err(Refusal::forbidden()) }
}

fn room(beside: &[Filter], shared: bool) -> Result<(), Refusal> {
    let has = beside.iter().filter(|it| it.shared.is_some() == shared).count();
    let max = if shared { limits::SHARED_FILTERS_MAX } else { limits::FILTERS_MAX };
    if has < max {
        return Ok(());
    }
    Err(Refusal::conflict("too_many_filters", "There are as many filters as there may be. Remove one first."))
}

fn query(filter: &Filter) -> String {
    serde_json::to_string(&filter.wanted).unwrap_or_else(|_| "{}".to_owned())
}
