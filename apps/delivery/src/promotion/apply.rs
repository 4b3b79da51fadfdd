//! Which promotions a cart gets, and how much of each.
//!
//! A promotion that does not stack is had alone. Of all that is allowed, the buyer gets what takes off
//! most; among equals, what was made first. Shares are of the goods as they are priced, never of what
//! another promotion left over.

use kernel::jiff::Timestamp;
use kernel::{Fault, Money, MoneyError, Refusal, Rounding};

use super::limits;
use super::model::{Applied, Benefit, Chosen, Payer, Promotion};
use crate::store::model::StoreId;

/// What promotions look at.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    pub goods: Money,
    pub delivery: Money,
    pub store: StoreId,
    pub is_first_order: bool,
    pub codes: &'a [String],
    pub now: Timestamp,
}

/// What is still there to be taken off.
#[derive(Clone, Copy)]
struct Room {
    goods: i64,
    delivery: i64,
    /// A merchant never gives more than the goods bring.
    merchant: i64,
}

/// Refused with every code that does not hold here.
pub fn apply(promotions: &[Promotion], basis: &Basis<'_>) -> Result<Chosen, Refusal> {
    let faults: Vec<Fault> =
        basis.codes.iter().enumerate().filter_map(|it| fault(it, promotions, basis)).collect();
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let mut holding: Vec<&Promotion> = promotions
        .iter()
        .filter(|its| is_wanted(its, basis.codes) && why_not(its, basis).is_none())
        .collect();
    holding.sort_by_key(|its| its.id);
    holding.dedup_by_key(|its| its.id);
    let together = holding.iter().copied().filter(|its| its.terms.stacks).collect();
    let alone = holding.iter().filter(|its| !its.terms.stacks).map(|its| vec![*its]);
    let mut best: (i64, Vec<Applied>) = (0, Vec::new());
    for choice in std::iter::once(together).chain(alone) {
        let applied = taken_off(&choice, basis)?;
        let total = sum(&applied)?;
        if total > best.0 {
            best = (total, applied);
        }
    }
    let applied = best.1;
    let is_had = |code: &&String| applied.iter().any(|its| its.code.as_ref() == Some(*code));
    let passed_over = basis.codes.iter().filter(|code| !is_had(code)).cloned().collect();
    Ok(Chosen { applied, passed_over })
}

fn is_wanted(promotion: &Promotion, codes: &[String]) -> bool {
    promotion.terms.code.as_ref().is_none_or(|code| codes.contains(code))
}

fn fault((place, code): (usize, &String), promotions: &[Promotion], basis: &Basis<'_>) -> Option<Fault> {
    let field = format!("/codes/{place}");
    if place >= limits::CODES_MAX {
        let message = format!("At most {} codes are taken.", limits::CODES_MAX);
        return Some(Fault::new(field, "too_many", message));
    }
    let Some(promotion) = promotions.iter().find(|its| its.terms.code.as_ref() == Some(code)) else {
        return Some(Fault::new(field, "unknown_code", "There is no such code."));
    };
    why_not(promotion, basis).map(|(code, message)| Fault::new(field, code, message))
}

/// Why a promotion does not hold for a cart: a code, and words.
pub fn why_not(promotion: &Promotion, basis: &Basis<'_>) -> Option<(&'static str, &'static str)> {
    let terms = &promotion.terms;
    let reached = |used: i64, max: Option<i64>| max.is_some_and(|max| used >= max);
    let is_over = promotion.is_closed || terms.until.is_some_and(|until| until <= basis.now);
    let reasons = [
        (is_over, ("code_over", "This promotion is over.")),
        (terms.from > basis.now, ("code_not_yet", "This promotion has not begun.")),
        (
            !terms.stores.is_empty() && !terms.stores.contains(&basis.store),
            ("code_elsewhere", "This promotion does not hold at this store."),
        ),
        (
            terms.first_order_only && !basis.is_first_order,
            ("code_first_order", "This promotion is for a first order."),
        ),
        (
            basis.goods.minor() < terms.minimum_minor,
            ("code_minimum", "The basket is worth too little for this promotion."),
        ),
        (
            reached(promotion.uses, terms.uses_max) || reached(promotion.spent_minor, terms.budget_minor),
            ("code_used_up", "This promotion is used up."),
        ),
        (
            reached(promotion.uses_by_person, terms.per_person_max),
            ("code_used", "You have had this promotion as often as one may."),
        ),
    ];
    reasons.into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason)
}

/// What each of some promotions takes off when they are had together, in their order.
fn taken_off(choice: &[&Promotion], basis: &Basis<'_>) -> Result<Vec<Applied>, MoneyError> {
    let (goods, delivery) = (basis.goods.minor(), basis.delivery.minor());
    let mut room = Room { goods, delivery, merchant: goods };
    let mut applied = Vec::with_capacity(choice.len());
    for promotion in choice {
        let (goods, delivery) = take(promotion, basis, &mut room)?;
        if goods + delivery > 0 {
            let money = |minor| Money::new(minor, basis.goods.currency());
            applied.push(Applied {
                promotion: promotion.id,
                name: promotion.terms.name.clone(),
                code: promotion.terms.code.clone(),
                payer: promotion.terms.payer,
                goods: money(goods),
                delivery: money(delivery),
            });
        }
    }
    Ok(applied)
}

fn take(promotion: &Promotion, basis: &Basis<'_>, room: &mut Room) -> Result<(i64, i64), MoneyError> {
    let terms = &promotion.terms;
    let given = match terms.benefit {
        Benefit::Percent { share_bp, max_minor } => {
            let share = basis.goods.basis_points(share_bp.into(), Rounding::HalfUp)?.minor();
            share.min(max_minor.unwrap_or(share))
        }
        Benefit::Amount { minor } => minor,
        Benefit::FreeDelivery => room.delivery,
    };
    let left = terms.budget_minor.map_or(i64::MAX, |budget| budget - promotion.spent_minor);
    let merchant = if terms.payer == Payer::Merchant { room.merchant } else { i64::MAX };
    let bound = given.min(left).min(merchant).max(0);
    let (goods, delivery) = match terms.benefit {
        Benefit::FreeDelivery => (0, bound.min(room.delivery)),
        _ => (bound.min(room.goods), 0),
    };
    room.goods -= goods;
    room.delivery -= delivery;
    if terms.payer == Payer::Merchant {
        room.merchant -= goods + delivery;
    }
    Ok((goods, delivery))
}

fn sum(applied: &[Applied]) -> Result<i64, MoneyError> {
    applied.iter().try_fold(0_i64, |sum, its| Ok(sum + its.total()?.minor()))
}
