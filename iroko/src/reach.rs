//! How the people of a market are reached, for apps that write to them: their tenant's home knows.

use std::sync::Arc;

use delivery::tell::{Contact, People};
use futures_util::future::BoxFuture;
use kernel::{Id, Person, Provider};
use notify::Channel;
use store::{Market, StoreError};
use tenancy::Directory;
use web::Scope;

/// Who are written to at once of those who work in one place.
const TOLD_MAX: i64 = 50;

pub struct Reach(pub Arc<Directory>);

/// The home of a market's people.
pub fn home(directory: &Directory, market: &Market) -> Result<Market, StoreError> {
    let path = format!("/{}/", market.place().name);
    // Without a site the market is being moved: its events come again when it is served.
    let found = directory.resolve("", &path);
    let away = || StoreError::Down(format!("market {} is not served now", market.place().name));
    Ok(found.ok_or_else(away)?.site.home.clone())
}

impl People for Reach {
    fn contact<'a>(
        &'a self,
        market: &'a Market,
        person: Id<Person>,
    ) -> BoxFuture<'a, Result<Option<Contact>, StoreError>> {
        Box::pin(async move {
            let found = identity::contact_of(&home(&self.0, market)?, person).await?;
            Ok(found.map(|it| {
                let channel = if it.address.contains('@') { Channel::Email } else { Channel::Sms };
                Contact { channel, address: it.address, language: it.language }
            }))
        })
    }

    fn staff<'a>(
        &'a self,
        market: &'a Market,
        provider: Id<Provider>,
    ) -> BoxFuture<'a, Result<Vec<Id<Person>>, StoreError>> {
        Box::pin(async move {
            identity::held_at(&home(&self.0, market)?, Scope::Provider(provider), TOLD_MAX).await
        })
    }

    fn operators<'a>(&'a self, market: &'a Market) -> BoxFuture<'a, Result<Vec<Id<Person>>, StoreError>> {
        Box::pin(async move {
            let home = home(&self.0, market)?;
            let own = identity::held_at(&home, Scope::Market(market.place().id), TOLD_MAX).await?;
            // Where nobody works for the market alone, whoever works for all of the tenant's does.
            if own.is_empty() { identity::held_at(&home, Scope::Tenant, TOLD_MAX).await } else { Ok(own) }
        })
    }
}
