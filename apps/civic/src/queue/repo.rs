use kernel::jiff::Timestamp;
use kernel::{Id, Person, Sql, Value, values};
use store::{FromRow, Market, Query, StoreError};

use super::model::{Assignee, Count, Counts, Order, Pick, Whose, later};
use crate::limits;
use crate::request::model::{Request, Status};

/// What is left out of a list; an empty text or a nought stands for all.
macro_rules! only {
    () => {
        " and (status = ?1 or ?1 = '') and (category = ?2 or ?2 = '') and (area = ?3 or ?3 = '') \
          and (team = ?4 or ?4 = '') and (assignee = ?5 or ?5 = 0 or (?5 = -1 and assignee is null)) \
          and at >= ?6 and at < ?7"
    };
}

macro_rules! by_due {
    ($whose:literal) => {
        concat!(
            "select ",
            crate::request::repo::columns!(),
            " from request where closed is null ",
            $whose,
            " and (due, id) > (?8, ?9) and due < ?10",
            only!(),
            " order by due, id limit ?11"
        )
    };
}

macro_rules! without_due {
    ($whose:literal) => {
        concat!(
            "select ",
            crate::request::repo::columns!(),
            " from request where closed is null ",
            $whose,
            " and due is null and id > ?8",
            only!(),
            " order by id limit ?9"
        )
    };
}

macro_rules! by_age {
    ($whose:literal) => {
        concat!(
            "select ",
            crate::request::repo::columns!(),
            " from request where closed is null ",
            $whose,
            " and id > ?8",
            only!(),
            " order by id limit ?9"
        )
    };
}

macro_rules! by_closed {
    ($whose:literal) => {
        concat!(
            "select ",
            crate::request::repo::columns!(),
            " from request where closed is not null ",
            $whose,
            " and (closed, id) < (?8, ?9)",
            only!(),
            " order by closed desc, id desc limit ?10"
        )
    };
}

macro_rules! by_status {
    ($whose:literal) => {
        concat!(
            "select status, count(*) from (select status from request where closed is null ",
            $whose,
            " limit ?1) as waiting group by status"
        )
    };
}

macro_rules! between {
    ($whose:literal) => {
        concat!(
            "select count(*) from (select id from request where closed is null ",
            $whose,
            " and due >= ?1 and due < ?2 limit ?3) as waiting"
        )
    };
}

macro_rules! unassigned {
    ($whose:literal) => {
        concat!(
            "select count(*) from (select id from request where closed is null ",
            $whose,
            " and assignee is null limit ?1) as waiting"
        )
    };
}

kernel::statements! {
    long DUE = by_due!("");
    long DUE_OF = by_due!("and agency = ?12");
    long DUE_NOBODYS = by_due!("and agency is null");
    long DUE_ASSIGNEE = by_due!("and assignee = ?12");
    long NEVER_DUE = without_due!("");
    long NEVER_DUE_OF = without_due!("and agency = ?10");
    long NEVER_DUE_NOBODYS = without_due!("and agency is null");
    long NEVER_DUE_ASSIGNEE = without_due!("and assignee = ?10");
    long AGE = by_age!("");
    long AGE_OF = by_age!("and agency = ?10");
    long AGE_NOBODYS = by_age!("and agency is null");
    long CLOSED = by_closed!("");
    long CLOSED_OF = by_closed!("and agency = ?11");
    long CLOSED_NOBODYS = by_closed!("and agency is null");
    long STATUSES = by_status!("");
    long STATUSES_OF = by_status!("and agency = ?2");
    long BETWEEN = between!("");
    long BETWEEN_OF = between!("and agency = ?4");
    long UNASSIGNED = unassigned!("");
    long UNASSIGNED_OF = unassigned!("and agency = ?2");
    long MINE = "select count(*) from (select id from request \
        where closed is null and assignee = ?1 limit ?2) as waiting";
    long MINE_OF = "select count(*) from (select id from request \
        where closed is null and assignee = ?1 and agency = ?3 limit ?2) as waiting";
}

/// Up to `limit` requests after a place in the list.
pub async fn list(
    market: &Market,
    pick: &Pick,
    after: [i64; 2],
    limit: i64,
) -> Result<Vec<Request>, StoreError> {
    match pick.order {
        Order::Age => ask(market, pick, [AGE, AGE_OF, AGE_NOBODYS], values![after[1], limit]).await,
        Order::Closed => {
            let keys = values![after[0], after[1], limit];
            ask(market, pick, [CLOSED, CLOSED_OF, CLOSED_NOBODYS], keys).await
        }
        Order::Due => due(market, pick, after, limit).await,
    }
}

/// Those that have a deadline, then those that have none: two reads of the same index.
async fn due(market: &Market, pick: &Pick, after: [i64; 2], limit: i64) -> Result<Vec<Request>, StoreError> {
    // Somebody's own list is short, whoever else's there are.
    let theirs = match (pick.whose, pick.assignee) {
        (Whose::Everyones, Assignee::Is(person)) => Some(person),
        _ => None,
    };
    let mut rows = Vec::new();
    if after[0] != i64::MAX {
        let before = pick.due_before.map_or(i64::MAX, Timestamp::as_microsecond);
        let keys = values![after[0], after[1], before, limit];
        rows = match theirs {
            Some(person) => own(market, pick, DUE_ASSIGNEE, keys, person).await?,
            None => ask(market, pick, [DUE, DUE_OF, DUE_NOBODYS], keys).await?,
        };
    }
    let left = limit - rows.len() as i64;
    if left == 0 || pick.due_before.is_some() {
        return Ok(rows);
    }
    let keys = values![if after[0] == i64::MAX { after[1] } else { 0 }, left];
    let more = match theirs {
        Some(person) => own(market, pick, NEVER_DUE_ASSIGNEE, keys, person).await?,
        None => ask(market, pick, [NEVER_DUE, NEVER_DUE_OF, NEVER_DUE_NOBODYS], keys).await?,
    };
    rows.extend(more);
    Ok(rows)
}

/// For everyone, for one agency, for what is nobody's.
async fn ask<T: FromRow + Send + 'static>(
    market: &Market,
    pick: &Pick,
    [all, of, nobodys]: [Sql; 3],
    keys: Vec<Value>,
) -> Result<Vec<T>, StoreError> {
    let mut params = only(pick);
    params.extend(keys);
    match pick.whose {
        Whose::Everyones => market.list(all, params).await,
        Whose::Nobodys => market.list(nobodys, params).await,
        Whose::Of(agency) => {
            params.push(agency.into());
            market.list(of, params).await
        }
    }
}

async fn own(
    market: &Market,
    pick: &Pick,
    sql: Sql,
    keys: Vec<Value>,
    person: Id<Person>,
) -> Result<Vec<Request>, StoreError> {
    let mut params = only(pick);
    params.extend(keys);
    params.push(person.into());
    market.list(sql, params).await
}

fn only(pick: &Pick) -> Vec<Value> {
    let assignee = match pick.assignee {
        Assignee::Any => 0,
        Assignee::Nobody => -1,
        Assignee::Is(person) => person.raw(),
    };
    let status = pick.status.map_or("", Status::name);
    values![status, &pick.category, &pick.area, &pick.team, assignee, pick.from, pick.to]
}

/// How many of each kind, all of one moment.
pub async fn counts(
    market: &Market,
    agency: Option<Id<kernel::Provider>>,
    me: Option<Id<Person>>,
    now: Timestamp,
) -> Result<Counts, StoreError> {
    let upto = limits::COUNTED_MAX + 1;
    let soon = later(now, limits::SOON_H);
    let me = me.map_or(0, Id::raw);
    let query = |all: Sql, of: Sql, mut params: Vec<Value>| {
        let sql = match agency {
            None => all,
            Some(agency) => {
                params.push(agency.into());
                of
            }
        };
        Query { sql, params }
    };
    let rows = market
        .snapshot(vec![
            query(STATUSES, STATUSES_OF, values![upto]),
            query(BETWEEN, BETWEEN_OF, values![i64::MIN, now, upto]),
            query(BETWEEN, BETWEEN_OF, values![now, soon, upto]),
            query(UNASSIGNED, UNASSIGNED_OF, values![upto]),
            query(MINE, MINE_OF, values![me, upto]),
        ])
        .await?;
    let mut counts = Counts::default();
    let (mut statuses, mut waiting) = (Vec::new(), 0);
    if let Some(rows) = rows.first() {
        statuses = rows.list::<(Status, i64)>()?;
    }
    for (status, count) in statuses {
        waiting += count;
        let place = match status {
            Status::Open => &mut counts.open,
            Status::InProgress => &mut counts.in_progress,
            Status::UnderReview => &mut counts.under_review,
            Status::PendingExternal => &mut counts.pending_external,
            Status::Reopened => &mut counts.reopened,
            Status::Resolved | Status::Closed => continue,
        };
        *place = count.into();
    }
    counts.waiting = waiting.into();
    if counts.waiting.more {
        // The rest was not looked at: it may be of any kind.
        for count in [
            &mut counts.open,
            &mut counts.in_progress,
            &mut counts.under_review,
            &mut counts.pending_external,
            &mut counts.reopened,
        ] {
            count.more = true;
        }
    }
    let one = |place: usize| -> Result<Count, StoreError> {
        let found = rows.get(place).map(|it| it.one::<(i64,)>()).transpose()?.flatten();
        Ok(found.map_or(0, |(count,)| count).into())
    };
    (counts.overdue, counts.due_soon) = (one(1)?, one(2)?);
    (counts.unassigned, counts.mine) = (one(3)?, one(4)?);
    Ok(counts)
}
