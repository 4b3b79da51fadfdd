use proptest::prelude::*;

use super::*;

fn gate(limit: u32) -> Gate {
    Gate::new(LimitPolicy { start: limit, min: limit, max: limit })
}

fn enter_many(gate: &Gate, priority: Priority, share_key: u64, tries: u32) -> Vec<Pass> {
    (0..tries).filter_map(|_| gate.enter(priority, share_key).ok()).collect()
}

#[test]
fn each_priority_fills_its_part() {
    for (priority, expected) in
        [(Priority::Critical, 100), (Priority::Normal, 90), (Priority::Background, 50)]
    {
        let gate = gate(100);
        let passes = enter_many(&gate, priority, 1, 1_000);
        assert_eq!(passes.len(), expected, "{priority:?}");
        assert_eq!(gate.view(), GateView { limit: 100, inflight: expected as u32, active_shares: 1 });
        drop(passes);
        assert_eq!(gate.view(), GateView { limit: 100, inflight: 0, active_shares: 0 });
    }
}

#[test]
fn the_least_important_are_shed_first() {
    let gate = gate(100);
    let _background = enter_many(&gate, Priority::Background, 1, 1_000);
    assert!(gate.enter(Priority::Background, 1).is_err());
    let _normal = enter_many(&gate, Priority::Normal, 1, 1_000);
    assert!(gate.enter(Priority::Normal, 1).is_err());
    assert_eq!(enter_many(&gate, Priority::Critical, 1, 1_000).len(), 10);
}

#[test]
fn a_busy_market_does_not_starve_the_others() {
    let gate = gate(100);
    let busy = enter_many(&gate, Priority::Critical, 1, 1_000);
    assert_eq!(busy.len(), 100);
    assert_eq!(gate.enter(Priority::Critical, 1).err(), Some(Shed::OverShare));
    // Others come in on the reserve, until that is full too.
    let quiet = enter_many(&gate, Priority::Critical, 2, 4);
    let quieter = enter_many(&gate, Priority::Critical, 3, 1_000);
    assert_eq!((quiet.len(), quieter.len()), (4, 6));
    assert_eq!(gate.enter(Priority::Critical, 4).err(), Some(Shed::Full));
    assert_eq!(gate.view().active_shares, 3);
}

#[test]
fn no_share_applies_while_there_is_room() {
    let gate = gate(100);
    let _quiet = enter_many(&gate, Priority::Critical, 2, 1);
    assert_eq!(enter_many(&gate, Priority::Critical, 1, 1_000).len(), 99);
}

#[test]
fn latencies_of_a_window_move_the_limit() {
    let gate = Gate::new(LimitPolicy { start: 100, min: 10, max: 1_000 });
    let inner = &gate.0;
    let window = |latency_ns, number: u64| {
        let passes = enter_many(&gate, Priority::Critical, 1, 1_000);
        for mut pass in passes {
            pass.without_latency();
            drop(pass);
            inner.record(number * WINDOW_NS, latency_ns);
        }
        gate.view().limit
    };
    let steady = (1..=50).fold(0, |_, number| window(1_000_000, number));
    assert!(steady > 120, "{steady}");
    let slow = (51..=70).fold(0, |_, number| window(50_000_000, number));
    assert!(slow < steady / 2, "{slow}");
}

#[test]
fn a_young_or_thin_window_stays_open() {
    let gate = Gate::new(LimitPolicy { start: 1, min: 1, max: 100 });
    drop(gate.enter(Priority::Critical, 1));
    for _ in 0..100 {
        gate.0.record(WINDOW_NS - 1, 5);
    }
    assert!(gate.0.window.samples.load(Relaxed) >= 100);
    gate.0.record(WINDOW_NS, 5);
    assert_eq!(gate.0.window.samples.load(Relaxed), 0);
    for _ in 1..WINDOW_SAMPLES_MIN {
        gate.0.record(10 * WINDOW_NS, 5);
    }
    assert_eq!(gate.0.window.samples.load(Relaxed), WINDOW_SAMPLES_MIN - 1);
}

#[test]
fn threads_leave_the_gate_as_they_found_it() {
    let gate = gate(8);
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let gate = &gate;
            scope.spawn(move || {
                for round in 0..5_000 {
                    let held = (0..4)
                        .filter_map(|extra| gate.enter(Priority::Normal, (round + extra + thread) % 5).ok());
                    let held: Vec<Pass> = held.collect();
                    assert!(
                        gate.view().inflight <= 8 + 1 + 4 + 4,
                        "admitted, reserve, and one try per thread"
                    );
                    drop(held);
                }
            });
        }
    });
    assert_eq!(gate.view(), GateView { limit: 8, inflight: 0, active_shares: 0 });
}

fn priority() -> impl Strategy<Value = Priority> {
    prop::sample::select(vec![Priority::Critical, Priority::Normal, Priority::Background])
}

proptest! {
    #[test]
    fn the_gate_agrees_with_its_rules(
        limit in 10u32..60,
        steps in prop::collection::vec((0u64..6, priority(), prop::bool::weighted(0.7)), 1..300),
    ) {
        let gate = gate(limit);
        let mut inside: Vec<(u64, Pass)> = Vec::new();
        for (market, priority, comes) in steps {
            if !comes {
                if let Some(place) = inside.iter().position(|(key, _)| *key == market) {
                    drop(inside.swap_remove(place));
                }
                continue;
            }
            let own = inside.iter().filter(|(key, _)| *key == market).count() as u32 + 1;
            let mut active: Vec<u64> = inside.iter().map(|(key, _)| *key).chain([market]).collect();
            active.sort_unstable();
            active.dedup();
            let inflight = inside.len() as u32 + 1;
            let (room, reserve) = (limit * priority.percent() / 100, limit / 10);
            let fair = (room / active.len() as u32).max(1);
            let expected = inflight <= room || (inflight <= room + reserve && own <= fair);
            let got = gate.enter(priority, market);
            prop_assert_eq!(got.is_ok(), expected);
            inside.extend(got.ok().map(|pass| (market, pass)));
            prop_assert_eq!(gate.view().inflight as usize, inside.len());
        }
    }
}
