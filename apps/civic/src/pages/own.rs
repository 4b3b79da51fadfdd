//! What somebody does to a request from its page: hear of it, hear no more of it, say "me too", open
//! it again, have what is theirs erased.

use std::sync::Arc;

use askama::Template;
use http::HeaderMap;
use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use web::{Answer, Bare, Call, Fields, Head, Pairs, Path, Reply};

use super::doors::{Ask, again, told};
use super::limits::{DEVICE_KEPT_S, SECRET_KEPT_S};
use super::track::{MINE, Which, secret, shown};
use super::visit::Visit;
use super::{Pages, forms, refusal};
use crate::request::number;

/// What a device calls itself, so that several at one address count each.
pub const DEVICE: &str = "iroko_device";

pub async fn track_act(
    pages: &Arc<Pages>,
    mut call: Call,
    Path(which): Path<Which>,
    Head(head): Head,
    fields: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let id = number::read(&which.number).ok_or_else(Refusal::not_found)?;
    let path = format!("/track/{}", number::of(id));
    let mut visit = Visit::sent(&call, &head, path.clone());
    let (id, go) = (id.to_string(), fields.text("go").unwrap_or_default().to_owned());
    if let Some(key) = fields.text("form") {
        let parts = forms::parts(&fields);
        call.form_key(key, &parts.iter().map(|part| &**part).collect::<Vec<_>>())?;
    }
    let asked = again(&call);
    let device = device(&visit, &call);
    match act(pages, call, &id, &go, (&fields, &head, &device)).await {
        Ok((reply, done)) => {
            if done == "seconded" {
                visit.keep(DEVICE, &device, DEVICE_KEPT_S);
            }
            let told: Value = told(&reply).unwrap_or_default();
            if let Some(secret) = told["secret"].as_str() {
                visit.keep_at(MINE, secret, &path, SECRET_KEPT_S);
            }
            let done = if told["confirm"] == true { "asked" } else { done };
            Ok(visit.go(&format!("{path}?done={done}")))
        }
        Err(refused) if refused.kind() == RefusalKind::Invalid => {
            let faults = forms::faults(&visit, &refused);
            shown(pages, &asked, &visit, &id, (None, faults)).await
        }
        Err(refused) if refused.kind() == RefusalKind::Conflict => {
            let text = refusal::text(visit.lang, &refused, http::StatusCode::CONFLICT);
            shown(pages, &asked, &visit, &id, (None, vec![(String::new(), text)])).await
        }
        Err(refused) => Err(refused),
    }
}

async fn act(
    pages: &Pages,
    call: Call,
    id: &str,
    go: &str,
    (fields, head, device): (&Fields, &HeaderMap, &str),
) -> Result<(Reply, &'static str), Refusal> {
    let secret = secret(head);
    let (door, done, body) = match go {
        "follow" => {
            let contact = forms::contact(fields);
            ("civic.request_follow", "followed", json!({ "contact": contact }))
        }
        "second" => ("civic.request_second", "seconded", json!({ "device": device })),
        "unfollow" => ("civic.request_unfollow", "unfollowed", json!({ "secret": secret })),
        "reopen" => {
            let why = fields.text("why").unwrap_or_default();
            ("civic.request_reopen", "reopened", json!({ "secret": secret, "why": why }))
        }
        "erase" => {
            let with_text = fields.text("with_text").is_some();
            ("civic.request_erase", "erased", json!({ "secret": secret, "with_text": with_text }))
        }
        _ => return Err(Refusal::not_found()),
    };
    Ok((pages.doors.go(door, call, Ask::of(id).body(body)).await?, done))
}

/// As it called itself before, or a name nobody else has.
pub fn device(visit: &Visit, call: &Call) -> String {
    let is_name =
        |name: &&str| (8..=128).contains(&name.len()) && name.bytes().all(|it| it.is_ascii_alphanumeric());
    visit.cookie(DEVICE).filter(is_name).map_or_else(|| forms::fresh(call), str::to_owned)
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Leaving {
    #[schemars(length(min = 1, max = 400))]
    token: String,
}

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Unsubscribe<'a> {
    v: &'a Visit,
    is_done: bool,
    number: String,
}

/// Changes nothing: programs that look at every link of a message do so here.
pub async fn unsubscribe(
    pages: &Arc<Pages>,
    call: Call,
    Path(leaving): Path<Leaving>,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let path = format!("/unsubscribe/{}", super::address::encoded(&leaving.token));
    let visit = Visit::of(&call, &head, &pairs, path);
    let number = match request_of(&leaving.token) {
        Some((number, id, secret)) => {
            super::track::mine(pages, &call, &id, Some(secret)).await?.ok_or_else(Refusal::not_found)?;
            number
        }
        None => {
            let asked = Ask::new().path("token", &leaving.token);
            pages.doors.go("platform.look_at_leave", again(&call), asked).await?;
            String::new()
        }
    };
    visit.page(&Unsubscribe { v: &visit, is_done: false, number })
}

pub async fn unsubscribe_now(
    pages: &Arc<Pages>,
    call: Call,
    Path(leaving): Path<Leaving>,
    Head(head): Head,
    _: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let visit = Visit::sent(&call, &head, "/");
    let number = match request_of(&leaving.token) {
        Some((number, id, secret)) => {
            let asked = Ask::of(id).body(json!({ "secret": secret }));
            pages.doors.go("civic.request_unfollow", again(&call), asked).await?;
            number
        }
        None => {
            let asked = Ask::new().path("token", &leaving.token);
            pages.doors.go("platform.leave", again(&call), asked).await?;
            String::new()
        }
    };
    visit.page(&Unsubscribe { v: &visit, is_done: true, number })
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct Confirm<'a> {
    v: &'a Visit,
    number: String,
}

/// Changes nothing: programs that look at every link of a message do so here.
pub async fn confirm(
    _: &Arc<Pages>,
    call: Call,
    Path(leaving): Path<Leaving>,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let (number, ..) = request_of(&leaving.token).ok_or_else(Refusal::not_found)?;
    let path = format!("/confirm/{}", super::address::encoded(&leaving.token));
    let visit = Visit::of(&call, &head, &pairs, path);
    visit.page(&Confirm { v: &visit, number })
}

/// Whoever has the address wants the messages; from now on this browser knows the request as theirs.
pub async fn confirm_now(
    pages: &Arc<Pages>,
    call: Call,
    Path(leaving): Path<Leaving>,
    Head(head): Head,
    _: Fields,
) -> Result<Answer<Bare>, Refusal> {
    let (number, id, token) = request_of(&leaving.token).ok_or_else(Refusal::not_found)?;
    let path = format!("/track/{number}");
    let mut visit = Visit::sent(&call, &head, path.clone());
    let asked = Ask::of(id).body(json!({ "token": token }));
    let reply = pages.doors.go("civic.request_confirm", again(&call), asked).await?;
    if let Some(secret) = told::<Value>(&reply)?["secret"].as_str() {
        visit.keep_at(MINE, secret, &path, SECRET_KEPT_S);
    }
    Ok(visit.go(&format!("{path}?done=confirmed")))
}

/// `<number>.<secret>`: what a message about one request has in its link.
fn request_of(token: &str) -> Option<(String, String, &str)> {
    let (written, secret) = token.split_once('.')?;
    let id = number::read(written)?;
    Some((number::of(id), id.to_string(), secret))
}
