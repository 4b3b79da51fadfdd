//! A whole decision as one statement: every change is a part of it that writes, then one row says
//! whether all guards held, and the events are written from that row. So an event gets its sequence
//! after the rows of its aggregate are locked, and one round trip is one transaction.

use std::fmt::Write;

use kernel::{Change, Guard, Value};

use super::dialect::{Shape, Verb, shape, translate};
use super::texts::Text;
use crate::base::ADD_EVENT;
use crate::limits;

pub(super) struct Composed {
    pub(super) text: Text,
    /// The first guard that fails here is the first that would fail one by one.
    pub(super) certain: bool,
}

/// One change that raises an error when it does not touch so many rows.
pub(super) fn guarded(text: &str, rows: u32) -> String {
    let counted = counted(text);
    format!(
        "with c as ({counted}) select case when (select count(*) from c) <> {rows} then iroko_miss(0) else 1 end"
    )
}

fn counted(text: &str) -> String {
    if shape(text).returning { text.to_owned() } else { format!("{text} returning 1") }
}

pub(super) fn is_event(change: &Change) -> bool {
    change.sql.name == ADD_EVENT.name
}

/// The parameters of a composed statement: the market, then those of the changes, then of the events.
pub(super) fn params<'a>(market: &'a Value, changes: &'a [Change]) -> Vec<&'a Value> {
    let rows = changes.iter().filter(|change| !is_event(change));
    let events = changes.iter().filter(|change| is_event(change));
    std::iter::once(market).chain(rows.chain(events).flat_map(|change| &change.params)).collect()
}

/// The text, and whether a missed guard can be believed. `None` where parts of one statement, which
/// all see the same snapshot, might do something else than the changes one after the other.
pub(super) fn compose(changes: &[Change]) -> Option<(String, bool)> {
    let params: usize = changes.iter().map(|change| change.params.len()).sum();
    if changes.len() > limits::CHANGES_IN_ONE_STATEMENT_MAX || params > limits::PARAMS_IN_ONE_STATEMENT_MAX {
        return None;
    }
    let certain = is_certain(changes)?;
    let mut offset = 1;
    let mut parts = String::from("with ");
    // One look at the market's state; without a row of this market's own there is none to see.
    let mut held = String::from(
        "case when (select state from resident where market = $1::bigint) is distinct from 0 \
         and iroko_fenced($1::bigint) then 0",
    );
    for (number, change) in changes.iter().enumerate().filter(|(_, change)| !is_event(change)) {
        let text = counted(&translate(change.sql.text, offset));
        offset += change.params.len();
        // Writing into a string cannot fail.
        let _ = write!(parts, "c{number} as ({text}), ");
        // A count of less than none never happens; asking for it makes the change run before the events.
        let missed = match change.guard {
            Guard::Rows(rows) => format!("<> {rows}"),
            Guard::Any => "< 0".to_owned(),
        };
        let _ = write!(held, " when (select count(*) from c{number}) {missed} then iroko_miss({number})");
    }
    let _ = write!(parts, "held as materialized (select {held} else 1 end as ok) ");
    let events = changes.iter().filter(|change| is_event(change)).count();
    parts.push_str(&add_events(events, offset));
    Some((parts, certain))
}

fn is_certain(changes: &[Change]) -> Option<bool> {
    let rows: Vec<(&Change, Shape)> = changes
        .iter()
        .filter(|change| !is_event(change))
        .map(|change| (change, shape(change.sql.text)))
        .collect();
    if rows.iter().any(|(_, shape)| shape.verb == Verb::Other) {
        return None;
    }
    let mut certain = true;
    for (place, (one, its)) in rows.iter().enumerate() {
        for (other, others) in &rows[place + 1..] {
            if !its.meets(others) || (its.only_adds() && others.only_adds()) {
                continue;
            }
            // The same change for two keys, such as two balances. Were it the same key, the second
            // would touch no row here, and its guard would send the decision the careful way.
            let same = one.sql.text == other.sql.text;
            if !(same && one.guard != Guard::Any && other.guard != Guard::Any) {
                return None;
            }
            certain = false;
        }
    }
    Some(certain)
}

fn add_events(count: usize, offset: usize) -> String {
    const COLUMNS: [&str; 6] = ["id", "name", "subject", "at", "actor", "body"];
    const KINDS: [&str; 6] = ["bigint", "text", "bigint", "bigint", "bigint", "text"];
    let row = |number: usize| {
        let first = offset + number * COLUMNS.len() + 1;
        let cells: Vec<String> =
            (first..).zip(KINDS).map(|(place, kind)| format!("${place}::{kind}")).collect();
        cells.join(", ")
    };
    let columns = COLUMNS.join(", ");
    match count {
        0 => "select ok from held".to_owned(),
        1 => format!("insert into event ({columns}) select {} from held where held.ok = 1", row(0)),
        _ => {
            let rows: Vec<String> = (0..count).map(|number| format!("({number}, {})", row(number))).collect();
            format!(
                "insert into event ({columns}) select {columns} from held, (values {}) as v (n, {columns}) \
                 where held.ok = 1 order by v.n",
                rows.join(", ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Reach, Sql, values};

    use super::*;

    const fn sql(text: &'static str) -> Sql {
        Sql { name: "test", text, reach: Reach::Short }
    }
    const ADD: Sql = sql("insert into thing (id) values (?1)");
    const MOVE: Sql = sql("update account set balance = balance + ?1 where id = ?2");
    const CLOSE: Sql = sql("update account set closed = 1 where id = ?1");
    const COPY: Sql = sql("insert into thing (id) select id from account where id = ?1");

    #[test]
    fn which_decisions_are_one_statement() {
        let check = |changes: &[Change], expect: Option<bool>| {
            assert_eq!(compose(changes).map(|(_, certain)| certain), expect, "{changes:?}");
        };
        let add = || ADD.with(values![1]);
        let shift = || MOVE.with(values![1, 2]);
        check(&[], Some(true));
        check(&[add(), add(), shift()], Some(true));
        check(&[shift(), shift()], Some(false));
        check(&[shift(), shift().any_rows()], None);
        check(&[shift(), CLOSE.with(values![1])], None);
        check(&[COPY.with(values![1]), shift()], None);
        check(&[sql("with a as (select 1) delete from b").with(vec![])], None);
    }

    #[test]
    fn the_text_counts_its_parameters_through() {
        let event = ADD_EVENT.with(values![1, "a.b", 2, 3, 4, "{}"]);
        let changes = [MOVE.with(values![5, 6]), event, ADD.with(values![7]).any_rows()];
        let (text, _) = compose(&changes).unwrap();
        assert_eq!(
            text,
            "with c0 as (update account set balance = balance + $2 where id = $3 returning 1), \
             c2 as (insert into thing (id) values ($4) returning 1), \
             held as materialized (select case when (select state from resident where market = $1::bigint) is distinct from 0 \
             and iroko_fenced($1::bigint) then 0 \
             when (select count(*) from c0) <> 1 then iroko_miss(0) \
             when (select count(*) from c2) < 0 then iroko_miss(2) else 1 end as ok) \
             insert into event (id, name, subject, at, actor, body) \
             select $5::bigint, $6::text, $7::bigint, $8::bigint, $9::bigint, $10::text from held where held.ok = 1"
        );
        let market = Value::Int(9);
        assert_eq!(params(&market, &changes).len(), 10);
    }
}
