use geo::Shape;
use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A time without power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Cut {
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub from: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub until: Timestamp,
    /// How severe it is, as whoever announces cuts counts.
    pub stage: u8,
}

/// Where power is cut together.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    pub code: String,
    pub name: String,
    pub shape: Shape,
}

/// The cuts of one area, in order and apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaCuts {
    pub area: String,
    pub cuts: Vec<Cut>,
    /// Whether it was told that a cut began there, and not yet that it ended.
    pub is_told: bool,
}

/// All that a market knows of cuts at one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OutageSet {
    pub version: i64,
    pub areas: i64,
    pub cuts: i64,
}

pub const BEGAN: &str = "outage.began";
pub const ENDED: &str = "outage.ended";

/// What followers of both events learn. The end is the planned one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub area: String,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub stage: Option<u8>,
}

/// An area as everybody sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AreaView {
    pub area: String,
    pub name: String,
    /// Whether there is no power now.
    pub is_cut: bool,
    /// The cut that is, and those to come.
    pub cuts: Vec<Cut>,
}

/// Cuts in order; those that meet become one, as severe as the severest of them.
pub fn tidied(mut cuts: Vec<Cut>) -> Vec<Cut> {
    cuts.sort_unstable();
    let mut tidied: Vec<Cut> = Vec::with_capacity(cuts.len());
    for cut in cuts {
        match tidied.last_mut() {
            Some(last) if cut.from <= last.until => {
                last.until = last.until.max(cut.until);
                last.stage = last.stage.max(cut.stage);
            }
            _ => tidied.push(cut),
        }
    }
    tidied
}
