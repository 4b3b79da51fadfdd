//! The categories of a set-up that a market lacks.

use kernel::jiff::Timestamp;
use kernel::{Decision, Refusal};
use serde_json::json;
use store::Market;

use super::city::{CategoryText, City};
use crate::category;
use crate::category::model::NewCategory;
use crate::rules;

/// Those that are missing, and how many. One that is there stays as it is: managers may have changed it.
pub async fn missing(market: &Market, city: &City, now: Timestamp) -> Result<(Decision, usize), Refusal> {
    let known = category::repo::all(market).await?;
    let lacks = |text: &&CategoryText| !known.iter().any(|it| it.code == text.code);
    let wanted: Vec<NewCategory> = city.categories.iter().filter(lacks).map(new).collect::<Result<_, _>>()?;
    let count = wanted.len();
    let version = rules::repo::version(market).await?;
    let (decision, _) = category::decide::replace((version, &[]), wanted, now)?;
    Ok((decision, count))
}

/// In the words in which managers say it.
pub fn new(text: &CategoryText) -> Result<NewCategory, Refusal> {
    let said = json!({
        "code": text.code,
        "name": text.name,
        "group": text.group,
        "about": text.about,
        "keywords": text.keywords,
        "notice": text.notice,
        "deadline_min": text.deadline_min,
        "place": text.place,
        "questions": text.questions,
    });
    serde_json::from_value(said).map_err(|error| {
        let message = format!("The category {} cannot be read: {error}.", text.code);
        Refusal::conflict("bad_category", message)
    })
}

#[cfg(test)]
mod tests {
    use super::super::templates;
    use super::*;

    #[test]
    fn every_category_of_every_template_can_be_set() {
        for name in templates::names() {
            let city = templates::named(name).unwrap();
            let wanted: Vec<NewCategory> = city.categories.iter().map(|it| new(it).unwrap()).collect();
            let (decision, all) = category::decide::replace((0, &[]), wanted, Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(all.len(), city.categories.len(), "{name}");
            assert!(decision.changes.len() >= all.len());
        }
    }
}
