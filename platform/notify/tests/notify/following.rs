//! With the real bus.

use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, Registry, Settings};
use kernel::SystemRandom;
use kernel::jiff::tz::TimeZone;
use notify::{Channel, Channels};
use store::Market;

use crate::world::{Fake, failed, sms, unknown, world};

struct Served(Market);

impl bus::Directory for Served {
    fn markets(&self) -> Vec<(Market, TimeZone)> {
        vec![(self.0.clone(), TimeZone::UTC)]
    }
}

#[tokio::test]
async fn messages_are_delivered_tried_again_and_done_with() {
    let fake = Fake::new("first", [failed(), unknown()]);
    let world = world(Channels::default().with(Channel::Sms, fake.clone())).await;
    let registry = notify::follow(Registry::default(), &world.notify).unwrap();
    let quick = Settings {
        tick: Duration::from_millis(1),
        look_out_rest: Duration::from_millis(5),
        sweep_rest: Duration::from_millis(5),
        ..Settings::default()
    };
    let served = Arc::new(Served(world.market.clone()));
    let bus = Bus::start(&world.store, served, registry, world.clock.clone(), Arc::new(SystemRandom), quick)
        .unwrap();
    for cause in ["a", "b", "c"] {
        world.queue(sms(cause).urgent()).await;
    }
    for _ in 0..20_000 {
        if world.states().await == ["sent"; 3] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        world.advance(1);
    }
    assert_eq!(world.states().await, ["sent"; 3]);
    assert_eq!(fake.count(), 5);
    drop(bus);
}
