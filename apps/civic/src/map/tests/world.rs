//! One market on one engine, with the map's and the trends' consumers at hand.

use std::sync::Arc;

use bus::{Consumer, Directory};
use geo::Point;
use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Decision, Id, SequentialIds, values};
use store::schema::Schema;
use store::{Market, Place, Stamp, Store, StoreConfig};
use testkit::Engine;

use super::story::Story;
use crate::map::follow::CountOnMap;
use crate::request::model::Request;
use crate::request::repo;
use crate::trend::follow::CountTrends;

kernel::statements! {
    long MAP_ROWS = "select id, counts from map_count order by id";
    long TREND_ROWS = "select id, counts from trend_count order by id";
}

type Rows = Vec<(i64, Vec<u8>)>;

pub struct World {
    pub market: Market,
    _store: Store,
    _home: Home,
}

enum Home {
    Folder(#[expect(dead_code, reason = "held for its end")] tempfile::TempDir),
    Database(#[expect(dead_code, reason = "held for its end")] testkit::Postgres),
}

struct Here;

impl Directory for Here {
    fn markets(&self) -> Vec<(Market, TimeZone)> {
        Vec::new()
    }

    fn zone(&self, _: &Market) -> Option<TimeZone> {
        Some(super::zone())
    }
}

pub async fn world(engine: Engine) -> Option<World> {
    let (config, home) = match engine {
        Engine::Sqlite => {
            let folder = testkit::folder();
            (StoreConfig::embedded(folder.path()), Home::Folder(folder))
        }
        Engine::Postgres => {
            let database = testkit::postgres()?;
            (StoreConfig::postgres(database.url()), Home::Database(database))
        }
    };
    let schema = Schema::of([bus::part(), crate::part()]);
    let store = Store::open(config, schema, Arc::new(SequentialIds::starting_at(1 << 40))).await.unwrap();
    let place = Place::market(Id::from_raw(77), "city", "map");
    Some(World { market: store.create(&place).await.unwrap(), _store: store, _home: home })
}

impl World {
    pub async fn commit(&self, decision: Decision) {
        let stamp = Stamp { at: "2026-01-01T00:00:00Z".parse().unwrap(), actor: Actor::System };
        self.market.commit(stamp, decision).await.unwrap();
    }

    /// Both consumers, batch by batch; each batch is handed over twice and committed once.
    pub async fn count(&self, story: &Story, cuts: &[usize]) {
        let map = CountOnMap { directory: Arc::new(Here) };
        let trends = CountTrends { directory: Arc::new(Here) };
        for batch in story.batches(cuts) {
            let _ = map.handle(&self.market, batch).await.unwrap();
            let decision = map.handle(&self.market, batch).await.unwrap();
            self.commit(decision.and(trends.handle(&self.market, batch).await.unwrap())).await;
        }
    }

    /// Takes away all that both counted.
    pub async fn clear(&self) {
        let map = CountOnMap { directory: Arc::new(Here) }.clear();
        let trends = CountTrends { directory: Arc::new(Here) }.clear();
        self.commit(map.unwrap().and(trends.unwrap())).await;
    }

    /// The requests themselves, as they stand at the end.
    pub async fn keep(&self, story: &Story) {
        for (number, facts) in story.requests.iter().enumerate() {
            let Some(facts) = facts else { continue };
            let place = Point::from_e7(facts.lat, facts.long).unwrap();
            let new =
                Request::new(Id::from_raw(number as i64 + 1), &facts.category, "Synthetic", place, facts.at);
            let request = Request {
                status: facts.status,
                hidden: facts.hidden,
                merged: facts.merged,
                closed: facts.closed,
                ..new
            };
            self.commit(Decision::nothing().change(repo::add(&request))).await;
        }
    }

    pub async fn rows(&self) -> (Rows, Rows) {
        let map = self.market.list(MAP_ROWS, values![]).await.unwrap();
        (map, self.market.list(TREND_ROWS, values![]).await.unwrap())
    }
}
