use std::sync::atomic::AtomicUsize;

use proptest::prelude::*;
use tokio::sync::Semaphore;

use super::*;
use entry::Entry;

const S: u64 = 1_000_000_000;
const KEEP: Keep = Keep { fresh_s: 10, stale_s: 5, bytes: 100 };

/// Gives 1, 2, 3, …, each when it is let.
struct Source {
    made: AtomicUsize,
    lets: Semaphore,
    keep: Option<Keep>,
}

impl Source {
    fn new(keep: Option<Keep>) -> Arc<Self> {
        Arc::new(Self { made: AtomicUsize::new(0), lets: Semaphore::new(0), keep })
    }

    fn ready(keep: Option<Keep>) -> Arc<Self> {
        let source = Self::new(keep);
        source.lets.add_permits(100_000);
        source
    }

    fn make(
        self: &Arc<Self>,
    ) -> impl Fn() -> std::pin::Pin<Box<dyn Future<Output = Made<usize>> + Send>> + use<> {
        let source = self.clone();
        move || {
            let source = source.clone();
            Box::pin(async move {
                let began = source.made.fetch_add(1, Relaxed) + 1;
                source.lets.acquire().await.expect("never closed").forget();
                Made { value: began, keep: source.keep }
            })
        }
    }

    fn count(&self) -> usize {
        self.made.load(Relaxed)
    }
}

async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn how_long_a_value_is_fresh() {
    let entry = Entry::new((), KEEP, 100 * S, 7);
    let rows = [
        (100 * S, 7, Freshness::Fresh),
        (100 * S, 8, Freshness::Fresh),
        (100 * S + S - 1, 8, Freshness::Fresh),
        (101 * S, 8, Freshness::Stale),
        (101 * S, 7, Freshness::Fresh),
        (110 * S - 1, 7, Freshness::Fresh),
        (110 * S, 7, Freshness::Stale),
        (115 * S - 1, 8, Freshness::Stale),
        (115 * S, 7, Freshness::Gone),
        (99 * S, 7, Freshness::Fresh),
    ];
    for (now_ns, version, expected) in rows {
        assert_eq!(entry.freshness(now_ns, version), expected, "at {now_ns} in version {version}");
    }
}

#[tokio::test]
async fn kept_until_the_market_changes_then_stale_once() {
    let cache = Cache::new(1 << 20);
    let source = Source::ready(Some(KEEP));
    let get = async |now_ns| cache.get_or_make(now_ns, 1, "/a", source.make()).await.unwrap();
    assert_eq!(get(S).await.value, 1);
    assert_eq!((get(4 * S).await.value, get(4 * S).await.age_s), (1, 3));
    cache.changed(2);
    assert_eq!(get(4 * S).await.value, 1);
    cache.changed(1);
    assert_eq!(get(4 * S).await.value, 1, "what is there is served");
    settle().await;
    assert_eq!((get(4 * S).await.value, source.count()), (2, 2), "and the next was fetched meanwhile");
    assert_eq!(get(60 * S).await.value, 3, "too old to be served at all");
    assert_eq!(cache.get_or_make(60 * S, 2, "/a", source.make()).await.unwrap().value, 4, "another market");
    assert_eq!(cache.counts(), Counts { hits: 4, stale_hits: 1, misses: 3, ..cache.counts() });
}

#[tokio::test]
async fn a_change_while_it_is_computed_makes_it_stale() {
    let cache = Cache::new(1 << 20);
    let source = Source::new(Some(KEEP));
    let first = tokio::spawn({
        let (cache, make) = (cache.clone(), source.make());
        async move { cache.get_or_make(S, 1, "/a", make).await }
    });
    settle().await;
    cache.changed(1);
    source.lets.add_permits(5);
    assert_eq!(first.await.unwrap().unwrap().value, 1);
    let _ = cache.get_or_make(3 * S, 1, "/a", source.make()).await;
    settle().await;
    assert_eq!(source.count(), 2);
}

#[tokio::test]
async fn many_who_wait_are_answered_by_one() {
    let cache = Cache::new(1 << 20);
    for keep in [Some(KEEP), None] {
        let source = Source::new(keep);
        let path = format!("/{keep:?}");
        let get = || {
            let (cache, make, path) = (cache.clone(), source.make(), path.clone());
            tokio::spawn(async move { cache.get_or_make(S, 1, &path, make).await.unwrap().value })
        };
        let waiting: Vec<_> = (0..50).map(|_| get()).collect();
        settle().await;
        // The one that began goes away.
        waiting[0].abort();
        settle().await;
        source.lets.add_permits(1);
        for one in waiting.into_iter().skip(1) {
            assert_eq!(one.await.unwrap(), 1);
        }
        assert_eq!(source.count(), 1);
    }
}

#[tokio::test]
async fn another_takes_over_from_one_that_was_cut_short() {
    let cache: Cache<usize> = Cache::new(1 << 20);
    let tries = Arc::new(AtomicUsize::new(0));
    let make = {
        let tries = tries.clone();
        move || {
            let tries = tries.clone();
            async move {
                let before = tries.fetch_add(1, Relaxed);
                assert!(before > 0, "the first one breaks, as this test wants");
                Made { value: before, keep: None }
            }
        }
    };
    assert_eq!(cache.get_or_make(S, 1, "/a", make).await.unwrap().value, 1);
    let broken = || async { panic!("always, as this test wants") };
    assert_eq!(cache.get_or_make(S, 1, "/b", broken).await.unwrap_err(), Abandoned);
    assert_eq!(
        cache.get_or_make(S, 1, "/b", || async { Made { value: 5, keep: None } }).await.unwrap().value,
        5
    );
}

#[tokio::test]
async fn what_may_not_be_kept_is_not() {
    let cache = Cache::new(1 << 20);
    for keep in [None, Some(Keep { fresh_s: 0, ..KEEP })] {
        let source = Source::ready(keep);
        for expected in 1..4 {
            assert_eq!(cache.get_or_make(S, 1, "/a", source.make()).await.unwrap().value, expected);
        }
    }
    assert_eq!(cache.counts().bytes, 0);
}

#[tokio::test]
async fn the_bytes_are_bounded() {
    let cache = Cache::new(100_000);
    let source = Source::ready(Some(KEEP));
    for place in 0..5_000 {
        let _ = cache.get_or_make(S, 1, &format!("/{place}"), source.make()).await;
    }
    let huge = Source::ready(Some(Keep { bytes: 200_000, ..KEEP }));
    let _ = cache.get_or_make(S, 1, "/huge", huge.make()).await;
    let bytes = cache.counts().bytes;
    assert!((50_000..=100_000).contains(&bytes), "{bytes}");
}

proptest! {
    #[test]
    fn nothing_is_served_beyond_its_time(fresh_s in 0u32..100, stale_s in 0u32..100, made in 0u64..1_000, now in 0u64..2_000, version in 0u64..3) {
        let entry = Entry::new((), Keep { fresh_s, stale_s, bytes: 0 }, made * S, 1);
        let age_s = now.saturating_sub(made);
        match entry.freshness(now * S, version) {
            Freshness::Fresh => prop_assert!(age_s < u64::from(fresh_s) && (version == 1 || age_s < 1)),
            Freshness::Stale => prop_assert!(age_s < u64::from(fresh_s + stale_s)),
            Freshness::Gone => prop_assert!(age_s >= u64::from(fresh_s + stale_s)),
        }
    }
}
