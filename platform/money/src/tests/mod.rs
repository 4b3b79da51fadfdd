//! What is always true of money, one test for each, and where else it is held.
//!
//! Random stories are told to a market, on both engines: wallets are filled, payments of every kind begun,
//! captured, cancelled and given back, several at once; what came in is divided, settled and paid out; gateways
//! fail, lie and are down; their callbacks come twice, late, forged. The process dies all the time: a decision
//! is lost before its commit, or kept and its answer lost, or let go of wherever it was, and jobs run twice.
//! After each step the rows themselves are looked at.
//!
//! ```text
//!  1 debits are credits                      here; ledger/tests.rs: everybody_at_once
//!  2 a balance is the fold of its entries    here, and by a rebuild; ledger/tests.rs against a model
//!  3 entries never change                    here
//!  4 the same key does the same thing once   here for ids of postings, payments, refunds, items; ledger/tests.rs
//!                                            asking_again_changes_nothing; web/src/once.rs for keys of calls
//!  5 a cap counts what is on its way         here, in stories and with many at once
//!  6 a hold ends once                        here; ledger/tests.rs: holds_end_by_themselves
//!  7-11, 13, 15                              of instalments: apps/credit, which is not there yet
//! 12 refunds stay within what was captured   here; payment/tests: life.rs, races.rs
//! 14 the merchant's payable adds up          here; settle/tests/stories.rs
//! 16 callbacks change nothing by themselves  here; payment/tests: life.rs, faults.rs
//! 17 a reward goes back with its purchase    here; apps/delivery: promotion/tests
//! 18 nothing posts across markets            here; store's conformance suite
//! 19 whatever dies, it is completed or undone  here; apps/delivery: order/tests/saga.rs; `cargo xtask crash`
//!
//! asks.rs   what may be asked, and how the process dies
//! town.rs   carries it out
//! held.rs   what is looked at
//! purse.rs  caps and rewards, with many at once
//! ```

mod asks;
mod held;
mod purse;
mod town;

use std::sync::OnceLock;

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use testkit::Engine;

use crate::ledger;
use asks::{Fate, Step, steps};
use held::{Held, Law, Seen, ended};
use town::Town;

/// Long enough for all that is waited for.
const TEN_DAYS_MIN: i64 = 10 * 24 * 60;

/// The law that a story broke, if one did; nothing where the engine is not at hand.
async fn told(engine: Engine, steps: &[Step]) -> Held {
    let Some(mut town) = Town::open(engine).await else { return Ok(()) };
    let other = town.world.other_market().await;
    purse::fill(&other).await;
    let mut seen = Seen::default();
    let failed = |fault: String| (Law::Ended, fault);
    for step in steps {
        town.take(step).await.map_err(failed)?;
        settled(&mut seen, &town, &other)
            .await
            .map_err(|(law, say)| (law, format!("after {step:?}: {say}")))?;
    }
    town.world.gateway.down(false);
    town.dies();
    town.pass(TEN_DAYS_MIN, Fate::Lives).await.map_err(failed)?;
    settled(&mut seen, &town, &other).await?;
    ended(&town).await?;
    let (_, differences) =
        ledger::rebuild(&town.world.market, store::Stamp::from(&town.world.ctx()), false, |_| {})
            .await
            .map_err(|refusal| failed(refusal.to_string()))?;
    if differences.is_empty() { Ok(()) } else { Err((Law::Folded, format!("{differences:?}"))) }
}

/// What the dead process had sent to the store may still be on its way there.
async fn settled(seen: &mut Seen, town: &Town, other: &store::Market) -> Held {
    let mut tries = 0;
    loop {
        match seen.check(town, other).await {
            Err(_) if tries < 10 => tries += 1,
            checked => return checked,
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// The stories of an engine are told once, and each test asks what became of its law.
fn stories(engine: Engine) -> &'static Held {
    static TOLD: [OnceLock<Held>; 2] = [OnceLock::new(), OnceLock::new()];
    let (place, cases) = match engine {
        Engine::Sqlite => (0, 16),
        Engine::Postgres => (1, 5),
    };
    TOLD[place].get_or_init(|| {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let config = Config { cases, max_shrink_iters: 0, failure_persistence: None, ..Config::default() };
        let broken = std::cell::RefCell::new(Ok(()));
        let ran = TestRunner::new(config).run(&steps(), |steps| {
            let held = runtime.block_on(told(engine, &steps));
            held.map_err(|(law, say)| {
                *broken.borrow_mut() = Err((law, format!("{say}\nin the story {steps:#?}")));
                TestCaseError::fail(say)
            })
        });
        ran.map_or_else(|_| broken.into_inner(), |()| Ok(()))
    })
}

fn holds(engine: Engine, which: &[Law]) {
    if let Err((law, say)) = stories(engine)
        && which.contains(law)
    {
        panic!("{law:?}: {say}");
    }
}

macro_rules! laws {
    ($($name:ident: $law:ident,)+) => {
        mod on_sqlite {
            $(#[test]
            fn $name() {
                super::holds(testkit::Engine::Sqlite, &[super::Law::$law]);
            })+
        }
        mod on_postgres {
            $(#[test]
            fn $name() {
                super::holds(testkit::Engine::Postgres, &[super::Law::$law]);
            })+
        }
    };
}

laws!(
    debits_are_credits_after_every_step: Balanced,
    a_balance_is_the_fold_of_its_entries: Folded,
    entries_never_change: Unchanged,
    an_account_keeps_its_floor_and_its_cap_with_what_is_on_its_way: Bounded,
    a_hold_ends_once_and_what_is_taken_and_let_go_is_what_was_held: HeldOnce,
    no_more_is_given_back_than_was_captured: RefundsBounded,
    what_a_merchant_is_owed_adds_up_and_an_item_is_settled_once: Payable,
    callbacks_in_any_order_lead_to_the_same_and_what_is_over_stays_over: CallbacksAgree,
    nothing_posts_across_markets: Apart,
    whatever_dies_is_completed_or_undone: Ended,
);
