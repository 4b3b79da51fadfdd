//! Many pictures at once.

use bytes::Bytes;
use futures_util::future::join_all;
use media::image::{Bounds, Pool, Trouble, Unfit};

use crate::files::*;
use crate::hostile::BOUNDS;

#[tokio::test(flavor = "multi_thread")]
async fn those_without_a_place_are_told_to_come_back() {
    let pool = Pool::new(BOUNDS, 1, 2);
    let bytes = Bytes::from(jpeg(1_200, 900));
    let made = join_all((0..8).map(|_| pool.make(bytes.clone()))).await;
    let busy = made.iter().filter(|it| matches!(it, Err(Trouble::Busy))).count();
    assert_eq!((made.iter().filter(|it| it.is_ok()).count(), busy), (3, 5));
    assert!(pool.make(bytes).await.is_ok(), "afterwards there is room again");
    let refusal = kernel::Refusal::from(Trouble::Busy);
    assert_eq!(refusal.kind(), kernel::RefusalKind::Unavailable);
    assert!(refusal.retry_after_s().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_of_one_is_shared_by_many() {
    let bytes = Bytes::from(jpeg(1_200, 900));
    let alone = media::image::distil(&bytes, &BOUNDS).unwrap().memory;
    let pool = Pool::new(Bounds { memory_max: alone + 100_000, ..BOUNDS }, 4, 8);
    let made = join_all((0..10).map(|_| pool.make(bytes.clone()))).await;
    assert!(made.iter().all(Result::is_ok));
    let large = Bytes::from(jpeg(2_400, 1_800));
    assert_eq!(pool.make(large).await, Err(Trouble::Unfit(Unfit::TooComplex)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_waiting_gives_the_place_back() {
    let pool = Pool::new(BOUNDS, 1, 1);
    let bytes = Bytes::from(jpeg(800, 600));
    for _ in 0..10 {
        let wait = std::time::Duration::from_millis(1);
        let _ = tokio::time::timeout(wait, pool.make(bytes.clone())).await;
    }
    let make = || async { pool.make(bytes.clone()).await.is_ok() };
    while !make().await {
        tokio::task::yield_now().await;
    }
}
