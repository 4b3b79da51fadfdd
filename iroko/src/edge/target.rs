//! What a request is aimed at: the host, the path within the market, its parameters, and the answer
//! to a front door without its slash.

use http::request::Parts;
use http::{HeaderValue, Response, StatusCode, header};
use kernel::{Fault, Refusal};

use super::sending::Sending;
use super::turned::Answered;

/// The host with its port.
pub(super) fn authority(head: &Parts) -> Option<&str> {
    match head.uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => head.headers.get(header::HOST)?.to_str().ok(),
    }
}

pub(super) fn host(head: &Parts) -> Option<&str> {
    let host = authority(head)?;
    // A port follows the last colon, unless that is inside the brackets of an IPv6 address.
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some(name),
        _ => Some(host),
    }
}

/// The end of the request's target, from the path within the market on.
pub(super) fn within<'a>(head: &'a Parts, rest: &str) -> &'a str {
    let whole = head.uri.path_and_query().map_or("/", |it| it.as_str());
    let prefix = head.uri.path().len().saturating_sub(rest.len());
    whole.get(prefix..).unwrap_or(whole)
}

pub(super) fn parameters(params: &matchit::Params<'_, '_>) -> Result<Vec<(String, String)>, Refusal> {
    let mut faults = Vec::new();
    let mut taken = Vec::with_capacity(params.len());
    for (name, value) in params.iter() {
        match web::decode_path(value) {
            Ok(value) => taken.push((name.to_owned(), value.into_owned())),
            Err(web::Unreadable) => {
                faults.push(Fault::new(
                    format!("{{{name}}}"),
                    "not_utf8",
                    "This part of the path cannot be read.",
                ));
            }
        }
    }
    if faults.is_empty() { Ok(taken) } else { Err(Refusal::invalid(faults)) }
}

/// The market's own address without the slash at its end, against which links on its front page
/// would lead elsewhere: the same with it.
pub(super) fn with_slash(head: &Parts) -> Answered {
    let query = head.uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let location = format!("{}/{query}", head.uri.path());
    let mut response = Response::new(Sending::default());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(location) = HeaderValue::try_from(location) {
        headers.insert(header::LOCATION, location);
    }
    response
}
