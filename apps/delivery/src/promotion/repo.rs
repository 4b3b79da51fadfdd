use kernel::jiff::Timestamp;
use kernel::{Change, Id, Person, values};
use store::{FromRow, Market, Query, Row, StoreError};

use super::limits;
use super::model::{Applied, Promotion, PromotionId, Redemption, Terms};

kernel::statements! {
    short ADD = "insert into promotion (id, version, closed, code, valid_until, terms) \
        values (?1, ?2, ?3, ?4, ?5, ?6)";
    short PUT = "update promotion set version = ?2, closed = ?3, code = ?4, valid_until = ?5, terms = ?6 \
        where id = ?1 and version = ?7";
    short BEGIN_COUNT = "insert into promotion_count (promotion, uses, spent_minor) values (?1, 0, 0)";
    short ONE = "select promotion.id, version, closed, terms, promotion_count.uses, spent_minor, 0 \
        from promotion join promotion_count on promotion_count.promotion = promotion.id \
        where promotion.id = ?1";
    short LIST = "select promotion.id, version, closed, terms, promotion_count.uses, spent_minor, 0 \
        from promotion join promotion_count on promotion_count.promotion = promotion.id \
        where promotion.id < ?1 order by promotion.id desc limit ?2";
    /// What holds without a code.
    short AUTOMATIC = "select promotion.id, version, closed, terms, promotion_count.uses, spent_minor, \
        coalesce(promotion_person.uses, 0) from promotion \
        join promotion_count on promotion_count.promotion = promotion.id \
        left join promotion_person on promotion_person.promotion = promotion.id and person = ?1 \
        where closed = 0 and code is null and valid_until > ?2 order by promotion.id limit ?3";
    short BY_CODE = "select promotion.id, version, closed, terms, promotion_count.uses, spent_minor, \
        coalesce(promotion_person.uses, 0) from promotion \
        join promotion_count on promotion_count.promotion = promotion.id \
        left join promotion_person on promotion_person.promotion = promotion.id and person = ?1 \
        where closed = 0 and code = ?2";
    short NAMED = "select id from promotion where closed = 0 and code = ?1";
    short COUNT = "update promotion_count set uses = uses + 1, spent_minor = spent_minor + ?2 \
        where promotion = ?1 and uses < ?3 and spent_minor <= ?4";
    short UNCOUNT = "update promotion_count set uses = uses - 1, spent_minor = spent_minor - ?2 \
        where promotion = ?1";
    short COUNT_PERSON = "insert into promotion_person (promotion, person, uses) values (?1, ?2, 1) \
        on conflict (promotion, person) do update set uses = promotion_person.uses + 1 \
        where promotion_person.uses < ?3";
    short UNCOUNT_PERSON = "update promotion_person set uses = uses - 1 where promotion = ?1 and person = ?2";
    short KEEP = "insert into promotion_redemption (subject, promotion, person, amount_minor, at) \
        values (?1, ?2, ?3, ?4, ?5)";
    short UNKEEP = "delete from promotion_redemption where subject = ?1 and promotion = ?2";
    short OF_ORDER = "select promotion, subject, person, amount_minor from promotion_redemption \
        where subject = ?1 order by promotion limit ?2";
}

pub async fn one(market: &Market, id: PromotionId) -> Result<Option<Promotion>, StoreError> {
    market.one(ONE, values![id]).await
}

/// The newest first, one more than a page.
pub async fn list(market: &Market, before: i64, limit: u16) -> Result<Vec<Promotion>, StoreError> {
    market.list(LIST, values![before, i64::from(limit) + 1]).await
}

/// What a cart may have: all that needs no code, and what its codes name.
pub async fn for_cart(
    market: &Market,
    codes: &[String],
    person: Id<Person>,
    now: Timestamp,
) -> Result<Vec<Promotion>, StoreError> {
    let automatic = Query { sql: AUTOMATIC, params: values![person, now, limits::OPEN_MAX as i64] };
    let named = codes.iter().take(limits::CODES_MAX);
    let named = named.map(|code| Query { sql: BY_CODE, params: values![person, code] });
    let found = market.lists(std::iter::once(automatic).chain(named).collect()).await?;
    Ok(found.into_iter().flatten().collect())
}

/// What a quote gives, as it stands now: also what was closed since, because a quote is kept to.
pub async fn of_quote(market: &Market, applied: &[Applied]) -> Result<Vec<Promotion>, StoreError> {
    let each = applied.iter().map(|its| Query { sql: ONE, params: values![its.promotion] });
    Ok(market.lists(each.collect()).await?.into_iter().flatten().collect())
}

/// How many hold by themselves, up to the most there may be.
pub async fn automatic(market: &Market, now: Timestamp) -> Result<usize, StoreError> {
    let most = limits::OPEN_MAX as i64;
    Ok(market.list::<Promotion>(AUTOMATIC, values![0_i64, now, most]).await?.len())
}

/// The promotion that has a code now.
pub async fn named(market: &Market, code: Option<&str>) -> Result<Option<PromotionId>, StoreError> {
    let Some(code) = code else { return Ok(None) };
    Ok(market.one::<(PromotionId,)>(NAMED, values![code]).await?.map(|(id,)| id))
}

pub async fn of_order(market: &Market, order: i64) -> Result<Vec<Redemption>, StoreError> {
    market.list(OF_ORDER, values![order, (limits::OPEN_MAX + limits::CODES_MAX) as i64]).await
}

pub fn add(promotion: &Promotion) -> Change {
    let Promotion { id, version, is_closed, terms, .. } = promotion;
    ADD.with(values![*id, *version, *is_closed, terms.code.clone(), until(terms), text(terms)])
}

pub fn put(next: &Promotion, version: i64) -> Change {
    let Promotion { id, is_closed, terms, .. } = next;
    PUT.with(values![*id, next.version, *is_closed, terms.code.clone(), until(terms), text(terms), version])
}

/// What never ends, ends when time does.
fn until(terms: &Terms) -> Timestamp {
    terms.until.unwrap_or(Timestamp::MAX)
}

fn text(terms: &Terms) -> String {
    // Terms are plain data of ours: writing them as JSON cannot fail.
    serde_json::to_string(terms).unwrap_or_default()
}

pub fn begin_count(id: PromotionId) -> Change {
    BEGIN_COUNT.with(values![id])
}

/// Holds while there is a use left, and the budget suffices.
pub fn count(its: &Redemption, terms: &Terms) -> Change {
    let budget = terms.budget_minor.unwrap_or(limits::UNLIMITED);
    let uses_max = terms.uses_max.unwrap_or(limits::UNLIMITED);
    COUNT.with(values![its.promotion, its.amount_minor, uses_max, budget - its.amount_minor])
}

pub fn uncount(its: &Redemption) -> Change {
    UNCOUNT.with(values![its.promotion, its.amount_minor])
}

pub fn count_person(its: &Redemption, terms: &Terms) -> Change {
    let most = terms.per_person_max.unwrap_or(limits::UNLIMITED);
    COUNT_PERSON.with(values![its.promotion, its.person, most])
}

pub fn uncount_person(its: &Redemption) -> Change {
    UNCOUNT_PERSON.with(values![its.promotion, its.person])
}

pub fn keep(its: &Redemption, now: Timestamp) -> Change {
    KEEP.with(values![its.order, its.promotion, its.person, its.amount_minor, now])
}

pub fn unkeep(its: &Redemption) -> Change {
    UNKEEP.with(values![its.order, its.promotion])
}

impl FromRow for Promotion {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let terms = serde_json::from_str(&row.get::<String>(3)?)
            .map_err(|error| StoreError::Bug(format!("a promotion's terms: {error}")))?;
        Ok(Self {
            id: row.get(0)?,
            version: row.get(1)?,
            is_closed: row.get(2)?,
            terms,
            uses: row.get(4)?,
            spent_minor: row.get(5)?,
            uses_by_person: row.get(6)?,
        })
    }
}

impl FromRow for Redemption {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let (promotion, order) = (row.get(0)?, row.get(1)?);
        Ok(Self { promotion, order, person: row.get(2)?, amount_minor: row.get(3)? })
    }
}
