//! Many messages, providers in every mood, workers that die at random.

use std::collections::HashMap;

use notify::{Channel, Channels, Outcome};

use crate::world::{Fake, failed, refused, sms, unknown, world};

/// A small generator, so that what fails can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn mood(dice: &mut Dice) -> Outcome {
    match dice.roll(8) {
        0 => failed(),
        1 => unknown(),
        2 => refused(),
        _ => Outcome::Sent { reference: None },
    }
}

#[tokio::test]
async fn every_message_ends_and_none_is_sent_again_after_its_end() {
    for seed in 0..12 {
        let mut dice = Dice(seed);
        let moods = |dice: &mut Dice| (0..60).map(|_| mood(dice)).collect::<Vec<_>>();
        let (first, second) = (Fake::new("first", moods(&mut dice)), Fake::new("second", moods(&mut dice)));
        let channels =
            Channels::default().with(Channel::Sms, first.clone()).with(Channel::Sms, second.clone());
        let world = world(channels).await;
        for number in 0..8 {
            // Some causes are handled twice.
            world.queue(sms(&format!("a{}", number % 6)).urgent()).await;
        }
        let mut deaths = 0;
        for _ in 0..400 {
            let dies = (deaths < 20 && dice.roll(3) == 0).then(|| dice.roll(12) as usize);
            deaths += usize::from(dies.is_some());
            if !world.step(dies).await {
                break;
            }
        }
        world.settle().await;
        let messages = world.messages().await;
        assert_eq!(messages.len(), 6, "seed {seed}");
        let ended: HashMap<i64, &str> =
            messages.iter().map(|(id, state, ..)| (*id, state.as_str())).collect();
        assert!(ended.values().all(|state| matches!(*state, "sent" | "failed")), "seed {seed}: {ended:?}");
        let counts = (first.count(), second.count());
        world.advance(3_600);
        world.settle().await;
        assert_eq!((first.count(), second.count()), counts, "seed {seed}: sent after its end");
        for (id, attempts) in messages.iter().map(|(id, _, attempts, _)| (*id, *attempts)) {
            let seen = |fake: &Fake| fake.seen.lock().iter().filter(|parcel| parcel.id == id).count();
            let arrived = (seen(&first) + seen(&second)) as i64;
            assert!(arrived <= attempts, "seed {seed}: on the wire without having been claimed");
        }
    }
}
