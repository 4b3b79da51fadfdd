//! How somebody gets about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Foot,
    Bicycle,
    Motorbike,
    Car,
    Van,
    /// Takes somebody in a wheelchair.
    AccessibleVan,
    Truck,
}

impl Mode {
    pub const ALL: [Self; 7] =
        [Self::Foot, Self::Bicycle, Self::Motorbike, Self::Car, Self::Van, Self::AccessibleVan, Self::Truck];

    /// As it is kept in rows; never changes.
    pub fn number(self) -> u8 {
        self as u8
    }

    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    pub fn is_motor(self) -> bool {
        self >= Self::Motorbike
    }
}

/// Some modes, such as those by which a job may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Modes(u8);

impl Modes {
    pub const ANY: Self = Self((1 << Mode::ALL.len()) - 1);

    pub fn of(modes: impl IntoIterator<Item = Mode>) -> Self {
        Self(modes.into_iter().fold(0, |bits, mode| bits | 1 << mode.number()))
    }

    pub fn has(self, mode: Mode) -> bool {
        self.0 >> mode.number() & 1 == 1
    }

    /// As it is kept in rows.
    pub fn bits(self) -> u8 {
        self.0
    }

    pub fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ANY.0)
    }

    pub fn list(self) -> Vec<Mode> {
        Mode::ALL.into_iter().filter(|mode| self.has(*mode)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_keep_their_numbers() {
        for (number, mode) in (0..).zip(Mode::ALL) {
            assert_eq!((mode.number(), Mode::numbered(number)), (number, Some(mode)));
            assert!(Modes::ANY.has(mode) && !Modes::of([]).has(mode));
        }
        assert_eq!(Mode::numbered(7), None);
        let some = Modes::of([Mode::Car, Mode::Foot]);
        assert_eq!(some.list(), [Mode::Foot, Mode::Car]);
        assert_eq!(Modes::from_bits(some.bits()), some);
        assert_eq!(Modes::from_bits(0xff), Modes::ANY);
        assert!(Mode::Motorbike.is_motor() && !Mode::Bicycle.is_motor());
    }
}
