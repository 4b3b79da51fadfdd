//! One refresh token becomes the next. The next one is derived from the one before, so that a client
//! that did not get its answer can ask again without there ever being two.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Decision, Id, Refusal, values};
use store::Stamp;
use web::Call;

use super::decide::{self, Fate};
use super::model::{RefreshRow, SessionRow};
use super::repo;
use super::sign_in::{REFRESH_PREFIX, Tokens, wrong};
use crate::identity::Identity;
use crate::master;

impl Identity {
    pub(crate) async fn refresh(&self, call: &Call, presented: &str) -> Result<Tokens, Refusal> {
        if !master::has_form(presented, REFRESH_PREFIX) {
            return Err(wrong());
        }
        let tenant = call.home().place().id.raw();
        let next = self.master.derive("iroko refresh token", tenant, presented.as_bytes());
        let next = format!("{REFRESH_PREFIX}{}", URL_SAFE_NO_PAD.encode(*next));
        let (presented, next_hash) = (master::hash(presented), master::hash(&next));
        let home = call.home();
        let (fate, session) = home
            .change(|| async {
                let row: Option<RefreshRow> = home.one(repo::REFRESH, values![presented]).await?;
                let of = row.map_or(Id::from_raw(0), |row| row.session);
                let session: Option<SessionRow> = home.one(repo::ONE, values![of]).await?;
                let successor: Option<RefreshRow> = home.one(repo::REFRESH, values![next_hash]).await?;
                let fate = decide::fate(row, session.as_ref(), successor, call.now);
                let decision = match (&session, fate) {
                    (Some(session), Fate::Rotate) => decide::rotate(presented, next_hash, session, call.now),
                    (Some(session), Fate::Stolen) => decide::end(session, call.now),
                    _ => Decision::nothing(),
                };
                Ok((Stamp::from(&call.ctx()), decision, (fate, session)))
            })
            .await?;
        match (fate, session) {
            (Fate::Rotate | Fate::Again, Some(session)) => {
                self.tokens(call, session.person, session.id, next).await
            }
            (Fate::Stolen, Some(session)) => {
                tracing::warn!(session = %session.id, "a used refresh token came again; its session has ended");
                self.verifier.forget_person(home, session.person);
                Err(wrong())
            }
            _ => Err(wrong()),
        }
    }
}
