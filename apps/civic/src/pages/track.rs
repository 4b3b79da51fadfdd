//! A request by its number: what everyone may read of it, and for who reported or follows it what
//! they may do. Their secret comes with a link once, and then stays in a cookie of this one page, so
//! that it is in no address that is shown, kept or passed on.

use std::sync::Arc;

use askama::Template;
use http::{HeaderMap, StatusCode};
use kernel::jiff::Timestamp;
use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use web::{Answer, Bare, Call, Head, Pairs, Path};

use super::doors::Ask;
use super::limits::{HISTORY, SECRET_KEPT_S};
use super::map;
use super::views::{Entry, Items, Names, Request};
use super::visit::Visit;
use super::words::Language;
use super::{Pages, address, frame};
use crate::request::number;

/// The secret of the request whose page this is.
pub const MINE: &str = "iroko_mine";

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Which {
    #[schemars(length(min = 1, max = 64))]
    pub number: String,
}

#[derive(Template)]
#[template(path = "track.html")]
struct Track<'a> {
    v: &'a Visit,
    number: String,
    is_unknown: bool,
}

#[derive(Template)]
#[template(path = "request.html")]
pub struct Page<'a> {
    pub v: &'a Visit,
    pub it: Request,
    pub category: String,
    pub status: String,
    pub history: Vec<Said>,
    pub picture: String,
    pub place: String,
    pub merged: Option<String>,
    pub is_over: bool,
    pub mine: Option<Mine>,
    /// What was just done.
    pub done: Option<String>,
    /// What is wrong with what was just sent: field and text.
    pub faults: Vec<(String, String)>,
    pub languages: Vec<(String, String)>,
}

/// An entry of the history, in words.
pub struct Said {
    pub when: String,
    pub what: String,
    pub text: String,
}

/// What somebody who reported or follows a request may know.
#[derive(Debug, Deserialize)]
pub struct Mine {
    pub request: Request,
    pub reporter: bool,
    #[serde(default)]
    pub hidden: bool,
    pub following: Option<Following>,
    pub reopen_until: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
pub struct Following {
    pub email: Option<String>,
    pub phone: Option<String>,
    pub channel: String,
    pub confirmed: bool,
}

impl Following {
    /// Where messages go.
    pub fn to(&self) -> &str {
        match &*self.channel {
            "email" => self.email.as_deref().unwrap_or_default(),
            "sms" => self.phone.as_deref().unwrap_or_default(),
            _ => "",
        }
    }
}

pub async fn track(
    _: &Arc<Pages>,
    call: Call,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let visit = Visit::of(&call, &head, &pairs, "/track");
    let asked = pairs.get("number").map(str::trim).filter(|text| !text.is_empty());
    match asked.map(|text| (text, number::read(text))) {
        Some((_, Some(id))) => Ok(visit.go(&format!("/track/{}", number::of(id)))),
        Some((text, None)) => not_there(&visit, text),
        None => visit.page(&Track { v: &visit, number: String::new(), is_unknown: false }),
    }
}

fn not_there(visit: &Visit, number: &str) -> Result<Answer<Bare>, Refusal> {
    let number = number.chars().take(64).collect();
    visit.page_as(StatusCode::NOT_FOUND, &Track { v: visit, number, is_unknown: true })
}

pub async fn track_one(
    pages: &Arc<Pages>,
    call: Call,
    Path(which): Path<Which>,
    pairs: Pairs,
    Head(head): Head,
) -> Result<Answer<Bare>, Refusal> {
    let path = format!("/track/{}", address::encoded(&which.number));
    let mut visit = Visit::of(&call, &head, &pairs, path);
    let Some(id) = number::or_id(&which.number) else { return not_there(&visit, &which.number) };
    let clean = format!("/track/{}", number::of(id));
    if let Some(secret) = pairs.get("key") {
        // Whether it is theirs is asked before it is kept.
        if mine(pages, &call, &id.to_string(), Some(secret)).await?.is_some() {
            visit.keep_at(MINE, secret, &clean, SECRET_KEPT_S);
        }
        let done = pairs.get("done").unwrap_or_default();
        let mark = if done.is_empty() { "" } else { "?done=" };
        return Ok(visit.go(&format!("{clean}{mark}{}", address::encoded(done))));
    }
    if visit.path != clean {
        return Ok(visit.go(&clean));
    }
    let done = match pairs.get("done") {
        Some("reported") => Some(visit.t("done-reported")),
        Some("seconded") => Some(visit.t("done-seconded")),
        Some("followed") => Some(visit.t("done-followed")),
        Some("asked") => Some(visit.t("done-asked")),
        Some("confirmed") => Some(visit.t("done-confirmed")),
        Some("unfollowed") => Some(visit.t("done-unfollowed")),
        Some("reopened") => Some(visit.t("done-reopened")),
        Some("erased") => Some(visit.t("done-erased")),
        _ => None,
    };
    shown(pages, &call, &visit, &id.to_string(), (done, Vec::new())).await
}

/// The page as it stands, with what was done or what is wrong.
pub async fn shown(
    pages: &Pages,
    call: &Call,
    visit: &Visit,
    id: &str,
    (done, faults): (Option<String>, Vec<(String, String)>),
) -> Result<Answer<Bare>, Refusal> {
    let mine = mine(pages, call, id, visit.cookie(MINE)).await?;
    let request = match &mine {
        Some(mine) => Ok(mine.request.clone()),
        None => pages.doors.read::<Request>("civic.request_read", call, Ask::of(id)).await,
    };
    let request = match request {
        Err(refusal) if refusal.kind() == RefusalKind::NotFound => return not_there(visit, ""),
        request => request?,
    };
    // What is hidden has no history that everyone may read, not even for those it belongs to.
    let asked = Ask::of(id).query("limit", HISTORY);
    let history: Items<Entry> = match mine.as_ref().is_some_and(|mine| mine.hidden) {
        true => Items { items: Vec::new(), next: None },
        false => pages.doors.read("civic.request_history", call, asked).await?,
    };
    let names = Names::load(&pages.doors, call).await?;
    let other = request.merged_into.as_deref().and_then(|id| id.parse().ok());
    let is_wrong = !faults.is_empty();
    let page = Page {
        category: names.of(&request.category),
        status: visit.status(&request.status),
        history: history.items.iter().map(|entry| said(visit, entry)).collect(),
        picture: map::picture(visit, &frame::Frame::new(request.place, super::limits::ZOOM_PLACE), "", ""),
        place: frame::text(request.place),
        merged: other.map(|id| visit.to(&format!("/track/{}", number::of(id)))),
        is_over: matches!(&*request.status, "resolved" | "closed"),
        it: request,
        mine,
        done,
        faults,
        languages: languages(call),
        v: visit,
    };
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    visit.page_as(status, &page)
}

/// The market's languages, by code and name.
pub fn languages(call: &Call) -> Vec<(String, String)> {
    let name = |code: &String| {
        let name = Language::named(code).map_or_else(|| code.clone(), |language| language.name().to_owned());
        (code.clone(), name)
    };
    call.site.languages.iter().map(name).collect()
}

pub fn said(visit: &Visit, entry: &Entry) -> Said {
    let what = match entry.to.as_deref() {
        Some(status) => visit.w("happened-to", "status", visit.status(status)),
        None => visit.happened(&entry.what),
    };
    Said { when: visit.time(&entry.at), what, text: entry.text.clone().unwrap_or_default() }
}

/// One's own part of a request: with a secret, or signed in. Whoever has nothing to do with it has none.
pub async fn mine(
    pages: &Pages,
    call: &Call,
    id: &str,
    secret: Option<&str>,
) -> Result<Option<Mine>, Refusal> {
    if secret.is_none() && call.caller.person().is_none() {
        return Ok(None);
    }
    let asked = Ask::of(id).body(json!({ "secret": secret }));
    match pages.doors.read("civic.request_mine", call, asked).await {
        Ok(mine) => Ok(Some(mine)),
        Err(refusal) if matches!(refusal.kind(), RefusalKind::NotFound | RefusalKind::Invalid) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// The secret that came with this request, if it came with one.
pub fn secret(head: &HeaderMap) -> Option<&str> {
    address::cookie(head, MINE)
}
