//! What this app asks of others, as traits: which area a point lies in, where an address is, how long
//! working hours are, whether pictures are there. Until somebody is set in, the plainest answer holds.

use futures_util::future::BoxFuture;
use geo::Point;
use kernel::jiff::Timestamp;
use kernel::{Decision, Refusal};
use store::Market;

use crate::request::model::RequestId;

/// A place that an address means.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    pub place: Point,
    /// As the market writes it.
    pub address: Option<String>,
    pub zipcode: Option<String>,
}

/// Which area a point lies in.
pub trait Areas: Send + Sync {
    /// The code of an area of this kind, or of the market's first kind.
    fn at<'a>(
        &'a self,
        market: &'a Market,
        kind: Option<&'a str>,
        place: Point,
    ) -> BoxFuture<'a, Result<Option<String>, Refusal>>;
}

/// Where an address is.
pub trait Resolver: Send + Sync {
    fn find<'a>(
        &'a self,
        market: &'a Market,
        address: &'a str,
        zipcode: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<Resolved>, Refusal>>;
}

/// Deadlines in the market's working hours.
pub trait Deadlines: Send + Sync {
    fn due<'a>(
        &'a self,
        market: &'a Market,
        from: Timestamp,
        working_min: i64,
    ) -> BoxFuture<'a, Result<Option<Timestamp>, Refusal>>;
}

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

/// Nobody is set in.
pub struct Nobody;

impl Areas for Nobody {
    fn at<'a>(
        &'a self,
        _: &'a Market,
        _: Option<&'a str>,
        _: Point,
    ) -> BoxFuture<'a, Result<Option<String>, Refusal>> {
        Box::pin(async { Ok(None) })
    }
}

impl Resolver for Nobody {
    fn find<'a>(
        &'a self,
        _: &'a Market,
        _: &'a str,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<Resolved>, Refusal>> {
        Box::pin(async { Ok(None) })
    }
}

/// Work never rests.
impl Deadlines for Nobody {
    fn due<'a>(
        &'a self,
        _: &'a Market,
        from: Timestamp,
        working_min: i64,
    ) -> BoxFuture<'a, Result<Option<Timestamp>, Refusal>> {
        let due = from.checked_add(kernel::jiff::SignedDuration::from_mins(working_min)).ok();
        Box::pin(async move { Ok(due) })
    }
}

/// No picture is here.
impl Photos for Nobody {
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
