//! What this app asks of whoever keeps pictures.

use futures_util::future::BoxFuture;
use kernel::{Decision, Refusal};
use store::Market;

use crate::request::model::RequestId;

/// Pictures, which are kept elsewhere.
pub trait Photos: Send + Sync {
    /// What is committed with the request that shows these pictures. Refuses with a fault at
    /// `/photos/…` for each that is not there, or is somebody else's.
    fn attach<'a>(
        &'a self,
        market: &'a Market,
        request: RequestId,
        photos: &'a [String],
    ) -> BoxFuture<'a, Result<Decision, Refusal>>;

    /// What is committed when the request no longer shows them.
    fn detach<'a>(
        &'a self,
        market: &'a Market,
        request: RequestId,
        photos: &'a [String],
    ) -> BoxFuture<'a, Result<Decision, Refusal>>;
}

/// Where nobody keeps any.
pub struct NoPhotos;

impl Photos for NoPhotos {
    fn attach<'a>(
        &'a self,
        _: &'a Market,
        _: RequestId,
        photos: &'a [String],
    ) -> BoxFuture<'a, Result<Decision, Refusal>> {
        let fault = |place: usize| {
            kernel::Fault::new(format!("/photos/{place}"), "unknown_photo", "There is no such picture here.")
        };
        let faults: Vec<_> = (0..photos.len()).map(fault).collect();
        let refused = if faults.is_empty() { Ok(Decision::nothing()) } else { Err(Refusal::invalid(faults)) };
        Box::pin(async move { refused })
    }

    fn detach<'a>(
        &'a self,
        _: &'a Market,
        _: RequestId,
        _: &'a [String],
    ) -> BoxFuture<'a, Result<Decision, Refusal>> {
        Box::pin(async { Ok(Decision::nothing()) })
    }
}
