use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::jiff::Timestamp;
use kernel::{Fault, Id, Refusal, values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use web::{Answer, Body, Call, Endpoint, May, Path, Priority};

use super::model::{Session, SessionRow};
use super::sign_in::{Beginning, Tokens, wrong};
use super::{decide, repo};
use crate::code::{self, Code, CodeRow};
use crate::identity::Identity;
use crate::person::http::signed_in;
use crate::person::{self, PersonRow};
use crate::throttle;

pub fn endpoints(identity: &Arc<Identity>) -> Vec<Endpoint> {
    vec![
        web::with!(identity, post "/v1/sign-in" => sign_in(input: Body<SignIn>))
            .says("Sign in by contact and password, or by a one-time code")
            .may(May::Anyone)
            .secret()
            .priority(Priority::Critical),
        web::with!(identity, post "/v1/tokens/refresh" => refresh_tokens(input: Body<Refresh>))
            .says("Stay signed in: a refresh token for the next two tokens")
            .may(May::Anyone)
            .secret()
            .priority(Priority::Critical),
        web::with!(identity, get "/v1/keys/public" => public_keys())
            .says("The keys that access tokens are signed with, as a JWK set")
            .may(May::Anyone),
        web::with!(identity, get "/v1/me/sessions" => list_sessions())
            .says("Where one is signed in")
            .may(May::Known),
        web::with!(identity, delete "/v1/me/sessions/{session}" => end_session(input: Path<SessionPath>))
            .says("End one of one's own sessions; with the present one, sign out")
            .may(May::Known),
        web::with!(identity, delete "/v1/me/sessions" => end_other_sessions())
            .says("End all of one's own sessions but the present one")
            .may(May::Known),
    ]
}

/// Either `contact` and `password`, or `code` and `digits`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("allOf" = [two_ways()]))]
pub struct SignIn {
    /// A telephone number or an e-mail address.
    #[schemars(length(min = 3, max = 254))]
    contact: Option<String>,
    #[schemars(length(min = 1, max = 128))]
    password: Option<String>,
    /// What asking for a code answered.
    code: Option<Id<Code>>,
    /// The six digits that were sent.
    #[schemars(length(min = 6, max = 6))]
    digits: Option<String>,
    /// What to call this device in the list of sessions.
    #[schemars(length(max = 100))]
    device: Option<String>,
}

/// For the document's readers. Two types in an enum would say the same, but then a refusal could not
/// name what is wrong field by field.
fn two_ways() -> Value {
    let way = |given: [&str; 2], absent: [&str; 2]| {
        let [a, b] = given.map(|name| (name, json!({"type": "string"})));
        let [c, d] = absent.map(|name| (name, json!({"type": "null"})));
        json!({"required": given, "properties": BTreeMap::from([a, b, c, d])})
    };
    let (password, code) = (["contact", "password"], ["code", "digits"]);
    json!({"oneOf": [way(password, code), way(code, password)]})
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    #[schemars(length(min = 1, max = 100))]
    refresh_token: String,
}

#[derive(Deserialize, JsonSchema)]
pub struct SessionPath {
    session: Id<Session>,
}

#[derive(Serialize, JsonSchema)]
pub struct SessionView {
    id: Id<Session>,
    device: String,
    #[schemars(with = "String")]
    started: Timestamp,
    #[schemars(with = "String")]
    seen: Timestamp,
    /// The one that asks.
    present: bool,
}

#[derive(Serialize, JsonSchema)]
pub struct Sessions {
    items: Vec<SessionView>,
}

#[derive(Serialize, JsonSchema)]
pub struct PublicKeys {
    keys: Vec<Value>,
}

async fn sign_in(
    identity: &Identity,
    call: Call,
    Body(input): Body<SignIn>,
) -> Result<Answer<Tokens>, Refusal> {
    match input {
        SignIn { contact: Some(contact), password: Some(password), code: None, digits: None, device } => {
            by_password(identity, &call, &contact, password, device).await
        }
        SignIn { contact: None, password: None, code: Some(code), digits: Some(digits), device } => {
            by_code(identity, &call, code, &digits, device).await
        }
        _ => Err(Refusal::invalid(vec![Fault::new(
            "",
            "no_match",
            "Give either contact and password, or code and digits.",
        )])),
    }
}

/// Every step is taken whether or not there is such an account: one commit that counts the attempt,
/// one read, one password hash.
async fn by_password(
    identity: &Identity,
    call: &Call,
    contact: &str,
    password: String,
    device: Option<String>,
) -> Result<Answer<Tokens>, Refusal> {
    let contact = identity.contact(call, contact, "/contact")?;
    let home = call.home();
    let tenant = home.place().id.raw();
    identity.counts.charge(tenant, call.address, call.now)?;
    let key = identity.attempt_key(home, "sign-in", &contact.address);
    throttle::charge(home, key, &throttle::SIGN_INS, call.now).await?;
    let person: Option<PersonRow> = home.one(person::repo::BY_CONTACT, values![&contact.address]).await?;
    let kept = person.as_ref().and_then(|person| person.password.as_deref());
    let matches = identity.passwords.matches(password, kept).await?;
    let person = person.filter(|_| matches).ok_or_else(wrong)?;
    identity.counts.refund(tenant, call.address);
    let beginning = Beginning::new(identity, call, device);
    let answer = call
        .change_home(|| async {
            let decision = beginning.decide(call, person.id).await?.change(throttle::repo::forget(key));
            let refresh = beginning.refresh.clone();
            let tokens = identity.tokens(call, person.id, beginning.id, refresh).await?;
            Ok((decision, Answer::ok(&tokens)?))
        })
        .await;
    // The password was right, though nothing was left to do.
    if answer.as_ref().is_err_and(|refusal| refusal.code() == throttle::ALREADY_DONE) {
        throttle::succeeded(call, key).await?;
    }
    answer
}

async fn by_code(
    identity: &Identity,
    call: &Call,
    id: Id<Code>,
    digits: &str,
    device: Option<String>,
) -> Result<Answer<Tokens>, Refusal> {
    let home = call.home();
    let tenant = home.place().id.raw();
    identity.counts.charge(tenant, call.address, call.now)?;
    let beginning = Beginning::new(identity, call, device);
    // Guessed once, and not at all where this request was carried out before: then the code is used up.
    let guessed = OnceCell::new();
    call.change_home(|| async {
        let code = guessed.get_or_try_init(|| guess(identity, call, id, digits)).await?;
        let existing: Option<PersonRow> = home.one(person::repo::BY_CONTACT, values![&code.contact]).await?;
        let (decision, person) =
            code::decide::redeem(code, existing.as_ref(), &call.site.languages, &call.ctx())?;
        let decision = decision.and(beginning.decide(call, person).await?);
        let tokens = identity.tokens(call, person, beginning.id, beginning.refresh.clone()).await?;
        Ok((decision, Answer::ok(&tokens)?))
    })
    .await
}

async fn guess(identity: &Identity, call: &Call, id: Id<Code>, digits: &str) -> Result<CodeRow, Refusal> {
    let code = code::guess(identity, call, id, digits).await?;
    identity.counts.refund(call.home().place().id.raw(), call.address);
    Ok(code)
}

async fn refresh_tokens(
    identity: &Identity,
    call: Call,
    Body(input): Body<Refresh>,
) -> Result<Answer<Tokens>, Refusal> {
    identity.refresh(&call, &input.refresh_token).await
}

async fn public_keys(identity: &Identity, call: Call) -> Result<Answer<PublicKeys>, Refusal> {
    let keys = identity.verifier.public_keys(call.home(), call.now).await?;
    Ok(Answer::ok(&PublicKeys { keys })?.public(300, 600))
}

async fn list_sessions(_: &Identity, call: Call) -> Result<Answer<Sessions>, Refusal> {
    let person = signed_in(&call)?;
    let rows: Vec<SessionRow> = call.home().list(repo::OF_PERSON, values![person, call.now]).await?;
    let items = rows.into_iter().rev().map(|row| SessionView {
        present: call.caller.session == Some(row.id.raw()),
        id: row.id,
        device: row.device,
        started: row.at,
        seen: row.seen,
    });
    Answer::ok(&Sessions { items: items.collect() })
}

async fn end_session(
    identity: &Identity,
    call: Call,
    Path(path): Path<SessionPath>,
) -> Result<Answer<()>, Refusal> {
    let person = signed_in(&call)?;
    let answer = call
        .change_home(|| async {
            let found: Option<SessionRow> = call.home().one(repo::ONE, values![path.session]).await?;
            // Somebody else's looks like none at all.
            let own = found.filter(|it| it.person == person && it.is_live(call.now));
            Ok((decide::end(&own.ok_or_else(Refusal::not_found)?, call.now), Answer::done()))
        })
        .await;
    identity.verifier.forget_person(call.home(), person);
    answer
}

async fn end_other_sessions(identity: &Identity, call: Call) -> Result<Answer<()>, Refusal> {
    let person = signed_in(&call)?;
    let own = call.caller.session.map(Id::from_raw);
    let answer =
        call.change_home(|| async { Ok((decide::end_all_but(person, own, call.now), Answer::done())) }).await;
    identity.verifier.forget_person(call.home(), person);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_tells_the_two_ways_to_sign_in() {
        let schema = schemars::schema_for!(SignIn).to_value();
        let ways = schema["allOf"][0]["oneOf"].as_array().unwrap();
        let named = |way: &Value, kind: &str| -> Vec<String> {
            let fields = way["properties"].as_object().unwrap();
            fields.iter().filter(|(_, it)| it["type"] == kind).map(|(name, _)| name.clone()).collect()
        };
        let seen: Vec<_> = ways.iter().map(|way| (named(way, "string"), named(way, "null"))).collect();
        let (password, code) = (["contact", "password"], ["code", "digits"]);
        let owned = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        assert_eq!(seen, [(owned(password), owned(code)), (owned(code), owned(password))]);
    }
}
