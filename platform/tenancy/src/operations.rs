//! What the command line does to tenants and markets. Everything may be repeated: after a crash the
//! same command goes on where it stopped.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Decision, Fault, IdSource, Refusal, values};
use store::{Place, Stamp, Store, StoreError};
use web::Tier;

use crate::directory::{self, Directory};
use crate::market::{self, MarketRow, NewMarket, State};
use crate::provider::{self, Provider};
use crate::tenant::{self, NewTenant, Tenant};
use crate::words;

/// What a command that may be repeated did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    AlreadyThere,
}

/// A market as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub tenant: String,
    pub market: MarketRow,
    pub hosts: Vec<String>,
}

type MarketId = kernel::Id<kernel::Market>;

pub struct Operations {
    store: Store,
    system: store::Market,
    directory: Arc<Directory>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    zone: TimeZone,
}

impl Operations {
    /// Makes the system's tables where they are missing, and reads the directory.
    pub async fn open(
        store: Store,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, StoreError> {
        let system = store.create(&Place::system()).await?;
        let begin = Decision::nothing().change(directory::BEGIN.with(values![]).any_rows());
        let stamp = Stamp { at: clock.now(), actor: Actor::System };
        system.commit(stamp, begin).await.map_err(|error| match error {
            store::CommitError::Failed(error) => error,
            other => StoreError::Down(other.to_string()),
        })?;
        let directory = Directory::open(store.clone()).await?;
        Ok(Self { store, system, directory, clock, ids, zone: TimeZone::UTC })
    }

    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    fn ctx(&self) -> Ctx<'_> {
        Ctx { now: self.clock.now(), zone: &self.zone, actor: Actor::System, ids: &*self.ids }
    }

    pub async fn add_tenant(&self, new: &NewTenant) -> Result<Outcome, Refusal> {
        let tenant = self
            .change(|| async { tenant::decide::add(self.find_tenant(&new.slug).await?, new, &self.ctx()) })
            .await?;
        if tenant.state != tenant::model::State::Making {
            return Ok(Outcome::AlreadyThere);
        }
        self.store.create(&tenant.home()).await?;
        self.change(|| async { Ok((tenant::decide::made(&tenant), ())) }).await?;
        self.directory.refresh().await?;
        Ok(Outcome::Done)
    }

    pub async fn add_market(&self, new: &NewMarket) -> Result<Outcome, Refusal> {
        let tenant = self.tenant(&new.tenant).await?;
        let market = self
            .change(|| async {
                let existing = self.find_market(&tenant, &new.slug).await?;
                market::decide::add(existing, &tenant, new, &self.ctx())
            })
            .await?;
        if market.state != State::Making {
            return Ok(Outcome::AlreadyThere);
        }
        self.store.create(&market.place(&tenant.slug)).await?;
        self.change(|| async { Ok((market::decide::made(&market), ())) }).await?;
        self.directory.changed_here(market.id).await?;
        Ok(Outcome::Done)
    }

    /// A market whose rows are in a file, under the id that the file names. Nobody is served before
    /// the rows are imported and its state says so.
    pub async fn bring_back(
        &self,
        new: &NewMarket,
        id: kernel::Id<kernel::Market>,
    ) -> Result<Outcome, Refusal> {
        let tenant = self.tenant(&new.tenant).await?;
        let outcome = self
            .change(|| async {
                let existing = self.find_market(&tenant, &new.slug).await?;
                let taken_by = self.owner_of(id).await?;
                let taken_by = taken_by.as_deref();
                market::decide::bring_back(id, existing.as_ref(), taken_by, &tenant, new, &self.ctx())
            })
            .await?;
        if outcome == Outcome::Done {
            self.directory.changed_here(id).await?;
        }
        Ok(outcome)
    }

    /// Tenants' homes are kept like markets, so the ids of tenants are taken as well.
    async fn owner_of(&self, id: kernel::Id<kernel::Market>) -> Result<Option<String>, StoreError> {
        if id.raw() <= Place::system().id.raw() {
            return Ok(Some("the platform itself".to_owned()));
        }
        if let Some(tenant) = self.system.one::<Tenant>(tenant::repo::ONE, values![id]).await? {
            return Ok(Some(format!("tenant {}", tenant.slug)));
        }
        let Some(market) = self.system.one::<MarketRow>(market::repo::ONE, values![id]).await? else {
            return Ok(None);
        };
        let tenant: Option<Tenant> = self.system.one(tenant::repo::ONE, values![market.tenant]).await?;
        let tenant = tenant.map_or_else(|| market.tenant.to_string(), |tenant| tenant.slug);
        Ok(Some(format!("market {tenant}/{}", market.slug)))
    }

    pub async fn bind_host(&self, tenant: &str, market: &str, host: &str) -> Result<Outcome, Refusal> {
        self.change_host(tenant, market, host, |bound, host, id| {
            market::decide::bind_host(bound, host, id, &self.ctx())
        })
        .await
    }

    pub async fn unbind_host(&self, tenant: &str, market: &str, host: &str) -> Result<Outcome, Refusal> {
        self.change_host(tenant, market, host, market::decide::unbind_host).await
    }

    async fn change_host(
        &self,
        tenant: &str,
        market: &str,
        host: &str,
        decide: impl Fn(Option<MarketId>, &str, MarketId) -> Result<(Decision, Outcome), Refusal>,
    ) -> Result<Outcome, Refusal> {
        let (_, market) = self.market(tenant, market).await?;
        let wrong = || Fault::new("/host", "wrong_form", "Is a host name such as city.example.org.");
        let host = words::host(host).ok_or_else(|| Refusal::invalid(vec![wrong()]))?;
        let decide = &decide;
        let outcome = self
            .change(|| async {
                let bound: Option<(MarketId,)> = self.system.one(market::repo::HOST, values![&*host]).await?;
                decide(bound.map(|(id,)| id), &host, market.id)
            })
            .await?;
        self.market_changed(outcome, &market).await;
        Ok(outcome)
    }

    pub async fn set_tier(&self, tenant: &str, tier: Tier) -> Result<Outcome, Refusal> {
        let outcome =
            self.change(|| async { Ok(tenant::decide::set_tier(&self.tenant(tenant).await?, tier)) }).await?;
        self.directory.refresh().await?;
        Ok(outcome)
    }

    /// Zero switches it off.
    pub async fn set_feature(
        &self,
        tenant: &str,
        market: &str,
        feature: &str,
        percent: u8,
    ) -> Result<Outcome, Refusal> {
        self.change_market(tenant, market, |market| market::decide::set_feature(market, feature, percent))
            .await
    }

    pub async fn set_state(&self, tenant: &str, market: &str, state: State) -> Result<Outcome, Refusal> {
        self.change_market(tenant, market, |market| market::decide::set_state(market, state)).await
    }

    /// The last word of a recovery that found the market placed at `place`.
    pub async fn recovered(
        &self,
        tenant: &str,
        market: &str,
        place: &str,
        state: State,
    ) -> Result<Outcome, Refusal> {
        self.change_market(tenant, market, |market| market::decide::recovered(market, place, state)).await
    }

    /// From here on the market, which is being moved, is served from the database `to`. The empty
    /// name is the default database.
    pub async fn set_place(
        &self,
        tenant: &str,
        market: &str,
        from: &str,
        to: &str,
    ) -> Result<Outcome, Refusal> {
        self.change_market(tenant, market, |market| market::decide::set_place(market, from, to)).await
    }

    pub async fn add_provider(
        &self,
        tenant: &str,
        market: &str,
        name: &str,
    ) -> Result<(Outcome, Provider), Refusal> {
        let (tenant, row) = self.market(tenant, market).await?;
        let market = self.store.market(&row.place(&tenant.slug));
        market
            .change(|| async {
                let existing: Option<Provider> = market.one(provider::repo::BY_NAME, values![name]).await?;
                let ctx = self.ctx();
                if let Some(provider) = existing {
                    let answer = (Outcome::AlreadyThere, provider);
                    return Ok((Stamp::from(&ctx), Decision::nothing(), answer));
                }
                let (decision, provider) = provider::decide::add(None, name, &ctx)?;
                Ok((Stamp::from(&ctx), decision, (Outcome::Done, provider)))
            })
            .await
    }

    /// The rows of one market and its tenant, served or not.
    pub async fn market(&self, tenant: &str, market: &str) -> Result<(Tenant, MarketRow), Refusal> {
        let tenant = self.tenant(tenant).await?;
        let row = self.find_market(&tenant, market).await?.ok_or_else(|| unknown("market", market))?;
        Ok((tenant, row))
    }

    pub async fn tenant(&self, slug: &str) -> Result<Tenant, Refusal> {
        self.find_tenant(slug).await?.ok_or_else(|| unknown("tenant", slug))
    }

    /// All markets with the slugs of their tenants and their hosts, served or not, in the order of
    /// their names.
    pub async fn markets(&self) -> Result<Vec<Listed>, Refusal> {
        let directory::All { tenants, markets, hosts } = self.directory.read_rows().await?;
        let slugs: BTreeMap<i64, String> = tenants.into_iter().map(|it| (it.id.raw(), it.slug)).collect();
        let mut its: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for (host, market) in hosts {
            its.entry(market.raw()).or_default().push(host);
        }
        let listed = |market: MarketRow| {
            let tenant = slugs.get(&market.tenant.raw())?.clone();
            let hosts = its.remove(&market.id.raw()).unwrap_or_default();
            Some(Listed { tenant, market, hosts })
        };
        let mut all: Vec<Listed> = markets.into_iter().filter_map(listed).collect();
        all.sort_by(|a, b| (&a.tenant, &a.market.slug).cmp(&(&b.tenant, &b.market.slug)));
        Ok(all)
    }

    async fn find_tenant(&self, slug: &str) -> Result<Option<Tenant>, StoreError> {
        self.system.one(tenant::repo::BY_SLUG, values![slug]).await
    }

    async fn find_market(&self, tenant: &Tenant, slug: &str) -> Result<Option<MarketRow>, StoreError> {
        self.system.one(market::repo::BY_SLUG, values![tenant.id, slug]).await
    }

    async fn change<T, F, Fut>(&self, mut attempt: F) -> Result<T, Refusal>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<(Decision, T), Refusal>>,
    {
        let stamp = || Stamp { at: self.clock.now(), actor: Actor::System };
        self.system
            .change(|| {
                let attempt = attempt();
                async move {
                    let (decision, answer) = attempt.await?;
                    Ok((stamp(), decision, answer))
                }
            })
            .await
    }

    async fn change_market(
        &self,
        tenant: &str,
        market: &str,
        decide: impl Fn(&MarketRow) -> Result<(Decision, Outcome), Refusal>,
    ) -> Result<Outcome, Refusal> {
        let decide = &decide;
        let (outcome, row) = self
            .change(|| async move {
                let (_, row) = self.market(tenant, market).await?;
                let (decision, outcome) = decide(&row)?;
                Ok((decision, (outcome, row)))
            })
            .await?;
        self.market_changed(outcome, &row).await;
        Ok(outcome)
    }

    /// The change is committed, so nobody may be told that it failed: what cannot be read now is read
    /// when the directory follows.
    async fn market_changed(&self, outcome: Outcome, row: &MarketRow) {
        if outcome == Outcome::Done
            && let Err(error) = self.directory.changed_here(row.id).await
        {
            tracing::warn!(market = %row.slug, %error, "a change is not seen at once; the directory follows");
        }
    }
}

fn unknown(what: &str, slug: &str) -> Refusal {
    let shown: String = slug.chars().take(crate::limits::SLUG_LENGTH_MAX).collect();
    Refusal::new(kernel::RefusalKind::NotFound, "not_found", format!("There is no {what} {shown}."))
}
