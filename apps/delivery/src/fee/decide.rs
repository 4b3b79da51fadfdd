use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Change, Ctx, Decision, Id, Person, Refusal, RefusalKind};

use super::model::{Cart, Inputs, Quote, StoredQuote};
use super::repo;
use crate::settings::Settings;

/// Keeps a quote for its buyer, as long as the market's rules say.
pub fn keep(
    quote: Quote,
    inputs: Inputs,
    buyer: Id<Person>,
    settings: &Settings,
    ctx: &Ctx<'_>,
) -> (Decision, StoredQuote) {
    let valid_until = ctx.now + SignedDuration::from_mins(settings.order.quote_min.into());
    let fingerprint = fingerprint(&inputs);
    let stored =
        StoredQuote { id: ctx.fresh(), buyer, valid_until, fingerprint, inputs, quote, used_by: None };
    (Decision::nothing().change(repo::add(&stored)), stored)
}

/// What an order is charged: what its quote says and nothing else. The change takes the quote for that
/// order; of two orders that want it, one is refused.
pub fn charge<'a>(
    stored: &'a StoredQuote,
    cart: &Cart,
    buyer: Id<Person>,
    order: i64,
    now: Timestamp,
) -> Result<(&'a Quote, Change), Refusal> {
    if stored.buyer != buyer {
        return Err(Refusal::not_found());
    }
    if stored.used_by.is_some() {
        return Err(taken());
    }
    if stored.valid_until <= now {
        let message = "This quote is too old. Ask for another one.";
        return Err(Refusal::new(RefusalKind::Gone, "quote_expired", message));
    }
    let asked = Inputs { cart: cart.clone(), ..stored.inputs.clone() };
    if fingerprint(&asked) != stored.fingerprint {
        let message = "The basket is not the one that was quoted. Ask for another quote.";
        return Err(Refusal::conflict("cart_changed", message));
    }
    Ok((&stored.quote, repo::take(stored.id, order, now).or_refuse(taken())))
}

fn taken() -> Refusal {
    Refusal::conflict("quote_taken", "An order was made of this quote already.")
}

/// The same for the same inputs, and for no others.
pub fn fingerprint(inputs: &Inputs) -> [u8; 32] {
    // Inputs are plain data of ours: writing them as JSON cannot fail.
    *blake3::hash(&serde_json::to_vec(inputs).unwrap_or_default()).as_bytes()
}
