//! An organisation that serves in a market: operator, store, merchant, agency, business.

pub(crate) mod decide;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod repo;

pub use model::Provider;

use kernel::{Id, values};
use store::{Market, StoreError};

/// Whether this market knows such a provider, open or closed.
pub async fn exists(market: &Market, id: Id<kernel::Provider>) -> Result<bool, StoreError> {
    Ok(market.one::<Provider>(repo::ONE, values![id]).await?.is_some())
}
