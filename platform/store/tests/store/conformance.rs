//! What holds on both engines alike.

use kernel::{Actor, Decision, NewJob, Person, Value, values};
use store::{Event, Query, Stamp, StoreError};

use crate::world::*;

macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let world = crate::world::world(crate::world::Engine::Sqlite).await.unwrap();
                super::$name(world).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let Some(world) = crate::world::world(crate::world::Engine::Postgres).await else { return };
                super::$name(world).await;
            })+
        }
    };
}

on_both_engines! {
    a_decision_holds_or_nothing_happens,
    a_miss_gives_its_own_refusal,
    a_key_that_is_taken_counts_as_a_miss,
    conflict_clauses_know_the_market,
    our_faults_harm_nobody_else,
    changes_of_one_table_follow_each_other,
    long_decisions_are_whole_too,
    events_are_contiguous_and_in_order,
    several_events_of_one_decision_keep_their_order,
    stamps_are_kept,
    jobs_with_a_key_are_added_once,
    a_snapshot_is_of_one_moment,
    values_come_back_as_they_went,
    what_one_engine_cannot_keep_neither_takes,
    too_many_rows_are_an_error,
    sums_counts_and_truths_are_integers,
    markets_see_only_themselves,
    a_market_is_missing_until_made_and_after_removal,
    callers_who_go_away_leave_all_in_order,
    a_rush_on_the_last_ones_is_fair,
    change_decides_again_after_a_conflict,
    statements_that_do_not_fit_are_named,
    an_unknown_database_is_down,
}

async fn a_decision_holds_or_nothing_happens(w: World) {
    w.commit(Decision::nothing().change(add(1, 5)).event(event("thing.added", 1, 0))).await.unwrap();
    let decision = Decision::nothing()
        .change(add(2, 5))
        .change(RENAME.with(values!["x", 1, 7]))
        .event(event("thing.added", 2, 0))
        .job(NewJob::new("k", now(), &1));
    assert!(is_conflict(&w.commit(decision).await));
    assert_eq!(w.things().await.len(), 1);
    assert_eq!(w.events().await, 1);
    assert!(w.market.list::<(String, Option<String>, String)>(JOBS, values![]).await.unwrap().is_empty());
    w.commit(Decision::nothing()).await.unwrap();
    assert!(is_conflict(&w.changes(vec![DELETE_EVERY.with(values![]).rows(2)]).await));
    w.changes(vec![DELETE_EVERY.with(values![]).rows(1)]).await.unwrap();
}

async fn a_miss_gives_its_own_refusal(w: World) {
    w.changes(vec![add(1, 5), ADD_OTHER.with(values![1, 1])]).await.unwrap();
    let other = |amount: i64| TAKE_OTHER.with(values![amount, 1]).or_refuse(taken());
    assert_eq!(refused(&w.changes(vec![take(1, 6)]).await), Some("sold_out"));
    assert_eq!(refused(&w.changes(vec![take(1, 5), other(2)]).await), Some("taken"));
    assert_eq!(refused(&w.changes(vec![take(1, 6), other(2)]).await), Some("sold_out"));
    assert_eq!(refused(&w.changes(vec![other(2), take(1, 6)]).await), Some("taken"));
    assert_eq!(w.amount(1).await, Some(5));
    w.changes(vec![take(1, 5), other(1)]).await.unwrap();
    assert_eq!(w.amount(1).await, Some(0));
}

async fn a_key_that_is_taken_counts_as_a_miss(w: World) {
    w.changes(vec![ADD.with(values![1, "a", 0])]).await.unwrap();
    assert!(is_conflict(&w.changes(vec![ADD.with(values![1, "b", 0])]).await));
    let by_name = ADD.with(values![2, "a", 0]).or_refuse(taken());
    assert_eq!(refused(&w.changes(vec![by_name.clone()]).await), Some("taken"));
    let outcome = w.changes(vec![ADD.with(values![3, "c", 0]), by_name.clone().any_rows()]).await;
    assert_eq!(refused(&outcome), Some("taken"));
    let twice = vec![ADD.with(values![4, "d", 0]), ADD.with(values![5, "d", 0]).or_refuse(taken())];
    assert_eq!(refused(&w.changes(twice).await), Some("taken"));
    assert_eq!(w.things().await.len(), 1);
}

async fn conflict_clauses_know_the_market(w: World) {
    let unless = |amount: i64| ADD_UNLESS.with(values![1, amount]);
    w.changes(vec![unless(3)]).await.unwrap();
    assert!(is_conflict(&w.changes(vec![unless(4)]).await));
    w.changes(vec![unless(4).any_rows()]).await.unwrap();
    assert_eq!(w.amount(1).await, Some(3));
    w.changes(vec![PUT.with(values![1, 8]), PUT.with(values![2, 9])]).await.unwrap();
    w.changes(vec![PUT.with(values![1, 10]), PUT.with(values![1, 11])]).await.unwrap();
    assert_eq!((w.amount(1).await, w.amount(2).await), (Some(11), Some(9)));
}

async fn our_faults_harm_nobody_else(w: World) {
    w.changes(vec![add(1, 5)]).await.unwrap();
    for bad in [
        add(2, -1),
        ADD.with(values![2, 7, "seven"]),
        ADD.with(values![2]),
        ADD.with(values![None::<i64>, None::<String>, None::<i64>]),
        kernel::Sql { name: "test::wrong", text: "insert into nowhere (id) values (?1)", ..ADD }
            .with(values![1]),
    ] {
        let outcome = w.changes(vec![add(9, 1), bad.clone()]).await;
        assert!(is_bug(&outcome), "{bad:?}: {outcome:?}");
    }
    let read = w.market.one::<(i64,)>(GET, values!["x", "y"]).await;
    assert!(matches!(read, Err(StoreError::Bug(_))), "{read:?}");
    let read = w.market.one::<(String,)>(GET, values![1]).await;
    assert!(matches!(read, Err(StoreError::Bug(_))), "{read:?}");
    assert_eq!(w.things().await.len(), 1);
}

async fn changes_of_one_table_follow_each_other(w: World) {
    w.changes(vec![add(1, 5), take(1, 2)]).await.unwrap();
    assert_eq!(w.amount(1).await, Some(3));
    assert_eq!(refused(&w.changes(vec![take(1, 2), take(1, 2)]).await), Some("sold_out"));
    w.changes(vec![take(1, 2), take(1, 1)]).await.unwrap();
    assert_eq!(w.amount(1).await, Some(0));
    w.changes(vec![DELETE.with(values![1]), add(1, 7)]).await.unwrap();
    assert_eq!(w.amount(1).await, Some(7));
    assert!(is_conflict(&w.changes(vec![DELETE.with(values![1]), DELETE.with(values![1])]).await));
    w.changes(vec![add(2, 1), DELETE.with(values![2])]).await.unwrap();
    w.changes(vec![add(3, 9), DELETE_EVERY.with(values![]).any_rows(), add(4, 1)]).await.unwrap();
    assert_eq!(w.things().await.iter().map(|thing| thing.id).collect::<Vec<_>>(), [4]);
}

async fn long_decisions_are_whole_too(w: World) {
    let many = || (1..=500).map(|id| add(id, 1));
    w.commit(Decision::nothing().changes(many()).event(event("many.added", 1, 0))).await.unwrap();
    assert_eq!(w.things().await.len(), 500);
    let again = (501..=900).map(|id| add(id, 1)).chain([add(7, 1).or_refuse(taken())]);
    assert_eq!(refused(&w.changes(again.collect()).await), Some("taken"));
    assert_eq!(w.things().await.len(), 500);
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

async fn what_one_engine_cannot_keep_neither_takes(w: World) {
    let nul = w.changes(vec![ADD.with(values![1, "a\0b", 0])]).await;
    assert!(matches!(nul, Err(store::CommitError::Failed(StoreError::Unstorable(_)))), "{nul:?}");
    let asked = w.market.list::<Thing>(WITH_NOTE, values!["\0"]).await;
    assert!(matches!(asked, Err(StoreError::Unstorable(_))), "{asked:?}");
    let large = vec![0u8; store::limits::VALUE_BYTES_MAX + 1];
    let flood = w.changes(vec![ADD_FULL.with(values![1, "a", 0, "", large])]).await;
    assert!(matches!(flood, Err(store::CommitError::Failed(StoreError::Unstorable(_)))));
    assert!(w.things().await.is_empty());
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

async fn markets_see_only_themselves(w: World) {
    let second = w.store.create(&place(2)).await.unwrap();
    w.changes(vec![add(1, 1), ADD.with(values![2, "same", 2])]).await.unwrap();
    let decision = Decision::nothing().changes([add(1, 10), ADD.with(values![3, "same", 3])]).event(event(
        "thing.added",
        1,
        0,
    ));
    second.commit(stamp(), decision).await.unwrap();
    assert_eq!(w.things().await.iter().map(|it| it.id).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(sorted(&second).await.iter().map(|it| it.id).collect::<Vec<_>>(), [1, 3]);
    assert_eq!((w.market.settle().await.unwrap(), second.settle().await.unwrap()), (0, 1));
    w.changes(vec![take(1, 1), PUT.with(values![1, 50])]).await.unwrap();
    w.changes(vec![DELETE_EVERY.with(values![]).rows(2)]).await.unwrap();
    assert!(w.things().await.is_empty());
    assert_eq!(sorted(&second).await.iter().map(|it| it.amount).collect::<Vec<_>>(), [10, 3]);
}

async fn a_market_is_missing_until_made_and_after_removal(w: World) {
    let missing = w.store.market(&place(9));
    assert!(matches!(missing.one::<Thing>(GET, values![1]).await, Err(StoreError::Missing(_))));
    assert!(matches!(missing.snapshot(vec![]).await, Err(StoreError::Missing(_))));
    let outcome = missing.commit(stamp(), Decision::nothing().change(add(1, 1))).await;
    assert!(matches!(outcome, Err(store::CommitError::Failed(StoreError::Missing(_)))), "{outcome:?}");
    w.store.create(&place(9)).await.unwrap();
    w.store.create(&place(9)).await.unwrap();
    missing.commit(stamp(), Decision::nothing().change(add(1, 1))).await.unwrap();
    w.changes(vec![add(1, 4)]).await.unwrap();
    w.store.drop_market(&place(9)).await.unwrap();
    assert!(matches!(missing.one::<Thing>(GET, values![1]).await, Err(StoreError::Missing(_))));
    w.store.drop_market(&place(9)).await.unwrap();
    let again = w.store.create(&place(9)).await.unwrap();
    assert!(sorted(&again).await.is_empty());
    assert_eq!(w.amount(1).await, Some(4));
}

async fn callers_who_go_away_leave_all_in_order(w: World) {
    let tasks: Vec<_> = (0..200i64)
        .map(|id| {
            let market = w.market.clone();
            tokio::spawn(async move {
                let mut decision = Decision::nothing().change(add(id, 1)).event(event("thing.added", id, 0));
                if id % 2 == 0 {
                    // The careful way, on PostgreSQL.
                    decision = decision.change(BUMP.with(values![id]));
                }
                let _ = market.commit(stamp(), decision).await;
                let _ = market.list::<Thing>(EVERY, values![]).await;
                let _ = market.snapshot(vec![Query { sql: EVERY, params: values![] }; 2]).await;
            })
        })
        .collect();
    for (number, task) in tasks.iter().enumerate() {
        if number % 3 == 0 {
            tokio::time::sleep(std::time::Duration::from_micros(300)).await;
        }
        task.abort();
    }
    for task in tasks {
        let _ = task.await;
    }
    let quiet = || async { w.store.stats().databases.iter().all(|it| it.connections_busy == 0) };
    while !quiet().await {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    // What waits in a writer's queue is still carried out: this comes behind it.
    w.changes(vec![add(1_000, 0), DELETE.with(values![1_000])]).await.unwrap();
    let (things, events) = (w.things().await, w.events().await);
    assert_eq!(things.len() as i64, events, "rows and events come together");
    assert!(things.iter().all(|it| it.version == i64::from(it.id % 2 == 0)));
}

async fn a_rush_on_the_last_ones_is_fair(w: World) {
    w.changes(vec![add(1, 20)]).await.unwrap();
    let tasks: Vec<_> = (0..60i64)
        .map(|number| {
            let market = w.market.clone();
            let decision = Decision::nothing().change(take(1, 1)).event(event("thing.taken", 1, number));
            tokio::spawn(async move { market.commit(stamp(), decision).await })
        })
        .collect();
    let mut sold = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => sold += 1,
            outcome => assert_eq!(refused(&outcome), Some("sold_out"), "{outcome:?}"),
        }
    }
    assert_eq!((sold, w.amount(1).await, w.events().await), (20, Some(0), 20));
}

async fn change_decides_again_after_a_conflict(w: World) {
    w.changes(vec![add(1, 0)]).await.unwrap();
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            let market = w.market.clone();
            tokio::spawn(async move {
                market
                    .change(|| async {
                        let thing: Thing = market.one(GET, values![1]).await?.unwrap();
                        let change = RENAME.with(values!["n", 1, thing.version]);
                        Ok((stamp(), Decision::nothing().change(change), thing.version))
                    })
                    .await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(w.things().await[0].version, 3);
}

async fn statements_that_do_not_fit_are_named(w: World) {
    w.store.prepare_all(STATEMENTS).await.unwrap();
    w.store.prepare_all(store::STATEMENTS).await.unwrap();
    let wrong = kernel::Sql { name: "test::wrong", text: "select colour from thing", ..GET };
    let fault = w.store.prepare_all(&[GET, wrong]).await.unwrap_err().to_string();
    assert!(fault.contains("test::wrong") && !fault.contains("GET"), "{fault}");
}

async fn an_unknown_database_is_down(w: World) {
    let market = w.store.market(&place(1).on("nowhere"));
    assert!(matches!(market.one::<Thing>(GET, values![1]).await, Err(StoreError::Down(_))));
    assert!(matches!(w.store.create(&place(1).on("nowhere")).await, Err(StoreError::Down(_))));
    let default = w.store.market(&place(1).on("default"));
    assert!(default.list::<Thing>(EVERY, values![]).await.unwrap().is_empty());
}
