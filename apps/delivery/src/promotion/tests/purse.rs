use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Clock, Decision, Id};
use serde_json::{Value, json};

use crate::claim::tests::rig::{account, brought, open};
use crate::order::tests::rig::{BUYER, Rig};
use crate::promotion::{lot, referral};
use crate::testing::{World, on_both_engines};

fn wallet() -> Value {
    json!({"method": "wallet"})
}

async fn own(rig: &Rig) -> Value {
    let endpoints = lot::http::endpoints(&rig.orders.pricing.rules);
    rig.world.ask_by(rig.caller(BUYER), &endpoints, "own_coins", &[], "", None).await.unwrap()
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

async fn coins_are_earned_and_gone_after_their_time(world: World) {
    let rig = open(world).await;
    assert_eq!(
        (own(&rig).await["coins"].as_i64(), own(&rig).await["next_expiry"].clone()),
        (Some(0), json!(null))
    );
    let start = rig.world.clock.now();
    brought(&rig, &[(&rig.tea, 2)], wallet(), json!({})).await;
    rig.world.clock.advance(days(10));
    brought(&rig, &[(&rig.tea, 4)], wallet(), json!({})).await;
    // A hundredth of thirty and of sixty rand, in coins of ten cents.
    let mine = own(&rig).await;
    assert_eq!((mine["coins"].as_i64(), mine["free"].as_i64()), (Some(9), Some(9)));
    assert_eq!(mine["next_expiry"]["coins"], 3);
    let at: Timestamp = mine["next_expiry"]["at"].as_str().unwrap().parse().unwrap();
    assert_eq!(at.duration_since(start).as_hours() / 24, 365);
    // One of the oldest is spent.
    brought(&rig, &[(&rig.tea, 1)], wallet(), json!({"coins": 1})).await;
    assert_eq!(own(&rig).await["next_expiry"]["coins"], 2);
    let rewards = rig.in_it(account("rewards", 0)).await.0;
    rig.world.clock.set(at);
    rig.settle().await;
    assert_eq!(rewards - rig.in_it(account("rewards", 0)).await.0, 20);
    assert_eq!(own(&rig).await["next_expiry"]["coins"], 7, "the second lot, and what the last order earned");
    rig.settle().await;
    assert_eq!(rig.in_it(account("coins", BUYER)).await.0, 70);
    rig.world.clock.advance(days(20));
    rig.settle().await;
    assert_eq!(rig.in_it(account("coins", BUYER)).await, (0, 0));
    assert_eq!(own(&rig).await["next_expiry"], json!(null));
    rig.is_sound().await;
}

async fn the_first_order_of_somebody_rewards_who_brought_them(world: World) {
    let rig = open(world).await;
    let ctx = rig.world.ctx();
    let (given, word) = referral::decide::give_word(Id::from_raw(5), &ctx);
    rig.world.commit(given).await.unwrap();
    let (came, _) = referral::decide::come(Id::from_raw(BUYER), Some(&word), false, &ctx).unwrap();
    rig.world.commit(came).await.unwrap();
    for _ in 0..2 {
        brought(&rig, &[(&rig.tea, 2)], wallet(), json!({})).await;
        // Five in a hundred of the first one, and nothing of the second.
        assert_eq!(rig.in_it(account("coins", 5)).await.0, 150);
    }
    let market = &rig.world.market;
    assert_eq!(referral::repo::word(market, Id::from_raw(5)).await.unwrap().unwrap().brought, 1);
    let lots = lot::repo::latest(market, Id::from_raw(5), rig.world.clock.now()).await.unwrap();
    assert_eq!(lots.iter().map(|lot| lot.minor).collect::<Vec<_>>(), [150]);
    rig.is_sound().await;
}

/// The same cause twice brings coins once.
async fn a_lot_comes_once(world: World) {
    let lot = |minor| lot::Lot {
        cause: 9,
        leg: "earned",
        person: Id::from_raw(BUYER),
        expires: world.clock.now() + days(3),
        minor,
    };
    for _ in 0..2 {
        world.commit(lot::decide::came(&[lot(70)])).await.unwrap();
    }
    world.commit(Decision::nothing().change(lot::repo::add(&lot(99)))).await.unwrap();
    assert_eq!(lot::repo::of_cause(&world.market, 9, "earned").await.unwrap(), 70);
}

on_both_engines!(
    coins_are_earned_and_gone_after_their_time,
    the_first_order_of_somebody_rewards_who_brought_them,
    a_lot_comes_once,
);
