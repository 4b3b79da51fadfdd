//! A day planned ahead: vehicles that leave a depot, visit customers within their times, and come back. As
//! few vehicles as will do, and then as short ways as can be found, by taking neighbours out and putting them
//! in again where they cost least, over and over. What is drawn by lot comes from the seed, so that the same
//! question has the same answer.

/// Whoever is to be visited; the first of an instance is the depot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    pub x: f64,
    pub y: f64,
    pub demand: u32,
    pub from: f64,
    pub until: f64,
    pub service: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    pub visits: Vec<Visit>,
    pub capacity: u32,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tours {
    /// Places of visits, without the depot at both ends.
    pub tours: Vec<Vec<usize>>,
    pub distance: f64,
    /// Who cannot be visited even by a vehicle of their own.
    pub impossible: Vec<usize>,
}

/// Neighbours that are taken out at once, at most.
const OUT_MAX: u64 = 24;
/// How much longer a new plan may be, at first, to be gone on with; that shrinks to nothing.
const WARMTH: f64 = 0.01;

struct Plan<'a> {
    instance: &'a Instance,
    between: Vec<f64>,
    tours: Vec<Vec<usize>>,
}

/// After so many `steps`.
pub fn plan(instance: &Instance, steps: u32, seed: u64) -> Tours {
    let mut plan = Plan::of(instance);
    let (all, impossible): (Vec<usize>, Vec<usize>) =
        (1..instance.visits.len()).partition(|visit| plan.length(&[*visit]).is_some());
    let mut lots = Lots(seed);
    plan.put_in(all, &mut lots, 0);
    let mut best = (plan.tours.clone(), plan.cost());
    let mut cost = best.1;
    for step in 0..steps {
        let before = plan.tours.clone();
        let out = plan.take_out(&mut lots);
        plan.put_in(out, &mut lots, 2);
        let now = plan.cost();
        let warmth = WARMTH * (1.0 - f64::from(step) / f64::from(steps));
        if now.0 > cost.0 || (now.0 == cost.0 && now.1 > cost.1 * (1.0 + warmth * lots.share())) {
            plan.tours = before;
            continue;
        }
        cost = now;
        if (now.0, now.1) < best.1 {
            best = (plan.tours.clone(), now);
        }
    }
    Tours { tours: best.0, distance: best.1.1, impossible }
}

impl<'a> Plan<'a> {
    fn of(instance: &'a Instance) -> Self {
        let visits = &instance.visits;
        let distance = |a: &Visit, b: &Visit| (a.x - b.x).hypot(a.y - b.y);
        let between = visits.iter().flat_map(|a| visits.iter().map(move |b| distance(a, b))).collect();
        Self { instance, between, tours: Vec::new() }
    }

    fn between(&self, a: usize, b: usize) -> f64 {
        self.between[a * self.instance.visits.len() + b]
    }

    /// Nothing where somebody would be visited too late, or too much would be on board.
    fn length(&self, tour: &[usize]) -> Option<f64> {
        let (mut at, mut now, mut length, mut load) = (0, self.instance.visits[0].from, 0.0, 0);
        for next in tour.iter().copied().chain([0]) {
            let visit = &self.instance.visits[next];
            length += self.between(at, next);
            now = f64::max(now + self.between(at, next), visit.from);
            load += visit.demand;
            if now > visit.until || load > self.instance.capacity {
                return None;
            }
            now += visit.service;
            at = next;
        }
        Some(length)
    }

    fn cost(&self) -> (usize, f64) {
        (self.tours.len(), self.tours.iter().filter_map(|tour| self.length(tour)).sum())
    }

    /// Some neighbours of one drawn by lot, or now and then the whole of a short tour, so that it may go.
    fn take_out(&mut self, lots: &mut Lots) -> Vec<usize> {
        let n = self.instance.visits.len() - 1;
        if n == 0 || self.tours.is_empty() {
            return Vec::new();
        }
        let out: Vec<usize> = if lots.below(5) == 0 {
            let few = (0..3).map(|_| lots.below(self.tours.len() as u64) as usize);
            let tour = few.min_by_key(|tour| self.tours[*tour].len()).unwrap_or_default();
            self.tours[tour].clone()
        } else {
            let middle = 1 + lots.below(n as u64) as usize;
            let count = 2 + lots.below(OUT_MAX.min(n as u64 / 2 + 1)) as usize;
            let mut near: Vec<usize> = self.tours.iter().flatten().copied().collect();
            near.sort_by(|a, b| self.between(middle, *a).total_cmp(&self.between(middle, *b)));
            near.truncate(count);
            near
        };
        for tour in &mut self.tours {
            tour.retain(|visit| !out.contains(visit));
        }
        self.tours.retain(|tour| !tour.is_empty());
        out
    }

    /// Each where it costs least, in an order drawn by lot; a place is passed over once in a while, of a
    /// hundred so many times, so that not always the same comes out.
    fn put_in(&mut self, mut out: Vec<usize>, lots: &mut Lots, passed_over: u64) {
        match lots.below(3) {
            0 => lots.shuffle(&mut out),
            1 => out.sort_by(|a, b| self.between(0, *b).total_cmp(&self.between(0, *a))),
            _ => {
                out.sort_by(|a, b| self.instance.visits[*a].until.total_cmp(&self.instance.visits[*b].until))
            }
        }
        for visit in out {
            let mut best: Option<(f64, usize, usize)> = None;
            for (number, tour) in self.tours.iter().enumerate() {
                for place in 0..=tour.len() {
                    if lots.below(100) < passed_over {
                        continue;
                    }
                    let (before, after) = (
                        place.checked_sub(1).map_or(0, |place| tour[place]),
                        tour.get(place).copied().unwrap_or(0),
                    );
                    let more = self.between(before, visit) + self.between(visit, after)
                        - self.between(before, after);
                    if best.is_none_or(|(least, ..)| more < least) {
                        let mut tried = tour.clone();
                        tried.insert(place, visit);
                        if self.length(&tried).is_some() {
                            best = Some((more, number, place));
                        }
                    }
                }
            }
            match best {
                Some((_, tour, place)) => self.tours[tour].insert(place, visit),
                None => self.tours.push(vec![visit]),
            }
        }
    }
}

/// Numbers drawn by lot, the same from the same seed.
struct Lots(u64);

impl Lots {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ it >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ it >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ it >> 31
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn shuffle(&mut self, items: &mut [usize]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.below(place as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn visit(x: f64, y: f64, demand: u32, (from, until): (f64, f64)) -> Visit {
        Visit { x, y, demand, from, until, service: 10.0 }
    }

    fn instance() -> impl Strategy<Value = Instance> {
        let one = (0.0..100.0_f64, 0.0..100.0_f64, 1_u32..40, 0.0..400.0_f64, 20.0..200.0_f64)
            .prop_map(|(x, y, demand, from, more)| visit(x, y, demand, (from, from + more)));
        prop::collection::vec(one, 0..14).prop_map(|mut visits| {
            visits.insert(0, Visit { service: 0.0, ..visit(50.0, 50.0, 0, (0.0, 600.0)) });
            Instance { visits, capacity: 80 }
        })
    }

    proptest! {
        #[test]
        fn everybody_is_visited_once_and_in_time(instance in instance(), seed in any::<u64>()) {
            let tours = plan(&instance, 40, seed);
            let checked = Plan::of(&instance);
            let mut seen: Vec<usize> = tours.tours.iter().flatten().chain(&tours.impossible).copied().collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (1..instance.visits.len()).collect::<Vec<_>>());
            let lengths: Option<Vec<f64>> = tours.tours.iter().map(|tour| checked.length(tour)).collect();
            prop_assert!((lengths.unwrap().iter().sum::<f64>() - tours.distance).abs() < 1e-6);
            prop_assert!(tours.impossible.iter().all(|visit| checked.length(&[*visit]).is_none()));
            let longer = plan(&instance, 80, seed);
            prop_assert_eq!(&longer, &plan(&instance, 80, seed));
        }
    }

    #[test]
    fn a_ring_is_one_tour_around() {
        let mut visits = vec![Visit { service: 0.0, ..visit(0.0, 0.0, 0, (0.0, 1e9)) }];
        visits.extend((0..12).map(|number| {
            let angle = f64::from(number) * std::f64::consts::TAU / 12.0;
            visit(100.0 * angle.cos(), 100.0 * angle.sin(), 1, (0.0, 1e9))
        }));
        let tours = plan(&Instance { visits, capacity: 12 }, 400, 1);
        let side = 200.0 * (std::f64::consts::TAU / 24.0).sin();
        assert_eq!(tours.tours.len(), 1);
        assert!((tours.distance - (200.0 + 11.0 * side)).abs() < 1e-6, "{}", tours.distance);
    }
}
