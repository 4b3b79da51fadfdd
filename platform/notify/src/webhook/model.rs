use kernel::Id;
use kernel::jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

kernel::id_kind!(
    /// Where events go.
    WebhookKind = "whk"
);
pub type WebhookId = Id<WebhookKind>;

/// Whether anything is sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    On,
    /// Switched off by its owner.
    Off,
    /// Switched off because it did not answer for too long, or said that it is gone.
    Dead,
}

impl Standing {
    pub fn name(self) -> &'static str {
        match self {
            Standing::On => "on",
            Standing::Off => "off",
            Standing::Dead => "dead",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Standing::On, Standing::Off, Standing::Dead].into_iter().find(|it| it.name() == name)
    }
}

/// A webhook as it is kept. Its secret is not: it is derived from its generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub url: String,
    /// Exact topics, or `*`.
    pub topics: Vec<String>,
    pub generation: i64,
    /// Until then the generation before is signed with too.
    pub previous_until: Timestamp,
    pub failing_since: Option<Timestamp>,
    pub standing: Standing,
    /// The e-mail address of whoever sees to it.
    pub contact: Option<String>,
    pub made: Timestamp,
    pub version: i64,
}

impl Webhook {
    pub fn takes(&self, topic: &str) -> bool {
        self.standing == Standing::On && self.topics.iter().any(|its| its == "*" || its == topic)
    }

    /// The generations to sign with, the newest first.
    pub fn generations(&self, now: Timestamp) -> Vec<i64> {
        let has_before = self.generation > 1 && now < self.previous_until;
        let before = has_before.then_some(self.generation - 1);
        std::iter::once(self.generation).chain(before).collect()
    }
}

impl FromRow for Webhook {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let standing = Standing::named(&row.get::<String>(6)?);
        Ok(Self {
            id: row.get(0)?,
            url: row.get(1)?,
            topics: row.get::<String>(2)?.split_whitespace().map(str::to_owned).collect(),
            generation: row.get(3)?,
            previous_until: row.get(4)?,
            failing_since: row.get(5)?,
            standing: standing.ok_or_else(|| StoreError::Bug("a webhook's standing is unknown".into()))?,
            contact: row.get(7)?,
            made: row.get(8)?,
            version: row.get(9)?,
        })
    }
}

/// A webhook as its owner sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WebhookView {
    pub id: WebhookId,
    pub url: String,
    pub topics: Vec<String>,
    pub state: Standing,
    pub contact: Option<String>,
    #[schemars(with = "Option<String>")]
    pub failing_since: Option<Timestamp>,
    #[schemars(with = "String")]
    pub made: Timestamp,
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        Self {
            id: webhook.id,
            url: webhook.url,
            topics: webhook.topics,
            state: webhook.standing,
            contact: webhook.contact,
            failing_since: webhook.failing_since,
            made: webhook.made,
        }
    }
}
