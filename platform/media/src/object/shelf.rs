//! What one market sees of the objects: its own.

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::{GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload};
use tokio::time::timeout;

use super::{ObjectTrouble, Writer, name};
use crate::limits;

/// Names here are this market's own; no name leads to another's. Cheap to clone.
#[derive(Clone)]
pub struct Shelf {
    inner: Arc<dyn ObjectStore>,
    prefix: String,
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub name: String,
    pub bytes: u64,
}

impl Shelf {
    pub(super) fn new(inner: Arc<dyn ObjectStore>, prefix: String) -> Self {
        Self { inner, prefix }
    }

    /// Whole and durable, or not at all. What stood there before is replaced.
    pub async fn put(&self, name: &str, bytes: Bytes) -> Result<(), ObjectTrouble> {
        let path = name::path(&self.prefix, name)?;
        within(self.inner.put(&path, PutPayload::from_bytes(bytes))).await.map(drop)
    }

    /// An object of any length, written as it comes; nobody sees it before [`Writer::finish`].
    pub async fn write(&self, name: &str) -> Result<Writer, ObjectTrouble> {
        let path = name::path(&self.prefix, name)?;
        Ok(Writer::new(within(self.inner.put_multipart(&path)).await?))
    }

    /// The whole object, if it is not beyond [`limits::OBJECT_READ_MAX`].
    pub async fn get(&self, name: &str) -> Result<Bytes, ObjectTrouble> {
        let path = name::path(&self.prefix, name)?;
        let read = async {
            let found = self.inner.get_opts(&path, GetOptions::default()).await?;
            if found.meta.size > limits::OBJECT_READ_MAX {
                return Ok(Err(ObjectTrouble::TooLarge { bytes: found.meta.size }));
            }
            found.bytes().await.map(Ok)
        };
        within(read).await?
    }

    /// A part of it, and how long the whole is. A range that ends behind the end ends there.
    pub async fn get_range(&self, name: &str, range: Range<u64>) -> Result<(Bytes, u64), ObjectTrouble> {
        if range.start >= range.end || range.end - range.start > limits::OBJECT_READ_MAX {
            return Err(ObjectTrouble::Range);
        }
        let whole = self.head(name).await?.bytes;
        if range.start >= whole {
            return Err(ObjectTrouble::Range);
        }
        let path = name::path(&self.prefix, name)?;
        let wanted = Some(GetRange::Bounded(range.start..range.end.min(whole)));
        let options = GetOptions { range: wanted, ..GetOptions::default() };
        let read = async { self.inner.get_opts(&path, options).await?.bytes().await };
        Ok((within(read).await?, whole))
    }

    /// As it comes, for objects of any length. Each piece has its time.
    pub async fn read(
        &self,
        name: &str,
    ) -> Result<BoxStream<'static, Result<Bytes, ObjectTrouble>>, ObjectTrouble> {
        let path = name::path(&self.prefix, name)?;
        let found: GetResult = within(self.inner.get_opts(&path, GetOptions::default())).await?;
        let pieces = futures_util::stream::try_unfold(found.into_stream(), |mut pieces| async move {
            Ok(within(pieces.try_next()).await?.map(|piece| (piece, pieces)))
        });
        Ok(pieces.boxed())
    }

    pub async fn head(&self, name: &str) -> Result<Head, ObjectTrouble> {
        let path = name::path(&self.prefix, name)?;
        let meta = within(self.inner.head(&path)).await?;
        Ok(self.told(&meta))
    }

    /// Gone afterwards, whether it was there or not.
    pub async fn delete(&self, name: &str) -> Result<(), ObjectTrouble> {
        let path = name::path(&self.prefix, name)?;
        match within(self.inner.delete(&path)).await {
            Ok(()) | Err(ObjectTrouble::NotFound) => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }

    /// Objects below a folder of names, at most [`limits::LISTED_MAX`]: whoever has seen to these asks
    /// again. In no particular order.
    pub async fn list(&self, below: &str) -> Result<Vec<Head>, ObjectTrouble> {
        let path = name::path(&self.prefix, below)?;
        let found = self.inner.list(Some(&path)).take(limits::LISTED_MAX).try_collect::<Vec<_>>();
        Ok(within(found).await?.iter().map(|meta| self.told(meta)).collect())
    }

    fn told(&self, meta: &ObjectMeta) -> Head {
        let name = meta.location.as_ref();
        let name = name.strip_prefix(&self.prefix).unwrap_or(name).trim_start_matches('/');
        Head { name: name.to_owned(), bytes: meta.size }
    }
}

/// No call takes for ever; requests to a bucket are tried again a few times within this.
pub(super) async fn within<T>(
    call: impl Future<Output = object_store::Result<T>>,
) -> Result<T, ObjectTrouble> {
    match timeout(limits::OBJECT_TIME_MAX, call).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(ObjectTrouble::late()),
    }
}
