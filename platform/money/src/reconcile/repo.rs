use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{FromRow, Market, Query, Row, StoreError};

use super::model::{Finding, Kind, Ours, Way};
use crate::payment::limits::{KEPT_PAGE, LOOKED_UP_TOGETHER, RECONCILED_MAX};
use crate::payment::model::{AttemptId, Flow, from_reference, reference};
use crate::payment::states::AttemptState;

kernel::statements! {
    long KEPT = "select a.id, a.flow, a.state, a.amount, a.code, p.captured, a.payment, \
        coalesce(a.fee, (select max(c.fee) from payment_attempt c where c.payment = a.payment \
        and c.flow = 'capture' and c.of = a.id)) \
        from payment_attempt a join payment p on p.id = a.payment \
        where a.gateway = ?1 and a.sent >= ?2 and a.sent < ?3 and a.flow in ('pay', 'refund') and a.id > ?4 \
        order by a.id limit ?5";
    short NAMED = "select a.id, a.flow, a.state, a.amount, a.code, p.captured, a.payment, \
        coalesce(a.fee, (select max(c.fee) from payment_attempt c where c.payment = a.payment \
        and c.flow = 'capture' and c.of = a.id)) \
        from payment_attempt a join payment p on p.id = a.payment where a.id = ?1 and a.gateway = ?2";
    short SAME = "select id, gateway, begins, ends, lines, matched, differences, rejected, at from reconciliation \
        where gateway = ?1 and hash = ?2 and begins = ?3 and ends = ?4";
    short ONE = "select id, gateway, begins, ends, lines, matched, differences, rejected, at from reconciliation \
        where id = ?1";
    short PAGE = "select id, gateway, begins, ends, lines, matched, differences, rejected, at from reconciliation \
        where id < ?1 order by id desc limit ?2";
    short ADD = "insert into reconciliation (id, gateway, hash, begins, ends, lines, matched, differences, rejected, \
        actor, at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    short ADD_ROW = "insert into reconciliation_row (id, run, place, kind, line, payment, reference, ours, theirs, said) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    short ROWS = "select place, kind, line, payment, reference, ours, theirs, said from reconciliation_row \
        where run = ?1 and place > ?2 order by place limit ?3";
}

struct Kept {
    id: AttemptId,
    flow: Flow,
    state: AttemptState,
    amount: i64,
    code: Option<String>,
    captured: i64,
    payment: i64,
    fee: Option<i64>,
}

impl FromRow for Kept {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            flow: row.get(1)?,
            state: row.get(2)?,
            amount: row.get(3)?,
            code: row.get(4)?,
            captured: row.get(5)?,
            payment: row.get(6)?,
            fee: row.get(7)?,
        })
    }
}

impl Kept {
    fn ours(self, in_period: bool) -> Ours {
        let is_done = self.state == AttemptState::Done;
        // Of what was reserved a part may have been captured; what came too late is what was asked.
        let is_own = self.flow == Flow::Pay && is_done && self.code.as_deref() != Some("too_late");
        Ours {
            way: if self.flow == Flow::Refund { Way::Refunded } else { Way::Paid },
            reference: reference(self.id),
            payment: self.payment,
            amount: if is_own && self.captured > 0 { self.captured } else { self.amount },
            fee: self.fee,
            is_done,
            in_period,
        }
    }
}

/// What was sent to a gateway in a period; `None` where that is more than can be compared at once.
pub async fn kept(
    market: &Market,
    gateway: i64,
    (begins, ends): (Timestamp, Timestamp),
) -> Result<Option<Vec<Ours>>, StoreError> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page: Vec<Kept> = market.list(KEPT, values![gateway, begins, ends, after, KEPT_PAGE]).await?;
        let Some(last) = page.last() else { return Ok(Some(all)) };
        after = last.id.raw();
        all.extend(page.into_iter().map(|kept| kept.ours(true)));
        if all.len() > RECONCILED_MAX {
            return Ok(None);
        }
    }
}

/// What lines name of other periods.
pub async fn named(market: &Market, gateway: i64, references: &[&str]) -> Result<Vec<Ours>, StoreError> {
    let ids: Vec<AttemptId> = references.iter().filter_map(|text| from_reference(text)).collect();
    let mut all = Vec::new();
    for some in ids.chunks(LOOKED_UP_TOGETHER) {
        let query = |id: &AttemptId| Query { sql: NAMED, params: values![*id, gateway] };
        let found: Vec<Vec<Kept>> = market.lists(some.iter().map(query).collect()).await?;
        all.extend(found.into_iter().flatten().map(|kept| kept.ours(false)));
    }
    Ok(all)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub id: i64,
    pub gateway: i64,
    pub begins: Timestamp,
    pub ends: Timestamp,
    pub lines: i64,
    pub matched: i64,
    pub differences: i64,
    pub rejected: i64,
    pub at: Timestamp,
}

impl FromRow for Run {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            gateway: row.get(1)?,
            begins: row.get(2)?,
            ends: row.get(3)?,
            lines: row.get(4)?,
            matched: row.get(5)?,
            differences: row.get(6)?,
            rejected: row.get(7)?,
            at: row.get(8)?,
        })
    }
}

/// A finding with its place in its run.
pub struct Placed(pub i64, pub Finding);

impl FromRow for Placed {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let kind: String = row.get(1)?;
        let finding = Finding {
            kind: Kind::named(&kind)
                .ok_or_else(|| StoreError::Bug(format!("no difference is called {kind}")))?,
            line: row.get(2)?,
            payment: row.get(3)?,
            reference: row.get(4)?,
            ours: row.get(5)?,
            theirs: row.get(6)?,
            said: row.get(7)?,
        };
        Ok(Self(row.get(0)?, finding))
    }
}

pub async fn same(
    market: &Market,
    gateway: i64,
    hash: [u8; 32],
    (begins, ends): (Timestamp, Timestamp),
) -> Result<Option<Run>, StoreError> {
    market.one(SAME, values![gateway, hash, begins, ends]).await
}

pub async fn one(market: &Market, id: i64) -> Result<Option<Run>, StoreError> {
    market.one(ONE, values![id]).await
}

pub async fn page(market: &Market, before: i64, limit: u16) -> Result<Vec<Run>, StoreError> {
    market.list(PAGE, values![before, i64::from(limit) + 1]).await
}

pub async fn rows(market: &Market, run: i64, after: i64, limit: i64) -> Result<Vec<Placed>, StoreError> {
    market.list(ROWS, values![run, after, limit]).await
}

pub fn add(run: &Run, hash: [u8; 32], actor: i64) -> Change {
    ADD.with(values![
        run.id,
        run.gateway,
        hash,
        run.begins,
        run.ends,
        run.lines,
        run.matched,
        run.differences,
        run.rejected,
        actor,
        run.at,
    ])
}

pub fn add_row(id: i64, run: i64, place: i64, it: &Finding) -> Change {
    ADD_ROW.with(values![
        id,
        run,
        place,
        it.kind.name(),
        it.line,
        it.payment,
        &it.reference,
        it.ours,
        it.theirs,
        &it.said,
    ])
}
