use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Id, Person};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{FromRow, Row, StoreError};

use crate::channel::Channel;
use crate::limits;

kernel::id_kind!(
    /// A message to one recipient by one channel.
    MessageKind = "msg"
);
pub type MessageId = Id<MessageKind>;

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for its time.
    Queued,
    /// Is on the wire, or was when its worker died.
    Sending,
    Sent,
    /// Given up.
    Failed,
    /// Not sent, because the recipient does not want it or cannot get it.
    Suppressed,
    /// Not sent, because it is no longer wanted here.
    Cancelled,
}

impl State {
    pub const ALL: [State; 6] =
        [State::Queued, State::Sending, State::Sent, State::Failed, State::Suppressed, State::Cancelled];

    pub fn name(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Sending => "sending",
            State::Sent => "sent",
            State::Failed => "failed",
            State::Suppressed => "suppressed",
            State::Cancelled => "cancelled",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    pub fn is_end(self) -> bool {
        !matches!(self, State::Queued | State::Sending)
    }
}

/// A message as it is kept, with its address as long as that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub id: MessageId,
    /// Channel and cause: of several with the same, only the first exists.
    pub cause: String,
    /// `app.name`; for a webhook the type of its event.
    pub template: String,
    pub topic: String,
    pub channel: Channel,
    pub language: Option<String>,
    pub urgent: bool,
    pub person: Option<Id<Person>>,
    /// A JSON object.
    pub arguments: String,
    pub state: State,
    /// Who sent it; while it is not sent, who may have.
    pub provider: Option<String>,
    /// The provider's own name for it.
    pub reference: Option<String>,
    /// How often all providers were gone through.
    pub rounds: i64,
    /// How often it went on the wire.
    pub attempts: i64,
    pub at: Timestamp,
    /// When it last went on the wire.
    pub started: Timestamp,
    pub due: Timestamp,
    pub expires: Timestamp,
    pub error: Option<String>,
    pub address: Option<String>,
}

impl FromRow for Message {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let unknown = |what: &str| StoreError::Bug(format!("a message's {what} is unknown to this version"));
        Ok(Self {
            id: row.get(0)?,
            cause: row.get(1)?,
            template: row.get(2)?,
            topic: row.get(3)?,
            channel: Channel::named(&row.get::<String>(4)?).ok_or_else(|| unknown("channel"))?,
            language: row.get(5)?,
            urgent: row.get(6)?,
            person: row.get(7)?,
            arguments: row.get(8)?,
            state: State::named(&row.get::<String>(9)?).ok_or_else(|| unknown("state"))?,
            provider: row.get(10)?,
            reference: row.get(11)?,
            rounds: row.get(12)?,
            attempts: row.get(13)?,
            at: row.get(14)?,
            started: row.get(15)?,
            due: row.get(16)?,
            expires: row.get(17)?,
            error: row.get(18)?,
            address: row.get(19)?,
        })
    }
}

/// What an app wants said; see [`crate::queue`].
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub(crate) template: String,
    pub(crate) topic: String,
    pub(crate) channel: Channel,
    pub(crate) to: String,
    pub(crate) cause: String,
    pub(crate) arguments: Value,
    pub(crate) person: Option<Id<Person>>,
    pub(crate) language: Option<String>,
    pub(crate) urgent: bool,
    pub(crate) due: Option<Timestamp>,
    pub(crate) good_for: SignedDuration,
    pub(crate) about: Option<String>,
}

impl NewMessage {
    /// `template` is `app.name`. `cause` says why this recipient gets it: of several messages with the
    /// same cause and channel there is one, however often their cause is handled. `topic` is what a
    /// recipient chooses about, such as `civic.updates`.
    pub fn new(channel: Channel, to: &str, template: &str, topic: &str, cause: &str) -> Self {
        Self {
            template: template.to_owned(),
            topic: topic.to_owned(),
            channel,
            to: to.to_owned(),
            cause: cause.to_owned(),
            arguments: Value::Object(serde_json::Map::new()),
            person: None,
            language: None,
            urgent: false,
            due: None,
            good_for: limits::GOOD_FOR,
            about: None,
        }
    }

    /// What the template speaks of: a flat JSON object of texts and whole numbers.
    pub fn arguments(mut self, arguments: Value) -> Self {
        self.arguments = arguments;
        self
    }

    /// Whose choices count, besides those of the address.
    pub fn person(mut self, person: Option<Id<Person>>) -> Self {
        self.person = person;
        self
    }

    /// Where the recipient has chosen none.
    pub fn language(mut self, language: Option<&str>) -> Self {
        self.language = language.map(str::to_owned);
        self
    }

    /// Goes at any hour and whatever the recipient chose: for what they are waiting for now.
    pub fn urgent(mut self) -> Self {
        self.urgent = true;
        self
    }

    pub fn due(mut self, due: Timestamp) -> Self {
        self.due = Some(due);
        self
    }

    /// What is erased together with it, see [`crate::forget`]: the app's own name for whom and what it is
    /// about, in which nothing can be read.
    pub fn about(mut self, about: &str) -> Self {
        self.about = Some(about.to_owned());
        self
    }

    /// Afterwards nobody needs it any more.
    pub fn good_for(mut self, time: SignedDuration) -> Self {
        self.good_for = time;
        self
    }
}

/// A message as managers see it: whose it is does not stand in it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MessageView {
    pub id: MessageId,
    pub template: String,
    pub topic: String,
    pub channel: Channel,
    pub state: State,
    pub urgent: bool,
    /// Who sent it; while it is not sent, who may have.
    pub provider: Option<String>,
    pub attempts: i64,
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// When it is tried next, while it waits.
    #[schemars(with = "Option<String>")]
    pub due: Option<Timestamp>,
    pub error: Option<String>,
}

impl From<Message> for MessageView {
    fn from(message: Message) -> Self {
        Self {
            id: message.id,
            template: message.template,
            topic: message.topic,
            channel: message.channel,
            state: message.state,
            urgent: message.urgent,
            provider: message.provider,
            attempts: message.attempts,
            at: message.at,
            due: (!message.state.is_end()).then_some(message.due),
            error: message.error,
        }
    }
}

/// One time on the wire.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Attempt {
    pub attempt: i64,
    pub provider: String,
    /// `sent`, `failed`, `unknown`, `refused` or `recipient`.
    pub outcome: String,
    pub detail: Option<String>,
    #[schemars(with = "String")]
    pub at: Timestamp,
}

impl FromRow for Attempt {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            attempt: row.get(0)?,
            provider: row.get(1)?,
            outcome: row.get(2)?,
            detail: row.get(3)?,
            at: row.get(4)?,
        })
    }
}
