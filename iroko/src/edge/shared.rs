//! Answers that are the same for everyone, from memory where they are there.

use std::sync::Arc;

use cache::{Keep, Made};
use http::{Method, StatusCode};
use kernel::Refusal;
use web::{CachePolicy, Call, Caller, Raw};

use super::Edge;
use super::limits::{CACHE_PATH_BYTES_MAX, IMMUTABLE_S};
use super::pipeline::{Asking, handle};
use super::prepared::Prepared;
use super::turned::Turned;

/// A refusal is shared with those who wait for the same, and forgotten.
pub(super) type Kept = Result<Arc<Prepared>, Refusal>;

pub(super) fn may_share(asking: &Asking<'_>) -> bool {
    asking.route.endpoint.shared
        && matches!(*asking.method, Method::GET | Method::HEAD)
        && asking.path_and_query.len() <= CACHE_PATH_BYTES_MAX
}

pub(super) async fn answer(edge: &Arc<Edge>, asking: &Asking<'_>) -> Result<(Arc<Prepared>, u32), Turned> {
    let market = asking.site.market_id.raw();
    let make = || {
        let (edge, route, scope) = (edge.clone(), asking.route.clone(), asking.scope());
        // Nobody in particular asks: the answer is for all.
        let call = Call::new(
            asking.site.clone(),
            Caller::anonymous(),
            asking.address,
            asking.base.clone(),
            edge.world.clone(),
        );
        let raw = Raw { path: asking.path.clone(), query: asking.query.to_owned(), ..Raw::default() };
        scope.around(async move {
            let made = handle(&edge, &route.endpoint, call, raw).await;
            let keep = made.as_ref().ok().and_then(|prepared| keep(prepared));
            Made { value: made, keep }
        })
    };
    match edge.cache.get_or_make(edge.now_ns(), market, asking.path_and_query, make).await {
        Ok(found) => {
            let prepared = found.value?;
            if prepared.reply().stream.is_some() {
                // It could be given to one of those who wait for it.
                tracing::error!(route = asking.route.endpoint.path, "a shared answer is a stream");
                return Err(Turned::broken());
            }
            Ok((prepared, found.age_s))
        }
        Err(cache::Abandoned) => Err(Turned::broken()),
    }
}

fn keep(prepared: &Prepared) -> Option<Keep> {
    let reply = prepared.reply();
    match reply.cache {
        // A stream is there for one.
        _ if reply.status != StatusCode::OK || reply.stream.is_some() => None,
        CachePolicy::Public { max_age_s, stale_s } => {
            Some(Keep { fresh_s: max_age_s, stale_s, bytes: prepared.bytes() })
        }
        CachePolicy::Immutable => Some(Keep { fresh_s: IMMUTABLE_S, stale_s: 0, bytes: prepared.bytes() }),
        CachePolicy::Private => None,
    }
}
