//! Rows to columns at the least cost, where few of all pairs are possible: shortest paths that lengthen the
//! matching by one row at a time, with prices that keep all costs from being negative (Jonker and Volgenant's
//! way, over sparse rows and with a heap).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// For each row the column that it gets, if any; and whether the work was cut short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    pub columns: Vec<Option<u32>>,
    pub cut_short: bool,
}

const NONE: u32 = u32::MAX;

/// Costs are not negative. A row without any column that others do not need goes without; to have it
/// pay for that, give it a column of its own. After so many `operations` the rest takes what is cheapest.
pub fn least_cost(rows: &[Vec<(u32, i64)>], columns: usize, operations: &mut u64) -> Matching {
    let mut search = Search::new(rows, columns);
    let mut cut_short = false;
    for row in 0..rows.len() as u32 {
        if *operations == 0 {
            cut_short = true;
            search.take_cheapest(row);
        } else {
            search.lengthen(row, operations);
        }
    }
    let columns = search.column_of.iter().map(|column| (*column != NONE).then_some(*column)).collect();
    Matching { columns, cut_short }
}

/// All pairs by their costs, each taken where both are still free.
pub fn cheapest_first(rows: &[Vec<(u32, i64)>], columns: usize) -> Matching {
    let mut pairs: Vec<(i64, u32, u32)> = (0..)
        .zip(rows)
        .flat_map(|(row, arcs)| arcs.iter().map(move |(column, cost)| (*cost, row, *column)))
        .collect();
    pairs.sort_unstable();
    let (mut taken, mut found) = (vec![false; columns], vec![None; rows.len()]);
    for (_, row, column) in pairs {
        if found[row as usize].is_none() && !taken[column as usize] {
            found[row as usize] = Some(column);
            taken[column as usize] = true;
        }
    }
    Matching { columns: found, cut_short: false }
}

struct Search<'a> {
    rows: &'a [Vec<(u32, i64)>],
    row_price: Vec<i64>,
    column_price: Vec<i64>,
    column_of: Vec<u32>,
    row_of: Vec<u32>,
    /// Of the present search, valid where `seen` is its number: the shortest way to a column so far, and
    /// the row it comes from.
    distance: Vec<i64>,
    from_row: Vec<u32>,
    seen: Vec<u32>,
    settled: Vec<u32>,
    number: u32,
    heap: BinaryHeap<Reverse<(i64, u32)>>,
}

impl<'a> Search<'a> {
    fn new(rows: &'a [Vec<(u32, i64)>], columns: usize) -> Self {
        Self {
            rows,
            row_price: vec![0; rows.len()],
            column_price: vec![0; columns],
            column_of: vec![NONE; rows.len()],
            row_of: vec![NONE; columns],
            distance: vec![0; columns],
            from_row: vec![NONE; columns],
            seen: vec![0; columns],
            settled: vec![0; columns],
            number: 0,
            heap: BinaryHeap::new(),
        }
    }

    fn lengthen(&mut self, start: u32, operations: &mut u64) {
        self.number += 1;
        self.heap.clear();
        let (mut row, mut reached) = (start, 0);
        let mut tree: Vec<u32> = Vec::new();
        let end = loop {
            self.relax(row, reached, operations);
            let Some(column) = self.next_column() else { return };
            reached = self.distance[column as usize];
            match self.row_of[column as usize] {
                NONE => break column,
                matched => {
                    tree.push(column);
                    row = matched;
                }
            }
        };
        self.row_price[start as usize] += reached;
        for column in tree {
            let shorter = reached - self.distance[column as usize];
            self.column_price[column as usize] -= shorter;
            self.row_price[self.row_of[column as usize] as usize] += shorter;
        }
        self.turn(start, end);
    }

    fn relax(&mut self, row: u32, reached: i64, operations: &mut u64) {
        let arcs = &self.rows[row as usize];
        *operations = operations.saturating_sub(arcs.len() as u64);
        for (column, cost) in arcs {
            let at = *column as usize;
            let distance = reached + cost - self.row_price[row as usize] - self.column_price[at];
            let is_known = self.seen[at] == self.number && self.distance[at] <= distance;
            if self.settled[at] != self.number && !is_known {
                self.seen[at] = self.number;
                self.distance[at] = distance;
                self.from_row[at] = row;
                self.heap.push(Reverse((distance, *column)));
            }
        }
    }

    fn next_column(&mut self) -> Option<u32> {
        while let Some(Reverse((distance, column))) = self.heap.pop() {
            let at = column as usize;
            if self.settled[at] != self.number && self.distance[at] == distance {
                self.settled[at] = self.number;
                return Some(column);
            }
        }
        None
    }

    /// Each row on the way back takes the column that it was reached for.
    fn turn(&mut self, start: u32, end: u32) {
        let mut column = end;
        loop {
            let row = self.from_row[column as usize];
            let before = std::mem::replace(&mut self.column_of[row as usize], column);
            self.row_of[column as usize] = row;
            if row == start {
                return;
            }
            column = before;
        }
    }

    fn take_cheapest(&mut self, row: u32) {
        let free = self.rows[row as usize].iter().filter(|(column, _)| self.row_of[*column as usize] == NONE);
        if let Some((column, _)) = free.min_by_key(|(column, cost)| (*cost, *column)) {
            self.column_of[row as usize] = *column;
            self.row_of[*column as usize] = row;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cost(rows: &[Vec<(u32, i64)>], matching: &Matching) -> (usize, i64) {
        let mut taken = std::collections::BTreeSet::new();
        let (mut count, mut sum) = (0, 0);
        for (row, column) in matching.columns.iter().enumerate() {
            let Some(column) = column else { continue };
            assert!(taken.insert(*column), "column {column} twice");
            let arc = rows[row].iter().filter(|(its, _)| its == column).map(|(_, cost)| *cost).min();
            (count, sum) = (count + 1, sum + arc.unwrap());
        }
        (count, sum)
    }

    /// Every way there is.
    fn best(rows: &[Vec<(u32, i64)>], taken: u64) -> (usize, i64) {
        let Some((first, rest)) = rows.split_first() else { return (0, 0) };
        let better = |a: (usize, i64), b: (usize, i64)| if (b.0, -b.1) > (a.0, -a.1) { b } else { a };
        first.iter().filter(|(column, _)| taken >> column & 1 == 0).fold(best(rest, taken), |so_far, arc| {
            let (count, sum) = best(rest, taken | 1 << arc.0);
            better(so_far, (count + 1, sum + arc.1))
        })
    }

    fn sparse() -> impl Strategy<Value = Vec<Vec<(u32, i64)>>> {
        prop::collection::vec(prop::collection::vec((0_u32..8, 0_i64..50), 0..6), 0..6)
    }

    proptest! {
        #[test]
        fn with_a_column_of_its_own_for_each_row_the_cost_is_the_least(mut rows in sparse()) {
            for (number, row) in (8_u32..).zip(&mut rows) {
                row.push((number, 60));
            }
            let columns = 8 + rows.len();
            let found = least_cost(&rows, columns, &mut u64::MAX.clone());
            prop_assert_eq!(cost(&rows, &found), best(&rows, 0));
            prop_assert!(!found.cut_short);
            let cheap = cost(&rows, &cheapest_first(&rows, columns));
            prop_assert!(cheap.1 >= cost(&rows, &found).1);
        }

        #[test]
        fn work_cut_short_gives_a_matching_all_the_same(rows in sparse(), operations in 0_u64..12) {
            let found = least_cost(&rows, 8, &mut operations.clone());
            cost(&rows, &found);
            prop_assert_eq!(&found, &least_cost(&rows, 8, &mut operations.clone()));
            if operations == 0 && !rows.is_empty() {
                prop_assert!(found.cut_short);
            }
        }
    }

    #[test]
    fn small_ones() {
        // rows, what each gets by cost, and by taking the cheapest first
        let rows = [
            (vec![vec![(0, 1), (1, 2)], vec![(0, 2), (1, 9)]], [Some(1), Some(0)], [Some(0), Some(1)]),
            (vec![vec![(0, 1)], vec![(0, 0)]], [Some(0), None], [None, Some(0)]),
            (vec![vec![], vec![(1, 3)]], [None, Some(1)], [None, Some(1)]),
        ];
        for (rows, least, cheapest) in rows {
            assert_eq!(least_cost(&rows, 2, &mut 1_000).columns, least);
            assert_eq!(cheapest_first(&rows, 2).columns, cheapest);
        }
    }
}
