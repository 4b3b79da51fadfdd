use std::collections::BTreeMap;

use kernel::jiff::Timestamp;
use kernel::{Change, Ctx, Decision, Fault, Refusal, RefusalKind};

use super::jobs;
use super::model::{Reservation, Reserved, StockId, Want};
use super::repo;
use crate::limits;

/// What is wanted of one stock, and by which lines.
struct Sum<'a> {
    count: i64,
    lines: Vec<(usize, &'a str)>,
}

/// Keeps all of it or nothing, and gives it back when its time is over. Lines that are counted together are
/// one change, and the changes follow the order of the stocks' ids, so that two orders never wait for each
/// other. Nothing where nothing is counted.
pub fn hold(
    subject: i64,
    wants: &[Want<'_>],
    until: Timestamp,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Option<Reservation>), Refusal> {
    let (decision, held) = taken(subject, wants, (Reserved::Held, until), repo::reserve, ctx)?;
    Ok((if held.is_some() { decision.job(jobs::sweep_after(until)) } else { decision }, held))
}

/// The same where the money is certain already: it leaves the shelf for good.
pub fn buy(
    subject: i64,
    wants: &[Want<'_>],
    ctx: &Ctx<'_>,
) -> Result<(Decision, Option<Reservation>), Refusal> {
    taken(subject, wants, (Reserved::Sold, ctx.now), repo::take, ctx)
}

fn taken(
    subject: i64,
    wants: &[Want<'_>],
    (state, until): (Reserved, Timestamp),
    change: fn(StockId, i64) -> Change,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Option<Reservation>), Refusal> {
    let sums = sums(wants)?;
    if sums.is_empty() {
        return Ok((Decision::nothing(), None));
    }
    let lines: Vec<(StockId, i64)> = sums.iter().map(|(id, sum)| (*id, sum.count)).collect();
    let changes = sums.iter().map(|(id, sum)| change(*id, sum.count).or_refuse(sold_out(&sum.lines)));
    let reservation = Reservation { id: ctx.fresh(), subject, state, until, lines, at: ctx.now };
    let decision = Decision::nothing().changes(changes).change(repo::add_reservation(&reservation));
    Ok((decision, Some(reservation)))
}

/// It is held for longer.
pub fn extend(reservation: &Reservation, until: Timestamp) -> Result<Decision, Refusal> {
    match reservation.state {
        Reserved::Held => {
            Ok(Decision::nothing().change(repo::extend(reservation, until)).job(jobs::sweep_after(until)))
        }
        _ => Err(over()),
    }
}

/// It is paid for. What was sold already is sold once; what was given back is gone.
pub fn sell(reservation: &Reservation) -> Result<Decision, Refusal> {
    match reservation.state {
        Reserved::Held => Ok(moved(reservation, Reserved::Sold, repo::sell)),
        Reserved::Sold => Ok(Decision::nothing()),
        Reserved::Released | Reserved::Returned => Err(over()),
    }
}

/// Nobody pays for it. What is not held is left as it is.
pub fn give_back(reservation: &Reservation) -> Decision {
    match reservation.state {
        Reserved::Held => moved(reservation, Reserved::Released, repo::release),
        _ => Decision::nothing(),
    }
}

/// What was sold is on the shelf again, as when an order is cancelled before anybody has fetched it. What
/// is still held is given back.
pub fn put_back(reservation: &Reservation) -> Decision {
    match reservation.state {
        Reserved::Sold => moved(reservation, Reserved::Returned, repo::move_by),
        _ => give_back(reservation),
    }
}

/// Several at once, each stock touched once.
pub fn give_back_all(reservations: &[Reservation]) -> Decision {
    let mut sums: BTreeMap<StockId, i64> = BTreeMap::new();
    let held = || reservations.iter().filter(|its| its.state == Reserved::Held);
    for (stock, count) in held().flat_map(|its| &its.lines) {
        *sums.entry(*stock).or_default() += count;
    }
    Decision::nothing()
        .changes(held().map(|its| repo::move_reservation(its, Reserved::Released)))
        .changes(sums.into_iter().map(|(stock, count)| repo::release(stock, count)))
}

fn moved(reservation: &Reservation, to: Reserved, change: fn(StockId, i64) -> Change) -> Decision {
    let lines = reservation.lines.iter().map(|(stock, count)| change(*stock, *count));
    Decision::nothing().change(repo::move_reservation(reservation, to)).changes(lines)
}

fn sums<'a>(wants: &[Want<'a>]) -> Result<BTreeMap<StockId, Sum<'a>>, Refusal> {
    if wants.len() > limits::LINES_MAX {
        let message = format!("An order has at most {} lines.", limits::LINES_MAX);
        return Err(Refusal::invalid(vec![Fault::new("/lines", "too_many", message)]));
    }
    let (mut sums, mut faults) = (BTreeMap::new(), Vec::new());
    for (place, want) in wants.iter().enumerate() {
        if !(1..=limits::EACH_MAX).contains(&want.count) {
            let message = format!("Must be from 1 to {}.", limits::EACH_MAX);
            faults.push(Fault::new(format!("/lines/{place}/count"), "out_of_range", message));
        }
        if let Some(stock) = want.product.stock {
            let sum = sums.entry(stock).or_insert_with(|| Sum { count: 0, lines: Vec::new() });
            sum.count += i64::from(want.count);
            sum.lines.push((place, want.product.name.as_str()));
        }
    }
    if faults.is_empty() { Ok(sums) } else { Err(Refusal::invalid(faults)) }
}

fn sold_out(lines: &[(usize, &str)]) -> Refusal {
    let name = lines.first().map_or("This", |(_, name)| name);
    let refusal = Refusal::conflict("sold_out", format!("There is not enough of {name} any more."));
    lines.iter().fold(refusal, |refusal, (place, name)| {
        let message = format!("There is not enough of {name} any more.");
        refusal.fault(Fault::new(format!("/lines/{place}"), "sold_out", message))
    })
}

fn over() -> Refusal {
    let message = "What was kept for this order has been given back. Order again.";
    Refusal::new(RefusalKind::Gone, "reservation_over", message)
}
