use kernel::jiff::Timestamp;
use kernel::{Id, Person};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{FromRow, Row, StoreError};

use super::keys::Who;
use crate::request::model::RequestId;

/// Somebody who has to do with a request.
#[derive(Clone, PartialEq, Eq)]
pub struct Follower {
    pub request: RequestId,
    pub who: Who,
    pub person: Option<Id<Person>>,
    /// Reported it.
    pub reporter: bool,
    /// Said "me too" and was counted.
    pub seconded: bool,
    pub contact: Contact,
    pub at: Timestamp,
    /// Whoever has the address wants to be told: they reported the request, or said so when they were asked.
    pub confirmed: bool,
}

/// How somebody wants to be told. The e-mail address and the telephone number are in the form in which
/// they are used.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Contact {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub channel: Channel,
    pub language: Option<String>,
}

/// Names and addresses must not reach a log by way of a debug form.
impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contact({:?}, …)", self.channel)
    }
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Follower({:?}, reporter: {}, {:?})", self.request, self.reporter, self.contact)
    }
}

/// The way by which somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Email,
    Sms,
    #[default]
    None,
}

impl Channel {
    pub fn name(self) -> Option<&'static str> {
        match self {
            Channel::Email => Some("email"),
            Channel::Sms => Some("sms"),
            Channel::None => None,
        }
    }

    fn named(name: Option<&str>) -> Self {
        match name {
            Some("email") => Channel::Email,
            Some("sms") => Channel::Sms,
            _ => Channel::None,
        }
    }
}

impl Contact {
    /// Where messages go, if any do.
    pub fn address(&self) -> Option<&str> {
        match self.channel {
            Channel::Email => self.email.as_deref(),
            Channel::Sms => self.phone.as_deref(),
            Channel::None => None,
        }
    }

    /// Whatever tells this person from another.
    pub fn any_address(&self) -> Option<&str> {
        self.email.as_deref().or(self.phone.as_deref())
    }
}

/// How somebody wants to be told; all of it by choice.
#[derive(Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    #[schemars(length(max = 120))]
    pub name: Option<String>,
    #[schemars(length(max = 254))]
    pub email: Option<String>,
    /// With its calling code, or as it is dialled in the market's country.
    #[schemars(length(max = 40))]
    pub phone: Option<String>,
    /// By e-mail if an address is given, else by SMS if a number is given, unless this says otherwise.
    pub channel: Option<Channel>,
    /// One of the market's languages; its first if none is given.
    #[schemars(length(max = 35))]
    pub language: Option<String>,
}

impl std::fmt::Debug for NewContact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewContact(…)")
    }
}

/// What is kept of somebody, as they themselves see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FollowerView {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    pub channel: Channel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Reported it.
    pub reporter: bool,
    /// Said "me too" and was counted.
    pub seconded: bool,
    /// False until the owner of the address has said yes, before which nothing is told there.
    pub confirmed: bool,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub since: Timestamp,
}

impl From<Follower> for FollowerView {
    fn from(follower: Follower) -> Self {
        let Contact { name, email, phone, channel, language } = follower.contact;
        let (reporter, seconded, since) = (follower.reporter, follower.seconded, follower.at);
        let confirmed = follower.confirmed;
        Self { name, email, phone, channel, language, reporter, seconded, confirmed, since }
    }
}

impl FromRow for Follower {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let who = row.get::<Vec<u8>>(1)?.try_into();
        let contact = Contact {
            name: row.get(5)?,
            email: row.get(6)?,
            phone: row.get(7)?,
            channel: Channel::named(row.get::<Option<String>>(8)?.as_deref()),
            language: row.get(9)?,
        };
        Ok(Self {
            request: row.get(0)?,
            who: who.map_err(|_| StoreError::Bug("a follower's hash has another length".into()))?,
            person: row.get(2)?,
            reporter: row.get(3)?,
            seconded: row.get(4)?,
            contact,
            at: row.get(10)?,
            confirmed: row.get(11)?,
        })
    }
}
