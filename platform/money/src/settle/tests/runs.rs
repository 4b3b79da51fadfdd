use std::collections::BTreeSet;

use bus::{Job, JobHandler};
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, SnowIds};

use super::world::{merchant, paid, refund, sale};
use crate::ledger::Account;
use crate::settle::model::Payee;
use crate::settle::{Progress, RUN, Run, advance};
use crate::testing::{World, on_both_engines};

on_both_engines!(
    a_period_is_settled_once,
    less_than_the_minimum_and_less_than_nothing_wait,
    a_reserve_is_kept_back_for_its_days,
    a_run_goes_on_after_a_crash_between_any_two_batches,
    many_at_one_run_make_it_once,
    jobs_come_where_something_waits_and_end_with_it
);

async fn a_period_is_settled_once(world: World) {
    assert_eq!(world.settle(9).await, Progress::Nothing);
    world.earn(1, merchant(7), sale(20_000)).await;
    world.earn(1, merchant(7), sale(20_000)).await;
    world.earn(2, merchant(7), sale(10_000)).await;
    world.earn(3, merchant(8), sale(40_000)).await;
    assert_eq!(world.settle(9).await, Progress::Nothing, "the period is not over");
    world.pass_days(7);
    world.earn(4, merchant(8), sale(90_000)).await;
    let Progress::Done(run) = world.settle(9).await else { panic!("one page is enough") };
    assert_eq!((run.statements, run.items, run.carried), (2, 3, 0));
    assert_eq!(paid(&world.statements().await), [(7, 25_500), (8, 34_000)]);
    assert_eq!(world.settle(9).await, Progress::Nothing);
    // What came in too late is the next period's.
    assert_eq!(world.left().await, [(8, 76_500)]);
    assert_eq!(world.posted(Account::own("payouts")).await, 59_500);
    assert_eq!(world.posted(merchant(7).account()).await, 0);
    world.assert_sound().await;
}

async fn less_than_the_minimum_and_less_than_nothing_wait(world: World) {
    world.earn(1, merchant(1), sale(11_764)).await;
    world.earn(2, merchant(2), sale(11_763)).await;
    world.earn(3, merchant(3), refund(500)).await;
    world.pass_days(7);
    let Progress::Done(run) = world.settle(9).await else { panic!("one page is enough") };
    assert_eq!((run.statements, run.carried), (1, 2));
    // Just the minimum is enough; a cent less is not.
    assert_eq!(paid(&world.statements().await), [(1, 10_000)]);
    assert_eq!(world.left().await, [(2, 9_999), (3, -500)]);
    world.assert_sound().await;
}

async fn a_reserve_is_kept_back_for_its_days(world: World) {
    world.set_policy(1, 1_000, 14).await;
    world.earn(1, merchant(7), sale(100_000)).await;
    world.pass_days(7);
    world.settle(9).await;
    assert_eq!(paid(&world.statements().await), [(7, 76_500)]);
    assert_eq!(world.posted(merchant(7).reserve()).await, 8_500);
    world.pass_days(7);
    assert_eq!(world.settle(9).await, Progress::Nothing, "its days are not over");
    world.pass_days(7);
    assert!(matches!(world.settle(9).await, Progress::Done(_)), "nothing was earned, yet something is due");
    assert_eq!(paid(&world.statements().await), [(7, 76_500), (7, 8_500)]);
    assert_eq!(world.posted(merchant(7).reserve()).await, 0);
    world.pass_days(7);
    assert_eq!(world.settle(9).await, Progress::Nothing);
    world.assert_sound().await;
}

async fn a_run_goes_on_after_a_crash_between_any_two_batches(world: World) {
    for owner in 1..=100 {
        world.earn(owner, merchant(owner), sale(20_000 + owner * 100)).await;
    }
    world.pass_days(7);
    let mut pages = 0;
    let run = loop {
        pages += 1;
        match world.settle(1).await {
            Progress::More(run) => {
                world.assert_sound().await;
                // What is earned behind its back waits for the next.
                world.earn(1_000 + pages, merchant(run.after.owner), sale(100)).await;
            }
            Progress::Done(run) => break run,
            Progress::Nothing => panic!("there is a run"),
        }
    };
    assert_eq!((pages, run.statements, run.items), (4, 100, 100));
    let owners: BTreeSet<i64> = world.statements().await.iter().map(|it| it.owner).collect();
    assert_eq!(owners.len(), 100);
    world.assert_sound().await;
}

async fn many_at_one_run_make_it_once(world: World) {
    for owner in 1..=100 {
        world.earn(owner, merchant(owner), sale(20_000)).await;
        world.earn(1_000 + owner, merchant(owner), refund(1_000)).await;
    }
    world.pass_days(7);
    let (market, now) = (world.market.clone(), world.clock.now());
    let one = |node: u16| {
        let (market, clock) = (market.clone(), world.clock.clone());
        tokio::spawn(async move {
            let (ids, zone) = (SnowIds::new(clock, node), TimeZone::UTC);
            let ctx = kernel::Ctx { now, zone: &zone, actor: Actor::System, ids: &ids };
            loop {
                match advance(&market, Payee::Merchant, 50, &ctx).await {
                    Ok(Progress::Nothing) => return,
                    Ok(_) => {}
                    Err(refusal) => assert_eq!(refusal.code(), "conflict", "{refusal:?}"),
                }
            }
        })
    };
    for done in [one(2), one(3), one(4)] {
        done.await.unwrap();
    }
    let statements = world.statements().await;
    assert_eq!(statements.len(), 100);
    assert!(statements.iter().all(|it| (it.items, it.payable) == (2, 16_000)));
    assert_eq!(world.posted(Account::own("payouts")).await, 1_600_000);
    world.assert_sound().await;
}

impl World {
    /// Runs the jobs that are due, as the bus does.
    async fn work(&self) -> usize {
        let now = self.clock.now();
        let due: Vec<_> = self.jobs_due().await.into_iter().filter(|due| *due <= now).collect();
        for due in &due {
            let job = Job {
                id: 1,
                kind: RUN.to_owned(),
                body: "{\"payee\":\"merchant\"}".to_owned(),
                key: None,
                priority: 0,
                due: *due,
                attempts: 1,
                actor: Actor::System,
                at: now,
            };
            let decision = Run(self.desk()).run(&self.market, &job).await.unwrap();
            self.jobs_done().await;
            self.market.commit(self.stamp(), decision).await.unwrap();
        }
        due.len()
    }
}

async fn jobs_come_where_something_waits_and_end_with_it(world: World) {
    world.earn(1, merchant(1), sale(50_000)).await;
    world.earn(2, merchant(2), sale(1_000)).await;
    assert_eq!(world.jobs_due().await.len(), 1, "one for all of a day");
    let mut runs = 0;
    for _ in 0..30 {
        world.pass_days(1);
        runs += world.work().await;
    }
    assert_eq!(paid(&world.statements().await), [(1, 42_500)]);
    // After the day, and then once a week while something waits.
    assert!((5..=6).contains(&runs), "{runs}");
    assert_eq!(world.jobs_due().await.len(), 1);
    world.earn(3, merchant(2), sale(50_000)).await;
    for _ in 0..8 {
        world.pass_days(1);
        world.work().await;
    }
    assert_eq!(paid(&world.statements().await), [(1, 42_500), (2, 43_350)]);
    assert_eq!(world.jobs_due().await, [], "nothing waits any more");
    world.assert_sound().await;
}
