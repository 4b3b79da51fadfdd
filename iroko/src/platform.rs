//! The composition: every part that keeps something, put together once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use civic::Civic;
use delivery::Delivery;
use identity::{CodeSender, Identity, KnownPerson, Master, Sources};
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Id, Refusal, RefusalKind, SnowIds, SystemClock, SystemRandom};
use money::Money;
use parking_lot::Mutex;
use store::schema::Schema;
use store::{DEFAULT, Kind, Market, Place, Stamp, Store, StoreConfig, StoreError, TransferError, Watch};
use tenancy::market::{MarketRow, State};
use tenancy::{Country, Directory, Operations, Outcome};
use web::{Endpoint, Grant, World};

use crate::commands::control;
use crate::commands::report::Failure;
use crate::config::{Config, StoreKind};
use crate::outside::{self, KnownHomes, Needs, Outside};
use crate::{descriptors, secret, wiring};

/// Apps that a market may switch on.
const APPS: &[&str] = &[civic::APP, delivery::APP];

/// How often a market that could not be recovered is tried again.
const RECOVER_EVERY: Duration = Duration::from_secs(10);

pub struct Platform {
    pub store: Store,
    pub operations: Operations,
    pub identity: Arc<Identity>,
    pub civic: Arc<Civic>,
    pub money: Money,
    pub delivery: Arc<Delivery>,
    pub outside: Outside,
    pub world: Arc<World>,
    /// Where files of its own are, if there are any.
    folder: Option<PathBuf>,
    /// Follows commits, where this process does that.
    bus: Mutex<Option<Bus>>,
    /// Markets, by tenant and slug, whose interrupted transfer is still to be ended.
    unrecovered: Mutex<BTreeSet<(String, String)>>,
}

/// Every table of the project.
pub fn schema() -> Schema {
    let [system, market] = tenancy::parts();
    let house = [web::part(), bus::part(), system, market, identity::part(), media::part(), notify::part()];
    let shared = [money::part(), dispatch::part()];
    Schema::of(house.into_iter().chain(shared).chain([civic::part(), delivery::part()]))
}

impl Platform {
    /// `sender` brings one-time codes to people; where it reaches nobody, the providers of messages do.
    pub async fn open(config: &Config, sender: Arc<dyn CodeSender>) -> Result<Self, Failure> {
        let settings = &config.settings;
        let clock = Arc::new(SystemClock);
        let ids = Arc::new(SnowIds::new(clock.clone(), settings.process.node.get() as u16));
        let store = Store::open(store_config(config), schema(), ids.clone()).await?;
        let operations = Operations::open(store.clone(), clock.clone(), ids.clone()).await?;
        let random = Arc::new(SystemRandom);
        let secret = secret::find_or_make(settings, &*random, !operations.directory().tenants().is_empty())?;
        let master = Master::new(&secret).map_err(|error| Failure::usage(error.to_string()))?;
        let world = Arc::new(World { clock, random, ids });
        let directory = operations.directory();
        let needs = Needs { settings, secret: &secret, directory, world: &world };
        let outside = Outside::open(&needs)?;
        let civic = wiring::civic(&needs, &outside);
        let money = wiring::money(&needs, &outside);
        let delivery = wiring::delivery(&needs, &outside, &money);
        let others = others(directory, &outside, &money, (&civic, &delivery));
        let chosen = wiring::identity_settings(settings, &others);
        let url = outside::public_url(settings);
        let sender = code_sender(sender, &outside, directory, (&store, url));
        let identity = Identity::start(master, sender, directory.clone(), world.clock.clone(), chosen)
            .map_err(|error| Failure::failed(format!("a thread does not start: {error}")))?;
        civic.believe(&identity);
        Ok(Self {
            store,
            operations,
            identity,
            civic,
            money,
            delivery,
            outside,
            world,
            folder: control::folder(config).map(Path::to_owned),
            bus: Mutex::default(),
            unrecovered: Mutex::default(),
        })
    }

    pub fn directory(&self) -> &Arc<Directory> {
        self.operations.directory()
    }

    /// Every market that something follows, the system's own among them.
    pub fn served(&self) -> Arc<dyn bus::Directory> {
        Arc::new(Served(self.directory().clone(), self.store.market(&Place::system())))
    }

    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Every endpoint of the project.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let others = others(self.directory(), &self.outside, &self.money, (&self.civic, &self.delivery));
        let all = [identity::endpoints(&self.identity), others].concat();
        // Where a market has both apps, its front page is that of the first.
        let cities = civic::pages::endpoints(&self.civic, &all);
        let stores = delivery::pages::endpoints(&self.delivery, &all);
        [all, cities, stores].concat()
    }

    /// A market that is served.
    pub async fn market(&self, tenant: &str, slug: &str) -> Result<Market, Refusal> {
        // Boxed, because the compiler follows futures within futures only so deep.
        let (_, place) = Box::pin(self.present(tenant, slug)).await?;
        Ok(self.store.market(&place))
    }

    /// The row of a market whose data is here, and the place it names.
    pub async fn present(&self, tenant: &str, slug: &str) -> Result<(MarketRow, Place), Refusal> {
        let (tenant, row) = self.operations.market(tenant, slug).await?;
        if row.state == State::Archived {
            let message = format!(
                "{}/{slug} is archived; `iroko market import` brings it back from its file.",
                tenant.slug
            );
            return Err(Refusal::conflict("market_archived", message));
        }
        let place = row.place(&tenant.slug);
        Ok((row, place))
    }

    /// Completes or undoes what was interrupted in moving or archiving a market.
    pub async fn recover(&self, tenant: &str, slug: &str) -> Result<(), Failure> {
        if self.operations.market(tenant, slug).await?.1.state != State::Moving {
            return Ok(());
        }
        match self.recover_where_placed(tenant, slug).await? {
            Ok(()) => Ok(()),
            Err(TransferError::Misplaced { market, placed, serving }) => {
                tracing::warn!(market, placed, serving, "the market is placed back where it is");
                self.operations.set_place(tenant, slug, &placed, &serving).await?;
                Ok(self.recover_where_placed(tenant, slug).await??)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn recover_where_placed(
        &self,
        tenant: &str,
        slug: &str,
    ) -> Result<Result<(), TransferError>, Failure> {
        let (tenant_row, row) = self.operations.market(tenant, slug).await?;
        let (read, which) = (Mutex::new(String::new()), row.place(&tenant_row.slug));
        let placement = || async {
            let unread = |refusal| StoreError::Down(format!("the placement cannot be read: {refusal}"));
            let (tenant, row) = self.operations.market(tenant, slug).await.map_err(unread)?;
            read.lock().clone_from(&row.database);
            Ok(row.place(&tenant.slug))
        };
        let recovered = match self.store.recover(&which, placement, &Watch::silent()).await {
            Ok(recovered) => recovered,
            Err(error) => return Ok(Err(error)),
        };
        if recovered.absent && !recovered.out_of_reach.is_empty() {
            let away = recovered.out_of_reach.join(", ");
            let detail = format!("{away} cannot be asked whether it has market {}", which.name);
            return Ok(Err(StoreError::Down(detail).into()));
        }
        // Archiving had been done but for the last word.
        let state = if recovered.absent { State::Archived } else { State::Active };
        self.operations.recovered(tenant, slug, &read.into_inner(), state).await?;
        Ok(Ok(()))
    }

    /// The same for all markets, at the start. One that cannot be recovered does not keep the others
    /// from being served.
    pub async fn recover_all(&self) {
        let markets = self.directory().markets();
        let moving = markets.iter().filter(|(market, _)| self.directory().is_moving(market.place().id));
        let names = moving.filter_map(|(market, _)| market.place().name.split_once('/'));
        let owned = names.map(|(tenant, slug)| (tenant.to_owned(), slug.to_owned()));
        self.recover_each(owned.collect()).await;
    }

    async fn recover_each(&self, markets: BTreeSet<(String, String)>) {
        for (tenant, slug) in markets {
            if let Err(failure) = self.recover(&tenant, &slug).await {
                self.recover_later(&tenant, &slug, &failure);
            }
        }
    }

    /// Nothing can be done now: a database is away, or another process still moves the market.
    pub fn recover_later(&self, tenant: &str, slug: &str, failure: &Failure) {
        tracing::error!(
            market = format!("{tenant}/{slug}"),
            error = failure.message,
            "an interrupted move or archiving is neither completed nor undone; see that the market's databases \
             are in reach and that no other process moves it: a server tries again every {} seconds",
            RECOVER_EVERY.as_secs()
        );
        self.unrecovered.lock().insert((tenant.to_owned(), slug.to_owned()));
    }

    /// Tries again what could not be recovered, for as long as it is polled.
    pub async fn recover_again(&self) {
        loop {
            tokio::time::sleep(RECOVER_EVERY).await;
            let markets = std::mem::take(&mut *self.unrecovered.lock());
            self.recover_each(markets).await;
        }
    }

    /// Now, by the platform itself.
    pub fn stamp(&self) -> Stamp {
        Stamp { at: self.world.clock.now(), actor: Actor::System }
    }

    /// Somebody whom the operator vouches for, signing in with a password.
    pub async fn add_person(
        &self,
        tenant: &str,
        contact: &str,
        name: &str,
        password: &str,
    ) -> Result<(Outcome, Id<kernel::Person>), Refusal> {
        let tenant = self.operations.tenant(tenant).await?;
        let language = tenant.languages.first().map_or("en", String::as_str);
        let person = KnownPerson {
            contact,
            country: Country::named(&tenant.country),
            name,
            language,
            password: Some(password),
        };
        self.identity.add_person(&self.store.market(&tenant.home()), person, self.sources()).await
    }

    /// The operator's word: how a tenant gets its first owner.
    pub async fn give_role(&self, tenant: &str, contact: &str, grant: Grant) -> Result<Outcome, Refusal> {
        let tenant = self.operations.tenant(tenant).await?;
        let home = self.store.market(&tenant.home());
        let found = self.identity.find_person(&home, contact, Country::named(&tenant.country)).await;
        let person = found.map_err(|refusal| match refusal.kind() {
            RefusalKind::NotFound => {
                let message = format!("There is no person {contact} in tenant {}.", tenant.slug);
                Refusal::new(RefusalKind::NotFound, "unknown_person", message)
            }
            _ => refusal,
        })?;
        self.identity.give_role(&home, person, grant, None, self.sources()).await
    }

    /// Somebody who signs in with a one-time code gets a role in a market, or for a provider of it, and is
    /// told when it is new to them.
    pub async fn invite(
        &self,
        tenant: &tenancy::Tenant,
        person: KnownPerson<'_>,
        (grant, market): (Grant, Id<kernel::Market>),
    ) -> Result<Outcome, Refusal> {
        let (home, contact) = (self.store.market(&tenant.home()), person.contact.to_owned());
        let (_, id) = self.identity.add_person(&home, person, self.sources()).await?;
        let outcome = self.identity.invite(&home, (id, &contact), (grant, market), self.sources()).await?;
        self.nudge(&home);
        Ok(outcome)
    }

    /// Somebody whom the operator vouches for works in a market, or for a provider of it.
    pub async fn employ(
        &self,
        tenant: &tenancy::Tenant,
        person: KnownPerson<'_>,
        (grant, market): (Grant, Id<kernel::Market>),
    ) -> Result<Id<kernel::Person>, Refusal> {
        let home = self.store.market(&tenant.home());
        let (_, id) = self.identity.add_person(&home, person, self.sources()).await?;
        self.identity.give_role(&home, id, grant, Some(market), self.sources()).await?;
        Ok(id)
    }

    fn sources(&self) -> Sources<'_> {
        Sources { clock: &*self.world.clock, ids: &*self.world.ids, random: &*self.world.random }
    }

    /// Said of a feature that may be meant as an app.
    pub fn is_app(name: &str) -> bool {
        APPS.contains(&name)
    }

    /// What there is to choose from, for people.
    pub fn apps() -> String {
        APPS.join(", ")
    }

    pub fn check_apps(&self, apps: &[String]) -> Result<(), Failure> {
        match apps.iter().find(|app| !Self::is_app(app)) {
            None => Ok(()),
            Some(app) => Err(Failure::usage(format!("there is no app {app:?}; there are {}", Self::apps()))),
        }
    }

    /// A misspelt name is not a database that is away.
    pub fn check_database(&self, name: &str) -> Result<(), Failure> {
        let mut names = self.store.names();
        if !names.iter().any(|its| its == DEFAULT) {
            names.push(DEFAULT.to_owned());
        }
        match names.iter().any(|its| its == name) {
            true => Ok(()),
            false => Err(Failure::usage(format!(
                "no database called {name:?} is configured; there are {} (see store.databases)",
                names.join(", ")
            ))),
        }
    }

    /// Hands over the bus that follows this platform's commits.
    pub fn follow_with(&self, bus: Bus) {
        *self.bus.lock() = Some(bus);
    }

    pub fn take_bus(&self) -> Option<Bus> {
        self.bus.lock().take()
    }

    pub fn with_bus<T>(&self, ask: impl FnOnce(&Bus) -> T) -> Option<T> {
        self.bus.lock().as_ref().map(ask)
    }

    /// Something was changed by hand: look at this market soon.
    pub fn nudge(&self, market: &Market) {
        self.with_bus(|bus| bus.nudge(market));
    }
}

/// The endpoints of all but identity, whose keys have their scopes.
fn others(
    directory: &Arc<Directory>,
    outside: &Outside,
    money: &Money,
    (civic, delivery): (&Arc<Civic>, &Arc<Delivery>),
) -> Vec<Endpoint> {
    [
        tenancy::endpoints(directory.clone()),
        media::endpoints(&outside.media),
        notify::endpoints(&outside.notify),
        money::endpoints(money),
        civic::endpoints(civic),
        delivery.endpoints(),
    ]
    .concat()
}

/// Who brings one-time codes: whoever was named if they reach anybody, otherwise the providers of
/// messages, as far as there are any.
fn code_sender(
    named: Arc<dyn CodeSender>,
    outside: &Outside,
    directory: &Arc<Directory>,
    (store, url): (&Store, Option<String>),
) -> Arc<dyn CodeSender> {
    let channels = [identity::Channel::Phone, identity::Channel::Email];
    if channels.into_iter().any(|channel| named.reaches(channel)) {
        return named;
    }
    let homes = KnownHomes { directory: directory.clone(), store: store.clone(), url };
    Arc::new(notify::Codes::new(outside.notify.clone(), Arc::new(homes)))
}

fn store_config(config: &Config) -> StoreConfig {
    let open_markets_max = descriptors::share(&config.settings).markets;
    let its = &config.settings.store;
    // With PostgreSQL a folder serves markets that live in files; only one process may hold it.
    let folder = config.is_given("store.folder").then(|| its.folder.clone());
    let mut config = match (&its.url, its.kind) {
        (Some(url), StoreKind::Postgres) => StoreConfig::postgres(url.0.expose()),
        _ => StoreConfig::embedded(&its.folder),
    };
    config.folder = config.folder.or(folder);
    let database =
        |(name, url): (&String, &crate::config::DatabaseUrl)| (name.clone(), url.0.expose().clone());
    config.databases = its.databases.iter().map(database).collect();
    config.pool_connections = its.pool_size.get() as usize;
    config.open_markets_max = open_markets_max;
    config.reader_threads = match its.reader_threads.get() {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        count => count as usize,
    };
    config
}

/// Which markets the bus looks after.
struct Served(Arc<Directory>, Market);

impl bus::Directory for Served {
    fn markets(&self) -> Vec<(Market, TimeZone)> {
        let homes = self.0.homes().into_iter().map(|home| (home, TimeZone::UTC));
        let system = std::iter::once((self.1.clone(), TimeZone::UTC));
        self.0.markets().into_iter().chain(homes).chain(system).collect()
    }

    fn market(&self, id: Id<kernel::Market>) -> Option<Market> {
        if id == self.1.place().id { Some(self.1.clone()) } else { self.0.market(id) }
    }

    fn zone(&self, market: &Market) -> Option<TimeZone> {
        match market.place().kind {
            Kind::Market => self.0.zone(market.place().id),
            Kind::Home | Kind::System => Some(TimeZone::UTC),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Clock, Sql};

    use super::*;

    fn statements() -> Vec<Sql> {
        let tenancy = tenancy::STATEMENTS.iter().flat_map(|(_, statements)| *statements).cloned();
        let mut all = [store::STATEMENTS, web::STATEMENTS, bus::STATEMENTS].concat();
        all.extend(tenancy);
        all.extend(identity::STATEMENTS.concat());
        all.extend(media::STATEMENTS.concat());
        all.extend(notify::STATEMENTS.concat());
        all.extend(money::statements());
        all.extend(dispatch::statements());
        all.extend(civic::statements());
        all.extend(delivery::statements());
        all
    }

    async fn prepare_on(config: StoreConfig) {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Store::open(config, schema(), Arc::new(SnowIds::new(clock, 1))).await.unwrap();
        let statements = statements();
        assert!(statements.len() > 50, "the lists were found");
        store.prepare_all(&statements).await.unwrap();
    }

    #[tokio::test]
    async fn every_statement_fits_the_tables_of_both_engines() {
        let folder = testkit::folder();
        prepare_on(StoreConfig::embedded(folder.path())).await;
        if let Some(database) = testkit::postgres() {
            prepare_on(StoreConfig::postgres(database.url())).await;
        }
    }
}
