//! What endpoints, jobs and adapters share.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx};
use outward::Outward;
use serde_json::{Map, Value};
use store::{Market, Stamp};
use web::World;

use crate::channel::Channel;
use crate::keys::Keys;
use crate::provider::Channels;
use crate::provider::webhook::Webhooks;
use crate::rules::quiet::Quiet;
use crate::template::Templates;

/// What is to be known of the market that a message belongs to.
#[derive(Debug, Clone)]
pub struct About {
    pub zone: TimeZone,
    pub quiet: Option<Quiet>,
    /// The first is the default.
    pub languages: Vec<String>,
    /// What people know it by.
    pub brand: String,
    /// Where its API is, such as `https://example.org/cityhelper/boston`; without it messages have no
    /// link to unsubscribe.
    pub base: Option<String>,
}

/// Where that is found.
pub trait Places: Send + Sync + 'static {
    fn about(&self, market: &Market) -> About;
}

/// What an app says in its messages and does not keep until they are sent, such as links with a secret
/// in them.
pub trait Late: Send + Sync + 'static {
    /// `base` is where the market is reached, if anywhere.
    fn add(&self, market: &Market, to: &str, base: Option<&str>, arguments: &mut Map<String, Value>);
}

pub struct Parts {
    pub keys: Keys,
    pub templates: Templates,
    /// By the name of the app.
    pub late: BTreeMap<&'static str, Arc<dyn Late>>,
    /// Those without a provider write to the outbox. The one for webhooks is always there.
    pub channels: Channels,
    pub places: Arc<dyn Places>,
    pub outward: Arc<Outward>,
    pub world: Arc<World>,
}

pub struct Notify {
    keys: Keys,
    pub(crate) templates: Templates,
    late: BTreeMap<&'static str, Arc<dyn Late>>,
    pub(crate) channels: Channels,
    pub(crate) places: Arc<dyn Places>,
    outward: Arc<Outward>,
    pub(crate) world: Arc<World>,
}

impl Notify {
    pub fn new(parts: Parts) -> Arc<Self> {
        let webhooks = Arc::new(Webhooks::new(parts.outward.clone()));
        Arc::new(Self {
            keys: parts.keys,
            templates: parts.templates,
            late: parts.late,
            channels: parts.channels.with(Channel::Webhook, webhooks).complete(),
            places: parts.places,
            outward: parts.outward,
            world: parts.world,
        })
    }

    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Whether people are really reached by a channel, or only the outbox is.
    pub fn reaches(&self, channel: Channel) -> bool {
        self.channels.reaches(channel)
    }

    /// Whether an address could be called, before anything is looked up.
    pub(crate) fn check_webhook(&self, url: &str) -> Result<(), outward::Error> {
        self.outward.check(url)
    }

    /// Adds what the app of a template says only now.
    pub(crate) fn add_late(
        &self,
        market: &Market,
        template: &str,
        (to, base): (&str, Option<&str>),
        arguments: &mut Map<String, Value>,
    ) {
        let app = template.split_once('.').map_or("", |(app, _)| app);
        if let Some(late) = self.late.get(app) {
            late.add(market, to, base, arguments);
        }
    }

    pub(crate) fn stamp(&self) -> Stamp {
        Stamp { at: self.world.clock.now(), actor: Actor::System }
    }

    pub(crate) fn ctx<'a>(&'a self, zone: &'a TimeZone) -> Ctx<'a> {
        Ctx { now: self.world.clock.now(), zone, actor: Actor::System, ids: &*self.world.ids }
    }

    pub(crate) fn dice(&self) -> u16 {
        let mut bytes = [0; 2];
        self.world.random.fill(&mut bytes);
        u16::from_le_bytes(bytes)
    }
}
