//! What every way of signing in ends with: a session and its two tokens.

use kernel::jiff::SignedDuration;
use kernel::{Decision, Id, Refusal, RefusalKind, values};
use schemars::JsonSchema;
use serde::Serialize;
use store::StoreError;
use web::Call;

use super::model::{Session, SessionRow};
use super::{decide, repo};
use crate::identity::Identity;
use crate::master;
use crate::token::Claims;

pub const REFRESH_PREFIX: &str = "irr_";

#[derive(Serialize, JsonSchema)]
pub struct Tokens {
    person: Id<kernel::Person>,
    session: Id<Session>,
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Seconds.
    expires_in: i64,
    /// Good once: each use gives the next one.
    refresh_token: String,
    /// Seconds.
    refresh_expires_in: i64,
}

/// One answer for every reason, so that it tells nothing about who has an account.
pub fn wrong() -> Refusal {
    Refusal::new(
        RefusalKind::Unauthenticated,
        "wrong_sign_in",
        "That does not match. Check it and try again.",
    )
}

/// A session that is about to begin.
pub struct Beginning {
    pub id: Id<Session>,
    pub refresh: String,
    pub device: String,
    life: SignedDuration,
}

impl Beginning {
    pub fn new(identity: &Identity, call: &Call, device: Option<String>) -> Self {
        let refresh = master::fresh(REFRESH_PREFIX, &*call.world.random);
        let life = identity.settings.refresh_life;
        Self { id: call.ctx().fresh(), refresh, device: device.unwrap_or_default(), life }
    }

    pub async fn decide(&self, call: &Call, person: Id<kernel::Person>) -> Result<Decision, StoreError> {
        let live: Vec<SessionRow> = call.home().list(repo::OF_PERSON, values![person, call.now]).await?;
        let hash = master::hash(&self.refresh);
        Ok(decide::start(self.id, person, &self.device, &live, hash, self.life, &call.ctx()))
    }
}

impl Identity {
    pub(crate) async fn tokens(
        &self,
        call: &Call,
        person: Id<kernel::Person>,
        session: Id<Session>,
        refresh_token: String,
    ) -> Result<Tokens, Refusal> {
        let iat = call.now.as_second();
        let claims = Claims {
            iss: self.verifier.issuer(&call.site.tenant_slug),
            sub: person,
            sid: session,
            ten: call.site.tenant,
            iat,
            exp: iat + self.settings.token_life.as_secs(),
        };
        Ok(Tokens {
            person,
            session,
            access_token: self.verifier.sign(call.home(), call.now, &claims).await?,
            expires_in: self.settings.token_life.as_secs(),
            refresh_token,
            refresh_expires_in: self.settings.refresh_life.as_secs(),
        })
    }
}
