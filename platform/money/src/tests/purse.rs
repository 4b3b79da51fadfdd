//! Accounts with bounds while many are at them at once, and rewards that go back with what they were for.

use std::sync::Arc;

use kernel::{Currency, Money};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use store::{Market, Stamp};
use testkit::Engine;
use tokio::task::JoinSet;

use crate::ledger::{self, Account, Done, Posting, PostingId};
use crate::testing::{World, on_both_engines, world};

fn zar(minor: i64) -> Money {
    Money::new(minor, Currency::ZAR)
}

/// Something that another market has, under the names and ids that are used here too.
pub async fn fill(market: &Market) {
    let ids = kernel::SequentialIds::starting_at(1);
    let now = kernel::jiff::Timestamp::from_second(1_800_000_000).unwrap();
    let zone = kernel::jiff::tz::TimeZone::UTC;
    let ctx = kernel::Ctx { now, zone: &zone, actor: kernel::Actor::System, ids: &ids };
    let etb = |minor| Money::new(minor, Currency::ETB);
    let posting = |number: i64, code: &'static str, owner| {
        let id = PostingId::of(number, "top up");
        Posting::new(id, Account::own("bank"), Account::of(code, owner), etb(5_000), "")
    };
    let postings = [posting(1_000_100, "wallet", 1), posting(1_000_200, "merchant", 1)];
    let book = ledger::load(market, &postings).await.unwrap();
    let decision = ledger::post(book, &postings, &ctx).unwrap().0;
    market.commit(Stamp::from(&ctx), decision).await.unwrap();
}

async fn posted(world: &World, postings: &[Posting]) -> Result<Vec<Done>, &'static str> {
    let change = world.market.change(|| async {
        let book = ledger::load(&world.market, postings).await?;
        let (decision, done) = ledger::post(book, postings, &world.ctx())?;
        Ok((world.stamp(), decision, done))
    });
    change.await.map_err(|refusal| refusal.code())
}

/// Posted, on its way in, and on its way out.
async fn stands(world: &World, account: &Account) -> (i64, i64, i64) {
    let found = ledger::balances(&world.market, account.id(Currency::ZAR)).await.unwrap();
    found.map_or((0, 0, 0), |(_, it)| (it.posted.minor(), it.coming.minor(), it.going.minor()))
}

async fn with_a_cap(world: &World, code: &str, cap: i64) {
    let chart = ledger::repo::chart(&world.market).await.unwrap();
    let mut kind = chart.kind(code).unwrap().clone();
    kind.cap = Some(cap);
    let decision = ledger::decide::set_chart(&chart, &[kind], &world.ctx()).unwrap();
    world.market.commit(world.stamp(), decision).await.unwrap();
}

/// Forty at once, half of which only set aside: no more than ten get in, and when those that were set aside
/// are let go there is room for as many.
async fn a_capped_account_never_passes_its_cap(world: World) {
    with_a_cap(&world, "wallet", 1_000).await;
    let (world, wallet) = (Arc::new(world), Account::of("wallet", 1));
    let one = |number: i64| {
        let into = Account::of("wallet", 1);
        let posting = Posting::new(PostingId::of(number, "in"), Account::own("bank"), into, zar(100), "");
        if number % 2 == 0 { posting } else { posting.held(None) }
    };
    let mut all = JoinSet::new();
    for number in 0..40 {
        let world = world.clone();
        all.spawn(async move { (number, posted(&world, &[one(number)]).await) });
    }
    let found = all.join_all().await;
    let in_it: Vec<i64> = found.iter().filter(|(_, it)| it.is_ok()).map(|(number, _)| *number).collect();
    assert!(found.iter().all(|(_, it)| it.is_ok() || *it == Err("credit_too_much")), "{found:?}");
    assert_eq!(in_it.len(), 10);
    let (posted_so_far, coming, _) = stands(&world, &wallet).await;
    assert_eq!(posted_so_far + coming, 1_000);
    let mut room = 0;
    for number in in_it.iter().filter(|number| *number % 2 == 1) {
        let held = one(*number);
        let back = Posting { id: PostingId::of(*number, "back"), ..held.clone() }.releasing(held.id);
        posted(&world, &[back]).await.unwrap();
        room += 1;
    }
    for number in 100..100 + room {
        posted(&world, &[one(number * 2)]).await.unwrap();
    }
    assert_eq!(posted(&world, &[one(1_000)]).await, Err("credit_too_much"));
    assert_eq!(stands(&world, &wallet).await, (1_000, 0, 0));
}

/// Of takes, releases and expiry at once one ends the hold; the account has what was taken and no more.
async fn a_hold_ends_once_however_many_end_it(world: World) {
    let (wallet, shop) = (Account::of("wallet", 1), Account::of("merchant", 2));
    let gift = Posting::new(PostingId::of(1, "in"), Account::own("bank"), wallet.clone(), zar(5_000), "");
    posted(&world, &[gift]).await.unwrap();
    let world = Arc::new(world);
    for round in 0..8_i64 {
        let pay = |leg: &str, minor| {
            Posting::new(PostingId::of(round, leg), wallet.clone(), shop.clone(), zar(minor), "")
        };
        let (held, before) = (pay("held", 300).held(None), stands(&world, &shop).await.0);
        posted(&world, std::slice::from_ref(&held)).await.unwrap();
        let mut all = JoinSet::new();
        for number in 0..6_i64 {
            let end = pay(&format!("end{number}"), 100 + number);
            let end = if number % 2 == 0 { end.taking(held.id) } else { end.releasing(held.id) };
            let world = world.clone();
            all.spawn(async move {
                let done = posted(&world, std::slice::from_ref(&end)).await;
                (done.is_ok(), end.amount.minor())
            });
        }
        let found = all.join_all().await;
        let ended: Vec<i64> = found.iter().filter(|(is_done, _)| *is_done).map(|(_, minor)| *minor).collect();
        assert_eq!(ended.len(), 1, "{found:?}");
        assert_eq!(stands(&world, &shop).await, (before + ended[0], 0, 0));
    }
    let (spent, left) = (stands(&world, &shop).await.0, stands(&world, &wallet).await);
    assert_eq!(left, (5_000 - spent, 0, 0));
}

/// The same names and ids in two markets are two accounts and two postings.
async fn markets_have_ledgers_of_their_own(world: World) {
    let purchase =
        Posting::new(PostingId::of(7, "x"), Account::own("bank"), Account::of("wallet", 1), zar(7), "");
    assert_eq!(posted(&world, std::slice::from_ref(&purchase)).await, Ok(vec![Done::Applied]));
    assert_eq!(stands(&world, &Account::of("wallet", 1)).await, (7, 0, 0));
    let other = world.another().await;
    let wallet = Account::of("wallet", 1).id(Currency::ZAR);
    assert!(ledger::balances(&other, wallet).await.unwrap().is_none());
    let book = ledger::load(&other, std::slice::from_ref(&purchase)).await.unwrap();
    let (decision, done) = ledger::post(book, std::slice::from_ref(&purchase), &world.ctx()).unwrap();
    assert_eq!(done, [Done::Applied], "an id of another market is nobody's here");
    other.commit(world.stamp(), decision).await.unwrap();
    assert_eq!(stands(&world, &Account::of("wallet", 1)).await, (7, 0, 0));
}

on_both_engines!(
    a_capped_account_never_passes_its_cap,
    a_hold_ends_once_however_many_end_it,
    markets_have_ledgers_of_their_own,
);

/// What somebody does with the coins that purchases bring.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Buy {
        number: i64,
        cents: i64,
    },
    Spend {
        number: i64,
        coins: i64,
    },
    /// A purchase goes back, and takes its coins along; asked for as often as it likes.
    Return {
        number: i64,
    },
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let number = 0..8_i64;
    let deed = prop_oneof![
        3 => (number.clone(), 100..5_000_i64).prop_map(|(number, cents)| Deed::Buy { number, cents }),
        2 => (0..1_000_i64, 1..400_i64).prop_map(|(number, coins)| Deed::Spend { number, coins }),
        3 => number.prop_map(|number| Deed::Return { number }),
    ];
    prop::collection::vec(deed, 1..40)
}

/// Coins are a tenth; all that belongs to a deed is one chain, so that money does not go back without them.
async fn coins_go_back(engine: Engine, deeds: &[Deed]) {
    let Some(world) = world(engine).await else { return };
    let (purse, wallet, shop) =
        (Account::of("coins", 1), Account::of("wallet", 1), Account::of("merchant", 2));
    let gift = Posting::new(PostingId::of(1, "in"), Account::own("bank"), wallet.clone(), zar(900_000), "");
    posted(&world, &[gift]).await.unwrap();
    let mut bought = std::collections::BTreeMap::new();
    let (mut granted, mut spent) = (0, 0);
    let leg = |number: i64, leg: &str, from: &Account, to: &Account, minor| {
        Posting::new(PostingId::of(number, leg), from.clone(), to.clone(), zar(minor), "")
    };
    let rewards = Account::own("rewards");
    let chain = |number, cents| {
        [leg(number, "paid", &wallet, &shop, cents), leg(number, "coins", &rewards, &purse, cents / 10)]
    };
    for deed in deeds {
        match *deed {
            Deed::Buy { number, cents } => {
                let done = posted(&world, &chain(number, cents)).await;
                if done == Ok(vec![Done::Applied; 2]) {
                    bought.insert(number, (cents, false));
                    granted += cents / 10;
                }
            }
            Deed::Spend { number, coins } => {
                let done = posted(&world, &[leg(number, "spent", &purse, &rewards, coins)]).await;
                spent += if done == Ok(vec![Done::Applied]) { coins } else { 0 };
            }
            Deed::Return { number } => {
                let Some((cents, is_back)) = bought.get(&number).copied() else { continue };
                let back = chain(number, cents).map(|posting| posting.reversed("returned"));
                let before = stands(&world, &purse).await.0;
                match posted(&world, &back).await {
                    Ok(done) if done[0] == Done::Applied => {
                        assert!(!is_back, "it goes back once");
                        assert_eq!(done, [Done::Applied; 2]);
                        bought.insert(number, (cents, true));
                        granted -= cents / 10;
                    }
                    Ok(_) => assert!(is_back),
                    // Its coins are spent: neither they nor the money move.
                    Err(code) => assert!(code == "debit_too_little" && before < cents / 10, "{code}"),
                }
            }
        }
        let kept: i64 = bought.values().filter(|(_, is_back)| !is_back).map(|(cents, _)| cents).sum();
        assert_eq!(stands(&world, &wallet).await.0, 900_000 - kept);
        let coins = stands(&world, &purse).await.0;
        assert!(coins >= 0 && coins == granted - spent, "{coins} of {granted} less {spent}");
    }
}

fn rewards(engine: Engine, cases: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases, max_shrink_iters: 20, failure_persistence: None, ..Config::default() };
    let ran = TestRunner::new(config).run(&deeds(), |deeds| {
        runtime.block_on(coins_go_back(engine, &deeds));
        Ok(())
    });
    ran.unwrap();
}

#[test]
fn a_reward_goes_back_with_its_purchase_and_is_never_below_nothing_on_sqlite() {
    rewards(Engine::Sqlite, 16);
}

#[test]
fn a_reward_goes_back_with_its_purchase_and_is_never_below_nothing_on_postgres() {
    rewards(Engine::Postgres, 4);
}
