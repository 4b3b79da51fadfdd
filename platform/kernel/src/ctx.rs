use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::actor::Actor;
use crate::id::{Id, IdSource};

/// All that a decision may know besides state and command.
pub struct Ctx<'a> {
    pub now: Timestamp,
    /// The market's time zone.
    pub zone: &'a TimeZone,
    pub actor: Actor,
    pub ids: &'a dyn IdSource,
}

impl Ctx<'_> {
    pub fn fresh<K>(&self) -> Id<K> {
        Id::from_raw(self.ids.next())
    }
}
