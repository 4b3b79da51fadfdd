use std::collections::HashSet;

use kernel::jiff::Timestamp;
use kernel::{Ctx, Decision, NewEvent};

use super::model::{Batch, Import};
use super::{repo, times};
use crate::request;
use crate::request::event::{Facts, IMPORTED, Imported};

/// Far from each other, so that a second try finds free ids.
const TRY_STEP: i64 = 1_000_003;

/// Begins a load, unless one of the same source was begun before, which then goes on.
pub fn begin(
    existing: Option<Import>,
    source: &[u8],
    name: &str,
    total: i64,
    ctx: &Ctx<'_>,
) -> (Decision, Import) {
    if let Some(import) = existing {
        return (Decision::nothing(), import);
    }
    let import = Import {
        id: ctx.fresh(),
        source: source.to_owned(),
        name: name.to_owned(),
        done: 0,
        total,
        lines: 0,
        added: 0,
        known: 0,
        rejected: 0,
        at: ctx.now,
        updated: ctx.now,
    };
    (Decision::nothing().change(repo::add(&import)), import)
}

/// What a batch changes: its requests, their keys, one event for them all, and how far the load is. The
/// drafts get their ids here; `attempt` makes them others when some are taken.
pub fn load(
    import: &Import,
    batch: &mut Batch,
    known: &HashSet<String>,
    attempt: u32,
    now: Timestamp,
) -> (Decision, Import) {
    let first = first_turn(&import.source).wrapping_add(i64::from(attempt) * TRY_STEP);
    let mut changes = Vec::with_capacity(batch.drafts.len() * 2 + 1);
    let mut facts = Vec::with_capacity(batch.drafts.len());
    let mut seen: HashSet<&str> = HashSet::new();
    for draft in &mut batch.drafts {
        if let Some(key) = draft.key.as_deref()
            && (known.contains(key) || !seen.insert(key))
        {
            continue;
        }
        draft.request.id = times::id_at(draft.request.at, first.wrapping_add(draft.number));
        changes.push(request::repo::add(&draft.request));
        changes.extend(draft.key.as_deref().map(|key| repo::add_key(key, draft.request.id)));
        facts.push(Facts::of(&draft.request));
    }
    let added = facts.len() as i64;
    let after = Import {
        done: batch.upto,
        lines: import.lines + batch.lines,
        added: import.added + added,
        known: import.known + batch.drafts.len() as i64 - added,
        rejected: import.rejected + batch.rejects.len() as i64,
        updated: now,
        ..import.clone()
    };
    changes.push(repo::advance(import, &after));
    let mut decision = Decision::nothing().changes(changes);
    if added > 0 {
        decision = decision.event(NewEvent::new(IMPORTED, import.id, &Imported { requests: facts }));
    }
    (decision, after)
}

/// Loads begin at different turns of a moment, so that two files with the same dates seldom meet.
fn first_turn(source: &[u8]) -> i64 {
    source.iter().take(4).fold(0, |sum, byte| sum << 8 | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use kernel::jiff::tz::TimeZone;
    use kernel::{Actor, Id, SequentialIds};

    use super::super::model::{Draft, Reject};
    use super::*;
    use crate::request::model::Request;
    use geo::Point;

    fn now() -> Timestamp {
        "2026-06-01T00:00:00Z".parse().unwrap()
    }

    fn draft(number: i64, key: Option<&str>) -> Draft {
        let place = Point::from_e7(1, 2).unwrap();
        Draft {
            key: key.map(str::to_owned),
            request: Request::new(Id::from_raw(0), "tree", "", place, now()),
            number,
        }
    }

    fn begun() -> Import {
        let ids = SequentialIds::starting_at(1);
        let ctx = Ctx { now: now(), zone: &TimeZone::UTC, actor: Actor::System, ids: &ids };
        let (decision, import) = begin(None, b"source", "x.csv", 100, &ctx);
        assert_eq!(decision.changes, [repo::add(&import)]);
        let (again, same) = begin(Some(import.clone()), b"source", "x.csv", 100, &ctx);
        assert!(again.is_nothing() && same == import);
        import
    }

    #[test]
    fn a_batch_is_its_requests_their_keys_one_event_and_how_far_it_is() {
        let import = begun();
        let drafts = vec![draft(1, Some("a")), draft(2, Some("b")), draft(3, Some("a")), draft(4, None)];
        let rejects = vec![Reject { number: 5, offset: 0, reasons: vec![], text: String::new() }];
        let mut batch = Batch { from: 0, upto: 40, lines: 5, drafts, rejects };
        let (decision, after) = load(&import, &mut batch, &["b".to_owned()].into(), 0, now());
        assert_eq!((after.done, after.lines, after.added, after.known, after.rejected), (40, 5, 2, 2, 1));
        assert_eq!(decision.changes.len(), 2 + 1 + 1);
        assert_eq!(decision.changes.last(), Some(&repo::advance(&import, &after)));
        let [event] = &decision.events[..] else { panic!("one event") };
        let told: Imported = serde_json::from_str(&event.body).unwrap();
        assert_eq!((event.name, event.subject, told.requests.len()), (IMPORTED, import.id.raw(), 2));
    }

    #[test]
    fn nothing_is_told_where_nothing_was_added() {
        let mut batch = Batch { upto: 9, lines: 1, drafts: vec![draft(1, Some("a"))], ..Batch::default() };
        let (decision, after) = load(&begun(), &mut batch, &["a".to_owned()].into(), 0, now());
        assert!(decision.events.is_empty() && decision.changes.len() == 1 && after.known == 1);
    }

    #[test]
    fn every_try_has_other_ids_and_the_same_try_the_same() {
        let ids = |attempt: u32| {
            let mut batch =
                Batch { lines: 9, drafts: (1..10).map(|it| draft(it, None)).collect(), ..Batch::default() };
            let _ = load(&begun(), &mut batch, &HashSet::new(), attempt, now());
            batch.drafts.iter().map(|it| it.request.id.raw()).collect::<HashSet<i64>>()
        };
        assert_eq!(ids(0), ids(0));
        assert!(ids(0).len() == 9 && ids(0).is_disjoint(&ids(1)));
    }
}
