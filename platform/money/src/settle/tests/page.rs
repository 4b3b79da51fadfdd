//! Two lists of owners into one page.

use kernel::jiff::Timestamp;
use proptest::prelude::*;

use crate::settle::decide::{page, some};
use crate::settle::limits::{ITEMS_PER_COMMIT, OWNERS_PER_PAGE};
use crate::settle::model::{Due, Owed, Place, Sums};

fn place(owner: i64) -> Place {
    Place { owner, currency: "ZAR".to_owned() }
}

fn owed(owner: i64, items: i64) -> Owed {
    Owed { place: place(owner), items, sums: Sums::default(), begins: Timestamp::UNIX_EPOCH }
}

fn due(owner: i64) -> Due {
    Due { place: place(owner), statements: 1, amount: 1 }
}

proptest! {
    /// As a run does it: page by page, each from where the one before ended.
    #[test]
    fn every_owner_comes_once_and_in_order(
        all_owed in prop::collection::btree_set(0i64..300, 0..120),
        all_due in prop::collection::btree_set(0i64..300, 0..120),
    ) {
        let (mut after, mut seen) = (-1, Vec::new());
        loop {
            let size = OWNERS_PER_PAGE as usize;
            let owed = all_owed.range(after + 1..).take(size).map(|owner| owed(*owner, 1)).collect();
            let due = all_due.range(after + 1..).take(size).map(|owner| due(*owner)).collect();
            let page = page(owed, due);
            for found in &page.owners {
                let owner = found.place.owner;
                prop_assert_eq!(found.owed.is_some(), all_owed.contains(&owner));
                prop_assert_eq!(found.due.is_some(), all_due.contains(&owner));
                seen.push(owner);
            }
            if page.is_last {
                break;
            }
            prop_assert!(page.owners.len() >= size);
            after = *seen.last().unwrap();
        }
        prop_assert_eq!(seen, all_owed.union(&all_due).copied().collect::<Vec<_>>());
    }

    #[test]
    fn a_commit_takes_few_items_but_always_an_owner(items in prop::collection::vec(1i64..2 * ITEMS_PER_COMMIT, 1..20)) {
        let owners = page(items.iter().zip(0..).map(|(items, owner)| owed(owner, *items)).collect(), vec![]).owners;
        let mut rest = &owners[..];
        while !rest.is_empty() {
            let some = some(rest);
            let items: i64 = some.iter().filter_map(|found| found.owed.as_ref()).map(|it| it.items).sum();
            prop_assert!(some.len() == 1 || items <= ITEMS_PER_COMMIT);
            rest = &rest[some.len()..];
        }
    }
}

#[test]
fn nobody_is_a_page_too() {
    let page = page(Vec::new(), Vec::new());
    assert!(page.is_last && page.owners.is_empty() && some(&page.owners).is_empty());
}
