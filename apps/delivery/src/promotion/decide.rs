use kernel::text::{self, Lines};
use kernel::{Change, Ctx, Decision, Fault, Id, Person, Refusal};

use super::limits;
use super::model::{Applied, Benefit, Promotion, Redemption, Terms};
use super::repo;

/// A new promotion; `automatic` is how many hold by themselves already.
pub fn create(terms: Terms, automatic: usize, ctx: &Ctx<'_>) -> Result<(Decision, Promotion), Refusal> {
    let mut faults = faults(&terms);
    if terms.code.is_none() && automatic >= limits::OPEN_MAX {
        let message = format!("At most {} promotions hold at once without a code.", limits::OPEN_MAX);
        faults.push(Fault::new("/code", "too_many", message));
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let (uses, spent_minor, uses_by_person) = (0, 0, 0);
    let promotion =
        Promotion { id: ctx.fresh(), version: 1, is_closed: false, terms, uses, spent_minor, uses_by_person };
    let decision = Decision::nothing()
        .change(repo::add(&promotion).or_refuse(code_taken()))
        .change(repo::begin_count(promotion.id));
    Ok((decision, promotion))
}

/// Other terms from now on. What was given already stays given.
pub fn change(present: &Promotion, terms: Terms) -> Result<(Decision, Promotion), Refusal> {
    if present.is_closed {
        return Err(Refusal::conflict("promotion_closed", "This promotion was closed."));
    }
    let faults = faults(&terms);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let next = Promotion { version: present.version + 1, terms, ..present.clone() };
    Ok((Decision::nothing().change(repo::put(&next, present.version)), next))
}

pub fn close(present: &Promotion) -> (Decision, Promotion) {
    if present.is_closed {
        return (Decision::nothing(), present.clone());
    }
    let next = Promotion { version: present.version + 1, is_closed: true, ..present.clone() };
    (Decision::nothing().change(repo::put(&next, present.version)), next)
}

pub fn code_taken() -> Refusal {
    Refusal::conflict("code_taken", "Another promotion has this code.")
}

/// Takes what a quote gives: belongs to the decision that makes its order, and looks at what
/// `repo::of_quote` has loaded. Two orders that want the last
/// use of a promotion are a queue; whoever comes too late is told.
pub fn redeem(
    applied: &[Applied],
    promotions: &[Promotion],
    (order, person): (i64, Id<Person>),
    ctx: &Ctx<'_>,
) -> Result<Vec<Change>, Refusal> {
    let mut changes = Vec::with_capacity(3 * applied.len());
    for its in applied {
        let promotion = promotions.iter().find(|known| known.id == its.promotion).ok_or_else(used_up)?;
        let amount_minor = its.total()?.minor();
        let redemption = Redemption { promotion: its.promotion, order, person, amount_minor };
        changes.push(repo::count(&redemption, &promotion.terms).or_refuse(used_up()));
        changes.push(repo::count_person(&redemption, &promotion.terms).or_refuse(used_up()));
        changes.push(repo::keep(&redemption, ctx.now));
    }
    Ok(changes)
}

fn used_up() -> Refusal {
    Refusal::conflict("promotion_used_up", "A promotion was used up meanwhile. Ask for another quote.")
}

/// Gives back the uses of an order that came to nothing. Once: what is given back is gone.
pub fn release(redemptions: &[Redemption]) -> Vec<Change> {
    redemptions
        .iter()
        .flat_map(|its| [repo::uncount(its), repo::uncount_person(its), repo::unkeep(its)])
        .collect()
}

fn faults(terms: &Terms) -> Vec<Fault> {
    let mut faults: Vec<Fault> = text::fault("/name", &terms.name, Lines::One).into_iter().collect();
    if text::is_blank(&terms.name) {
        faults.push(Fault::new("/name", "blank", "Say what it is called."));
    }
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
    if terms.code.as_ref().is_some_and(|code| !code.bytes().all(plain)) {
        let message = "Capital letters, digits and hyphens are taken.";
        faults.push(Fault::new("/code", "bad_character", message));
    }
    if terms.until.is_some_and(|until| until <= terms.from) {
        faults.push(Fault::new("/until", "out_of_range", "Must be later than the beginning."));
    }
    if let (Benefit::Amount { minor }, Some(budget)) = (terms.benefit, terms.budget_minor)
        && budget < minor
    {
        faults.push(Fault::new("/budget_minor", "contradictory", "Does not suffice for a single use."));
    }
    faults
}
