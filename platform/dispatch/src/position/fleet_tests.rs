use std::collections::BTreeMap;

use kernel::Id;
use proptest::prelude::*;

use super::*;
use crate::mode::Mode;
use crate::road::Speeds;

const START_S: i64 = 1_800_000_000;

fn then(second: i64) -> Timestamp {
    Timestamp::from_second(START_S + second).unwrap()
}

fn here(lat_e7: i32, long_e7: i32) -> Point {
    Point::from_e7(lat_e7, long_e7).unwrap()
}

fn duty(load: u16) -> Duty {
    Duty { mode: Mode::Bicycle, capacity: 2, load }
}

fn fleet() -> Fleet {
    Fleet::new(SignedDuration::from_secs(60), SampleRule::default())
}

fn worker(number: i64) -> WorkerId {
    Id::from_raw(number)
}

fn paces() -> Paces {
    Paces::of(&Speeds::default(), 1.3)
}

/// What is done to a fleet.
#[derive(Debug, Clone)]
enum Act {
    Begin(i64, u16),
    End(i64),
    Ping { worker: i64, delay_s: i64, sequence: u32, at: (i32, i32) },
    Wait(i64),
    Sweep,
}

fn act() -> impl Strategy<Value = Act> {
    let ping = (0_i64..12, -45_i64..80, 0_u32..3, (0..400_000, 0..400_000));
    prop_oneof![
        2 => (0_i64..12, 0_u16..3).prop_map(|(worker, load)| Act::Begin(worker, load)),
        1 => (0_i64..12).prop_map(Act::End),
        8 => ping.prop_map(|(worker, delay_s, sequence, at)| Act::Ping { worker, delay_s, sequence, at }),
        2 => (0_i64..40).prop_map(Act::Wait),
        1 => Just(Act::Sweep),
    ]
}

/// The same, from all that was ever said.
#[derive(Default)]
struct Model {
    on_duty: BTreeMap<i64, (u16, i64)>,
    said: Vec<(i64, Ping, i64)>,
}

impl Model {
    fn standing(&self, now: i64) -> BTreeMap<i64, (u16, Ping)> {
        let mut standing = BTreeMap::new();
        for (worker, (load, since)) in &self.on_duty {
            let mine: Vec<_> = self.said.iter().filter(|(its, _, _)| its == worker).collect();
            let heard = mine.iter().map(|(_, _, heard)| *heard).max().unwrap_or(*since);
            let newest = mine.iter().map(|(_, ping, _)| *ping).fold(None, |newest: Option<Ping>, ping| {
                Some(newest.filter(|newest| !ping.is_newer_than(newest)).unwrap_or(ping))
            });
            if let Some(ping) = newest.filter(|_| now - heard <= 60) {
                standing.insert(*worker, (*load, ping));
            }
        }
        standing
    }

    fn heard(&self, worker: i64) -> Option<i64> {
        let (_, since) = self.on_duty.get(&worker)?;
        let mine = self.said.iter().filter(|(its, _, _)| *its == worker);
        Some(mine.map(|(_, _, heard)| *heard).max().unwrap_or(*since))
    }

    fn forget(&mut self, worker: i64) {
        self.on_duty.remove(&worker);
        self.said.retain(|(its, _, _)| *its != worker);
    }
}

proptest! {
    #[test]
    fn the_fleet_knows_what_all_pings_say(acts in prop::collection::vec(act(), 1..120)) {
        let (fleet, mut model, mut now, mut swept) = (fleet(), Model::default(), 0_i64, None::<i64>);
        for act in acts {
            match act {
                Act::Begin(number, load) => {
                    fleet.begin(worker(number), duty(load), then(now)).unwrap();
                    model.on_duty.entry(number).or_insert((load, now)).0 = load;
                }
                Act::End(number) => {
                    fleet.end(worker(number));
                    model.forget(number);
                }
                Act::Ping { worker: number, delay_s, sequence, at } => {
                    let ping = Ping::new(here(at.0, at.1), then(now - delay_s), sequence);
                    // Twice: what is repeated changes nothing.
                    let counted = fleet.hear(&[(worker(number), ping), (worker(number), ping)], then(now));
                    if delay_s < -30 {
                        prop_assert_eq!(counted.ahead, 2);
                    } else if model.on_duty.contains_key(&number) {
                        prop_assert!(counted.moved <= 1 && counted.moved + counted.old == 2);
                        model.said.push((number, ping, now));
                    } else {
                        prop_assert_eq!(counted.off_duty, 2);
                    }
                }
                Act::Wait(seconds) => now += seconds,
                Act::Sweep => {
                    let gone = fleet.sweep(then(now));
                    if swept.is_none_or(|swept| now - swept >= 5) {
                        swept = Some(now);
                        let silent: Vec<i64> = model.on_duty.keys().copied()
                            .filter(|it| model.heard(*it).is_some_and(|heard| now - heard > 60)).collect();
                        prop_assert_eq!(gone, silent.len());
                        silent.into_iter().for_each(|it| model.forget(it));
                    } else {
                        prop_assert_eq!(gone, 0);
                    }
                }
            }
            let standing = model.standing(now);
            let from = here(200_000, 200_000);
            let wanted = Wanted { from, limit: 5, within_m: 25_000.0, now: then(now) };
            let near = fleet.nearest(&wanted, &paces(), |seen| seen.duty.has_room_for(1));
            let mut expected: Vec<(i64, f64)> = standing
                .iter()
                .filter(|(_, (load, _))| *load < 2)
                .map(|(number, (_, ping))| (*number, ping.point.distance_m(from)))
                .filter(|(_, metres)| *metres <= 25_000.0)
                .collect();
            expected.sort_by(|a, b| a.1.total_cmp(&b.1));
            expected.truncate(5);
            let metres = |it: &Near| it.metres;
            prop_assert_eq!(near.iter().map(metres).collect::<Vec<_>>(), expected.iter().map(|it| it.1).collect::<Vec<_>>());
            for number in 0..12 {
                let known = standing.get(&number).map(|(load, ping)| (*load, *ping));
                prop_assert_eq!(fleet.seen(worker(number), then(now)).map(|it| (it.duty.load, it.ping)), known);
            }
            prop_assert_eq!(fleet.all(100, then(now)).len(), standing.len());
            prop_assert_eq!(fleet.len(), model.on_duty.len());
        }
    }
}

#[test]
fn excluded_people_and_modes_are_passed_over() {
    let fleet = fleet();
    for number in 0..10_i64 {
        let mode = if number % 2 == 0 { Mode::Foot } else { Mode::Motorbike };
        fleet.begin(worker(number), Duty { mode, ..duty(0) }, then(0)).unwrap();
        let ping = Ping::new(here(0, number as i32 * 1_000), then(0), 0);
        assert_eq!(fleet.hear(&[(worker(number), ping)], then(0)).moved, 1);
    }
    let wanted = Wanted { from: here(0, 0), limit: 2, within_m: f64::INFINITY, now: then(0) };
    let found = |may: &dyn Fn(&Seen) -> bool| -> Vec<i64> {
        fleet.nearest(&wanted, &paces(), may).iter().map(|near| near.seen.worker.raw()).collect()
    };
    // The bicycles' betters: a motorbike a little farther is sooner there than somebody on foot.
    assert_eq!(found(&|_| true), [0, 1]);
    assert_eq!(found(&|seen| seen.worker != worker(0) && seen.worker != worker(1)), [3, 5]);
    assert_eq!(found(&|seen| seen.duty.mode == Mode::Foot), [0, 2]);
    assert_eq!(found(&|_| false), [0_i64; 0]);
    let bbox = BoundingBox::parse("", "0,0,0.0003,0.0003").unwrap();
    assert_eq!(fleet.within(&bbox, 100, then(0)).len(), 4);
    assert_eq!(fleet.within(&bbox, 3, then(0)).len(), 3);
    assert!(fleet.within(&bbox, 100, then(61)).is_empty());
}

#[test]
fn samples_wait_for_company_but_not_for_long() {
    let fleet = fleet();
    let say = |number: i64, second: i64| {
        fleet.begin(worker(number), duty(0), then(second)).unwrap();
        fleet.hear(&[(worker(number), Ping::new(here(0, 0), then(second), 0))], then(second));
    };
    say(1, 0);
    assert!(fleet.due_samples(then(4)).is_empty());
    let due = fleet.due_samples(then(5));
    assert_eq!(due.iter().map(|sample| sample.worker).collect::<Vec<_>>(), [worker(1)]);
    (0..300).for_each(|number| say(number + 100, 6));
    assert_eq!(fleet.due_samples(then(6)).len(), limits::SAMPLES_PER_COMMIT);
    assert_eq!(fleet.due_samples(then(6)).len(), limits::SAMPLES_PER_COMMIT);
    assert!(fleet.due_samples(then(6)).is_empty());
    assert_eq!(fleet.due_samples(then(11)).len(), 300 - 2 * limits::SAMPLES_PER_COMMIT);
}

#[test]
fn what_was_kept_is_there_after_a_restart() {
    let fleet = fleet();
    let known = |number: i64, second: i64| Known {
        worker: worker(number),
        duty: duty(1),
        ping: Ping::new(here(1, 2), then(second), 3),
        heard: then(second),
    };
    fleet.begin(worker(3), duty(0), then(100)).unwrap();
    fleet.hear(&[(worker(3), Ping::new(here(9, 9), then(100), 0))], then(100));
    fleet.restore(&[known(1, 90), known(2, 30), known(3, 95)], then(100)).unwrap();
    assert_eq!(
        fleet.seen(worker(1), then(100)).map(|seen| (seen.duty, seen.ping.sequence)),
        Some((duty(1), 3))
    );
    assert!(fleet.seen(worker(2), then(100)).is_none(), "silent for too long");
    assert_eq!(fleet.seen(worker(3), then(100)).unwrap().ping.point, here(9, 9));
    assert_eq!(fleet.due_samples(then(200)).len(), 1, "only what is no row yet");
}

#[test]
fn a_market_takes_only_so_many() {
    let fleet = fleet();
    for number in 0..limits::WORKERS_MAX as i64 {
        fleet.begin(worker(number), duty(0), then(0)).unwrap();
    }
    assert_eq!(fleet.begin(worker(-1), duty(0), then(0)).unwrap_err().code(), "too_many_on_duty");
    fleet.begin(worker(5), duty(1), then(0)).unwrap();
    fleet.end(worker(6));
    fleet.begin(worker(-1), duty(0), then(0)).unwrap();
}
