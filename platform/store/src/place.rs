use std::sync::Arc;

use kernel::Id;

/// What a market's tables are for. The platform's own rows live in markets too, so that everything
/// is committed, replayed, moved and backed up in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// One per deployment: tenants, markets, placement.
    System,
    /// One per tenant: the people who sign in with it.
    Home,
    /// A tenant in one place: what the apps keep.
    Market,
}

/// One market, and the database that serves it now.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    pub id: Id<kernel::Market>,
    pub kind: Kind,
    /// `system`, `<tenant>` for a home, `<tenant>/<market>` otherwise.
    pub name: Arc<str>,
    /// The name of a configured database; `None` is the default one.
    pub database: Option<Arc<str>>,
}

impl Place {
    pub fn system() -> Self {
        Self { id: Id::from_raw(1), kind: Kind::System, name: "system".into(), database: None }
    }

    /// A tenant's home shares the tenant's id.
    pub fn home(tenant: Id<kernel::Tenant>, slug: &str) -> Self {
        Self { id: Id::from_raw(tenant.raw()), kind: Kind::Home, name: slug.into(), database: None }
    }

    pub fn market(id: Id<kernel::Market>, tenant: &str, slug: &str) -> Self {
        Self { id, kind: Kind::Market, name: format!("{tenant}/{slug}").into(), database: None }
    }

    pub fn on(mut self, database: &str) -> Self {
        self.database = Some(database.into());
        self
    }
}
