//! One refresh token becomes the next. The next one is derived from the one before, so that a client
//! that did not get its answer can ask again without there ever being two.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Decision, Id, Refusal, values};
use store::Stamp;
use web::{Answer, Call};

use super::decide::{self, Fate};
use super::model::{RefreshRow, SessionRow};
use super::repo;
use super::sign_in::{REFRESH_PREFIX, Tokens, wrong};
use crate::identity::Identity;
use crate::master;

impl Identity {
    pub(crate) async fn refresh(&self, call: &Call, presented: &str) -> Result<Answer<Tokens>, Refusal> {
        if !master::has_form(presented, REFRESH_PREFIX) {
            return Err(wrong());
        }
        let tenant = call.home().place().id.raw();
        let next = self.master.derive("iroko refresh token", tenant, presented.as_bytes());
        let next = format!("{REFRESH_PREFIX}{}", URL_SAFE_NO_PAD.encode(*next));
        let (presented, next_hash) = (master::hash(presented), master::hash(&next));
        let home = call.home();
        let stolen = OnceLock::new();
        let answer = call
            .change_home(|| async {
                let row: Option<RefreshRow> = home.one(repo::REFRESH, values![presented]).await?;
                let of = row.map_or(Id::from_raw(0), |row| row.session);
                let session: Option<SessionRow> = home.one(repo::ONE, values![of]).await?;
                let successor: Option<RefreshRow> = home.one(repo::REFRESH, values![next_hash]).await?;
                let fate = decide::fate(row, session.as_ref(), successor, call.now);
                let session = session.ok_or_else(wrong)?;
                let decision = match fate {
                    Fate::Rotate => {
                        decide::rotate(presented, next_hash, &session, self.settings.refresh_life, call.now)
                    }
                    Fate::Again => Decision::nothing(),
                    Fate::Stolen => {
                        let _ = stolen.set(session);
                        return Err(wrong());
                    }
                    Fate::Dead => return Err(wrong()),
                };
                let tokens = self.tokens(call, session.person, session.id, next.clone()).await?;
                Ok((decision, Answer::ok(&tokens)?))
            })
            .await;
        // Not where the request turns out to have been carried out before, under the same key.
        match stolen.into_inner() {
            Some(session) if answer.as_ref().is_err_and(|refusal| refusal.code() == wrong().code()) => {
                self.end_stolen(call, &session).await?;
            }
            _ => {}
        }
        answer
    }

    async fn end_stolen(&self, call: &Call, session: &SessionRow) -> Result<(), Refusal> {
        tracing::warn!(session = %session.id, "a used refresh token came again; its session has ended");
        call.home().commit(Stamp::from(&call.ctx()), decide::end(session, call.now)).await?;
        self.verifier.forget_person(call.home(), session.person);
        Ok(())
    }
}
