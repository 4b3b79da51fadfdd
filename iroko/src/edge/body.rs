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
    let Some(taken) = endpoint.body() else { return Ok(Bytes::new()) };
    if !taken.takes(media_of(headers)) {
        return Err(other_media(taken.media()).into());
    }
    if is_encoded(headers) {
        let message = "Send the body as it is, without Content-Encoding.";
        return Err(Refusal::new(RefusalKind::UnsupportedMedia, "encoded_body", message).into());
    }
    let max = bytes_max(endpoint, config);
    if body.size_hint().lower() > max as u64 {
        return Err(too_large(max));
    }
    let patience = if max > config.body_bytes_max { limits::LARGE_BODY_TIMES } else { 1 };
    let collected =
        tokio::time::timeout(config.body_time * patience, Limited::new(body, max).collect()).await;
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

/// What the endpoint says holds, whatever others may have.
fn bytes_max(endpoint: &Endpoint, config: &EdgeConfig) -> usize {
    endpoint.body_bytes_max.unwrap_or(config.body_bytes_max)
}

/// Larger than an ordinary one may be, or of a length that is not known beforehand: of these there
/// are few at once.
pub(crate) fn is_large(endpoint: &Endpoint, body: &impl Body, config: &EdgeConfig) -> bool {
    let upper = body.size_hint().upper().unwrap_or(u64::MAX);
    bytes_max(endpoint, config) > config.body_bytes_max && upper > config.body_bytes_max as u64
}

fn media_of(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default()
}

fn other_media(taken: &[&str]) -> Refusal {
    let code = if taken == [web::JSON] { "not_json" } else { "wrong_media" };
    let message = format!("Send the body as {}.", taken.join(" or "));
    Refusal::new(RefusalKind::UnsupportedMedia, code, message)
}

fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(|it| !it.as_bytes().eq_ignore_ascii_case(b"identity"))
}
