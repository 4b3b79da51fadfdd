use std::sync::Arc;

use kernel::{Id, Refusal, values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use web::{Answer, Body, Call, Endpoint, May, Priority};

use super::model::PersonRow;
use super::{decide, repo};
use crate::identity::Identity;
use crate::role::RoleView;
use crate::session::{self, Session};
use crate::throttle::{self, ALREADY_DONE};

pub fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    vec![
        web::with!(identity, get "/v1/me" => get_me())
            .says("Who is signed in, with their contacts and roles")
            .may(May::Known),
        web::with!(identity, patch "/v1/me" => edit_me(input: Body<EditMe>))
            .says("Change one's own name or language")
            .may(May::Known),
        web::with!(identity, post "/v1/me/password" => set_password(input: Body<NewPassword>))
            .says("Set or change one's own password; all other sessions end")
            .may(May::Known)
            .secret()
            .priority(Priority::Critical),
    ]
}

#[derive(Serialize, JsonSchema)]
pub struct Me {
    id: Id<kernel::Person>,
    name: String,
    language: String,
    has_password: bool,
    /// Telephone numbers and e-mail addresses.
    contacts: Vec<String>,
    roles: Vec<RoleView>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditMe {
    #[schemars(length(min = 1, max = 120))]
    name: Option<String>,
    /// One of the tenant's languages.
    #[schemars(length(min = 2, max = 35))]
    language: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The present one, where there is one.
    #[schemars(length(max = 128))]
    current: Option<String>,
    #[schemars(length(min = 8, max = 128))]
    new: String,
}

/// A key is nobody.
pub(crate) fn signed_in(call: &Call) -> Result<Id<kernel::Person>, Refusal> {
    call.caller.person().ok_or_else(Refusal::forbidden)
}

pub(crate) async fn load(call: &Call) -> Result<PersonRow, Refusal> {
    let id = signed_in(call)?;
    call.home().one(repo::ONE, values![id]).await?.ok_or_else(Refusal::not_found)
}

async fn view(call: &Call, person: PersonRow) -> Result<Me, Refusal> {
    let contacts: Vec<(String,)> = call.home().list(repo::CONTACTS, values![person.id]).await?;
    Ok(Me {
        roles: crate::role::of_person(call.home(), person.id).await?,
        id: person.id,
        has_password: person.password.is_some(),
        name: person.name,
        language: person.language,
        contacts: contacts.into_iter().map(|(address,)| address).collect(),
    })
}

async fn get_me(_: &Identity, call: Call) -> Result<Answer<Me>, Refusal> {
    let person = load(&call).await?;
    Answer::ok(&view(&call, person).await?)
}

async fn edit_me(_: &Identity, call: Call, Body(input): Body<EditMe>) -> Result<Answer<Me>, Refusal> {
    call.change_home(|| async {
        let person = load(&call).await?;
        let (name, language) = (input.name.as_deref(), input.language.as_deref());
        let (decision, person) = decide::edit(&person, name, language, &call.site.languages)?;
        Ok((decision, Answer::ok(&view(&call, person).await?)?))
    })
    .await
}

/// Somebody at an unlocked phone must not become its owner: the present password is asked for, and
/// guesses at it count like sign-ins.
async fn set_password(
    identity: &Identity,
    call: Call,
    Body(input): Body<NewPassword>,
) -> Result<Answer<()>, Refusal> {
    let person = load(&call).await?;
    let key = identity.attempt_key(call.home(), "password", &person.id.to_string());
    if person.password.is_some() {
        throttle::charge(call.home(), key, &throttle::SIGN_INS, call.now).await?;
    }
    let own = call.caller.session.map(Id::<Session>::from_raw);
    // Hashed once, and not at all where this request was carried out before: then the password that
    // it calls the present one is not that any longer.
    let hashed = OnceCell::new();
    let answer = call
        .change_home(|| async {
            let kept = hashed.get_or_try_init(|| replace(identity, &call, &person, &input)).await?;
            let now = load(&call).await?;
            let others = session::decide::end_all_but(now.id, own, call.now);
            let set = decide::set_password(&now, person.password.as_deref(), kept.clone())?;
            Ok((set.and(others).change(throttle::repo::forget(key)), Answer::done()))
        })
        .await;
    // Whoever repeats a request that was carried out guesses nothing.
    if answer.as_ref().is_err_and(|refusal| refusal.code() == ALREADY_DONE) {
        throttle::succeeded(&call, key).await?;
    }
    identity.verifier.forget_person(call.home(), person.id);
    answer
}

/// What is kept of the new password, if the present one was given.
async fn replace(
    identity: &Identity,
    call: &Call,
    person: &PersonRow,
    input: &NewPassword,
) -> Result<Vec<u8>, Refusal> {
    if let Some(kept) = &person.password {
        let current = input.current.clone().unwrap_or_default();
        if !identity.passwords.matches(current, Some(kept)).await? {
            return Err(Refusal::new(
                kernel::RefusalKind::Forbidden,
                "wrong_password",
                "The present password does not match.",
            ));
        }
    }
    identity.passwords.keep(input.new.clone(), &*call.world.random).await
}
