//! What people see when something is refused: a page in the same look, in their language, that says
//! what to do next.

use askama::Template;
use http::{Method, StatusCode};
use kernel::Refusal;
use web::{About, Reply};

use crate::address::{cookie, encoded};
use crate::face::Face;
use crate::visit::{HTML, TOKEN, Visit};
use crate::words::Tongue;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    v: &'a Visit,
    title: String,
    text: String,
    /// Under this name the log knows the request.
    request: &'a str,
    may_sign_in: bool,
}

/// A page for each refusal of any of an app's pages.
pub fn page(face: &'static Face, refusal: &Refusal, about: &About<'_>) -> Option<Reply> {
    let is_read = matches!(*about.method, Method::GET | Method::HEAD);
    let is_stale = cookie(about.headers, TOKEN).is_some();
    let mut visit = Visit::stranger(face, about.headers, about.base, about.path, about.site.as_deref());
    if about.status == StatusCode::UNAUTHORIZED {
        if is_read {
            let mark = if about.query.is_empty() { "" } else { "?" };
            let back = encoded(&format!("{}{mark}{}", about.path, about.query));
            return Some(Reply::see_other(format!("{}/sign-in?back={back}", about.base)));
        }
        visit.keep(TOKEN, "", 0);
        if is_stale && (face.is_for_anyone)(about.path) && !about.query.contains("again=") {
            // The sign-in ended while the form was filled in. The browser sends the very same again,
            // without the old cookie: nothing that was written is lost.
            let location = format!("{}{}?again=1", about.base, about.path);
            let headers = visit.cookies();
            let reply = Reply { headers, ..Reply::see_other(location) };
            return Some(Reply { status: StatusCode::TEMPORARY_REDIRECT, ..reply });
        }
    }
    let page = ErrorPage {
        title: visit.t(&title(about.status)),
        text: text(visit.lang, refusal, about.status),
        request: about.request,
        may_sign_in: matches!(about.status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS),
        v: &visit,
    };
    let body = page.render().ok()?;
    Some(Reply { headers: visit.cookies(), ..Reply::bytes(about.status, HTML, body) })
}

fn title(status: StatusCode) -> String {
    let known = [400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 415, 429, 503];
    let number = if known.contains(&status.as_u16()) { status.as_u16() } else { 500 };
    format!("error-{number}")
}

/// What a refusal means, in somebody's language: by its own name, or by its status.
pub fn text(language: Tongue, refusal: &Refusal, status: StatusCode) -> String {
    let own = format!("refusal-{}", refusal.code().replace('_', "-"));
    if language.has(&own) {
        language.say(&own, &[])
    } else {
        language.say(&format!("{}-text", title(status)), &[])
    }
}

/// The same for one field.
pub fn fault(language: Tongue, code: &str) -> String {
    let own = format!("fault-{}", code.replace('_', "-"));
    if language.has(&own) { language.say(&own, &[]) } else { language.say("fault-other", &[]) }
}
