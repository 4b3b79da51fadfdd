//! The ledger against a model that keeps every posting in a list and adds up anew whenever it is asked.

use std::collections::BTreeMap;

use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Clock, Currency, Money};
use proptest::prelude::*;
use store::CommitError;

use super::*;
use crate::testing::{World, on_both_engines};

const ZAR: &str = "ZAR";

fn zar(minor: i64) -> Money {
    Money::new(minor, ZAR.parse().unwrap())
}

fn id(number: i64) -> PostingId {
    PostingId::of(number, "test")
}

fn wallet(owner: i64) -> Account {
    Account::of("wallet", owner)
}

/// Money comes in from outside.
fn top_up(number: i64, owner: i64, minor: i64) -> Posting {
    Posting::new(id(number), Account::own("bank"), wallet(owner), zar(minor), "top up")
}

fn pay(number: i64, owner: i64, minor: i64) -> Posting {
    Posting::new(id(number), wallet(owner), Account::of("merchant", 7), zar(minor), "paid")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn book() -> Book {
    Book::new(std::sync::Arc::new(Chart::standard()))
}

/// A story: each line a posting and what becomes of it.
fn check(story: &[(Posting, Result<Done, Denied>)]) {
    let mut book = book();
    for (line, (posting, expect)) in story.iter().enumerate() {
        let found = book.chain(std::slice::from_ref(posting), at(line as i64));
        let found = found.map(|done| done[0]).map_err(|(_, denied)| denied);
        assert_eq!(found, *expect, "line {line}: {posting:?}");
    }
}

#[test]
fn what_becomes_of_a_posting() {
    use Denied::*;
    use Done::*;
    let hold = |number, minor| pay(number, 1, minor).held(Some(at(100)));
    let take = |number, minor, of| pay(number, 1, minor).taking(id(of));
    check(&[
        (top_up(1, 1, 100), Ok(Applied)),
        (top_up(1, 1, 100), Ok(AlreadyApplied)),
        (top_up(1, 1, 90), Err(ExistsWithOtherAmount)),
        (top_up(1, 2, 100), Err(ExistsWithOtherAccounts)),
        (top_up(1, 1, 100).held(None), Err(ExistsAsOther)),
        (top_up(2, 1, 0), Err(AmountNotPositive)),
        (top_up(2, 1, -5), Err(AmountNotPositive)),
        (top_up(2, 1, crate::limits::AMOUNT_MAX + 1), Err(AmountTooLarge)),
        (Posting::new(id(2), wallet(1), wallet(1), zar(1), ""), Err(SameAccount)),
        (Posting::new(id(2), Account::own("nothing"), wallet(1), zar(1), ""), Err(DebitUnknown)),
        (Posting::new(id(2), wallet(1), Account::own("nothing"), zar(1), ""), Err(CreditUnknown)),
        (pay(3, 1, 101), Err(DebitTooLittle)),
        (hold(4, 60), Ok(Applied)),
        (hold(4, 60), Ok(AlreadyApplied)),
        // What is held cannot be spent a second time.
        (pay(5, 1, 41), Err(DebitTooLittle)),
        (take(6, 61, 4), Err(MoreThanHeld)),
        (take(6, 1, 99), Err(HoldUnknown)),
        (pay(6, 2, 1).taking(id(4)), Err(HoldOfOthers)),
        (take(6, 50, 4), Ok(Applied)),
        (take(6, 50, 4), Ok(AlreadyApplied)),
        (take(7, 10, 4), Err(HoldTaken)),
        (pay(7, 1, 1).releasing(id(4)), Err(HoldTaken)),
        // Ten were let go with the rest of the hold.
        (pay(8, 1, 50), Ok(Applied)),
        (pay(9, 1, 1), Err(DebitTooLittle)),
        (pay(8, 1, 50).reversed("back"), Ok(Applied)),
        (pay(8, 1, 50).reversed("back"), Ok(AlreadyApplied)),
        (pay(77, 1, 50).reversed("back"), Err(ReversedUnknown)),
        (hold(4, 60).reversed("back"), Err(NotReversible)),
        (pay(8, 1, 50).reversed("back").reversed("forth"), Err(NotReversible)),
        (Posting { amount: zar(51), ..pay(6, 1, 50).reversed("more") }, Err(ReversedOtherwise)),
        (Posting { id: id(10), ..pay(6, 1, 50).reversed("other id") }, Err(ReversedOtherwise)),
        (pay(11, 1, 10).held(Some(at(1))), Err(HoldPast)),
        (pay(12, 1, 10).held(Some(at(34))), Ok(Applied)),
        (pay(13, 1, 50), Err(DebitTooLittle)),
        (take(14, 10, 12), Err(HoldExpired)),
        (pay(15, 1, 1).releasing(id(12)), Ok(Applied)),
        (take(14, 10, 12), Err(HoldReleased)),
        (pay(13, 1, 50), Ok(Applied)),
    ]);
}

#[test]
fn a_chain_holds_or_fails_together() {
    let mut book = book();
    book.chain(&[top_up(1, 1, 100)], at(0)).unwrap();
    let before = book.clone();
    let chain = [pay(2, 1, 70), pay(3, 1, 40).held(None), pay(4, 1, 1)];
    assert_eq!(book.chain(&chain, at(0)), Err((1, Denied::DebitTooLittle)));
    let shown = |book: &Book| format!("{:?}", book.clone().drain(at(9), false));
    assert_eq!(shown(&book), shown(&before), "nothing of it is left");
    assert_eq!(book.chain(&[pay(2, 1, 70), pay(3, 1, 30)], at(0)), Ok(vec![Done::Applied; 2]));
}

#[test]
fn an_id_reads_as_it_is_written() {
    let text = "01890a5d-ac96-774b-bcce-b302099a8057";
    assert_eq!(text.parse::<PostingId>().unwrap().to_string(), text);
    let halves = text.parse::<PostingId>().unwrap().halves();
    assert_eq!(PostingId::from_halves(halves).to_string(), text);
    for bad in [
        "",
        "01890a5dac96774bbcceb302099a8057",
        &text[1..],
        &format!("{text}0"),
        "g1890a5d-ac96-774b-bcce-b302099a8057",
        "00000000-0000-0000-0000-000000000000",
    ] {
        assert!(bad.parse::<PostingId>().is_err(), "{bad}");
    }
    let (first, last) = PostingId::range_of(5);
    assert!(first < id(5) && id(5) < last && !(first..last).contains(&id(6)));
}

/// What may be asked, over few accounts and few numbers, so that everything meets.
#[derive(Debug, Clone)]
enum Ask {
    Post(Posting),
    Chain(Vec<Posting>),
    Wait(i64),
}

fn posting() -> impl Strategy<Value = Posting> {
    let accounts = prop::sample::select(vec![
        Account::own("bank"),
        Account::own("commission"),
        Account::of("merchant", 7),
        wallet(1),
        wallet(2),
        Account::of("reserve", 7),
    ]);
    (0..40_i64, accounts.clone(), accounts, 1..50_i64, 0..8_u8, 0..40_i64).prop_map(
        |(number, debit, credit, minor, what, other)| {
            let plain = Posting::new(id(number), debit, credit, zar(minor), "");
            match what {
                0 => plain.held(None),
                1 => plain.held(Some(at(number))),
                2 | 3 => plain.taking(id(other)),
                4 => plain.releasing(id(other)),
                5 => Posting { id: id(other), ..plain }.reversed(""),
                _ => plain,
            }
        },
    )
}

fn asks() -> impl Strategy<Value = Vec<Ask>> {
    let ask = prop_oneof![
        6 => posting().prop_map(Ask::Post),
        2 => prop::collection::vec(posting(), 1..5).prop_map(Ask::Chain),
        1 => (0..10_i64).prop_map(Ask::Wait),
    ];
    prop::collection::vec(ask, 1..120)
}

/// Every posting that was applied, as plain data.
#[derive(Default)]
struct Model {
    applied: BTreeMap<PostingId, Posting>,
    holds: BTreeMap<PostingId, (Posting, bool)>,
}

impl Model {
    fn note(&mut self, posting: &Posting) {
        self.applied.insert(posting.id, posting.clone());
        match posting.what {
            What::Hold { .. } => drop(self.holds.insert(posting.id, (posting.clone(), false))),
            What::Take { hold } | What::Release { hold } => {
                let (_, over) = self.holds.get_mut(&hold).expect("a hold that ends was made");
                assert!(!std::mem::replace(over, true), "a hold ends once");
            }
            What::Post | What::Reverse { .. } => {}
        }
    }

    /// Credits less debits of what was moved, and what is still held on either side.
    fn balance(&self, account: &Account) -> (i64, i64, i64) {
        let moved = self.applied.values().filter(|it| !matches!(it.what, What::Hold { .. }));
        let mut sum = 0;
        for it in moved {
            sum += if it.credit == *account { it.amount.minor() } else { 0 };
            sum -= if it.debit == *account { it.amount.minor() } else { 0 };
        }
        let open = || self.holds.values().filter(|(_, over)| !over).map(|(posting, _)| posting);
        let to = open().filter(|it| it.credit == *account).map(|it| it.amount.minor()).sum();
        let from = open().filter(|it| it.debit == *account).map(|it| it.amount.minor()).sum();
        (sum, to, from)
    }
}

/// The invariants that hold after every commit.
fn holds_up(book: &Book, model: &Model) -> Result<(), TestCaseError> {
    let currency: Currency = ZAR.parse().unwrap();
    let mut sum = 0;
    for kind in Chart::standard().kinds() {
        for owner in [0, 1, 2, 7] {
            let account = Account { code: kind.code.clone().into(), owner };
            let Some(state) = book.state(account.id(currency)) else { continue };
            let (credits, to, from) = model.balance(&account);
            let (expect, coming, going) =
                if kind.class.grows_by_debit() { (-credits, from, to) } else { (credits, to, from) };
            prop_assert_eq!(
                (state.posted, state.coming, state.going),
                (expect, coming, going),
                "{:?}",
                account
            );
            prop_assert!(kind.floor.is_none_or(|floor| state.posted - state.going >= floor), "{:?}", account);
            sum += credits;
        }
    }
    prop_assert_eq!(sum, 0, "debits are credits");
    Ok(())
}

proptest! {
    #[test]
    fn balances_are_the_sum_of_what_was_posted(asks in asks()) {
        let (mut book, mut model, mut now) = (book(), Model::default(), 0);
        for ask in asks {
            let chain = match ask {
                Ask::Wait(seconds) => { now += seconds; continue }
                Ask::Post(posting) => vec![posting],
                Ask::Chain(chain) => chain,
            };
            if let Ok(done) = book.chain(&chain, at(now)) {
                for (posting, done) in chain.iter().zip(done) {
                    if done == Done::Applied {
                        model.note(posting);
                    }
                }
            }
            holds_up(&book, &model)?;
        }
    }

    #[test]
    fn asking_again_changes_nothing(asks in prop::collection::vec(posting(), 1..40)) {
        let mut book = book();
        let first: Vec<_> = asks.iter().map(|it| book.chain(std::slice::from_ref(it), at(0))).collect();
        let _ = book.drain(at(0), false);
        for (posting, first) in asks.iter().zip(first) {
            if first.is_ok() {
                prop_assert_eq!(book.chain(std::slice::from_ref(posting), at(0)), Ok(vec![Done::AlreadyApplied]));
            }
        }
        prop_assert!(book.drain(at(0), false).is_nothing());
    }
}

async fn posted(world: &World, postings: &[Posting]) -> Result<Vec<Done>, kernel::Refusal> {
    let ctx = world.ctx();
    world
        .market
        .change(|| async {
            let book = load(&world.market, postings).await?;
            let (decision, done) = post(book, postings, &ctx)?;
            Ok((world.stamp(), decision, done))
        })
        .await
}

async fn in_it(world: &World, account: &Account) -> (i64, i64, i64) {
    let found = balances(&world.market, account.id(ZAR.parse().unwrap())).await.unwrap();
    found.map_or((0, 0, 0), |(_, it)| (it.posted.minor(), it.coming.minor(), it.going.minor()))
}

async fn is_sound(world: &World) {
    let trial = trial(&world.market).await.unwrap();
    assert!(trial.is_balanced(), "{trial:?}");
    let (looked_at, differences) = rebuild(&world.market, world.stamp(), false, |_| {}).await.unwrap();
    assert!(looked_at > 0 && differences.is_empty(), "{differences:?}");
}

async fn what_is_kept_is_what_was_decided(world: World) {
    let merchant = Account::of("merchant", 7);
    assert_eq!(posted(&world, &[top_up(1, 1, 100), pay(2, 1, 30)]).await.unwrap(), [Done::Applied; 2]);
    assert_eq!(posted(&world, &[top_up(1, 1, 100), pay(2, 1, 30)]).await.unwrap(), [Done::AlreadyApplied; 2]);
    let hold = pay(3, 1, 50).held(Some(world.clock.now() + SignedDuration::from_secs(90)));
    posted(&world, std::slice::from_ref(&hold)).await.unwrap();
    assert_eq!(in_it(&world, &wallet(1)).await, (70, 0, 50));
    let before = world.clock.now();
    world.clock.advance(SignedDuration::from_secs(10));
    assert_eq!(posted(&world, &[pay(4, 1, 21)]).await.unwrap_err().code(), "debit_too_little");
    posted(&world, &[pay(5, 1, 40).taking(hold.id)]).await.unwrap();
    assert_eq!(in_it(&world, &wallet(1)).await, (30, 0, 0));
    assert_eq!(in_it(&world, &merchant).await, (70, 0, 0));
    posted(&world, &[pay(2, 1, 30).reversed("wrong")]).await.unwrap();
    assert_eq!(in_it(&world, &wallet(1)).await, (60, 0, 0));
    let wallet_id = wallet(1).id(ZAR.parse().unwrap());
    let (state, then) = balance_at(&world.market, wallet_id, before).await.unwrap().unwrap();
    assert_eq!((then.posted.minor(), then.going.minor()), (70, 50));
    let all =
        entries(&world.market, wallet_id, &state, (Timestamp::MIN, None), Timestamp::MAX, 10).await.unwrap();
    assert_eq!(all.iter().map(|it| it.amount.minor()).sum::<i64>(), 60);
    assert_eq!(all.len(), 5);
    let some =
        entries(&world.market, wallet_id, &state, (all[1].at, Some(all[1].id)), Timestamp::MAX, 2).await;
    assert_eq!(some.unwrap(), all[2..4]);
    is_sound(&world).await;
}

async fn the_last_of_a_balance_is_spent_once(world: World) {
    posted(&world, &[top_up(1, 1, 100)]).await.unwrap();
    let world = std::sync::Arc::new(world);
    let mut buyers = tokio::task::JoinSet::new();
    for number in 0..64 {
        let world = world.clone();
        buyers.spawn(async move { posted(&world, &[pay(100 + number, 1, 10)]).await });
    }
    let found = buyers.join_all().await;
    let refused: Vec<&str> = found.iter().filter_map(|it| it.as_ref().err()).map(|it| it.code()).collect();
    assert_eq!((found.len() - refused.len(), refused.len()), (10, 54));
    assert!(refused.iter().all(|code| *code == "debit_too_little"), "{refused:?}");
    assert_eq!(in_it(&world, &wallet(1)).await, (0, 0, 0));
    is_sound(&world).await;
}

/// Tellers and decisions of apps at once, each posting twice, some in crossed order.
async fn everybody_at_once(world: World) {
    let world = std::sync::Arc::new(world);
    let tellers = Tellers::new(world.clock.clone(), world.ids.clone());
    posted(&world, &[top_up(1, 1, 10_000), top_up(2, 2, 10_000)]).await.unwrap();
    let mut all = tokio::task::JoinSet::new();
    for number in 0..200_i64 {
        let (world, tellers) = (world.clone(), tellers.clone());
        all.spawn(async move {
            let (one, two) = if number % 2 == 0 { (1, 2) } else { (2, 1) };
            let across = Posting::new(id(1_000 + number), wallet(one), wallet(two), zar(5), "");
            let fee = Posting::new(id(2_000 + number), wallet(one), Account::own("commission"), zar(1), "");
            for _ in 0..2 {
                if number % 3 == 0 {
                    posted(&world, &[across.clone(), fee.clone()]).await.unwrap();
                } else {
                    let chains = vec![vec![across.clone(), fee.clone()]];
                    let told = tellers.post(&world.market, Actor::System, chains).await.unwrap();
                    assert!(told[0].iter().all(Result::is_ok), "{told:?}");
                }
            }
        });
    }
    all.join_all().await;
    assert_eq!(in_it(&world, &Account::own("commission")).await, (200, 0, 0));
    assert_eq!(in_it(&world, &wallet(1)).await.0 + in_it(&world, &wallet(2)).await.0, 20_000 - 200);
    is_sound(&world).await;
}

async fn a_teller_says_of_each_what_became_of_it(world: World) {
    let tellers = Tellers::new(world.clock.clone(), world.ids.clone());
    let chains = vec![
        vec![top_up(1, 1, 100)],
        vec![pay(2, 1, 60), pay(3, 1, 60)],
        vec![pay(4, 1, 60)],
        vec![top_up(1, 1, 100)],
    ];
    for again in [false, true] {
        let told = tellers.post(&world.market, Actor::System, chains.clone()).await.unwrap();
        let first = if again { Done::AlreadyApplied } else { Done::Applied };
        // The second time the wallet has forty left: the chain breaks at its first.
        let broken = if again {
            vec![Err(Denied::DebitTooLittle), Err(Denied::ChainBroken)]
        } else {
            vec![Err(Denied::ChainBroken), Err(Denied::DebitTooLittle)]
        };
        assert_eq!(told, [vec![Ok(first)], broken, vec![Ok(first)], vec![Ok(Done::AlreadyApplied)]]);
    }
    // An app spends what the teller believes to be there.
    posted(&world, &[pay(5, 1, 40)]).await.unwrap();
    let told = tellers.post(&world.market, Actor::System, vec![vec![pay(6, 1, 1)]]).await.unwrap();
    assert_eq!(told, [[Err(Denied::DebitTooLittle)]]);
    // And brings back what it believes to be gone.
    posted(&world, &[top_up(7, 1, 10)]).await.unwrap();
    let told = tellers.post(&world.market, Actor::System, vec![vec![pay(8, 1, 10)]]).await.unwrap();
    assert_eq!(told, [[Ok(Done::Applied)]]);
    is_sound(&world).await;
}

async fn holds_end_by_themselves(world: World) {
    use bus::{Job, JobHandler};
    posted(&world, &[top_up(1, 1, 100)]).await.unwrap();
    let until = world.clock.now() + SignedDuration::from_secs(60);
    posted(&world, &[pay(2, 1, 30).held(Some(until)), pay(3, 1, 20).held(None)]).await.unwrap();
    assert_eq!(in_it(&world, &wallet(1)).await, (100, 0, 50));
    let now = world.clock.now();
    let (kind, body, actor) = (EXPIRE.to_owned(), "null".to_owned(), Actor::System);
    let job = Job { id: 1, kind, body, key: None, priority: 0, due: now, attempts: 1, actor, at: now };
    let handler = ExpireHolds { clock: world.clock.clone() };
    for (seconds, going) in [(59, 50), (1, 20), (60, 20)] {
        world.clock.advance(SignedDuration::from_secs(seconds));
        let decision = handler.run(&world.market, &job).await.unwrap();
        world.market.commit(world.stamp(), decision).await.unwrap();
        assert_eq!(in_it(&world, &wallet(1)).await, (100, 0, going));
    }
    assert_eq!(posted(&world, &[pay(4, 1, 30).taking(id(2))]).await.unwrap_err().code(), "hold_expired");
    is_sound(&world).await;
}

/// Two decisions from the same book: the second finds the account without what it counted on.
async fn what_was_read_a_moment_ago_is_not_believed(world: World) {
    posted(&world, &[top_up(1, 1, 100)]).await.unwrap();
    let (one, two) = ([pay(2, 1, 80)], [pay(3, 1, 80)]);
    let (first, second) =
        (load(&world.market, &one).await.unwrap(), load(&world.market, &two).await.unwrap());
    let (first, _) = post(first, &one, &world.ctx()).unwrap();
    let (second, _) = post(second, &two, &world.ctx()).unwrap();
    world.market.commit(world.stamp(), first).await.unwrap();
    match world.market.commit(world.stamp(), second).await {
        Err(CommitError::Refused(refusal)) => assert_eq!(refusal.code(), "debit_too_little"),
        other => panic!("{other:?}"),
    }
    assert_eq!(in_it(&world, &wallet(1)).await, (20, 0, 0));
    is_sound(&world).await;
}

async fn a_closed_account_takes_nothing(world: World) {
    posted(&world, &[top_up(1, 1, 100), pay(2, 1, 100)]).await.unwrap();
    let wallet_id = wallet(1).id(ZAR.parse().unwrap());
    let (state, _) = balances(&world.market, wallet_id).await.unwrap().unwrap();
    let decision = decide::close(wallet_id, &state, true).unwrap();
    world.market.commit(world.stamp(), decision).await.unwrap();
    assert_eq!(posted(&world, &[top_up(3, 1, 5)]).await.unwrap_err().code(), "credit_closed");
    // What was made before is answered as it was then.
    assert_eq!(posted(&world, &[top_up(1, 1, 100)]).await.unwrap(), [Done::AlreadyApplied]);
    let merchant = Account::of("merchant", 7).id(ZAR.parse().unwrap());
    let (state, _) = balances(&world.market, merchant).await.unwrap().unwrap();
    assert_eq!(decide::close(merchant, &state, true).unwrap_err().code(), "account_not_empty");
}

on_both_engines!(
    what_is_kept_is_what_was_decided,
    the_last_of_a_balance_is_spent_once,
    everybody_at_once,
    a_teller_says_of_each_what_became_of_it,
    holds_end_by_themselves,
    what_was_read_a_moment_ago_is_not_believed,
    a_closed_account_takes_nothing,
);
