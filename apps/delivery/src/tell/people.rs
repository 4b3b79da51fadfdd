//! Who people are, and how they are reached: their tenant's home knows.

use futures_util::future::BoxFuture;
use kernel::{Id, Person, Provider};
use notify::Channel;
use store::{Market, StoreError};

/// Where somebody signs in, which they have shown to be theirs: a telephone or a mailbox.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    pub channel: Channel,
    pub address: String,
    pub language: String,
}

/// An address must not reach a log by way of a debug form.
impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contact({}, …)", self.channel.name())
    }
}

/// Whoever knows the people of a market.
pub trait People: Send + Sync + 'static {
    /// Nothing for whoever is unknown, or was forgotten.
    fn contact<'a>(
        &'a self,
        market: &'a Market,
        person: Id<Person>,
    ) -> BoxFuture<'a, Result<Option<Contact>, StoreError>>;

    /// All who work for a merchant.
    fn staff<'a>(
        &'a self,
        market: &'a Market,
        provider: Id<Provider>,
    ) -> BoxFuture<'a, Result<Vec<Id<Person>>, StoreError>>;

    /// All who work for the market itself.
    fn operators<'a>(&'a self, market: &'a Market) -> BoxFuture<'a, Result<Vec<Id<Person>>, StoreError>>;
}
