//! What people write, by pattern.

use super::dice::Dice;
use super::kinds::Kind;

const STREETS: [&str; 40] = [
    "Maple Street",
    "Harbour Road",
    "Station Lane",
    "Mill Avenue",
    "Orchard Row",
    "Bridge Street",
    "Union Square",
    "Chapel Hill",
    "Garden Walk",
    "Quarry Road",
    "Linden Avenue",
    "Market Street",
    "River Terrace",
    "School Lane",
    "Cedar Avenue",
    "Depot Road",
    "Foundry Street",
    "Grove Place",
    "High Street",
    "Ivy Lane",
    "Juniper Drive",
    "Kiln Road",
    "Lake View",
    "Meadow Road",
    "North Parade",
    "Oak Avenue",
    "Poplar Street",
    "Queens Walk",
    "Ridge Road",
    "South Quay",
    "Temple Street",
    "Upper Road",
    "Valley Drive",
    "Willow Bank",
    "Acacia Road",
    "Beacon Street",
    "Canal Side",
    "Dock Street",
    "East Row",
    "Fern Close",
];
const NEAR: [&str; 7] = [
    "near the bus stop at",
    "by the playground at",
    "at the corner of",
    "opposite",
    "in front of",
    "behind",
    "next to",
];
const SINCE: [&str; 8] = [
    "since Monday",
    "for two weeks",
    "since last night",
    "again",
    "after the storm",
    "every evening",
    "since the works",
    "for a month now",
];
const MORE: [&str; 6] = [
    "Someone could get hurt.",
    "I have called before.",
    "Children pass here on their way to school.",
    "Please have a look.",
    "It is getting worse.",
    "Two neighbours say the same.",
];
const ANSWERS: [&str; 6] = [
    "Seen to. Thank you for telling us.",
    "Repaired by our crew.",
    "Cleared on the last round.",
    "We were there and found it in order.",
    "Passed on to the works of this street, and done.",
    "Replaced. Tell us if it fails again.",
];

pub fn street(dice: &mut Dice) -> &'static str {
    dice.pick(&STREETS)
}

pub fn address(street: &str, house: u64) -> String {
    format!("{house} {street}")
}

/// `theme` is the same for all who speak of one thing, `dice` are the writer's own.
pub fn description(kind: &Kind, street: &str, house: u64, theme: &mut Dice, dice: &mut Dice) -> String {
    let trouble = if kind.says.is_empty() { kind.name.as_str() } else { theme.pick(kind.says) };
    let mut text = String::with_capacity(128);
    text.push_str(trouble);
    for part in [" ", dice.pick(&NEAR), " "] {
        text.push_str(part);
    }
    text.push_str(&address(street, house));
    for part in [", ", dice.pick(&SINCE), "."] {
        text.push_str(part);
    }
    if dice.below(3) == 0 {
        text.push(' ');
        text.push_str(dice.pick(&MORE));
    }
    text
}

pub fn answer(dice: &mut Dice) -> &'static str {
    dice.pick(&ANSWERS)
}
