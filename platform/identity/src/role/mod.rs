//! Roles: what a person may in a tenant, a market or for a provider.

pub(crate) mod decide;
pub(crate) mod http;
mod invite;
pub(crate) mod model;
pub(crate) mod repo;

pub use model::{Held, HeldRole, RoleView};

use kernel::{Id, values};
use store::{Market, StoreError};
use web::{Grant, Role};

/// What a person may with this tenant: for apps that give people work.
pub async fn grants_of(home: &Market, person: Id<kernel::Person>) -> Result<Vec<Grant>, StoreError> {
    let rows: Vec<HeldRole> = home.list(repo::OF_PERSON, values![person]).await?;
    Ok(rows.into_iter().map(|held| held.grant).collect())
}

pub(crate) async fn of_person(
    home: &Market,
    person: Id<kernel::Person>,
) -> Result<Vec<RoleView>, StoreError> {
    let rows: Vec<HeldRole> = home.list(repo::OF_PERSON, values![person]).await?;
    Ok(rows.into_iter().map(RoleView::from).collect())
}

/// Somebody else who owns the tenant, looked for only where this role is about to end or become `then`.
pub(crate) async fn other_owner(
    home: &Market,
    held: Option<&HeldRole>,
    then: Option<Role>,
) -> Result<Option<Id<Held>>, StoreError> {
    let Some(held) = held.filter(|held| decide::ends_ownership(held, then)) else { return Ok(None) };
    Ok(home.one::<(Id<Held>,)>(repo::OTHER_OWNER, values![held.id]).await?.map(|(id,)| id))
}

/// What must be known before a role is given.
pub(crate) async fn before(home: &Market, new: &HeldRole) -> Result<decide::Before, StoreError> {
    let (place, place_id) = model::place(new.grant.scope);
    let existing: Option<HeldRole> = home.one(repo::HELD, values![new.person, place, place_id]).await?;
    Ok(decide::Before {
        existing,
        held_by_person: of_person(home, new.person).await?.len(),
        other_owner: other_owner(home, existing.as_ref(), Some(new.grant.role)).await?,
    })
}
