//! Reading a body: how large, how slow and of which kind it may be.

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body;
use kernel::{Refusal, RefusalKind};
use web::Endpoint;

use super::EdgeConfig;
use super::turned::Turned;

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

fn too_large(max: usize) -> Turned {
    let message = format!("The body may have at most {max} bytes.");
    Refusal::new(RefusalKind::TooLarge, "body_too_large", message).into()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
