use kernel::Id;
use schemars::JsonSchema;
use serde::Serialize;
use store::{FromRow, Row, StoreError};
use web::{Grant, Role, Scope};

kernel::id_kind!(
    /// One role held by one person in one place.
    Held = "hld",
);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldRole {
    pub id: Id<Held>,
    pub person: Id<kernel::Person>,
    pub grant: Grant,
    /// The market that a provider belongs to; for a market itself, for a tenant none.
    pub site: Id<kernel::Market>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RoleView {
    id: Id<Held>,
    person: Id<kernel::Person>,
    /// `tenant`, `market` or `provider`.
    place: &'static str,
    market: Option<Id<kernel::Market>>,
    provider: Option<Id<kernel::Provider>>,
    role: Role,
}

impl From<HeldRole> for RoleView {
    fn from(held: HeldRole) -> Self {
        let (place, _) = place(held.grant.scope);
        let provider = match held.grant.scope {
            Scope::Provider(id) => Some(id),
            _ => None,
        };
        let market = (held.grant.scope != Scope::Tenant).then_some(held.site);
        Self { id: held.id, person: held.person, place, market, provider, role: held.grant.role }
    }
}

pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Staff => "staff",
        Role::Manager => "manager",
        Role::Owner => "owner",
    }
}

pub fn role(name: &str) -> Option<Role> {
    [Role::Staff, Role::Manager, Role::Owner].into_iter().find(|role| role_name(*role) == name)
}

/// As two columns.
pub fn place(scope: Scope) -> (&'static str, i64) {
    match scope {
        Scope::Tenant => ("tenant", 0),
        Scope::Market(id) => ("market", id.raw()),
        Scope::Provider(id) => ("provider", id.raw()),
    }
}

pub fn scope(place: &str, id: i64) -> Option<Scope> {
    match place {
        "tenant" => Some(Scope::Tenant),
        "market" => Some(Scope::Market(Id::from_raw(id))),
        "provider" => Some(Scope::Provider(Id::from_raw(id))),
        _ => None,
    }
}

impl FromRow for HeldRole {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let unknown = || StoreError::Bug("a role is unknown to this version".into());
        let scope = scope(&row.get::<String>(2)?, row.get(3)?).ok_or_else(unknown)?;
        let role = role(&row.get::<String>(5)?).ok_or_else(unknown)?;
        Ok(Self { id: row.get(0)?, person: row.get(1)?, grant: Grant { scope, role }, site: row.get(4)? })
    }
}
