use std::collections::HashSet;

use geo::Cell;
use kernel::jiff::Timestamp;
use kernel::{Ctx, Decision, NewEvent};

use super::model::{Batch, Draft, Import};
use super::{repo, times};
use crate::limits;
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

/// What a batch changes: its requests, their keys, events that tell of them, and how far the load is. The
/// drafts get their ids here; `attempt` makes them others when some are taken.
pub fn load(
    import: &Import,
    batch: &mut Batch,
    known: &HashSet<String>,
    attempt: u32,
    now: Timestamp,
) -> (Decision, Import) {
    let first = first_turn(&import.source).wrapping_add(i64::from(attempt) * TRY_STEP);
    let mut taken: Vec<&Draft> = Vec::with_capacity(batch.drafts.len());
    let mut seen: HashSet<&str> = HashSet::new();
    for draft in &mut batch.drafts {
        if let Some(key) = draft.key.as_deref()
            && (known.contains(key) || !seen.insert(key))
        {
            continue;
        }
        draft.request.id = times::id_at(draft.request.at, first.wrapping_add(draft.number));
        taken.push(draft);
    }
    let facts: Vec<Facts> = taken.iter().map(|draft| Facts::of(&draft.request)).collect();
    let mut changes = Vec::with_capacity(taken.len() * 2 + 1);
    // In the order of the index over places, whose pages are then each looked for once.
    taken.sort_by_cached_key(|draft| (draft.request.status.name(), Cell::of(draft.request.place)));
    changes.extend(taken.iter().map(|draft| request::repo::add(&draft.request)));
    let mut keyed: Vec<_> =
        taken.iter().filter_map(|draft| Some((draft.key.as_deref()?, draft.request.id))).collect();
    keyed.sort_unstable();
    changes.extend(keyed.into_iter().map(|(key, id)| repo::add_key(key, id)));
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
    for told in facts.chunks(limits::LOAD_TOLD_MAX) {
        decision = decision.event(NewEvent::new(IMPORTED, import.id, &Imported { requests: told.to_vec() }));
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
    fn many_are_told_of_a_few_hundred_at_a_time() {
        let drafts: Vec<_> = (1..=2 * limits::LOAD_TOLD_MAX as i64 + 1).map(|it| draft(it, None)).collect();
        let mut batch = Batch { lines: drafts.len() as i64, drafts, ..Batch::default() };
        let (decision, after) = load(&begun(), &mut batch, &HashSet::new(), 0, now());
        let told = |body: &str| serde_json::from_str::<Imported>(body).unwrap().requests.len();
        let told: Vec<usize> = decision.events.iter().map(|it| told(&it.body)).collect();
        assert_eq!(told, [limits::LOAD_TOLD_MAX, limits::LOAD_TOLD_MAX, 1]);
        assert_eq!(after.added as usize, told.iter().sum::<usize>());
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
