use kernel::{Id, Person};
use schemars::JsonSchema;
use serde::Serialize;
use store::{FromRow, Row, StoreError};

use crate::settings::{ReferralTier, Settings};

/// Somebody's word: a code to hand on, and how many ordered something because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub person: Id<Person>,
    pub code: String,
    pub brought: u32,
}

/// Somebody who came by another's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Referral {
    pub person: Id<Person>,
    pub by: Id<Person>,
    /// The raw id of the order that was rewarded.
    pub rewarded: Option<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct WordView {
    pub code: String,
    pub brought: u32,
    /// The share of the next one's first order that comes back as coins.
    pub share_bp: u32,
    /// From how many people on it is more, if ever.
    pub more_from: Option<u32>,
}

/// The step that so many people reach, if any.
pub fn tier(settings: &Settings, people: u32) -> Option<ReferralTier> {
    settings.referral_tiers.iter().rev().find(|tier| tier.from <= people).copied()
}

impl WordView {
    pub fn new(word: &Word, settings: &Settings) -> Self {
        let share_bp = tier(settings, word.brought.saturating_add(1)).map_or(0, |tier| tier.share_bp);
        let more = settings.referral_tiers.iter().find(|tier| tier.share_bp > share_bp);
        Self {
            code: word.code.clone(),
            brought: word.brought,
            share_bp,
            more_from: more.map(|tier| tier.from),
        }
    }
}

impl FromRow for Word {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { person: row.get(0)?, code: row.get(1)?, brought: row.get(2)? })
    }
}

impl FromRow for Referral {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { person: row.get(0)?, by: row.get(1)?, rewarded: row.get(2)? })
    }
}
