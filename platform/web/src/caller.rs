use std::sync::Arc;

use kernel::{Actor, Id, Person};
use serde::{Deserialize, Serialize};

/// Who is asking. Made by the edge from verified credentials, never from what the caller claims.
#[derive(Debug, Clone)]
pub struct Caller {
    pub actor: Actor,
    /// The session of a signed-in person.
    pub session: Option<i64>,
    pub grants: Arc<[Grant]>,
    /// What an API key is limited to; `None` for people.
    pub scopes: Option<Arc<[String]>>,
}

/// One role in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub scope: Scope,
    pub role: Role,
}

/// Where a role holds. A tenant's role holds in all its markets, a market's in all its providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Tenant,
    Market(Id<kernel::Market>),
    Provider(Id<kernel::Provider>),
}

/// From least to most; a higher role includes the lower ones in the same place.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works for a provider or a market: sees and handles what is given to them.
    Staff,
    /// Also decides about people and settings.
    Manager,
    /// Also gives roles away.
    Owner,
}

impl Caller {
    pub fn anonymous() -> Self {
        Self { actor: Actor::Anonymous, session: None, grants: Arc::new([]), scopes: None }
    }

    pub fn person(&self) -> Option<Id<Person>> {
        match self.actor {
            Actor::Person(id) => Some(id),
            _ => None,
        }
    }

    pub fn is_known(&self) -> bool {
        matches!(self.actor, Actor::Person(_) | Actor::Key(_))
    }

    /// Whether a role holds in this market.
    pub fn is(&self, role: Role, market: Id<kernel::Market>) -> bool {
        self.grants.iter().any(|grant| {
            grant.role >= role && (grant.scope == Scope::Tenant || grant.scope == Scope::Market(market))
        })
    }

    /// Whether a role holds for this provider of this market.
    pub fn is_for(&self, role: Role, market: Id<kernel::Market>, provider: Id<kernel::Provider>) -> bool {
        self.is(role, market)
            || self.grants.iter().any(|grant| grant.role >= role && grant.scope == Scope::Provider(provider))
    }

    /// Whether an API key's scopes include this one; people are not limited by scopes.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|its| its == scope))
    }
}
