//! The app as one: what it keeps in memory, its endpoints, and what follows its events.

use std::sync::{Arc, OnceLock};

use ::store::{Kind, Market, StoreError};
use bus::{BadSchedule, Directory, Registry};
use dispatch::Dispatch;
use futures_util::future::BoxFuture;
use geo::Point;
use kernel::{Id, Person};
use media::Media;
use money::payment::Payments;
use web::{Endpoint, World};

use crate::catalogue::Catalogue;
use crate::claim::{self, Claims};
use crate::fee::http::Roads;
use crate::live::{self, Hub, Live};
use crate::order::around::LookAround;
use crate::order::follow::{CountOrders, FollowPayments};
use crate::order::jobs::Next;
use crate::order::step::{JOB_KIND, Orders};
use crate::outage::warning::{self, WarnOfOutages};
use crate::pricing::Pricing;
use crate::promotion::referral::http::Buyers;
use crate::tell::follow::{Tell, TellMore};
use crate::tell::{People, Post, Veil};
use crate::{APP, cash, catalogue_endpoints, order, product, promotion};

/// What the app is put together from.
pub struct Parts {
    pub media: Option<Arc<Media>>,
    pub payments: Arc<Payments>,
    pub world: Arc<World>,
}

pub struct Delivery {
    pub catalogue: Arc<Catalogue>,
    pub pricing: Arc<Pricing>,
    pub orders: Arc<Orders>,
    pub claims: Arc<Claims>,
    pub dispatch: Arc<Dispatch>,
    pub live: Arc<Live>,
    world: Arc<World>,
}

impl Delivery {
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts { media, payments, world } = parts;
        let catalogue = Catalogue::new(media);
        let by_road = Arc::new(ByRoad::default());
        let pricing = Pricing::new(world.clock.clone(), by_road.clone());
        let orders = Orders::new(catalogue.clone(), pricing.clone(), payments, &world);
        let claims = Claims::new(orders.clone());
        let hub = Hub::new();
        let dispatch = Dispatch::builder(world.clock.clone(), world.ids.clone())
            .companion(JOB_KIND, orders.clone())
            .watcher(hub.clone())
            .build();
        let _ = by_road.0.set(dispatch.clone());
        let live = Arc::new(Live::new(hub, dispatch.clone()));
        Arc::new(Self { catalogue, pricing, orders, claims, dispatch, live, world })
    }

    pub fn endpoints(&self) -> Vec<Endpoint> {
        let endpoints = [
            catalogue_endpoints(&self.catalogue),
            self.pricing.endpoints(Arc::new(Known)),
            order::http::endpoints(&self.orders),
            claim::http::endpoints(&self.claims),
            cash::http::endpoints(&self.pricing.rules),
            dispatch::endpoints(&self.dispatch),
            live::endpoints(&self.live),
        ];
        endpoints.concat().into_iter().map(|endpoint| endpoint.app(APP)).collect()
    }

    pub fn follow(
        &self,
        registry: Registry,
        directory: &Arc<dyn Directory>,
    ) -> Result<Registry, BadSchedule> {
        let orders = &self.orders;
        let around = LookAround { orders: orders.clone(), dispatch: self.dispatch.clone() };
        let clock = self.world.clock.clone();
        let (ids, rules) = (self.world.ids.clone(), self.pricing.rules.clone());
        let expire = promotion::lot::jobs::Expire { clock: clock.clone(), ids, rules };
        let registry = registry
            .handler(product::stock::jobs::ReleaseStock { clock })
            .handler(Next(orders.clone()))
            .handler(claim::jobs::Next(self.claims.clone()))
            .handler(claim::trouble::jobs::Write(self.claims.clone()))
            .handler(expire)
            .handler(around)
            .consumer(Kind::Market, FollowPayments)
            .consumer(Kind::Market, CountOrders);
        let registry = self.pricing.follow(registry, directory)?;
        Ok(dispatch::follow(registry, &self.dispatch, directory))
    }

    /// Tells people what becomes of orders.
    pub fn tell(
        &self,
        registry: Registry,
        directory: &Arc<dyn Directory>,
        (people, veil): (Arc<dyn People>, Veil),
    ) -> Result<Registry, BadSchedule> {
        let World { clock, ids, .. } = &*self.world;
        let post = Arc::new(Post { people, clock: clock.clone(), ids: ids.clone() });
        let warn = WarnOfOutages {
            clock: clock.clone(),
            directory: directory.clone(),
            pricing: self.pricing.clone(),
            catalogue: self.catalogue.clone(),
            dispatch: self.dispatch.clone(),
            post: post.clone(),
        };
        let tell = Tell { post, veil, clock: clock.clone(), directory: directory.clone() };
        Ok(registry
            .handler(warn)
            .schedule(Kind::Market, warning::schedule()?)
            .handler(TellMore(tell.clone()))
            .consumer(Kind::Market, tell))
    }
}

/// Ways as riders go, for the fee.
#[derive(Default)]
struct ByRoad(OnceLock<Arc<Dispatch>>);

impl Roads for ByRoad {
    fn metres(&self, market: &Market, from: Point, to: Point) -> u32 {
        let Some(dispatch) = self.0.get() else { return from.distance_m(to).round() as u32 };
        let mode = dispatch::Mode::Motorbike;
        dispatch.roads(market).between(from, to, mode).metres
    }
}

/// Who has had something brought.
struct Known;

impl Buyers for Known {
    fn has_ordered<'a>(
        &'a self,
        market: &'a Market,
        person: Id<Person>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(order::repo::has_bought(market, person))
    }
}
