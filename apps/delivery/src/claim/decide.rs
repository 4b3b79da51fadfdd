use std::collections::BTreeMap;

use kernel::text::{self, Lines};
use kernel::{Ctx, Decision, Fault, Money, NewJob, Refusal};
use money::payment::states::RefundState;

use super::division::{self, Ground, Part};
use super::jobs::{Errand, NEXT};
use super::model::{Answer, Bearer, Claim, Dispute, Granted, Returned, Said, State, Verdict, Wanted};
use super::posts::Round;
use super::{event, limits, repo};
use crate::fee::quote::ROUNDING;
use crate::order::Order;
use crate::order::model::Line;
use crate::order::state::{Role, Status};
use crate::settings::{ClaimRule, Settings, WHOLE_BP};

/// How a claim is after a step, and what makes it so.
pub type Step = (Decision, Claim);

/// What a buyer asks to have back. Prices are the order's: nobody says any.
pub fn request(
    order: &Order,
    lines: &[Wanted],
    returned: &Returned,
    rule: &ClaimRule,
    ctx: &Ctx<'_>,
) -> Result<Step, Refusal> {
    let kept = if order.status == Status::Cancelled { order.kept } else { i64::MAX };
    if !order.status.is_over() || kept <= 0 {
        let message = "Only what was brought, or kept of an order that was cancelled, can be asked back.";
        return Err(Refusal::conflict("nothing_to_claim", message));
    }
    if ctx.now.duration_since(order.since) > rule.within() {
        let message = format!("That can be asked for {} hours after an order is over.", rule.within_hours);
        return Err(Refusal::conflict("claim_too_late", message));
    }
    let faults = faults(order, lines, returned);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let mut asked = order.money(0);
    for its in lines {
        asked = asked.plus(order.fixed.lines[usize::from(its.line)].each.times(its.count.into())?)?;
    }
    let asked = order.money(asked.minor().min(kept));
    let answer_until = ctx.now + rule.answer();
    let lines = lines.iter().map(|its| Wanted { note: tidy(its.note.as_deref()), ..its.clone() }).collect();
    let claim = Claim {
        id: ctx.fresh(),
        order: order.id,
        buyer: order.buyer,
        provider: order.provider,
        state: if rule.answer_hours == 0 { State::UnderReview } else { State::Requested },
        dispute: Dispute::None,
        at: ctx.now,
        since: ctx.now,
        answer_until,
        refund: None,
        failed: false,
        tries: 0,
        version: 1,
        said: Said { lines, asked, answer: None, verdict: None, disputed: None, last: None },
    };
    let many = format!("At most {} claims are made for an order.", limits::CLAIMS_PER_ORDER_MAX);
    let mut decision = Decision::nothing()
        .change(repo::add(&claim))
        .change(repo::note(&claim, claim.version, ctx.actor, Role::Buyer, None, ctx.now))
        .change(repo::one_more(order.id).or_refuse(Refusal::conflict("too_many_claims", many)))
        .event(event::of(event::REQUESTED, &claim, Role::Buyer, None));
    if claim.state == State::Requested {
        decision = decision.job(NewJob::new(NEXT, answer_until, &Errand::Claim(claim.id)));
    }
    if is_small(&claim, order, returned, rule) {
        decision = decision.job(next(&claim, ctx));
    }
    Ok((decision, claim))
}

/// Whether it is approved without anybody looking at it.
pub fn is_small(claim: &Claim, order: &Order, returned: &Returned, rule: &ClaimRule) -> bool {
    let most = rule.automatic_max_minor.unwrap_or(0);
    !claim.state.is_decided() && order.earned && returned.goods() == 0 && claim.said.asked.minor() <= most
}

fn faults(order: &Order, lines: &[Wanted], returned: &Returned) -> Vec<Fault> {
    let mut faults = Vec::new();
    if lines.is_empty() {
        faults.push(Fault::new("/lines", "empty", "Say which lines something was wrong with."));
    }
    if lines.len() > limits::LINES_MAX {
        faults.push(Fault::new("/lines", "too_many", format!("At most {} lines.", limits::LINES_MAX)));
    }
    for (place, its) in lines.iter().take(limits::LINES_MAX).enumerate() {
        let field = |name: &str| format!("/lines/{place}/{name}");
        let Some(line) = order.fixed.lines.get(usize::from(its.line)) else {
            faults.push(Fault::new(field("line"), "unknown_line", "The order has no such line."));
            continue;
        };
        if lines[..place].iter().any(|other| other.line == its.line) {
            faults.push(Fault::new(field("line"), "repeated", "Each line once."));
        }
        if !(1..=line.count).contains(&its.count) {
            let message = format!("From 1 to {}, as it was bought.", line.count);
            faults.push(Fault::new(field("count"), "out_of_range", message));
        } else if price(line, its.count) > left(line, returned, its.line) {
            let message = "That much of this line went back already.";
            faults.push(Fault::new(field("count"), "given_back_already", message));
        }
        faults.extend(its.note.as_deref().and_then(|note| note_fault(&field("note"), note)));
    }
    faults
}

/// No line is so dear that a 64-bit number would not hold it: it is within its order's total.
fn price(line: &Line, count: u32) -> i64 {
    line.each.minor().saturating_mul(count.into())
}

/// What can still go back of a line.
fn left(line: &Line, returned: &Returned, place: u16) -> i64 {
    let had = returned.lines.get(usize::from(place)).copied().unwrap_or(0);
    price(line, line.count) - had
}

fn note_fault(field: &str, note: &str) -> Option<Fault> {
    if note.chars().count() > limits::NOTE_CHARS_MAX {
        let message = format!("At most {} letters.", limits::NOTE_CHARS_MAX);
        return Some(Fault::new(field.to_owned(), "too_long", message));
    }
    text::fault(field, note, Lines::Many)
}

fn tidy(note: Option<&str>) -> Option<String> {
    note.map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned)
}

fn said(field: &str, note: Option<&str>, is_needed: bool) -> Result<Option<String>, Refusal> {
    let note = tidy(note);
    let fault = match &note {
        Some(note) => note_fault(field, note),
        None if is_needed => Some(Fault::new(field.to_owned(), "missing", "Say why.")),
        None => None,
    };
    fault.map_or(Ok(note), |fault| Err(Refusal::invalid(vec![fault])))
}

fn wrong_state(claim: &Claim, what: &str) -> Refusal {
    let state = format!("{:?}", claim.state);
    Refusal::conflict("wrong_status", format!("This claim cannot be {what} now: it is {state}."))
}

/// The merchant says something to it, in time.
pub fn answer(before: &Claim, accepts: bool, note: Option<&str>, ctx: &Ctx<'_>) -> Result<Step, Refusal> {
    if before.state != State::Requested || ctx.now >= before.answer_until {
        return Err(wrong_state(before, "answered"));
    }
    let note = said("/note", note, !accepts)?;
    let reason = note.clone();
    let mut after = before.clone();
    after.said.answer = Some(Answer { accepts, note });
    (after.state, after.since) = (State::UnderReview, ctx.now);
    Ok((moved(before, &after, (event::ANSWERED, Role::Merchant, reason.as_deref()), ctx), after))
}

/// What was decided of a claim, before anybody is paid.
#[derive(Debug, Clone)]
pub struct Ruled {
    pub after: Claim,
    pub returned: Returned,
    pub parts: Vec<Part>,
    pub verdict: Verdict,
    pub round: Round,
}

/// What an operator, or a rule, decides on.
pub struct Case<'a> {
    pub order: &'a Order,
    pub returned: &'a Returned,
    pub ground: &'a Ground,
    pub settings: &'a Settings,
}

/// Approved, approved in part, or, where nothing is granted, rejected.
pub fn rule(
    before: &Claim,
    case: &Case<'_>,
    (lines, reason): (&[Granted], Option<&str>),
    ctx: &Ctx<'_>,
) -> Result<Ruled, Refusal> {
    let round = match (before.state, before.dispute) {
        (State::Requested, _) if ctx.now < before.answer_until && !is_automatic(before, case) => {
            return Err(Refusal::conflict(
                "merchant_may_answer",
                "The merchant may still say something to it.",
            ));
        }
        (State::Requested | State::UnderReview, _) => Round::First,
        (_, Dispute::Raised) if before.state.is_owing() => {
            let message = "What was approved first is still on its way to the buyer.";
            return Err(Refusal::conflict("still_being_paid", message));
        }
        (_, Dispute::Raised) => Round::Last,
        _ => return Err(wrong_state(before, "decided")),
    };
    if !case.order.earned {
        let message = "What was paid for this order is not divided yet, so nothing of it can go back.";
        return Err(Refusal::conflict("not_settled_yet", message));
    }
    let (granted, by_line) = granted(before, case, lines)?;
    let goods: i64 = granted.values().sum();
    let reason = said("/reason", reason, goods < before.said.asked.minor() && round == Round::First)?;
    let had = (case.returned.goods(), case.returned.buyer);
    let parts = division::parts(case.ground, &granted, had, case.settings)?;
    let verdict = verdict(case.order, (lines, goods, reason), &parts, ctx);
    let mut after = before.clone();
    after.since = ctx.now;
    match round {
        Round::First => after.said.verdict = Some(verdict.clone()),
        Round::Last => (after.said.last, after.dispute) = (Some(verdict.clone()), Dispute::Decided),
    }
    let before_it = before.said.verdict.as_ref().map_or(0, |it| it.goods.minor());
    after.state = match (before_it + goods, goods) {
        (0, _) => State::Rejected,
        // Nothing more: it stays what it was.
        (_, 0) => before.state,
        (all, _) if all >= before.said.asked.minor() => State::Approved,
        _ => State::PartlyApproved,
    };
    let back: i64 = parts.iter().map(|part| part.money + part.coins).sum();
    let money: i64 = parts.iter().map(|part| part.money).sum();
    let returned = Returned {
        lines: by_line,
        buyer: case.returned.buyer + back,
        money: case.returned.money + money,
        ..case.returned.clone()
    };
    Ok(Ruled { after, returned, parts, verdict, round })
}

fn is_automatic(claim: &Claim, case: &Case<'_>) -> bool {
    is_small(claim, case.order, case.returned, &case.settings.claim)
}

fn verdict(
    order: &Order,
    (lines, goods, reason): (&[Granted], i64, Option<String>),
    parts: &[Part],
    ctx: &Ctx<'_>,
) -> Verdict {
    let sum = |of: fn(&Part) -> i64| order.money(parts.iter().map(of).sum());
    Verdict {
        reason,
        lines: lines.to_vec(),
        goods: order.money(goods),
        money: sum(|part| part.money),
        coins: sum(|part| part.coins),
        at: ctx.now,
    }
}

/// What is granted, by who bears it; and what went back of each line then.
fn granted(
    claim: &Claim,
    case: &Case<'_>,
    lines: &[Granted],
) -> Result<(BTreeMap<Bearer, i64>, Vec<i64>), Refusal> {
    let (order, mut faults) = (case.order, Vec::new());
    let mut by_line = case.returned.lines.clone();
    by_line.resize(order.fixed.lines.len().max(by_line.len()), 0);
    let mut room = case.ground.goods.minor() - case.returned.goods();
    let mut granted = BTreeMap::new();
    for (place, its) in lines.iter().enumerate() {
        let field = |name: &str| format!("/lines/{place}/{name}");
        let asked = claim.said.lines.iter().find(|wanted| wanted.line == its.line);
        let line = order.fixed.lines.get(usize::from(its.line));
        let Some((asked, line)) = asked.zip(line) else {
            faults.push(Fault::new(field("line"), "not_asked_for", "The claim is not about this line."));
            continue;
        };
        if lines[..place].iter().any(|other| other.line == its.line) {
            faults.push(Fault::new(field("line"), "repeated", "Each line once."));
            continue;
        }
        if !(1..=asked.count).contains(&its.count) || !(1..=WHOLE_BP).contains(&its.share_bp) {
            let message = format!("From 1 to {}, as was asked for, and a share of it.", asked.count);
            faults.push(Fault::new(field("count"), "out_of_range", message));
            continue;
        }
        let bearer = match bearer(its, asked.reason, case) {
            Some(bearer) => bearer,
            None => {
                let message = "Nobody is known who brought this order.";
                faults.push(Fault::new(field("bearer"), "no_rider", message));
                continue;
            }
        };
        let whole = Money::new(price(line, its.count), order.currency());
        let piece = whole.basis_points(its.share_bp.into(), ROUNDING)?.minor();
        if piece > left(line, case.returned, its.line) {
            let message = "That much of this line went back already.";
            faults.push(Fault::new(field("count"), "given_back_already", message));
            continue;
        }
        // Of what a cancelled order kept no more goes back than that.
        let piece = piece.min(room);
        room -= piece;
        by_line[usize::from(its.line)] += piece;
        *granted.entry(bearer).or_insert(0) += piece;
    }
    if faults.is_empty() { Ok((granted, by_line)) } else { Err(Refusal::invalid(faults)) }
}

/// As the operator says, or the settings do for the reason; where those name a rider whom nobody knows, it
/// is the platform's.
fn bearer(its: &Granted, reason: super::model::Reason, case: &Case<'_>) -> Option<Bearer> {
    let has_rider = case.order.rider.is_some();
    match its.bearer {
        Some(Bearer::Rider) if !has_rider => None,
        Some(bearer) => Some(bearer),
        None => match case.settings.claim.bearers.of(reason) {
            Bearer::Rider if !has_rider => Some(Bearer::Platform),
            bearer => Some(bearer),
        },
    }
}

/// All that was asked for, as a rule grants it.
pub fn all(claim: &Claim) -> Vec<Granted> {
    let line = |its: &Wanted| Granted { line: its.line, count: its.count, share_bp: WHOLE_BP, bearer: None };
    claim.said.lines.iter().map(line).collect()
}

/// The rows of what was decided; `order` has what went back for it in all.
pub fn ruled(before: &Claim, ruled: &Ruled, order: &Order, role: Role, ctx: &Ctx<'_>) -> Decision {
    let name = match ruled.round {
        Round::First => event::DECIDED,
        Round::Last => event::DISPUTE_DECIDED,
    };
    let reason = ruled.verdict.reason.as_deref();
    let decision = moved(before, &ruled.after, (name, role, reason), ctx);
    if ruled.verdict.goods.is_zero() {
        return decision;
    }
    decision
        .change(repo::give(&ruled.returned))
        .change(crate::order::repo::put(order))
        .job(next(&ruled.after, ctx))
}

/// The buyer does not take the answer.
pub fn dispute(before: &Claim, note: &str, rule: &ClaimRule, ctx: &Ctx<'_>) -> Result<Step, Refusal> {
    let verdict = before.said.verdict.as_ref().filter(|_| before.dispute == Dispute::None);
    let is_open = |it: &&Verdict| it.goods.minor() < before.said.asked.minor();
    let Some(verdict) = verdict.filter(is_open) else {
        let message = "There is no answer to this claim that could be disputed.";
        return Err(Refusal::conflict("nothing_to_dispute", message));
    };
    if ctx.now.duration_since(verdict.at) > rule.dispute() {
        let message = format!("An answer can be disputed for {} hours.", rule.dispute_hours);
        return Err(Refusal::conflict("dispute_too_late", message));
    }
    let note = said("/note", Some(note), true)?;
    let mut after = before.clone();
    (after.dispute, after.since) = (Dispute::Raised, ctx.now);
    after.said.disputed = note.clone();
    Ok((moved(before, &after, (event::DISPUTED, Role::Buyer, note.as_deref()), ctx), after))
}

/// Nobody said anything in time: an operator decides.
pub fn lapse(before: &Claim, ctx: &Ctx<'_>) -> Option<Step> {
    if before.state != State::Requested || ctx.now < before.answer_until {
        return None;
    }
    let after = Claim { state: State::UnderReview, since: ctx.now, ..before.clone() };
    let reason = Some("no_answer");
    Some((moved(before, &after, (event::REVIEW, Role::System, reason), ctx), after))
}

/// What became of the money; `refund` is how the one stands that brings it, if there is one.
pub fn paid(before: &Claim, refund: Option<RefundState>, ctx: &Ctx<'_>) -> Option<Step> {
    if !before.state.is_owing() || before.failed {
        return None;
    }
    let after = Claim { since: ctx.now, ..before.clone() };
    let (after, told) = match refund {
        Some(RefundState::Open) => return None,
        Some(RefundState::Failed) => (Claim { failed: true, ..after }, (event::PAY_FAILED, "refund_failed")),
        None | Some(RefundState::Done) => (Claim { state: State::Paid, ..after }, (event::PAID, "paid")),
    };
    Some((moved(before, &after, (told.0, Role::System, Some(told.1)), ctx), after))
}

/// What did not arrive is sent again, or is in the wallet at once; what is to be sent says `refund`.
pub fn send_again(before: &Claim, to_wallet: bool, ctx: &Ctx<'_>) -> Result<Step, Refusal> {
    if !before.failed {
        return Err(Refusal::conflict("nothing_failed", "Nothing of this claim waits to be sent again."));
    }
    if before.tries >= limits::PAY_TRIES_MAX && !to_wallet {
        let message = "It was sent often enough. Put it into the wallet.";
        return Err(Refusal::conflict("too_many_tries", message));
    }
    let refund = (!to_wallet).then(|| ctx.fresh());
    let (failed, tries) = (false, before.tries + 1);
    let after = Claim { failed, refund, tries, since: ctx.now, ..before.clone() };
    let reason = if to_wallet { "to_wallet" } else { "again" };
    let told = (event::SENT_AGAIN, Role::Operator, Some(reason));
    Ok((moved(before, &after, told, ctx).job(next(&after, ctx)), after))
}

/// It is looked what is to be done for it.
pub fn next(claim: &Claim, ctx: &Ctx<'_>) -> NewJob {
    NewJob::new(NEXT, ctx.now, &Errand::Claim(claim.id))
}

/// The row, the history and the event.
fn moved(
    before: &Claim,
    after: &Claim,
    (name, role, reason): (&'static str, Role, Option<&str>),
    ctx: &Ctx<'_>,
) -> Decision {
    Decision::nothing()
        .change(repo::put(after))
        .change(repo::note(after, before.version + 1, ctx.actor, role, reason, ctx.now))
        .event(event::of(name, after, role, reason))
}
