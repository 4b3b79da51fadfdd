//! The boards of the markets that are fed, in memory.

use std::collections::HashMap;
use std::sync::Arc;

use geo::{Cell, Point};
use kernel::jiff::{SignedDuration, Timestamp};
use parking_lot::RwLock;
use quick_cache::sync::Cache;
use store::Market;

use super::around::around;
use super::factor::{self, Seen};
use super::limits;
use super::model::{Count, Heat, cell_of};
use crate::settings::{DemandRule, WHOLE_BP};

/// One board for each market.
pub struct Boards(Cache<i64, Arc<Board>>);

impl Default for Boards {
    fn default() -> Self {
        Self(Cache::new(limits::BOARDS_MAX))
    }
}

impl Boards {
    pub fn of(&self, market: &Market) -> Arc<Board> {
        let made = self.0.get_or_insert_with(&market.place().id.raw(), || Ok::<_, ()>(Arc::default()));
        made.unwrap_or_default()
    }
}

/// What one market knows of its cells.
#[derive(Default)]
pub struct Board(RwLock<HashMap<Cell, Standing>>);

#[derive(Clone, Copy)]
struct Standing {
    seen: Seen,
    factor_bp: u32,
    moved: Timestamp,
}

impl Board {
    /// What is to be seen in one cell.
    pub fn observe(&self, cell: Cell, count: Count, at: Timestamp, rule: &DemandRule) {
        let mut cells = self.0.write();
        see(&mut cells, cell, count, at, rule);
        settle(&mut cells, cell, at, rule);
    }

    /// What is to be seen everywhere: in cells that are not named there is nothing.
    pub fn observe_all(&self, counts: &HashMap<Cell, Count>, at: Timestamp, rule: &DemandRule) {
        let mut cells = self.0.write();
        cells.retain(|_, standing| !standing.seen.is_forgotten(at, rule));
        let silent: Vec<Cell> = cells.keys().filter(|cell| !counts.contains_key(cell)).copied().collect();
        for (cell, count) in counts {
            see(&mut cells, *cell, *count, at, rule);
        }
        for cell in &silent {
            see(&mut cells, *cell, Count::default(), at, rule);
        }
        let known: Vec<Cell> = cells.keys().copied().collect();
        for cell in known {
            settle(&mut cells, cell, at, rule);
        }
        cells.retain(|_, standing| !is_calm(standing));
    }

    /// What the delivery fee to a place is multiplied by, in basis points.
    pub fn factor_at(&self, point: Point, now: Timestamp, rule: &DemandRule) -> u32 {
        let cells = self.0.read();
        let standing = cells.get(&cell_of(point)).filter(|its| !its.seen.is_forgotten(now, rule));
        // A cap that was lowered since holds at once.
        standing.map_or(WHOLE_BP, |its| its.factor_bp.min(rule.cap_bp))
    }

    /// How the cells stand, those with most orders first.
    pub fn heat(&self, now: Timestamp, rule: &DemandRule, at_most: usize) -> Vec<Heat> {
        let hundredths = |number: f64| (number * 100.0).round() as i64;
        let cells = self.0.read();
        let fresh = cells.iter().filter(|(_, its)| !its.seen.is_forgotten(now, rule));
        let mut heat: Vec<Heat> = fresh
            .map(|(cell, its)| Heat {
                cell: *cell,
                orders_hundredths: hundredths(its.seen.orders),
                riders_hundredths: hundredths(its.seen.riders),
                factor_bp: its.factor_bp.min(rule.cap_bp),
                at: its.seen.at,
            })
            .collect();
        heat.sort_by_key(|it| (std::cmp::Reverse(it.orders_hundredths), it.cell));
        heat.truncate(at_most);
        heat
    }

    /// What was written down before a restart; what was seen since comes first.
    pub fn restore(&self, heat: &[Heat]) {
        let mut cells = self.0.write();
        for it in heat.iter().take(limits::CELLS_MAX.saturating_sub(cells.len())) {
            let number = |hundredths: i64| hundredths as f64 / 100.0;
            let (orders, riders) = (number(it.orders_hundredths), number(it.riders_hundredths));
            let seen = Seen { orders, riders, at: it.at };
            cells.entry(it.cell).or_insert(Standing { seen, factor_bp: it.factor_bp, moved: it.at });
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.read().is_empty()
    }
}

fn see(cells: &mut HashMap<Cell, Standing>, cell: Cell, count: Count, at: Timestamp, rule: &DemandRule) {
    let is_full = cells.len() >= limits::CELLS_MAX;
    match cells.get_mut(&cell) {
        Some(standing) if standing.seen.is_forgotten(at, rule) => *standing = begun(count, at),
        Some(standing) => standing.seen = standing.seen.then(count, at, rule),
        None if is_full || count == Count::default() => {}
        None => {
            cells.insert(cell, begun(count, at));
        }
    }
}

fn begun(count: Count, at: Timestamp) -> Standing {
    Standing { seen: Seen::first(count, at), factor_bp: WHOLE_BP, moved: Timestamp::MIN }
}

/// Moves the factor of a cell by one step, if it is time.
fn settle(cells: &mut HashMap<Cell, Standing>, cell: Cell, at: Timestamp, rule: &DemandRule) {
    let Some(standing) = cells.get(&cell) else { return };
    let is_early = standing.moved > Timestamp::MIN
        && at.duration_since(standing.moved) < SignedDuration::from_secs(rule.step_s.into());
    if is_early {
        return;
    }
    let neighbours: Vec<Seen> = around(cell)
        .map(|it| cells.get(&it).map(|its| its.seen).filter(|seen| !seen.is_forgotten(at, rule)))
        .map(|seen| seen.unwrap_or(Seen { orders: 0.0, riders: 0.0, at }))
        .collect();
    let seen = factor::with_around(standing.seen, &neighbours, rule);
    let factor_bp = factor::step_bp(standing.factor_bp, factor::wanted_bp(&seen, rule), rule);
    if let Some(standing) = cells.get_mut(&cell).filter(|its| its.factor_bp != factor_bp) {
        (standing.factor_bp, standing.moved) = (factor_bp, at);
    }
}

/// Nothing is left that anybody would notice.
fn is_calm(standing: &Standing) -> bool {
    standing.factor_bp == WHOLE_BP && standing.seen.orders < 0.01 && standing.seen.riders < 0.01
}
