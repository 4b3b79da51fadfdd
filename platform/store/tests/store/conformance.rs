//! Committing: what holds on both engines alike.

use kernel::{Decision, NewJob, values};
use store::{Query, StoreError};

use crate::world::*;

testkit::on_both_engines! {
    a_decision_holds_or_nothing_happens,
    a_miss_gives_its_own_refusal,
    a_key_that_is_taken_counts_as_a_miss,
    conflict_clauses_know_the_market,
    our_faults_harm_nobody_else,
    changes_of_one_table_follow_each_other,
    long_decisions_are_whole_too,
    what_one_engine_cannot_keep_neither_takes,
    markets_see_only_themselves,
    a_market_is_missing_until_made_and_after_removal,
    callers_who_go_away_leave_all_in_order,
    a_rush_on_the_last_ones_is_fair,
    change_decides_again_after_a_conflict,
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

async fn an_unknown_database_is_down(w: World) {
    let market = w.store.market(&place(1).on("nowhere"));
    assert!(matches!(market.one::<Thing>(GET, values![1]).await, Err(StoreError::Down(_))));
    assert!(matches!(w.store.create(&place(1).on("nowhere")).await, Err(StoreError::Down(_))));
    let default = w.store.market(&place(1).on("default"));
    assert!(default.list::<Thing>(EVERY, values![]).await.unwrap().is_empty());
}
