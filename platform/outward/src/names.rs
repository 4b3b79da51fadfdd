//! Names to addresses. What a name leads to is checked where the connection is made, so that a name
//! which leads elsewhere a moment later gains nothing.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use crate::address::Allowed;
use crate::limits;

/// Where names are looked up; the system, unless a test wants to be it.
pub trait Names: Send + Sync + 'static {
    fn look_up(
        &self,
        name: String,
    ) -> std::pin::Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;
}

/// As the system does it.
#[derive(Debug, Default)]
pub struct SystemNames;

impl Names for SystemNames {
    fn look_up(
        &self,
        name: String,
    ) -> std::pin::Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Everything that a name leads to is inside, and nothing of it is allowed.
#[derive(Debug)]
pub(crate) struct LeadsInside;

impl fmt::Display for LeadsInside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name leads to inner addresses only")
    }
}
impl std::error::Error for LeadsInside {}

pub(crate) struct Checked {
    pub(crate) names: Arc<dyn Names>,
    pub(crate) allowed: Arc<Allowed>,
    pub(crate) places: Arc<Semaphore>,
}

impl Checked {
    pub(crate) fn new(names: Arc<dyn Names>, allowed: Arc<Allowed>) -> Self {
        Self { names, allowed, places: Arc::new(Semaphore::new(limits::LOOKUPS_MAX)) }
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, allowed, places) = (self.names.clone(), self.allowed.clone(), self.places.clone());
        Box::pin(async move {
            let _place = places.acquire_owned().await?;
            let found = names.look_up(name.as_str().to_owned()).await?;
            let is_allowed = allowed.name(name.as_str());
            let good = found.into_iter().filter(|address| is_allowed || allowed.address(*address));
            let good: Vec<SocketAddr> =
                good.take(limits::ADDRESSES_MAX).map(|address| SocketAddr::new(address, 0)).collect();
            if good.is_empty() {
                return Err(LeadsInside.into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}
