use std::fmt;
use std::str::FromStr;

use kernel::Value;
use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, FromValue, Row, StoreError, ValueRef};

use crate::image::{Format, Size};

/// Where a picture stands, made of what it shows: 256 bits that nobody can guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address([u8; 32]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address of a picture has 64 digits")]
pub struct NoAddress;

impl Address {
    pub(crate) fn of(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The name of one of its files, under a folder of its first digits because not every file system
    /// is fast with a million names in one.
    pub(crate) fn object(self, size: Size, format: Format) -> String {
        let text = self.to_string();
        format!("picture/{}/{text}/{}.{}", &text[..2], size.name(), format.name())
    }

    pub(crate) fn objects(self) -> impl Iterator<Item = String> {
        let formats = |size| Format::ALL.into_iter().map(move |format| (size, format));
        Size::ALL.into_iter().flat_map(formats).map(move |(size, format)| self.object(size, format))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Address {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(NoAddress),
        };
        let digits: &[u8; 64] = text.as_bytes().try_into().map_err(|_| NoAddress)?;
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(hash))
    }
}

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Address {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Address".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
    }
}

impl From<Address> for Value {
    fn from(address: Address) -> Value {
        Value::Bytes(address.0.to_vec())
    }
}

impl FromValue for Address {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Bytes(bytes) => bytes.try_into().ok().map(Self),
            _ => None,
        }
    }
}

/// What is kept of a picture besides its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub address: Address,
    pub state: PictureState,
    /// How many uploads refer to it. Without any, nobody is shown it.
    pub refs: i64,
    pub width: u32,
    pub height: u32,
    /// When somebody last began to write its files, or was done.
    pub touched: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureState {
    /// Its files are being written.
    Making,
    Ready,
    /// Its files are being removed: nobody may refer to it any more.
    Leaving,
}

impl PictureState {
    pub fn name(self) -> &'static str {
        match self {
            PictureState::Making => "making",
            PictureState::Ready => "ready",
            PictureState::Leaving => "leaving",
        }
    }
}

impl Picture {
    pub fn is_shown(&self) -> bool {
        self.state == PictureState::Ready && self.refs > 0
    }
}

/// A picture as everyone sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PictureView {
    pub address: Address,
    /// Of the largest size.
    pub width: u32,
    pub height: u32,
    /// At most 160 pixels on the longer side.
    pub thumb: String,
    /// At most 480.
    pub small: String,
    /// At most 1600.
    pub large: String,
}

impl PictureView {
    /// `base` is the site's own prefix. The links answer with WebP to those who take it, else with JPEG.
    pub fn new(base: &str, address: Address, width: u32, height: u32) -> Self {
        let link = |size: Size| format!("{base}/v1/pictures/{address}/{}", size.name());
        Self {
            address,
            width,
            height,
            thumb: link(Size::Thumb),
            small: link(Size::Small),
            large: link(Size::Large),
        }
    }
}

impl FromValue for PictureState {
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Text("making") => Some(PictureState::Making),
            ValueRef::Text("ready") => Some(PictureState::Ready),
            ValueRef::Text("leaving") => Some(PictureState::Leaving),
            _ => None,
        }
    }
}

impl FromRow for Picture {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            address: row.get(0)?,
            state: row.get(1)?,
            refs: row.get(2)?,
            width: row.get(3)?,
            height: row.get(4)?,
            touched: row.get(5)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_back() {
        let address = Address::of(std::array::from_fn(|it| it as u8 * 7));
        let text = address.to_string();
        assert_eq!(text.parse(), Ok(address));
        assert_eq!(Address::from_value(ValueRef::Bytes(&address.0)), Some(address));
        for wrong in ["", &text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replace('0', "g")] {
            assert_eq!(wrong.parse::<Address>(), Err(NoAddress), "{wrong}");
        }
    }
}
