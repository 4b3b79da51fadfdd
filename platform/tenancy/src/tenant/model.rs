use kernel::Id;
use store::{FromRow, Place, Row, StoreError};
use web::Tier;

/// One brand. Its slug names its home, so it never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub id: Id<kernel::Tenant>,
    pub slug: String,
    pub name: String,
    pub tier: Tier,
    pub languages: Vec<String>,
    pub currency: String,
    pub country: String,
    pub state: State,
}

/// A row is written before its home is made, so that a crash in between leaves something to go on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Making,
    Active,
    Archived,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTenant {
    pub slug: String,
    pub name: String,
    pub tier: Tier,
    /// BCP 47, the first is the default.
    pub languages: Vec<String>,
    /// ISO 4217.
    pub currency: String,
    /// ISO 3166: what a telephone number without a calling code means.
    pub country: String,
}

impl Tenant {
    pub fn home(&self) -> Place {
        Place::home(self.id, &self.slug)
    }
}

pub(crate) fn tier_name(tier: Tier) -> &'static str {
    match tier {
        Tier::Free => "free",
        Tier::Basic => "basic",
        Tier::Premium => "premium",
    }
}

fn tier(name: &str) -> Option<Tier> {
    [Tier::Free, Tier::Basic, Tier::Premium].into_iter().find(|tier| tier_name(*tier) == name)
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Making => "making",
            State::Active => "active",
            State::Archived => "archived",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [State::Making, State::Active, State::Archived].into_iter().find(|state| state.name() == name)
    }
}

impl FromRow for Tenant {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let unknown = |what: &str| StoreError::Bug(format!("a tenant's {what} is unknown to this version"));
        let languages: String = row.get(4)?;
        Ok(Self {
            id: row.get(0)?,
            slug: row.get(1)?,
            name: row.get(2)?,
            tier: tier(&row.get::<String>(3)?).ok_or_else(|| unknown("tier"))?,
            languages: languages.split(' ').map(str::to_owned).collect(),
            currency: row.get(5)?,
            country: row.get(6)?,
            state: State::named(&row.get::<String>(7)?).ok_or_else(|| unknown("state"))?,
        })
    }
}
