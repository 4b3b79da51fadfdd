//! From rows to a problem for the solver, and back to whom each job is offered.

use std::collections::{BTreeMap, BTreeSet};

use kernel::jiff::Timestamp;

use super::decide::is_passed_over;
use super::model::{Job, JobId, Offer, OfferState, Proposal, Timing};
use crate::assign::{Hand, Problem, Solution, Stop, Task, Travel, Weights, route};
use crate::position::model::Worker;
use crate::position::{Seen, WorkerId};

/// Somebody who has just finished something is so far ahead of who has waited so long; and whoever earned
/// on average is as far ahead of who earned nothing.
const FAIR_SPAN_S: i64 = 900;

/// What one window knows.
pub struct Facts {
    pub now: Timestamp,
    /// The number of the day, by which earnings are counted.
    pub day: i64,
    /// For which somebody is to be looked for now.
    pub jobs: Vec<Job>,
    /// Of all jobs that somebody is looked for, but for those that were withdrawn.
    pub offers: Vec<Offer>,
    /// All on duty.
    pub workers: Vec<Worker>,
    pub seen: Vec<Seen>,
    /// All that is assigned.
    pub at_hand: Vec<Job>,
    /// Who is not to be offered what, as the apps say.
    pub barred: BTreeMap<JobId, Vec<WorkerId>>,
}

/// Who is to be offered what, and for which jobs nobody was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub proposals: Vec<(JobId, Proposal)>,
    pub nobody: Vec<JobId>,
}

impl Facts {
    /// Offers by their jobs.
    pub fn offers_by_job(&self) -> BTreeMap<JobId, Vec<Offer>> {
        let mut by_job: BTreeMap<JobId, Vec<Offer>> = BTreeMap::new();
        for offer in &self.offers {
            by_job.entry(offer.job).or_default().push(offer.clone());
        }
        by_job
    }

    /// Tasks and hands, in the order of their ids.
    pub fn problem(&self, timing: &Timing, weights: &Weights, travel: &(impl Travel + ?Sized)) -> Problem {
        let by_job = self.offers_by_job();
        let tasks = self.jobs.iter().filter_map(|job| {
            let offers = by_job.get(&job.id).map(Vec::as_slice).unwrap_or_default();
            let mut task = task(job, offers, timing, self.now)?;
            let barred = self.barred.get(&job.id).into_iter().flatten().map(|worker| worker.raw());
            task.not.extend(barred);
            task.not.sort_unstable();
            Some(task)
        });
        Problem { tasks: tasks.collect(), hands: self.hands(weights, travel) }
    }

    /// Whoever has an offer to answer is not asked about another one.
    fn hands(&self, weights: &Weights, travel: &(impl Travel + ?Sized)) -> Vec<Hand> {
        let open = self.offers.iter().filter(|offer| offer.state == OfferState::Open);
        let asked: BTreeSet<WorkerId> = open.map(|offer| offer.worker).collect();
        let seen: BTreeMap<WorkerId, &Seen> = self.seen.iter().map(|seen| (seen.worker, seen)).collect();
        let mut stops: BTreeMap<WorkerId, Vec<Stop>> = BTreeMap::new();
        for job in &self.at_hand {
            if let Some(worker) = job.worker {
                let skip = usize::from(job.picked_up);
                stops.entry(worker).or_default().extend(whole_task(job).stops().into_iter().skip(skip));
            }
        }
        let free =
            self.workers.iter().filter(|worker| !asked.contains(&worker.id) && worker.duty.has_room_for(1));
        let here: Vec<(&Worker, &Seen)> =
            free.filter_map(|worker| Some((worker, *seen.get(&worker.id)?))).collect();
        let earned: i64 = here.iter().map(|(worker, _)| worker.earned_on(self.day)).sum();
        let average = earned / (here.len() as i64).max(1);
        here.into_iter()
            .map(|(worker, seen)| {
                let mut hand = Hand {
                    id: worker.id.raw(),
                    at: seen.ping.point,
                    mode: worker.duty.mode,
                    capacity: worker.duty.capacity,
                    load: worker.duty.load,
                    free_s: self.now.as_second(),
                    stops: Vec::new(),
                    ahead_s: self.ahead(worker, average),
                };
                if let Some(stops) = stops.remove(&worker.id) {
                    hand.stops = route::order(&hand, &stops, travel, weights);
                }
                hand
            })
            .collect()
    }

    fn ahead(&self, worker: &Worker, average: i64) -> i64 {
        let idle_s =
            if worker.duty.is_free() { self.now.duration_since(worker.idle_since).as_secs() } else { 0 };
        let by_idleness = (FAIR_SPAN_S - idle_s).clamp(0, FAIR_SPAN_S);
        let earned = i128::from(worker.earned_on(self.day)) * i128::from(FAIR_SPAN_S);
        let by_earnings = (earned / i128::from(average.max(1))).clamp(0, i128::from(2 * FAIR_SPAN_S));
        by_idleness + if average > 0 { by_earnings as i64 } else { 0 }
    }

    /// What a solution of that problem means.
    pub fn plan(&self, problem: &Problem, solution: &Solution) -> Plan {
        let mut plan = Plan::default();
        for given in &solution.given {
            let worker = WorkerId::from_raw(problem.hands[given.hand].id);
            let proposal = Proposal { worker, metres: given.metres, seconds: given.seconds };
            plan.proposals.push((JobId::from_raw(problem.tasks[given.task].id), proposal));
        }
        let unserved = solution.unserved.iter().map(|place| JobId::from_raw(problem.tasks[*place].id));
        plan.nobody = unserved.collect();
        plan
    }
}

/// Nothing where enough people have it to answer.
fn task(job: &Job, offers: &[Offer], timing: &Timing, now: Timestamp) -> Option<Task> {
    let open = offers.iter().filter(|offer| offer.state == OfferState::Open).count();
    let passed_over =
        offers.iter().map(|offer| offer.worker).filter(|worker| is_passed_over(offers, *worker, timing, now));
    let not: BTreeSet<i64> = passed_over.map(WorkerId::raw).collect();
    let within_m = f64::from(timing.rings.metres(job.ring));
    let task = Task { within_m, not: not.into_iter().collect(), ..whole_task(job) };
    (open < timing.open_max).then_some(task)
}

fn whole_task(job: &Job) -> Task {
    let what = &job.what;
    Task {
        id: job.id.raw(),
        pickup: what.pickup,
        ready_s: what.ready.as_second(),
        drop: what.drop,
        due_s: what.due.as_second(),
        load: what.load,
        modes: what.modes,
        within_m: f64::INFINITY,
        not: Vec::new(),
    }
}
