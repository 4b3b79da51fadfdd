use kernel::jiff::Timestamp;
use kernel::{Decision, values};

use super::model::{BounceKind, Reason};
use super::repo;
use crate::channel::Channel;

/// Nothing is sent there any more; the first reason stays.
pub fn suppress(hash: [u8; 32], channel: Channel, reason: Reason, now: Timestamp) -> Decision {
    let row = values![hash, channel.name(), reason.name(), now];
    Decision::nothing().change(repo::ADD.with(row).any_rows())
}

pub fn lift(hash: [u8; 32]) -> Decision {
    Decision::nothing().change(repo::LIFT.with(values![hash]).any_rows())
}

/// What a provider's word about a message that was taken means for its address.
pub fn bounced(hash: [u8; 32], channel: Channel, kind: BounceKind, now: Timestamp) -> Decision {
    match kind {
        BounceKind::Permanent => suppress(hash, channel, Reason::Bounced, now),
        BounceKind::Complaint => suppress(hash, channel, Reason::Complained, now),
        BounceKind::Temporary => Decision::nothing(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_final_suppresses() {
        let decision = |kind| bounced([1; 32], Channel::Email, kind, Timestamp::UNIX_EPOCH);
        assert!(decision(BounceKind::Temporary).is_nothing());
        for (kind, reason) in [(BounceKind::Permanent, "bounced"), (BounceKind::Complaint, "complained")] {
            assert_eq!(decision(kind).changes[0].params[2], reason.into());
        }
    }
}
