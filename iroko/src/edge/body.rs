//! Reading a body: how large, how slow and of which kind it may be.

use std::pin::Pin;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Version, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body;
use kernel::{Refusal, RefusalKind};
use web::Endpoint;

use super::turned::Turned;
use super::{EdgeConfig, limits};

/// Nothing is read where nothing is taken.
pub(crate) async fn read<B>(
    endpoint: &Endpoint,
    headers: &HeaderMap,
    body: B,
    config: &EdgeConfig,
) -> Result<Bytes, Turned>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if !endpoint.takes_body() {
        return Ok(Bytes::new());
    }
    if !is_json(headers) {
        let message = "Send the body as application/json.";
        return Err(Refusal::new(RefusalKind::UnsupportedMedia, "not_json", message).into());
    }
    if is_encoded(headers) {
        let message = "Send the body as it is, without Content-Encoding.";
        return Err(Refusal::new(RefusalKind::UnsupportedMedia, "encoded_body", message).into());
    }
    let max = endpoint.body_bytes_max.min(config.body_bytes_max);
    if body.size_hint().lower() > max as u64 {
        return Err(too_large(max));
    }
    let collected = tokio::time::timeout(config.body_time, Limited::new(body, max).collect()).await;
    match collected {
        Ok(Ok(all)) => Ok(all.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(max)),
        Ok(Err(_)) => Err(Refusal::new(RefusalKind::Invalid, "body_broken", "The body broke off.").into()),
        Err(_) => Err(Turned::too_slow()),
    }
}

/// Reads what is left of a body that nobody wanted, so that the connection can be used again; false
/// where that is more than it is worth, and the connection ends.
pub(crate) async fn finish<B>(mut body: Pin<&mut B>, head: &Parts) -> bool
where
    B: Body<Data = Bytes>,
{
    if body.is_end_stream() || head.version > Version::HTTP_11 {
        return true;
    }
    let is_short = body.size_hint().upper().is_some_and(|bytes| bytes <= limits::UNREAD_BYTES_MAX);
    // Somebody who asks first whether to send the body does not send it now.
    if !is_short || head.headers.contains_key(header::EXPECT) {
        return false;
    }
    let rest = async { while let Some(Ok(_)) = body.as_mut().frame().await {} };
    let in_time = tokio::time::timeout(limits::UNREAD_TIME, rest).await.is_ok();
    in_time && body.is_end_stream()
}

fn too_large(max: usize) -> Turned {
    let message = format!("The body may have at most {max} bytes.");
    Refusal::new(RefusalKind::TooLarge, "body_too_large", message).into()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(|it| !it.as_bytes().eq_ignore_ascii_case(b"identity"))
}
