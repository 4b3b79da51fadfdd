use kernel::{Ctx, Decision, Id, Person, values};

use super::model::{Device, Platform};
use super::repo;
use crate::limits::DEVICES_MAX;

/// The device that a person uses now. `known` is the one with the same token, `others` are the
/// person's own, those not seen for longest first.
pub fn register(
    person: Id<Person>,
    token: &str,
    platform: Platform,
    known: Option<&Device>,
    others: &[Device],
    ctx: &Ctx<'_>,
) -> (Decision, Device) {
    let device =
        Device { id: known.map_or_else(|| ctx.fresh(), |device| device.id), platform, seen: ctx.now };
    let decision = match known {
        Some(known) => repo::TAKE_OVER.with(values![known.id, person, platform.name(), ctx.now]),
        None => repo::ADD.with(values![device.id, person, token, platform.name(), ctx.now]),
    };
    let decision = Decision::nothing().change(decision);
    let is_own = others.iter().any(|other| other.id == device.id);
    let gone = others.first().filter(|_| !is_own && others.len() as i64 >= DEVICES_MAX);
    (decision.changes(gone.map(|gone| repo::REMOVE.with(values![gone.id, person]).any_rows())), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::jiff::Timestamp;
    use kernel::jiff::tz::TimeZone;
    use kernel::{Actor, SequentialIds};

    #[test]
    fn a_device_is_one_row_and_one_too_many_replaces_the_oldest() {
        let ids = SequentialIds::starting_at(100);
        let now = Timestamp::UNIX_EPOCH;
        let ctx = Ctx { now, zone: &TimeZone::UTC, actor: Actor::System, ids: &ids };
        let device = |id| Device { id: Id::from_raw(id), platform: Platform::Web, seen: now };
        let full: Vec<Device> = (1..=DEVICES_MAX).map(device).collect();
        let person = Id::from_raw(5);
        for (known, others, changes) in [
            (None, &full[..0], 1),
            (None, &full[1..], 1),
            (None, &full[..], 2),
            (Some(device(3)), &full[..], 1),
            (Some(device(77)), &full[..], 2),
        ] {
            let (decision, _) = register(person, "t", Platform::Ios, known.as_ref(), others, &ctx);
            assert_eq!(decision.changes.len(), changes, "{known:?}");
        }
    }
}
