//! How many postings a second the ledger makes, durably, in one market:
//! `cargo run --release -p money --example ledger_pace [postgres-url]`.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use kernel::{Actor, Id, IdSource, Money, SnowIds, SystemClock};
use money::ledger::{Account, Posting, PostingId, Tellers, load, post, rebuild, trial};
use store::schema::Schema;
use store::{Market, Place, Stamp, Store, StoreConfig};
use tokio::task::JoinSet;

const ACCOUNTS: i64 = 10_000;
const CALLERS: i64 = 256;
const RUN: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let url = std::env::args().nth(1);
    let config = match &url {
        None => StoreConfig::embedded(folder.path()),
        Some(url) => StoreConfig::postgres(url),
    };
    let clock = Arc::new(SystemClock);
    let ids: Arc<dyn IdSource> = Arc::new(SnowIds::new(clock.clone(), 1));
    let schema = Schema::of([web::part(), bus::part(), money::part()]);
    let store = Store::open(config, schema, ids.clone()).await.unwrap();
    let number = if url.is_some() { ids.next() } else { 1 };
    let market = store.create(&Place::market(Id::from_raw(number), "pace", "here")).await.unwrap();
    let tellers = Tellers::new(clock.clone(), ids);
    println!("{CALLERS} callers, {ACCOUNTS} accounts, {} s each", RUN.as_secs());
    fill(&market, &tellers).await;
    singles("one by one", &market, &tellers, spread).await;
    singles("one by one, half with one account", &market, &tellers, half).await;
    batches("in calls of 4,096", 4_096, &market, &tellers, spread).await;
    alone("each as a decision of its own", &market, spread).await;
    alone("the same, half with one account", &market, half).await;
    let since = Instant::now();
    let stamp = Stamp { at: kernel::Clock::now(&SystemClock), actor: Actor::System };
    let (looked_at, differences) = rebuild(&market, stamp, false, |_| {}).await.unwrap();
    let trial = trial(&market).await.unwrap();
    println!(
        "{looked_at} balances reckoned anew in {:.1} s: {} differ; balanced: {}",
        since.elapsed().as_secs_f64(),
        differences.len(),
        trial.is_balanced()
    );
}

fn spread(number: i64) -> [i64; 2] {
    [number % ACCOUNTS, (number * 7_919 + 1) % ACCOUNTS]
}

/// The one that is hot is paid to: half of all postings touch it.
fn half(number: i64) -> [i64; 2] {
    if number % 2 == 0 { [number / 2 % ACCOUNTS, ACCOUNTS] } else { spread(number) }
}

fn account(number: i64) -> Account {
    if number == ACCOUNTS { Account::of("merchant", 1) } else { Account::of("wallet", number + 1) }
}

fn posting(number: i64, [debit, credit]: [i64; 2], minor: i64) -> Posting {
    let credit = if debit == credit { (credit + 1) % ACCOUNTS } else { credit };
    let amount = Money::new(minor, "ZAR".parse().unwrap());
    Posting::new(PostingId::of(number, "pace"), account(debit), account(credit), amount, "pace")
}

/// Every account has enough for all that follows.
async fn fill(market: &Market, tellers: &Arc<Tellers>) {
    let bank = |number: i64| Posting {
        debit: Account::own("bank"),
        ..posting(-1 - number, [ACCOUNTS, number], 1_000_000_000)
    };
    for first in (0..ACCOUNTS).step_by(1_000) {
        let chains = (first..first + 1_000).map(|number| vec![bank(number)]).collect();
        let told = tellers.post(market, Actor::System, chains).await.unwrap();
        assert!(told.iter().flatten().all(Result::is_ok));
    }
}

static NEXT: AtomicI64 = AtomicI64::new(0);

async fn singles(what: &str, market: &Market, tellers: &Arc<Tellers>, between: fn(i64) -> [i64; 2]) {
    batched(what, 1, CALLERS, market, tellers, between).await;
}

async fn batches(
    what: &str,
    size: i64,
    market: &Market,
    tellers: &Arc<Tellers>,
    between: fn(i64) -> [i64; 2],
) {
    batched(what, size, 4, market, tellers, between).await;
}

async fn batched(
    what: &str,
    size: i64,
    callers: i64,
    market: &Market,
    tellers: &Arc<Tellers>,
    between: fn(i64) -> [i64; 2],
) {
    let end = Instant::now() + RUN;
    let mut all = JoinSet::new();
    for _ in 0..callers {
        let (market, tellers) = (market.clone(), tellers.clone());
        all.spawn(async move {
            let mut waits = Vec::new();
            while Instant::now() < end {
                let first = NEXT.fetch_add(size, Ordering::Relaxed);
                let chains = (first..first + size).map(|it| vec![posting(it, between(it), 1)]).collect();
                let since = Instant::now();
                let told = tellers.post(&market, Actor::System, chains).await.unwrap();
                waits.push(since.elapsed());
                assert!(told.iter().flatten().all(Result::is_ok), "{told:?}");
            }
            waits
        });
    }
    say(what, size, all.join_all().await.concat());
}

async fn alone(what: &str, market: &Market, between: fn(i64) -> [i64; 2]) {
    let end = Instant::now() + RUN;
    let mut all = JoinSet::new();
    for _ in 0..CALLERS {
        let market = market.clone();
        all.spawn(async move {
            let ids = SnowIds::new(Arc::new(SystemClock), 2);
            let zone = kernel::jiff::tz::TimeZone::UTC;
            let mut waits = Vec::new();
            while Instant::now() < end {
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                let postings = [posting(number, between(number), 1)];
                let since = Instant::now();
                let decided = market.change(|| async {
                    let now = kernel::Clock::now(&SystemClock);
                    let ctx = kernel::Ctx { now, zone: &zone, actor: Actor::System, ids: &ids };
                    let book = load(&market, &postings).await?;
                    let (decision, _) = post(book, &postings, &ctx)?;
                    Ok((Stamp::from(&ctx), decision, ()))
                });
                decided.await.unwrap();
                waits.push(since.elapsed());
            }
            waits
        });
    }
    say(what, 1, all.join_all().await.concat());
}

fn say(what: &str, size: i64, mut waits: Vec<Duration>) {
    waits.sort_unstable();
    let at = |share: usize| waits[(waits.len() * share / 100).min(waits.len() - 1)].as_secs_f64() * 1e3;
    let rate = waits.len() as f64 * size as f64 / RUN.as_secs_f64();
    println!("{what:<40} {rate:>9.0}/s   p50 {:>7.2} ms   p99 {:>7.2} ms", at(50), at(99));
}
