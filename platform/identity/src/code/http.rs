use std::sync::Arc;

use http::StatusCode;
use kernel::jiff::Timestamp;
use kernel::{Fault, Id, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May, Priority};

use super::decide::{self, Profile};
use super::model::Code;
use crate::identity::Identity;
use crate::person::decide::{language_fault, name_fault};
use crate::{contact, limits, throttle};

pub fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    vec![
        web::with!(identity, post "/v1/sign-up" => sign_up(input: Body<SignUp>))
            .says("Ask for an account; a code is sent to the contact, and signing in with it makes the account")
            .may(May::Anyone)
            .priority(Priority::Critical)
            .answers(StatusCode::ACCEPTED),
        web::with!(identity, post "/v1/codes" => ask_for_code(input: Body<AskForCode>))
            .says("Ask for a one-time code to sign in with; the answer does not tell whether there is an account")
            .may(May::Anyone)
            .priority(Priority::Critical)
            .answers(StatusCode::ACCEPTED),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// A telephone number or an e-mail address.
    #[schemars(length(min = 3, max = 254))]
    contact: String,
    #[schemars(length(min = 1, max = 120))]
    name: String,
    /// One of the tenant's languages; the first when it is not given.
    #[schemars(length(min = 2, max = 35))]
    language: Option<String>,
    /// Without one, signing in takes a code each time.
    #[schemars(length(min = 8, max = 128))]
    password: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskForCode {
    /// A telephone number or an e-mail address.
    #[schemars(length(min = 3, max = 254))]
    contact: String,
}

/// The same for everyone.
#[derive(Serialize, JsonSchema)]
pub struct Asked {
    /// Sign in with this and the six digits that were sent.
    code: Id<Code>,
    #[schemars(with = "String")]
    expires: Timestamp,
}

async fn sign_up(
    identity: &Identity,
    call: Call,
    Body(input): Body<SignUp>,
) -> Result<Answer<Asked>, Refusal> {
    let languages = &call.site.languages;
    let language = input.language.or_else(|| languages.first().cloned()).unwrap_or_default();
    let mut faults: Vec<Fault> =
        [name_fault("/name", &input.name), language_fault("/language", &language, languages)]
            .into_iter()
            .flatten()
            .collect();
    if identity.contact(&call, &input.contact, "/contact").is_err() {
        faults.insert(0, contact::fault("/contact"));
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    identity.may_send(&call, &input.contact).await?;
    let password = match input.password {
        Some(password) => Some(identity.passwords.keep(password, &*call.world.random).await?),
        None => None,
    };
    let profile = Profile { name: input.name, language, password };
    ask(identity, call, &input.contact, Some(profile)).await
}

async fn ask_for_code(
    identity: &Identity,
    call: Call,
    Body(input): Body<AskForCode>,
) -> Result<Answer<Asked>, Refusal> {
    identity.may_send(&call, &input.contact).await?;
    ask(identity, call, &input.contact, None).await
}

async fn ask(
    identity: &Identity,
    call: Call,
    contact: &str,
    profile: Option<Profile>,
) -> Result<Answer<Asked>, Refusal> {
    let contact = identity.contact(&call, contact, "/contact")?;
    let id: Id<Code> = call.ctx().fresh();
    call.change_home(|| async {
        let decision = decide::ask(id, &contact.address, profile.as_ref(), &call.ctx());
        let asked = Asked { code: id, expires: call.now + limits::CODE_LIFE };
        Ok((decision, Answer::with(StatusCode::ACCEPTED, &asked)?))
    })
    .await
}

impl Identity {
    /// Whether a code may be sent now: there is a channel, and neither address nor contact asked too
    /// often. Nothing here depends on whether there is an account.
    pub(crate) async fn may_send(&self, call: &Call, contact: &str) -> Result<(), Refusal> {
        let contact = self.contact(call, contact, "/contact")?;
        if !self.sender.reaches(contact.channel) {
            return Err(Refusal::unavailable(
                "no_channel",
                "No code can be sent this way: the platform has no channel for it.",
                3_600,
            ));
        }
        let home = call.home();
        self.counts.charge(home.place().id.raw(), call.address, call.now)?;
        let key = self.attempt_key(home, "code", &contact.address);
        throttle::charge(home, key, &throttle::CODES, call.now).await
    }
}
