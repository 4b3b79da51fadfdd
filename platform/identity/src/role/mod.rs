//! Roles: what a person may in a tenant, a market or for a provider.

pub(crate) mod decide;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod repo;

pub use model::{Held, HeldRole, RoleView};

use kernel::{Id, values};
use store::{Market, StoreError};

pub(crate) async fn of_person(
    home: &Market,
    person: Id<kernel::Person>,
) -> Result<Vec<RoleView>, StoreError> {
    let rows: Vec<HeldRole> = home.list(repo::OF_PERSON, values![person]).await?;
    Ok(rows.into_iter().map(RoleView::from).collect())
}
