//! Sending a code: a job that carries nothing but the code's id.

use kernel::jiff::Timestamp;
use kernel::{Id, values};
use serde::{Deserialize, Serialize};
use store::Market;

use super::model::{Code, CodeRow};
use super::repo;
use crate::contact::Contact;
use crate::identity::Identity;
use crate::person::{self, PersonRow};
use crate::sender::CodeMessage;

/// The kind of the job.
pub const SEND_CODE: &str = "identity.send_code";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendCode {
    pub(crate) code: Id<Code>,
    /// The market that invites somebody with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) invited: Option<Id<kernel::Market>>,
}

/// The job did not do its work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendTrouble {
    /// May go better later.
    #[error("{0}")]
    Retry(String),
    /// Will never go better.
    #[error("the body of a job {SEND_CODE} is not understood")]
    Dead,
}

impl Identity {
    /// Runs one job of the kind [`SEND_CODE`] in a tenant's home. A code whose time is over, that was
    /// used, or that belongs to nobody is not sent.
    pub async fn send_code(&self, home: &Market, body: &str, now: Timestamp) -> Result<(), SendTrouble> {
        let job: SendCode = serde_json::from_str(body).map_err(|_| SendTrouble::Dead)?;
        let retry = |error: store::StoreError| SendTrouble::Retry(error.to_string());
        let code: Option<CodeRow> = home.one(repo::ONE, values![job.code]).await.map_err(retry)?;
        let Some(code) = code.filter(|code| !code.used && now < code.expires) else { return Ok(()) };
        let person: Option<PersonRow> =
            home.one(person::repo::BY_CONTACT, values![&code.contact]).await.map_err(retry)?;
        if person.is_none() && !code.sign_up {
            return Ok(());
        }
        let message = CodeMessage {
            to: Contact::kept(code.contact),
            digits: self.master.digits(home.place().id.raw(), code.id.raw()),
            tenant: home.place().name.to_string(),
            language: person.map(|person| person.language).or(code.language),
            invited: job.invited,
            code: code.id.to_string(),
            key: code.id.raw(),
        };
        self.sender.send(message).await.map_err(|error| SendTrouble::Retry(error.to_string()))
    }
}
