use kernel::{Ctx, Decision, Fault, Id, Money, Person, Refusal};

use super::model::{Referral, Word, tier};
use super::repo;
use crate::promotion::coins::{self, Movement};
use crate::settings::Settings;

const CODE_CHARS: usize = 8;
/// Without letters that are taken for others.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Gives somebody a code to hand on, once.
pub fn give_word(person: Id<Person>, ctx: &Ctx<'_>) -> (Decision, Word) {
    // An id is never given twice, and its hash tells nobody how many there were before.
    let hash = blake3::hash(&ctx.ids.next().to_be_bytes());
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
    let code = hash.as_bytes()[..CODE_CHARS].iter().map(letter).collect();
    let word = Word { person, code, brought: 0 };
    (Decision::nothing().change(repo::give(&word)), word)
}

/// Somebody says by whose word they came: once, before their first order, and not by their own.
pub fn come(
    person: Id<Person>,
    word: Option<&Word>,
    has_ordered: bool,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Referral), Refusal> {
    let word = word.ok_or_else(|| {
        Refusal::invalid(vec![Fault::new("/code", "unknown_code", "Nobody has this code.")])
    })?;
    if word.person == person {
        let message = "This code is your own.";
        return Err(Refusal::invalid(vec![Fault::new("/code", "own_code", message)]));
    }
    if has_ordered {
        let message = "Only who has not ordered anything yet can have come by somebody's word.";
        return Err(Refusal::conflict("ordered_already", message));
    }
    let referral = Referral { person, by: word.person, rewarded: None };
    let once = Refusal::conflict("referred_already", "You have said already by whose word you came.");
    Ok((Decision::nothing().change(repo::come(&referral, ctx.now).or_refuse(once)), referral))
}

/// The first order of somebody who came by another's word was brought: what that one gets. Nothing, if
/// it was given before.
pub fn reward(
    referral: &Referral,
    by: &Word,
    (order, goods): (i64, Money),
    settings: &Settings,
) -> Result<(Decision, Option<Movement>), Refusal> {
    if referral.rewarded.is_some() {
        return Ok((Decision::nothing(), None));
    }
    let share_bp = tier(settings, by.brought.saturating_add(1)).map_or(0, |tier| tier.share_bp);
    let share = goods.basis_points(share_bp.into(), crate::fee::quote::ROUNDING)?;
    let movement = coins::earn(settings, by.person, coins::coins_in(settings, share))?;
    let decision = Decision::nothing()
        .change(repo::rewarded(referral.person, order))
        .change(repo::brought(by.person, by.brought));
    Ok((decision, movement))
}
