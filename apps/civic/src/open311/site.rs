//! What every call of the protocol has in common: its form, its jurisdiction, its addresses.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use kernel::{Refusal, RefusalKind};
use web::{Answer, Bare, Call};

use super::form::{Form, Node};

/// A market is one jurisdiction, under its own name. It need not be said, but if it is it must be this.
pub fn check_jurisdiction(call: &Call, said: Option<&str>) -> Result<(), Refusal> {
    match said.map(str::trim).filter(|it| !it.is_empty()) {
        None => Ok(()),
        Some(said) if *said == *call.site.market_slug => Ok(()),
        Some(_) => {
            let message = format!("jurisdiction_id: This endpoint serves {} only.", call.site.market_slug);
            Err(Refusal::new(RefusalKind::NotFound, "unknown_jurisdiction", message))
        }
    }
}

pub fn answer(form: Form, root: &'static str, node: &Node) -> Answer<Bare> {
    Answer::bytes(StatusCode::OK, form.media(), Bytes::from(form.write(root, node)))
}

/// What stands before the path in addresses for others: what the operator says, otherwise what the
/// client itself called.
pub fn origin(public_url: Option<&str>, headers: &HeaderMap) -> String {
    if let Some(url) = public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    if host.bytes().all(plain) { format!("http://{host}") } else { "http://localhost".to_owned() }
}
