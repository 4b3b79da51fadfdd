//! What is reported: how often, how long it takes to see to it, and what people say of it.

use super::dice::Dice;

pub struct Kind {
    pub code: String,
    weight: u64,
    /// Half of them are seen to in less than that.
    half_min: i64,
    pub due_min: i64,
    pub says: &'static [&'static str],
    /// Said where nothing better is known of the kind.
    pub name: String,
}

const DAY: i64 = 24 * 60;

struct Model {
    /// A word that the codes of such categories hold.
    word: &'static str,
    weight: u64,
    half_min: i64,
    due_min: i64,
    says: &'static [&'static str],
}

const fn model(
    word: &'static str,
    weight: u64,
    half_min: i64,
    due_min: i64,
    says: &'static [&'static str],
) -> Model {
    Model { word, weight, half_min, due_min, says }
}

const MODELS: [Model; 16] = [
    model(
        "pothole",
        140,
        4 * DAY,
        5 * DAY,
        &["A hole as wide as a wheel", "The road has sunk around the drain", "Loose tarmac and a deep edge"],
    ),
    model(
        "light",
        110,
        5 * DAY,
        7 * DAY,
        &["The lamp is out", "The lamp flickers", "Three lamps in a row are dark"],
    ),
    model(
        "graffiti",
        70,
        6 * DAY,
        10 * DAY,
        &["Fresh paint all over the wall", "The mural has been sprayed over", "Tags on the shutter"],
    ),
    model(
        "collection",
        130,
        DAY,
        2 * DAY,
        &["The bins were not emptied", "Cardboard is piling up", "The lorry did not come"],
    ),
    model(
        "dump",
        90,
        2 * DAY,
        4 * DAY,
        &["A mattress and old chairs", "Rubble was tipped here", "Bags of rubbish beside the bin"],
    ),
    model(
        "vehicle",
        55,
        9 * DAY,
        14 * DAY,
        &["A grey car without plates has not moved", "A van with flat tyres blocks the kerb"],
    ),
    model(
        "noise",
        85,
        8 * 60,
        DAY,
        &["Very loud generator", "Music until three in the morning", "Drilling on a Sunday"],
    ),
    model(
        "tree",
        60,
        8 * DAY,
        14 * DAY,
        &["A large branch hangs over the path", "A tree leans on the cable", "Roots have lifted the paving"],
    ),
    model(
        "water",
        65,
        14 * 60,
        DAY,
        &["Water comes up through the pavement", "The hydrant drips", "No pressure since the morning"],
    ),
    model("sew", 40, 20 * 60, 2 * DAY, &["The manhole overflows", "A smell from the drain"]),
    model("sign", 35, 7 * DAY, 10 * DAY, &["The sign was knocked over", "The street name is missing"]),
    model("signal", 30, 10 * 60, DAY, &["The light stays red", "The button does not answer"]),
    model("sidewalk", 45, 20 * DAY, 30 * DAY, &["A slab has come up", "The kerb is broken"]),
    model("park", 40, 5 * DAY, 7 * DAY, &["The swing is broken", "The bench has lost a board"]),
    model("animal", 35, DAY, 2 * DAY, &["A dog roams about", "A dead bird lies on the path"]),
    model(
        "electric",
        50,
        10 * 60,
        DAY,
        &["No power since the evening", "A cable hangs down", "The box stands open"],
    ),
];

const OTHER: Model = model("", 30, 5 * DAY, 10 * DAY, &[]);

/// Shares of the time that half are seen to in, in percent, evenly over all requests: most take about
/// that long, a few many times longer.
const SPREAD: [i64; 16] = [6, 14, 22, 31, 42, 55, 70, 90, 112, 140, 180, 235, 320, 480, 820, 1_900];

/// The kinds of a market's categories; a city without categories has none.
pub fn of(categories: &[(String, String)]) -> Vec<Kind> {
    let kind = |(code, name): &(String, String)| {
        let model = MODELS.iter().find(|model| code.contains(model.word)).unwrap_or(&OTHER);
        let Model { weight, half_min, due_min, says, .. } = *model;
        Kind { code: code.clone(), weight, half_min, due_min, says, name: name.clone() }
    };
    categories.iter().map(kind).collect()
}

pub fn pick(kinds: &[Kind], dice: &mut Dice) -> usize {
    let mut left = dice.below(kinds.iter().map(|kind| kind.weight).sum());
    for (place, kind) in kinds.iter().enumerate() {
        match left.checked_sub(kind.weight) {
            Some(less) => left = less,
            None => return place,
        }
    }
    0
}

impl Kind {
    /// How long this one takes to see to.
    pub fn took_min(&self, dice: &mut Dice) -> i64 {
        let place = dice.below(SPREAD.len() as u64 - 1) as usize;
        let within = dice.below(100) as i64;
        let percent = SPREAD[place] + (SPREAD[place + 1] - SPREAD[place]) * within / 100;
        (self.half_min * percent / 100).max(5)
    }
}
