//! How fast a million items of two thousand owners are settled while others post to the same market:
//! `cargo run --release -p money --example settle_pace [postgres-url]`.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kernel::jiff::tz::TimeZone;
use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Clock, Ctx, Decision, Id, IdSource, Money, SnowIds, SystemClock};
use money::ledger::{self, Account, Posting, PostingId, Tellers};
use money::settle::{self, NewItem, Owner, Payee, Progress, Sums};
use store::schema::Schema;
use store::{Market, Place, Stamp, Store, StoreConfig};

const ITEMS: i64 = 1_000_000;
const OWNERS: i64 = 2_000;
const PER_COMMIT: i64 = 2_000;
const CALLERS: i64 = 16;

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
    let now = SystemClock.now();
    let since = Instant::now();
    earn(&market, &*ids, now).await;
    println!("{ITEMS} items of {OWNERS} owners added in {:.1} s", since.elapsed().as_secs_f64());
    let tellers = Tellers::new(clock, ids.clone());
    let alone = beside(&market, &tellers, tokio::time::sleep(Duration::from_secs(5))).await;
    say("posting alone", &alone);
    let later = now.checked_add(SignedDuration::from_hours(8 * 24)).unwrap();
    let since = Instant::now();
    let posted = beside(&market, &tellers, settled(&market, &*ids, later)).await;
    println!("settled in {:.1} s", since.elapsed().as_secs_f64());
    say("posting beside it", &posted);
    let since = Instant::now();
    let differences = settle::verify(&market).await.unwrap();
    let seconds = since.elapsed().as_secs_f64();
    println!("checked against the ledger in {seconds:.1} s: {} differences", differences.len());
}

/// Each owner's items in turn, and what they come to in one posting.
async fn earn(market: &Market, ids: &dyn IdSource, now: Timestamp) {
    let (zone, each) = (TimeZone::UTC, ITEMS / OWNERS);
    let ctx = Ctx { now, zone: &zone, actor: Actor::System, ids };
    let sums = Sums { gross: 20_000, commission: 3_000, fee: 0, refund: 0, tax: 391 };
    let currency = "ZAR".parse().unwrap();
    for first in (0..ITEMS).step_by(PER_COMMIT as usize) {
        let items = (first..first + PER_COMMIT).map(|cause| {
            let owner = Owner { payee: Payee::Merchant, number: cause / each + 1 };
            settle::item(&NewItem { cause, leg: "order", owner, currency, sums }, &ctx).unwrap()
        });
        let decision = items.fold(Decision::nothing(), |all, item| {
            // The job is the same for all of them.
            let jobs = if all.jobs.is_empty() { item.jobs.clone() } else { Vec::new() };
            all.and(Decision { jobs, ..item })
        });
        market.commit(Stamp::from(&ctx), decision).await.unwrap();
    }
    for first in (1..=OWNERS).step_by(100) {
        let postings: Vec<Posting> = (first..first + 100)
            .map(|owner| {
                let amount = Money::new(each * sums.net().unwrap(), currency);
                let (debit, credit) = (Account::of("gateway", 1), Account::of("merchant", owner));
                Posting::new(PostingId::of(owner, "pace"), debit, credit, amount, "earned")
            })
            .collect();
        let book = ledger::load(market, &postings).await.unwrap();
        let (decision, _) = ledger::post(book, &postings, &ctx).unwrap();
        market.commit(Stamp::from(&ctx), decision).await.unwrap();
    }
}

async fn settled(market: &Market, ids: &dyn IdSource, now: Timestamp) {
    let zone = TimeZone::UTC;
    let ctx = Ctx { now, zone: &zone, actor: Actor::System, ids };
    match settle::advance(market, Payee::Merchant, usize::MAX, &ctx).await.unwrap() {
        Progress::Done(run) => {
            println!("{} statements of {} items, {} owners carried", run.statements, run.items, run.carried);
        }
        other => panic!("{other:?}"),
    }
}

/// How long each posting of a few callers took while something else went on.
async fn beside(market: &Market, tellers: &Arc<Tellers>, work: impl Future<Output = ()>) -> Vec<Duration> {
    let is_over = Arc::new(AtomicBool::new(false));
    let callers = (0..CALLERS).map(|caller| {
        let (market, tellers, is_over) = (market.clone(), tellers.clone(), is_over.clone());
        tokio::spawn(async move {
            let mut waits = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let id = PostingId::of(SystemClock.now().as_microsecond(), &format!("beside {caller}"));
                let wallet = Account::of("wallet", 1 + waits.len() as i64 % 1_000);
                let amount = Money::new(100, "ZAR".parse().unwrap());
                let posting = Posting::new(id, Account::own("bank"), wallet, amount, "top up");
                let since = Instant::now();
                let told = tellers.post(&market, Actor::System, vec![vec![posting]]).await.unwrap();
                waits.push(since.elapsed());
                assert!(told[0][0].is_ok(), "{told:?}");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            waits
        })
    });
    let callers: Vec<_> = callers.collect();
    work.await;
    is_over.store(true, Ordering::Relaxed);
    let mut all = Vec::new();
    for caller in callers {
        all.extend(caller.await.unwrap());
    }
    all
}

fn say(what: &str, waits: &[Duration]) {
    let mut waits = waits.to_vec();
    waits.sort_unstable();
    let at = |share: usize| waits[(waits.len() * share / 1_000).min(waits.len() - 1)].as_secs_f64() * 1e3;
    println!(
        "{what:<20} {} postings: p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms",
        waits.len(),
        at(500),
        at(990),
        at(999)
    );
}
