use kernel::text::{self, Lines};
use kernel::{Ctx, Decision, Fault, Refusal};

use super::model::{Found, Trouble};
use super::repo;
use crate::claim::limits;
use crate::order::state::Role;
use crate::order::{Order, event};

/// It is written down and told, once until somebody has seen to it.
pub fn found(order: &Order, what: Trouble, known: Option<&Found>, ctx: &Ctx<'_>) -> Decision {
    // A bank takes something back once.
    if known.is_some_and(|it| !it.done || what == Trouble::ChargedBack) {
        return Decision::nothing();
    }
    let seen = Order { reason: Some(what.name().to_owned()), ..order.clone() };
    let event = event::of(event::TROUBLE, Some(order), &seen, Role::System);
    Decision::nothing().change(repo::found(order.id, what, ctx.now)).event(event)
}

/// Somebody has seen to it, and says what was done.
pub fn settled(found: Option<&Found>, note: &str, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    let Some(found) = found.filter(|it| !it.done) else {
        return Err(Refusal::conflict("no_trouble", "There is no such trouble with this order."));
    };
    let note = note.trim();
    let fault = match note.chars().count() {
        0 => Some(Fault::new("/note", "missing", "Say what was done.")),
        letters if letters > limits::NOTE_CHARS_MAX => {
            let message = format!("At most {} letters.", limits::NOTE_CHARS_MAX);
            Some(Fault::new("/note", "too_long", message))
        }
        _ => text::fault("/note", note, Lines::Many),
    };
    match fault {
        Some(fault) => Err(Refusal::invalid(vec![fault])),
        None => Ok(Decision::nothing().change(repo::done(found.order, found.what, ctx.actor, note))),
    }
}
