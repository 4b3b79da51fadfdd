//! One request out of its object: one short read of it, kept in memory for whoever asks next.

use std::sync::Arc;

use kernel::Refusal;
use quick_cache::Weighter;
use quick_cache::sync::Cache as Kept_;
use store::Market;

use super::model::{Kept, Lies, name};
use super::objects::Trouble;
use super::{Keep, line, pack, repo};
use crate::limits;
use crate::request::model::RequestId;

/// By market, object and place in it. What lies there never changes.
type Key = (i64, i64, i64);

pub struct Cache(Kept_<Key, (Arc<Kept>, u64), ByBytes>);

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, (Arc<Kept>, u64)> for ByBytes {
    fn weight(&self, _: &Key, (_, bytes): &(Arc<Kept>, u64)) -> u64 {
        bytes + 512
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self(Kept_::with_weighter(limits::ARCHIVED_EXPECTED, limits::ARCHIVED_CACHE_BYTES, ByBytes))
    }
}

/// A request that is archived; nothing if it is not.
pub async fn one(keep: &Keep, market: &Market, id: RequestId) -> Result<Option<Arc<Kept>>, Refusal> {
    match repo::lies(market, id).await? {
        Some(lies) => Ok(Some(at(keep, market, &lies).await?)),
        None => Ok(None),
    }
}

/// What lies at a place.
pub async fn at(keep: &Keep, market: &Market, lies: &Lies) -> Result<Arc<Kept>, Refusal> {
    let key = (market.place().id.raw(), lies.object.raw(), lies.start);
    if let Some((kept, _)) = keep.cache.0.get(&key) {
        return Ok(kept);
    }
    let load = async {
        let kept = load(keep, market, lies).await.inspect_err(|trouble| {
            let (object, request) = (name(lies.object), lies.request);
            tracing::error!(market = %market.place().name, object, %request, %trouble, "the archive cannot be read");
        })?;
        Ok::<_, Refusal>(kept)
    };
    let (kept, _) = Box::pin(keep.cache.0.get_or_insert_async(&key, Box::pin(load))).await?;
    Ok(kept)
}

async fn load(keep: &Keep, market: &Market, lies: &Lies) -> Result<(Arc<Kept>, u64), Trouble> {
    let (start, length) = (lies.start.max(0) as u64, lies.length.max(0) as u64);
    if length > limits::ARCHIVED_LINE_BYTES_MAX as u64 {
        return Err(Trouble::Damaged);
    }
    let range = start..start + length;
    let member = keep.objects.range(market.place(), &name(lies.object), range).await?;
    let text = pack::unpack(&member, &lies.hash)?;
    let kept = line::read(&text)?;
    if kept.request.id == lies.request {
        Ok((Arc::new(kept), text.len() as u64))
    } else {
        Err(Trouble::Damaged)
    }
}
