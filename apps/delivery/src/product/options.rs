//! What can be chosen of a product, and what that adds to its price.

use std::collections::BTreeSet;

use kernel::text::{self, Lines};
use kernel::{Currency, Fault, Money};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;

/// Choices of which a buyer takes so many: the size, what goes on top. Kept with amounts in minor units,
/// shown with money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionGroup<P> {
    /// By which orders name it.
    #[schemars(length(min = 1, max = 32), regex(pattern = "^[a-z0-9][a-z0-9_-]*$"))]
    pub code: String,
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    /// A buyer takes at least so many of them, and at most so many.
    #[schemars(range(max = 50))]
    pub min: u16,
    #[schemars(range(min = 1, max = 50))]
    pub max: u16,
    #[schemars(length(min = 1, max = 50))]
    pub choices: Vec<Choice<P>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice<P> {
    #[schemars(length(min = 1, max = 32), regex(pattern = "^[a-z0-9][a-z0-9_-]*$"))]
    pub code: String,
    #[schemars(length(min = 1, max = 120))]
    pub name: String,
    /// What it adds to the price, or takes away.
    pub adds: P,
    #[serde(default)]
    pub sold_out: bool,
}

/// One choice of a buyer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    #[schemars(length(min = 1, max = 32))]
    pub group: String,
    #[schemars(length(min = 1, max = 32))]
    pub choice: String,
}

/// What these choices add to the price of one, in minor units; or everything that is wrong with them.
/// `at` is where they stand.
pub fn added(groups: &[OptionGroup<i64>], chosen: &[Chosen], at: &str) -> Result<i64, Vec<Fault>> {
    let (mut faults, mut sum) = (Vec::new(), 0_i64);
    let (mut seen, mut taken) = (BTreeSet::new(), vec![0_usize; groups.len()]);
    for (place, its) in chosen.iter().enumerate() {
        let mut say = |code, message: String| faults.push(Fault::new(format!("{at}/{place}"), code, message));
        let group = groups.iter().position(|group| group.code == its.group);
        let found = group.and_then(|number| {
            let choice = groups[number].choices.iter().find(|choice| choice.code == its.choice)?;
            Some((number, choice))
        });
        match found {
            None => say("unknown_option", "This product has no such option.".into()),
            Some(_) if !seen.insert(its) => say("repeated", "This option is chosen already.".into()),
            Some((_, choice)) if choice.sold_out => {
                say("sold_out", format!("{} is sold out.", choice.name));
            }
            Some((number, choice)) => {
                taken[number] += 1;
                sum = sum.saturating_add(choice.adds);
            }
        }
    }
    if faults.is_empty() {
        let counted = groups.iter().zip(taken);
        faults.extend(counted.filter_map(|(group, taken)| group.count_fault(taken, at)));
    }
    if faults.is_empty() { Ok(sum) } else { Err(faults) }
}

impl<P> OptionGroup<P> {
    fn count_fault(&self, taken: usize, at: &str) -> Option<Fault> {
        let (min, max) = (usize::from(self.min), usize::from(self.max));
        match taken {
            few if few < min => {
                Some(Fault::new(at, "too_few", format!("Choose at least {min} of {}.", self.name)))
            }
            many if many > max => {
                Some(Fault::new(at, "too_many", format!("Choose at most {max} of {}.", self.name)))
            }
            _ => None,
        }
    }

    fn map<Q>(&self, amount: impl Fn(&P) -> Q) -> OptionGroup<Q> {
        let choice = |choice: &Choice<P>| Choice {
            code: choice.code.clone(),
            name: choice.name.trim().to_owned(),
            adds: amount(&choice.adds),
            sold_out: choice.sold_out,
        };
        OptionGroup {
            code: self.code.clone(),
            name: self.name.trim().to_owned(),
            min: self.min,
            max: self.max,
            choices: self.choices.iter().map(choice).collect(),
        }
    }
}

pub fn to_money(groups: &[OptionGroup<i64>], currency: Currency) -> Vec<OptionGroup<Money>> {
    groups.iter().map(|group| group.map(|minor| Money::new(*minor, currency))).collect()
}

/// As a merchant writes them, with everything that is wrong; `at` is where they stand.
pub fn of_money(
    groups: &[OptionGroup<Money>],
    currency: Currency,
    at: &str,
) -> Result<Vec<OptionGroup<i64>>, Vec<Fault>> {
    let mut faults = Vec::new();
    if groups.len() > limits::OPTION_GROUPS_MAX {
        let message = format!("A product has at most {} groups of options.", limits::OPTION_GROUPS_MAX);
        return Err(vec![Fault::new(at, "too_many", message)]);
    }
    let mut codes = BTreeSet::new();
    for (place, group) in groups.iter().enumerate() {
        let at = format!("{at}/{place}");
        if !codes.insert(&group.code) {
            faults.push(Fault::new(format!("{at}/code"), "repeated", "Another group has this code too."));
        }
        group_faults(group, currency, &at, &mut faults);
    }
    if faults.is_empty() {
        return Ok(groups.iter().map(|group| group.map(|money| money.minor())).collect());
    }
    Err(faults)
}

fn group_faults(group: &OptionGroup<Money>, currency: Currency, at: &str, faults: &mut Vec<Fault>) {
    faults.extend(name_fault(&format!("{at}/name"), &group.name));
    let of_choices = group.choices.len().min(limits::CHOICES_MAX);
    if group.min > group.max || usize::from(group.max) > of_choices {
        let message = "The least must not be more than the most, nor the most more than there are choices.";
        faults.push(Fault::new(format!("{at}/max"), "out_of_range", message));
    }
    let mut codes = BTreeSet::new();
    for (place, choice) in group.choices.iter().enumerate() {
        let at = format!("{at}/choices/{place}");
        if !codes.insert(&choice.code) {
            faults.push(Fault::new(format!("{at}/code"), "repeated", "Another choice has this code too."));
        }
        faults.extend(name_fault(&format!("{at}/name"), &choice.name));
        faults.extend(super::model::amount_fault(&format!("{at}/adds"), choice.adds.abs().ok(), currency));
    }
}

fn name_fault(field: &str, name: &str) -> Option<Fault> {
    if text::is_blank(name) {
        return Some(Fault::new(field, "blank", "Give it a name."));
    }
    text::fault(field, name, Lines::One)
}
