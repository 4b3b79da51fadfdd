//! The store of objects on a folder.

use bytes::Bytes;
use futures_util::TryStreamExt;
use kernel::Id;
use media::limits;
use media::object::{ObjectTrouble, Objects, Shelf, Where};
use store::Place;

pub fn place(number: i64) -> Place {
    Place::market(Id::from_raw(number), "test", "one")
}

fn shelf(folder: &std::path::Path, number: i64) -> Shelf {
    Objects::open(&Where::Folder(folder.to_owned())).unwrap().of(&place(number))
}

/// What holds for every kind of store.
pub async fn conform(here: &Shelf, there: &Shelf) {
    let bytes = Bytes::from((0..100_000u32).map(|it| it as u8).collect::<Vec<_>>());
    assert_eq!(here.get("a/b").await, Err(ObjectTrouble::NotFound));
    assert_eq!(here.head("a/b").await.map(|it| it.bytes), Err(ObjectTrouble::NotFound));
    assert_eq!(here.delete("a/b").await, Ok(()), "what is not there is gone");
    here.put("a/b", bytes.clone()).await.unwrap();
    assert_eq!(here.get("a/b").await, Ok(bytes.clone()));
    assert_eq!(here.head("a/b").await.unwrap().bytes, 100_000);
    here.put("a/b", bytes.slice(..50_000)).await.unwrap();
    assert_eq!(here.get("a/b").await.unwrap().len(), 50_000, "replaced");
    here.put("a/empty", Bytes::new()).await.unwrap();
    assert_eq!(here.get("a/empty").await, Ok(Bytes::new()));

    for (range, expected) in [
        (0..1, Ok(0..1)),
        (10..20, Ok(10..20)),
        (49_999..50_000, Ok(49_999..50_000)),
        (49_990..90_000, Ok(49_990..50_000)),
        (50_000..50_001, Err(ObjectTrouble::Range)),
        (7..7, Err(ObjectTrouble::Range)),
    ] {
        let found = here.get_range("a/b", range.clone()).await;
        let expected = expected.map(|it: std::ops::Range<usize>| (bytes.slice(it), 50_000));
        assert_eq!(found, expected, "{range:?}");
    }

    // Another market has names of its own, and no way to these.
    assert_eq!(there.get("a/b").await, Err(ObjectTrouble::NotFound));
    there.put("a/b", Bytes::from_static(b"other")).await.unwrap();
    assert_eq!(here.get("a/b").await.unwrap().len(), 50_000);
    for name in ["../market/mkt_0000000000002/a/b", "a/../../b", "/a/b", "a//b", "", "A/B"] {
        assert_eq!(here.get(name).await, Err(ObjectTrouble::Name), "{name}");
        assert_eq!(here.put(name, Bytes::new()).await, Err(ObjectTrouble::Name), "{name}");
        assert_eq!(here.delete(name).await, Err(ObjectTrouble::Name), "{name}");
        assert_eq!(here.list(name).await, Err(ObjectTrouble::Name), "{name}");
    }

    here.put("ab/c", Bytes::from_static(b"1")).await.unwrap();
    let mut listed: Vec<_> =
        here.list("a").await.unwrap().into_iter().map(|it| (it.name, it.bytes)).collect();
    listed.sort();
    assert_eq!(listed, [("a/b".to_owned(), 50_000), ("a/empty".to_owned(), 0)]);
    assert_eq!(here.list("nowhere").await, Ok(vec![]));

    // As streams, longer than one part.
    let mut writer = here.write("big").await.unwrap();
    let pieces = 2 * limits::PART_BYTES / bytes.len() + 3;
    for _ in 0..pieces {
        writer.write(bytes.clone()).await.unwrap();
        assert!(here.head("big").await.is_err(), "not there before its end");
    }
    assert_eq!(writer.finish().await, Ok((pieces * bytes.len()) as u64));
    let read: Vec<Bytes> = here.read("big").await.unwrap().try_collect().await.unwrap();
    assert!(read.concat() == bytes.repeat(pieces));
    let mut abandoned = here.write("never").await.unwrap();
    abandoned.write(bytes.clone()).await.unwrap();
    abandoned.abandon().await;
    assert_eq!(here.get("never").await, Err(ObjectTrouble::NotFound));

    here.delete("a/b").await.unwrap();
    assert_eq!(here.get("a/b").await, Err(ObjectTrouble::NotFound));
    assert_eq!(there.get("a/b").await.unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_keeps_what_it_promises() {
    let folder = testkit::folder();
    conform(&shelf(folder.path(), 1), &shelf(folder.path(), 2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_half_written_when_the_program_died_is_not_there() {
    let folder = testkit::folder();
    let here = shelf(folder.path(), 1);
    here.put("a/b", Bytes::from_static(b"whole")).await.unwrap();
    let mut writer = here.write("a/c").await.unwrap();
    writer.write(Bytes::from(vec![1; limits::PART_BYTES + 1])).await.unwrap();
    // Neither finished nor abandoned.
    std::mem::forget(writer);
    let again = shelf(folder.path(), 1);
    assert_eq!(again.list("a").await.unwrap().len(), 1);
    assert_eq!(again.get("a/c").await, Err(ObjectTrouble::NotFound));
    assert_eq!(again.get("a/b").await.unwrap(), "whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_write_the_same_name_leave_one_of_theirs() {
    let folder = testkit::folder();
    let here = shelf(folder.path(), 1);
    let write = |byte: u8| {
        let here = here.clone();
        async move { here.put("a/b", Bytes::from(vec![byte; 100_000])).await }
    };
    let done = futures_util::future::join_all((0..16).map(write)).await;
    assert!(done.iter().all(Result::is_ok));
    let found = here.get("a/b").await.unwrap();
    assert!(found.len() == 100_000 && found.iter().all(|it| *it == found[0]));
    assert_eq!(here.list("a").await.unwrap().len(), 1);
}

#[test]
fn a_folder_that_cannot_be_made_is_told_at_once() {
    let folder = testkit::folder();
    let file = folder.path().join("file");
    std::fs::write(&file, b"").unwrap();
    assert!(matches!(Objects::open(&Where::Folder(file)), Err(ObjectTrouble::Settings(_))));
}
