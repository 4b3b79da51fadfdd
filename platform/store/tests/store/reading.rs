//! Reading, and what follows from a commit: the same on both engines.

use kernel::{Actor, Decision, NewJob, Person, Value, values};
use store::{Event, Query, Stamp, StoreError};

use crate::world::*;

testkit::on_both_engines! {
    events_are_contiguous_and_in_order,
    several_events_of_one_decision_keep_their_order,
    stamps_are_kept,
    jobs_with_a_key_are_added_once,
    a_snapshot_is_of_one_moment,
    values_come_back_as_they_went,
    too_many_rows_are_an_error,
    sums_counts_and_truths_are_integers,
    statements_that_do_not_fit_are_named,
}

async fn events_are_contiguous_and_in_order(w: World) {
    const THINGS: i64 = 3;
    const TASKS: i64 = 8;
    const EACH: i64 = 12;
    w.changes((0..THINGS).map(|id| add(id, 0)).collect()).await.unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let market = w.market.clone();
            tokio::spawn(async move {
                for number in 0..EACH {
                    let id = (task + number) % THINGS;
                    loop {
                        let thing: Thing = market.one(GET, values![id]).await.unwrap().unwrap();
                        let decision = Decision::nothing()
                            .change(RENAME.with(values![None::<String>, id, thing.version]))
                            .event(event("thing.renamed", id, thing.version + 1));
                        match market.commit(stamp(), decision).await {
                            Ok(()) => break,
                            Err(store::CommitError::Conflict) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                    if number % 4 == 0 {
                        market.settle().await.unwrap();
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(w.market.settle().await.unwrap(), TASKS * EACH);
    let after = |pos: i64| w.market.list::<Event>(store::EVENTS_AFTER, values![pos, 1_000]);
    let events = after(0).await.unwrap();
    assert_eq!(
        events.iter().map(|event| event.pos).collect::<Vec<_>>(),
        (1..=TASKS * EACH).collect::<Vec<_>>()
    );
    for id in 0..THINGS {
        let versions: Vec<i64> =
            events.iter().filter(|it| it.subject == id).map(|it| it.body.parse().unwrap()).collect();
        assert_eq!(versions, (1..=versions.len() as i64).collect::<Vec<_>>(), "versions of {id} in order");
    }
    assert_eq!(after(TASKS * EACH - 1).await.unwrap().len(), 1);
}

async fn several_events_of_one_decision_keep_their_order(w: World) {
    let mut decision = Decision::nothing().change(add(1, 1));
    for number in 0..10 {
        decision = decision.event(event("thing.step", 1, number));
    }
    w.commit(decision).await.unwrap();
    w.commit(Decision::nothing().event(event("only.event", 2, 10))).await.unwrap();
    assert_eq!(w.market.settle().await.unwrap(), 11);
    assert_eq!(w.market.settle().await.unwrap(), 11);
    let events: Vec<Event> = w.market.list(store::EVENTS_AFTER, values![0, 100]).await.unwrap();
    assert_eq!(
        events.iter().map(|it| it.body.parse::<i64>().unwrap()).collect::<Vec<_>>(),
        (0..=10).collect::<Vec<_>>()
    );
}

async fn stamps_are_kept(w: World) {
    let actor = Actor::Person(kernel::Id::<Person>::from_raw(77));
    let decision = Decision::nothing().change(add(1, 1)).event(event("thing.added", 1, 3));
    w.market.commit(Stamp { at: now(), actor }, decision).await.unwrap();
    w.market.settle().await.unwrap();
    let events: Vec<Event> = w.market.list(store::EVENTS_AFTER, values![0, 10]).await.unwrap();
    let [it] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(
        (it.at, it.actor, it.name.as_str(), it.subject, it.body.as_str()),
        (now(), actor, "thing.added", 1, "3")
    );
    assert!(it.id > 0);
}

async fn jobs_with_a_key_are_added_once(w: World) {
    let job = |key: &str| NewJob::new("notify.send", now(), &1).once(key);
    w.commit(Decision::nothing().job(job("a")).job(job("a")).job(job("b"))).await.unwrap();
    w.commit(Decision::nothing().change(add(1, 1)).job(job("a"))).await.unwrap();
    w.commit(Decision::nothing().job(NewJob::new("other", now(), &1)).job(NewJob::new("other", now(), &1)))
        .await
        .unwrap();
    let jobs: Vec<(String, Option<String>, String)> = w.market.list(JOBS, values![]).await.unwrap();
    let keys: Vec<Option<&str>> = jobs.iter().map(|(_, key, _)| key.as_deref()).collect();
    assert_eq!(keys, [Some("a"), Some("b"), None, None]);
    assert!(jobs.iter().all(|(_, _, state)| state == "waiting"));
    assert_eq!(w.things().await.len(), 1);
}

async fn a_snapshot_is_of_one_moment(w: World) {
    w.changes(vec![add(1, 1_000), ADD_OTHER.with(values![1, 0])]).await.unwrap();
    let market = w.market.clone();
    let moving = tokio::spawn(async move {
        for _ in 0..100 {
            let changes = [take(1, 1), TAKE_OTHER.with(values![-1, 1])];
            market.commit(stamp(), Decision::nothing().changes(changes)).await.unwrap();
        }
    });
    while !moving.is_finished() {
        let query = |sql| Query { sql, params: values![] };
        let rows = w.market.snapshot(vec![query(TOTAL), query(OTHERS), query(EVERY)]).await.unwrap();
        let (_, here, _): (i64, i64, bool) = rows[0].one().unwrap().unwrap();
        let (there,): (i64,) = rows[1].one().unwrap().unwrap();
        assert_eq!(here + there, 1_000);
        assert_eq!(rows[2].list::<Thing>().unwrap()[0].amount, here);
    }
    moving.await.unwrap();
    assert!(w.market.snapshot(Vec::new()).await.unwrap().is_empty());
}

async fn values_come_back_as_they_went(w: World) {
    let every_byte: Vec<u8> = (0..=255).collect();
    let rows = [
        values![1, "a", 0, "", every_byte],
        values![i64::MAX, "ሰላም 'quoted' ?1 \\ \u{1F30D}", i64::MAX, " spaces ", Vec::<u8>::new()],
        values![i64::MIN, None::<String>, 0, None::<String>, Value::Null],
        values![-1, None::<String>, 1, "x".repeat(100_000), vec![0u8; 100_000]],
    ];
    for row in &rows {
        w.changes(vec![ADD_FULL.with(row.clone())]).await.unwrap();
        let back: Vec<Value> = w.market.one(GET_FULL, vec![row[0].clone()]).await.unwrap().unwrap();
        assert!(&back == row);
        let query = Query { sql: GET_FULL, params: vec![row[0].clone()] };
        let back = w.market.snapshot(vec![query]).await.unwrap();
        assert!(back[0].one::<Vec<Value>>().unwrap().as_ref() == Some(row));
    }
    let none: Vec<Thing> = w.market.list(WITH_NOTE, values![None::<String>]).await.unwrap();
    assert!(none.is_empty(), "null equals nothing");
}

async fn too_many_rows_are_an_error(w: World) {
    let most = store::limits::ROWS_MAX as i64;
    w.changes(vec![FILL.with(values![most + 1]).any_rows()]).await.unwrap();
    let all = w.market.list::<Thing>(EVERY, values![]).await;
    assert!(matches!(all, Err(StoreError::Bug(_))), "one row too many");
    let query = Query { sql: EVERY, params: values![] };
    assert!(matches!(w.market.snapshot(vec![query.clone(), query]).await, Err(StoreError::Bug(_))));
    assert_eq!(w.market.list::<Thing>(SORTED, values![most]).await.unwrap().len() as i64, most);
    assert_eq!(w.market.one::<Thing>(EVERY, values![]).await.unwrap().map(|it| it.version), Some(0));
    assert_eq!(w.amount(1).await, Some(0), "the connection is well after that");
}

async fn sums_counts_and_truths_are_integers(w: World) {
    let total = || w.market.one::<(i64, i64, bool)>(TOTAL, values![]);
    assert_eq!(total().await.unwrap(), Some((0, 0, false)));
    w.changes(vec![add(1, 99), add(2, 1_000_000_007), add(3, 0)]).await.unwrap();
    assert_eq!(total().await.unwrap(), Some((3, 1_000_000_106, true)));
}

async fn statements_that_do_not_fit_are_named(w: World) {
    w.store.prepare_all(STATEMENTS).await.unwrap();
    w.store.prepare_all(store::STATEMENTS).await.unwrap();
    let wrong = kernel::Sql { name: "test::wrong", text: "select colour from thing", ..GET };
    let fault = w.store.prepare_all(&[GET, wrong]).await.unwrap_err().to_string();
    assert!(fault.contains("test::wrong") && !fault.contains("GET"), "{fault}");
}
