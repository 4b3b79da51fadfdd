use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Id, Person};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mode::Mode;

/// Workers are people who signed in.
pub type WorkerId = Id<Person>;

/// What a device says of where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ping {
    pub point: Point,
    /// By the device's own clock.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// Orders pings of the same moment.
    #[serde(default)]
    pub sequence: u32,
    /// Clockwise from the north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 360))]
    pub heading_deg: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 400))]
    pub speed_kmh: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub accuracy_m: Option<u16>,
}

impl Ping {
    /// A bare one.
    pub fn new(point: Point, at: Timestamp, sequence: u32) -> Self {
        Self { point, at, sequence, heading_deg: None, speed_kmh: None, accuracy_m: None }
    }

    /// The one that was made later holds, whichever comes in later.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        (self.at, self.sequence) > (other.at, other.sequence)
    }
}

/// What somebody is on duty with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duty {
    pub mode: Mode,
    /// What they can carry, and what they are to carry already.
    pub capacity: u16,
    pub load: u16,
}

impl Duty {
    pub fn is_free(&self) -> bool {
        self.load == 0
    }

    pub fn has_room_for(&self, load: u16) -> bool {
        self.load.saturating_add(load) <= self.capacity
    }
}

/// Somebody on duty, where they were last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub worker: WorkerId,
    pub duty: Duty,
    pub ping: Ping,
    /// When it came in, by our clock.
    pub heard: Timestamp,
}

/// What became of a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Heard {
    /// They are there now.
    Moved,
    /// A newer one is known, or this very one.
    Old,
    /// Its clock is ahead of ours by too much.
    Ahead,
    /// They are not on duty here.
    OffDuty,
}
