//! What an operator does to a platform: here, or in the server that runs on the same folder.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

use super::city::CityOperation;
use super::civic::CivicOperation;
use super::delivery::DeliveryOperation;
use super::ledger::LedgerOperation;
use super::report::{Failure, Report};
use super::{bus, city, civic, delivery, ledger, market, person, tenant};
use crate::platform::Platform;

/// Says how a long command gets on.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Brands on the platform.
    #[command(subcommand)]
    Tenant(TenantOperation),
    /// Tenants in their places: the unit of isolation, backup and growth.
    #[command(subcommand)]
    Market(MarketOperation),
    /// People, their roles and keys.
    #[command(subcommand)]
    Person(PersonOperation),
    /// The events of a market and those who follow them.
    #[command(subcommand)]
    Events(EventsOperation),
    /// The jobs of a market.
    #[command(subcommand)]
    Jobs(JobsOperation),
    /// Cities: a market with all that civic requests need.
    #[command(subcommand)]
    City(CityOperation),
    /// Civic requests, many at once.
    #[command(subcommand)]
    Civic(CivicOperation),
    /// Stores and what they sell.
    #[command(subcommand)]
    Delivery(DeliveryOperation),
    /// The books of a market.
    #[command(subcommand)]
    Ledger(LedgerOperation),
    /// Brings the tables of every market up to date, now instead of when each is first used.
    Migrate,
}

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantOperation {
    /// Adds a tenant; repeating the command is safe.
    Add(AddTenant),
    /// Lists the tenants.
    List,
    /// Changes how much a tenant's people and programs may ask.
    Tier { tenant: String, tier: TierName },
}

#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct AddTenant {
    /// How addresses name it: a-z, 0-9 and dashes.
    pub slug: String,
    #[arg(long)]
    pub name: String,
    #[arg(long, value_enum, default_value = "free")]
    pub tier: TierName,
    /// Languages, the first is the default.
    #[arg(long, value_delimiter = ',', default_value = "en")]
    pub languages: Vec<String>,
    #[arg(long, default_value = "USD")]
    pub currency: String,
    /// What a telephone number without a calling code means.
    #[arg(long, default_value = "US")]
    pub country: String,
}

#[derive(Debug, Clone, Copy, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierName {
    Free,
    Basic,
    Premium,
}

impl From<TierName> for web::Tier {
    fn from(tier: TierName) -> Self {
        match tier {
            TierName::Free => web::Tier::Free,
            TierName::Basic => web::Tier::Basic,
            TierName::Premium => web::Tier::Premium,
        }
    }
}

/// A market, as `tenant/market`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Which {
    /// The market, as tenant/market.
    pub market: String,
}

impl Which {
    pub fn slugs(&self) -> Result<(&str, &str), Failure> {
        let parts =
            self.market.split_once('/').filter(|(tenant, market)| !tenant.is_empty() && !market.is_empty());
        parts.ok_or_else(|| Failure::usage(format!("name a market as tenant/market, not {:?}", self.market)))
    }
}

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketOperation {
    /// Adds a market to a tenant; repeating the command is safe.
    Add(AddMarket),
    /// Lists all markets with their states, databases, time zones and hosts.
    List,
    /// Binds a host name to a market, which answers there without its path as well.
    Host {
        #[command(flatten)]
        which: Which,
        host: String,
        /// Unbinds it again.
        #[arg(long)]
        #[serde(default)]
        remove: bool,
    },
    /// Switches an app or a feature on for a share of the people.
    Feature {
        #[command(flatten)]
        which: Which,
        feature: String,
        /// From 0, off, to 100, on for everyone.
        percent: u8,
    },
    /// Gives a market partitions of its own on PostgreSQL, while it serves.
    Promote(Which),
    /// Writes a market to a file.
    Export {
        #[command(flatten)]
        which: Which,
        file: PathBuf,
    },
    /// Brings a market back from a file: an archived one, one whose data is lost, or one that this
    /// platform does not know yet. Its tenant must be there.
    Import {
        #[command(flatten)]
        which: Which,
        file: PathBuf,
        #[command(flatten)]
        unsaid: Unsaid,
    },
    /// Moves a market to another configured database; `embedded` and `default` name the first ones.
    Move {
        #[command(flatten)]
        which: Which,
        database: String,
    },
    /// Writes a market to a file, verifies it, and takes the market off the platform.
    Archive {
        #[command(flatten)]
        which: Which,
        file: PathBuf,
    },
    /// Adds synthetic civic requests, to try things out or to measure.
    Fill {
        #[command(flatten)]
        which: Which,
        #[arg(long, default_value_t = 1_000)]
        requests: u32,
    },
}

/// What a file of an older version does not say about a market that is not known here.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
pub struct Unsaid {
    /// IANA name, such as Africa/Kigali, where the file does not say.
    #[arg(long)]
    pub time_zone: Option<String>,
    /// Its name for people, where the file does not say; the slug when not given.
    #[arg(long)]
    pub name: Option<String>,
    /// Where the file does not say; the tenant's own when not given.
    #[arg(long)]
    pub currency: Option<String>,
    /// Apps to switch on, where the file does not say.
    #[arg(long, value_delimiter = ',')]
    pub apps: Vec<String>,
}

#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct AddMarket {
    pub tenant: String,
    /// How addresses name it: a-z, 0-9 and dashes.
    pub slug: String,
    /// Its name for people; the slug when not given.
    #[arg(long)]
    pub name: Option<String>,
    /// IANA name, such as Africa/Kigali.
    #[arg(long)]
    pub time_zone: String,
    /// The tenant's own when not given.
    #[arg(long)]
    pub currency: Option<String>,
    /// Apps to switch on.
    #[arg(long, value_delimiter = ',')]
    pub apps: Vec<String>,
    /// What to begin with; `city` switches civic requests on, with the usual categories.
    #[arg(long, value_enum)]
    pub template: Option<Template>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    City,
}

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonOperation {
    /// Adds a person who signs in with a password, for a tenant's first owner.
    Add {
        tenant: String,
        #[arg(long)]
        email: String,
        /// Read from standard input when not given.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        /// Their name for people.
        #[arg(long)]
        name: String,
        #[arg(skip)]
        password: String,
    },
    /// Gives a person a role in a tenant, or in one market of it.
    Grant {
        tenant: String,
        #[arg(long)]
        email: String,
        #[arg(long, value_enum)]
        role: RoleName,
        /// The market's slug; without it the role holds in the whole tenant.
        #[arg(long)]
        market: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleName {
    Staff,
    Manager,
    Owner,
}

impl From<RoleName> for web::Role {
    fn from(role: RoleName) -> Self {
        match role {
            RoleName::Staff => web::Role::Staff,
            RoleName::Manager => web::Role::Manager,
            RoleName::Owner => web::Role::Owner,
        }
    }
}

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventsOperation {
    /// How far each consumer of a market is.
    Lag(Which),
    /// Checks that positions are contiguous and that no cursor is ahead of them.
    Verify(Which),
    /// Events that could not be handled, with their errors.
    Parked(Which),
    /// Lets parked events be tried again: one, with those of its subject, or all of a consumer.
    Replay {
        #[command(flatten)]
        which: Which,
        consumer: String,
        /// The position of one event; without it all of the consumer's.
        #[arg(long)]
        position: Option<i64>,
    },
    /// Has counters and trends counted anew from the first event. Until that is done they show less.
    Rebuild {
        #[command(flatten)]
        which: Which,
        /// Only this one of those that can be; all of them if not given.
        consumer: Option<String>,
    },
    /// Gives up on one parked event; those of its subject behind it go on.
    Discard {
        #[command(flatten)]
        which: Which,
        consumer: String,
        #[arg(long)]
        position: i64,
    },
}

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobsOperation {
    /// Jobs that failed for good, with their errors.
    Dead(Which),
    /// Gives a dead job all its tries again.
    Revive {
        #[command(flatten)]
        which: Which,
        job: i64,
    },
}

impl MarketOperation {
    /// The server that may carry it out runs in another folder.
    fn complete(mut self) -> Result<Self, Failure> {
        if let Self::Export { file, .. } | Self::Import { file, .. } | Self::Archive { file, .. } = &mut self
        {
            *file = std::path::absolute(&*file)
                .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
        }
        Ok(self)
    }
}

impl Operation {
    /// Adds what only the place knows where the command was typed.
    pub fn complete(self) -> Result<Self, Failure> {
        if let Some(which) = self.which() {
            which.slugs()?;
        }
        match self {
            Operation::Person(operation) => operation.complete().map(Operation::Person),
            Operation::Market(operation) => operation.complete().map(Operation::Market),
            Operation::City(operation) => operation.complete().map(Operation::City),
            Operation::Civic(operation) => operation.complete().map(Operation::Civic),
            Operation::Delivery(operation) => operation.complete().map(Operation::Delivery),
            other => Ok(other),
        }
    }

    fn which(&self) -> Option<&Which> {
        use {EventsOperation as E, JobsOperation as J, MarketOperation as M};
        match self {
            Operation::Market(M::Host { which, .. } | M::Feature { which, .. } | M::Promote(which))
            | Operation::Market(M::Export { which, .. } | M::Import { which, .. } | M::Move { which, .. })
            | Operation::Market(M::Archive { which, .. } | M::Fill { which, .. })
            | Operation::Events(E::Lag(which) | E::Verify(which) | E::Parked(which))
            | Operation::Events(
                E::Replay { which, .. } | E::Discard { which, .. } | E::Rebuild { which, .. },
            )
            | Operation::Jobs(J::Dead(which) | J::Revive { which, .. }) => Some(which),
            Operation::Civic(operation) => Some(operation.which()),
            Operation::Delivery(operation) => Some(operation.which()),
            Operation::Ledger(operation) => Some(operation.which()),
            Operation::Market(M::Add(_) | M::List)
            | Operation::Tenant(_)
            | Operation::City(_)
            | Operation::Person(_)
            | Operation::Migrate => None,
        }
    }

    /// Without a platform there is nothing for the others to work on.
    pub fn may_begin_a_platform(&self) -> bool {
        matches!(self, Operation::Tenant(TenantOperation::Add(_)) | Operation::Migrate)
    }

    pub async fn carry_out(self, platform: &Platform, tell: &Tell) -> Result<Report, Failure> {
        match self {
            Operation::Tenant(operation) => tenant::carry_out(operation, platform).await,
            Operation::Market(operation) => market::carry_out(operation, platform, tell).await,
            Operation::Person(operation) => person::carry_out(operation, platform).await,
            Operation::Events(operation) => bus::events(operation, platform).await,
            Operation::Jobs(operation) => bus::jobs(operation, platform).await,
            Operation::City(operation) => city::carry_out(operation, platform, tell).await,
            Operation::Civic(operation) => civic::carry_out(operation, platform, tell).await,
            Operation::Delivery(operation) => delivery::carry_out(&operation, platform, tell).await,
            Operation::Ledger(operation) => ledger::carry_out(&operation, platform, tell).await,
            Operation::Migrate => market::migrate(platform, tell).await,
        }
    }
}
