//! Signing in on a page: by password, or by a code that is sent. What the endpoints answer with goes
//! into two cookies that no script reads; the one that renews the other is sent to these pages only.

use std::sync::Arc;

use askama::Template;
use http::{HeaderMap, StatusCode};
use identity::Session;
use kernel::{Refusal, RefusalKind};
use serde::Deserialize;
use serde_json::{Value, json};
use web::{Answer, Bare, Call, Fields, Head, Pairs};

use crate::address::{encoded, within};
use crate::doors::{Ask, again, told};
use crate::limits::RENEWED_S;
use crate::visit::{TOKEN, Visit};
use crate::{Gate, forms};

const REFRESH: &str = "iroko_refresh";
/// It was renewed a moment ago: once more would not help.
const RENEWED: &str = "iroko_renewed";
const HERE: &str = "/sign-in";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    v: &'a Visit,
    back: String,
    contact: String,
    /// A code was sent; the next form takes its digits.
    code: String,
    /// They came with a link that has them.
    digits: String,
    fault: String,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    expires_in: i64,
    refresh_token: String,
    refresh_expires_in: i64,
}

pub async fn sign_in_page(
    gate: &Arc<Gate>,
    call: Call,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = Visit::of(gate.face, &call, &head, &pairs, HERE);
    let back = pairs.get("back").unwrap_or_default();
    if visit.is_known {
        return Ok(visit.go(&to(&visit, back)));
    }
    if visit.cookie(REFRESH).is_some() && visit.cookie(RENEWED).is_none() {
        return Ok(visit.go(&format!("/sign-in/renew?back={}", encoded(back))));
    }
    // A link that invites somebody. To look at it uses nothing up: programs look at every link of a mail.
    if let (Some(code), Some(digits)) = (pairs.get("code"), pairs.get("digits")) {
        return show(&visit, StatusCode::OK, back, ("", code, digits), String::new());
    }
    show(&visit, StatusCode::OK, back, ("", "", ""), String::new())
}

/// Back to where they wanted to go with fresh cookies, or to the sign-in with none.
pub async fn sign_in_renew(
    gate: &Arc<Gate>,
    call: Call,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let mut visit = Visit::of(gate.face, &call, &head, &Pairs::default(), HERE);
    let back = pairs.get("back").unwrap_or_default();
    let again_here = format!("/sign-in?back={}", encoded(back));
    let Some(token) = visit.cookie(REFRESH).map(str::to_owned) else { return Ok(visit.go(&again_here)) };
    let asked = Ask::new().body(json!({ "refresh_token": token }));
    match gate.doors.read::<Tokens>("platform.refresh_tokens", &call, asked).await {
        Ok(tokens) => {
            keep(&mut visit, &tokens);
            visit.keep_at(RENEWED, "1", HERE, RENEWED_S);
            Ok(visit.go(within(back)))
        }
        Err(refused) if matches!(refused.kind(), RefusalKind::Unauthenticated | RefusalKind::Invalid) => {
            visit.keep_at(REFRESH, "", HERE, 0);
            Ok(visit.go(&again_here))
        }
        Err(refused) => Err(refused),
    }
}

pub async fn sign_in_send(
    gate: &Arc<Gate>,
    call: Call,
    Head(head): Head,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let mut visit = Visit::sent(gate.face, &call, &head, HERE);
    let text = |name: &str| forms::typed(&fields, name).trim().to_owned();
    let (back, contact, code) = (text("back"), text("contact"), text("code"));
    let device = device(&head);
    let body = match fields.text("go").unwrap_or_default() {
        "ask" => return ask(gate, call, &visit, &back, &contact).await,
        "code" => json!({ "code": code, "digits": text("digits").replace([' ', '-'], ""), "device": device }),
        _ => {
            let password = fields.text("password").unwrap_or_default();
            json!({ "contact": contact, "password": password, "device": device })
        }
    };
    match gate.doors.go("platform.sign_in", again(&call), Ask::new().body(body)).await {
        Ok(reply) => {
            keep(&mut visit, &told(&reply)?);
            // Who they are is not known here yet: without a wish of theirs this very page decides.
            Ok(visit.go(if back.is_empty() { HERE } else { within(&back) }))
        }
        Err(refused) => wrong(&visit, refused, (&back, &contact, &code)),
    }
}

async fn ask(
    gate: &Gate,
    call: Call,
    visit: &Visit,
    back: &str,
    contact: &str,
) -> Result<Answer<Bare>, Refusal> {
    let body = Ask::new().body(json!({ "contact": contact }));
    match gate.doors.go("platform.ask_for_code", call, body).await {
        Ok(reply) => {
            let asked: Value = told(&reply)?;
            let code = asked["code"].as_str().unwrap_or_default();
            show(visit, StatusCode::OK, back, (contact, code, ""), String::new())
        }
        Err(refused) => wrong(visit, refused, (back, contact, "")),
    }
}

fn wrong(
    visit: &Visit,
    refused: Refusal,
    (back, contact, code): (&str, &str, &str),
) -> Result<Answer<Bare>, Refusal> {
    let fault = match refused.kind() {
        RefusalKind::Invalid | RefusalKind::Unauthenticated => visit.t("refusal-wrong-sign-in"),
        RefusalKind::Unavailable if refused.code() == "no_channel" => visit.t("refusal-no-channel"),
        RefusalKind::TooMany => visit.t("refusal-too-many-tries"),
        _ => return Err(refused),
    };
    show(visit, StatusCode::UNPROCESSABLE_ENTITY, back, (contact, code, ""), fault)
}

fn show(
    visit: &Visit,
    status: StatusCode,
    back: &str,
    (contact, code, digits): (&str, &str, &str),
    fault: String,
) -> Result<Answer<Bare>, Refusal> {
    let back = if back.is_empty() { "" } else { within(back) };
    let [back, contact, code, digits] = [back, contact, code, digits].map(str::to_owned);
    visit.page_as(status, &SignIn { v: visit, back, contact, code, digits, fault })
}

/// Where they wanted to go, or where they work.
fn to(visit: &Visit, back: &str) -> String {
    let desk = || visit.desks.first().map_or_else(|| "/".to_owned(), |(path, _)| path.clone());
    if back.is_empty() { desk() } else { within(back).to_owned() }
}

/// What a browser says it is, so that people know it again in the list of their sessions.
fn device(head: &HeaderMap) -> String {
    let agent = head.get(http::header::USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or("browser");
    agent.chars().take(100).collect()
}

fn keep(visit: &mut Visit, tokens: &Tokens) {
    visit.keep(TOKEN, &tokens.access_token, tokens.expires_in);
    visit.keep_at(REFRESH, &tokens.refresh_token, HERE, tokens.refresh_expires_in);
}

/// Also with a cookie that is good no more.
pub async fn sign_out(
    gate: &Arc<Gate>,
    call: Call,
    Head(head): Head,
    _: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let mut visit = Visit::sent(gate.face, &call, &head, "/");
    if let Some(session) = call.caller.session.map(kernel::Id::<Session>::from_raw) {
        let asked = Ask::new().path("session", session);
        match gate.doors.go("platform.end_session", again(&call), asked).await {
            Err(refused) if refused.kind() != RefusalKind::NotFound => return Err(refused),
            _ => {}
        }
    }
    visit.keep(TOKEN, "", 0);
    visit.keep_at(REFRESH, "", HERE, 0);
    Ok(visit.go("/"))
}
