use std::sync::Arc;

use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Ctx};
use outward::seal;
use store::Market;
use web::World;

use super::model::Owner;
use crate::payment::Places;

const SEALING: &str = "iroko money 2026-11 accounts that are paid to";

/// What endpoints and jobs share.
pub struct Desk {
    seal_key: [u8; 32],
    places: Arc<dyn Places>,
    world: Arc<World>,
}

impl Desk {
    /// `secret` is the deployment's: the numbers of bank accounts are sealed with it.
    pub fn new(secret: &[u8], places: Arc<dyn Places>, world: Arc<World>) -> Arc<Self> {
        Arc::new(Self { seal_key: blake3::derive_key(SEALING, secret), places, world })
    }

    pub(crate) fn zone(&self, market: &Market) -> TimeZone {
        self.places.zone(market)
    }

    pub(crate) fn ctx<'a>(&'a self, zone: &'a TimeZone) -> Ctx<'a> {
        Ctx { now: self.world.clock.now(), zone, actor: Actor::System, ids: &*self.world.ids }
    }

    pub(crate) fn seal(&self, market: &Market, owner: Owner, number: &str) -> Vec<u8> {
        seal::seal(&self.seal_key, &place_of(market, owner), number, &*self.world.random)
    }

    /// `None`: sealed by another deployment, or damaged.
    pub(crate) fn open(&self, market: &Market, owner: Owner, sealed: &[u8]) -> Option<String> {
        seal::open(&self.seal_key, &place_of(market, owner), sealed)
    }
}

/// Where a number is kept, so that it opens nowhere else.
fn place_of(market: &Market, owner: Owner) -> String {
    format!("{}/payout/{}/{}", market.place().id.raw(), owner.payee.code(), owner.number)
}
