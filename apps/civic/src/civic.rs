//! What the app keeps in memory, one for the process: whatever is here can be made anew from rows.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use guard::{Ask, Key, Limiter, Quota};
use identity::Identity;
use kernel::jiff::tz::TimeZone;
use kernel::{Clock, Id, Market, Random, Refusal, RefusalKind, SystemRandom, Tenant};
use media::Media;
use outward::Outward;
use store::StoreError;
use tenancy::Country;
use web::{Call, Caller};

use crate::address::Addresses;
use crate::area::Areas;
use crate::desk::Hours;
use crate::follower::keys::Keys;
use crate::keep::{self, Keep};
use crate::limits;
use crate::request::state::Deadline;
use crate::rules::{RuleBook, Settings};

/// The country of a tenant, which says what a telephone number without a calling code means.
pub type Countries = Arc<dyn Fn(Id<Tenant>) -> Option<Country> + Send + Sync>;

/// When the days of a market begin and end.
pub type Zones = Arc<dyn Fn(Id<Market>) -> Option<TimeZone> + Send + Sync>;

const SEALING: &str = "iroko civic 2026-11 what is kept sealed";
/// How every API key begins.
const KEY_PREFIX: &str = "irk_";

pub struct Civic {
    pub clock: Arc<dyn Clock>,
    pub rules: RuleBook,
    pub areas: Arc<Areas>,
    pub addresses: Addresses,
    pub(crate) keys: Arc<Keys>,
    pub(crate) countries: Countries,
    zones: Zones,
    pub(crate) media: Option<Arc<Media>>,
    /// Others that it calls over HTTP.
    pub outward: Arc<Outward>,
    /// Where people reach this server, if the operator said so.
    pub public_url: Option<String>,
    pub random: Arc<dyn Random>,
    /// With it is sealed what is kept and must not be read from a copy of the rows.
    pub seal_key: [u8; 32],
    /// Set when people are known, which is after this app.
    identity: OnceLock<Arc<Identity>>,
    pub keep: Keep,
    writers: Limiter,
    /// What an address may ask in a minute at all.
    asked_per_minute: u32,
}

/// What is put together before the app is shared.
pub struct Builder(Civic);

impl Civic {
    /// `secret` is the deployment's: with it nobody else can tell who follows what.
    /// `asked_per_minute` is what one address may ask at all without an account.
    pub fn builder(
        clock: Arc<dyn Clock>,
        secret: &[u8],
        countries: Countries,
        asked_per_minute: u32,
    ) -> Builder {
        let outward = Outward::new(outward::Settings::default(), clock.clone())
            .expect("a client is made of nothing but what this program brings with it");
        Builder(Self {
            clock,
            rules: RuleBook::default(),
            areas: Arc::default(),
            addresses: Addresses::default(),
            keys: Arc::new(Keys::new(secret)),
            countries,
            zones: Arc::new(|_| None),
            media: None,
            outward,
            public_url: None,
            random: Arc::new(SystemRandom),
            seal_key: blake3::derive_key(SEALING, secret),
            identity: OnceLock::new(),
            keep: Keep::default(),
            writers: Limiter::with_keys_max(limits::WRITERS_MAX),
            asked_per_minute,
        })
    }

    /// Whose word is taken for who somebody is.
    pub fn believe(&self, identity: &Arc<Identity>) {
        let _ = self.identity.set(identity.clone());
    }

    /// Who is behind an API key that came as a field, as some protocols have it.
    pub async fn caller_by_key(&self, call: &Call, key: &str) -> Result<Caller, Refusal> {
        let identity = self.identity.get().ok_or_else(Refusal::unauthenticated)?;
        // A token of somebody who signed in is no key.
        if !key.starts_with(KEY_PREFIX) {
            return Err(Refusal::unauthenticated());
        }
        identity.verifier().caller(&call.site, Some(&format!("Bearer {key}"))).await
    }

    /// Whether an address is known to be the caller's own: they showed that when they signed up.
    pub(crate) async fn is_own(&self, call: &Call, address: Option<&str>) -> Result<bool, Refusal> {
        let (Some(_), Some(person), Some(address)) = (self.identity.get(), call.caller.person(), address)
        else {
            return Ok(false);
        };
        Ok(identity::is_address_of(&call.site.home, person, address).await?)
    }

    pub(crate) fn zone(&self, market: &store::Market) -> TimeZone {
        (self.zones)(market.place().id).unwrap_or(TimeZone::UTC)
    }

    /// Somebody without an account wants to write. What the market says holds; otherwise a share of
    /// what one address may ask at all.
    pub(crate) fn may_write(&self, call: &Call, settings: &Settings) -> Result<(), Refusal> {
        if call.caller.is_known() {
            return Ok(());
        }
        let minute = settings.anonymous_per_minute.unwrap_or(self.asked_per_minute / limits::ANONYMOUS_SHARE);
        let day = settings
            .anonymous_per_day
            .unwrap_or_else(|| self.asked_per_minute.saturating_mul(limits::ANONYMOUS_DAY_TIMES));
        let ask = |kind, quota| Ask { key: key(kind, call), quota, cost: 1 };
        let asks = [
            ask(0, Quota::per(minute, Duration::from_secs(60))),
            ask(2, Quota::per(day, Duration::from_hours(24))),
        ];
        let now_ns = u64::try_from(self.clock.now().as_nanosecond()).unwrap_or(0);
        let refused = match self.writers.check_all(now_ns, &asks) {
            Ok(_) => return Ok(()),
            Err(refused) => refused,
        };
        let (code, message) = match refused.ask {
            0 => {
                ("too_many_reports", "That is more than one address may send in a minute. Wait, or sign in.")
            }
            _ => ("too_many_today", "That is more than one address may send in a day. Sign in to go on."),
        };
        let wait_s = refused.retry_after_ns.div_ceil(1_000_000_000).max(1);
        Err(Refusal::new(RefusalKind::TooMany, code, message)
            .retry_after(u32::try_from(wait_s).unwrap_or(u32::MAX)))
    }
}

/// What the desk and the deadlines know of a market's working time.
impl Hours for Civic {
    fn of<'a>(&'a self, market: &'a store::Market) -> BoxFuture<'a, Result<Arc<dyn Deadline>, StoreError>> {
        Box::pin(async {
            let rules = self.rules.of(market).await?;
            Ok(Arc::new(rules.calendar(&self.zone(market)).into_owned()) as Arc<dyn Deadline>)
        })
    }
}

/// An address within one market.
fn key(kind: u32, call: &Call) -> Key {
    let market = call.site.market_id.raw() as u64;
    let scope = (market ^ market >> 32) as u32;
    match call.address {
        IpAddr::V4(v4) => Key::other(kind, scope, v4.to_bits().into()),
        // One household has all the addresses of its network.
        IpAddr::V6(v6) => Key::other(kind + 1, scope, (v6.to_bits() >> 64) as u64),
    }
}

impl Builder {
    /// What addresses are asked of, in place of the market's own address points alone.
    pub fn addresses(mut self, addresses: Addresses) -> Self {
        self.0.addresses = addresses;
        self
    }

    /// Where the clocks of each market stand; UTC for those it does not know.
    pub fn zones(mut self, zones: Zones) -> Self {
        self.0.zones = zones;
        self
    }

    /// Who keeps pictures; without, none are taken.
    pub fn media(mut self, media: Arc<Media>) -> Self {
        self.0.media = Some(media);
        self
    }

    /// The program's own client, in place of one with the usual settings.
    pub fn outward(mut self, outward: Arc<Outward>) -> Self {
        self.0.outward = outward;
        self
    }

    pub fn public_url(mut self, url: Option<String>) -> Self {
        self.0.public_url = url;
        self
    }

    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.0.random = random;
        self
    }

    /// Where archived requests lie.
    pub fn archive(mut self, objects: Arc<dyn keep::Objects>) -> Self {
        self.0.keep.objects = objects;
        self
    }

    pub fn build(self) -> Arc<Civic> {
        Arc::new(self.0)
    }
}
