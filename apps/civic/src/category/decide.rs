use std::collections::BTreeMap;

use kernel::{Decision, Fault, Refusal};

use super::model::Category;
use super::repo;
use crate::limits;

/// Sets a market's categories: new ones are added, known ones renamed, none removed, because
/// requests speak of them.
pub fn set(categories: &[Category]) -> Result<Decision, Refusal> {
    if categories.len() > limits::CATEGORIES_MAX {
        let message = format!("A market has at most {} categories.", limits::CATEGORIES_MAX);
        return Err(Refusal::invalid(vec![Fault::new("", "too_many", message)]));
    }
    Ok(Decision::nothing().changes(categories.iter().map(repo::put)))
}

/// What a batch of reports adds to the counts: one change for each category, however many reports.
pub fn count<'a>(reported_in: impl IntoIterator<Item = &'a str>) -> Decision {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for category in reported_in {
        *counts.entry(category).or_default() += 1;
    }
    Decision::nothing().changes(counts.into_iter().map(|(category, more)| repo::add(category, more)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_counts_each_category_once() {
        let decision = count(["pothole", "waste", "pothole"]);
        assert_eq!(
            decision,
            Decision::nothing().change(repo::add("pothole", 2)).change(repo::add("waste", 1))
        );
    }

    #[test]
    fn too_many_categories_are_refused() {
        let category = Category { code: "a".into(), name: "A".into(), open: true };
        assert!(set(&vec![category.clone(); limits::CATEGORIES_MAX]).is_ok());
        assert!(set(&vec![category; limits::CATEGORIES_MAX + 1]).is_err());
    }
}
