use kernel::Id;
use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

kernel::id_kind!(
    /// A device that takes push messages.
    DeviceKind = "dev"
);
pub type DeviceId = Id<DeviceKind>;

/// What a device runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    Android,
    Ios,
    Web,
}

impl Platform {
    pub fn name(self) -> &'static str {
        match self {
            Platform::Android => "android",
            Platform::Ios => "ios",
            Platform::Web => "web",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Platform::Android, Platform::Ios, Platform::Web].into_iter().find(|it| it.name() == name)
    }
}

/// A device as its owner sees it: its token is not shown again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Device {
    pub id: DeviceId,
    pub platform: Platform,
    #[schemars(with = "String")]
    pub seen: Timestamp,
}

impl FromRow for Device {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let platform = Platform::named(&row.get::<String>(1)?);
        Ok(Self {
            id: row.get(0)?,
            platform: platform.ok_or_else(|| StoreError::Bug("a device's platform is unknown".into()))?,
            seen: row.get(2)?,
        })
    }
}
