//! From ways and nodes to a graph for each kind of traffic. Every node of a way is a junction: what lies
//! between two crossings is contracted anyway, and the bends are there for the line.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};

use foldhash::fast::RandomState;
use geo::Point;

use super::MapError;
use super::class::{Speed, Traffic, speed};
use super::graph::Plain;
use super::pbf::{self, Visit};
use crate::limits;

/// A way that somebody may use.
struct Way {
    nodes: Vec<i64>,
    speeds: [Option<Speed>; Traffic::ALL.len()],
}

/// First the ways: most nodes are no part of any.
#[derive(Default)]
struct Ways {
    ways: Vec<Way>,
    nodes: HashMap<i64, Option<Point>, RandomState>,
}

impl Visit for Ways {
    fn node(&mut self, _: i64, _: i64, _: i64) -> Result<(), MapError> {
        Ok(())
    }

    fn way(&mut self, tags: &[(&str, &str)], nodes: &[i64]) -> Result<(), MapError> {
        let speeds = Traffic::ALL.map(|traffic| speed(tags, traffic));
        if nodes.len() < 2 || speeds.iter().all(Option::is_none) {
            return Ok(());
        }
        self.nodes.extend(nodes.iter().map(|node| (*node, None)));
        if self.nodes.len() > limits::ROAD_NODES_MAX {
            return Err(MapError::TooLarge);
        }
        self.ways.push(Way { nodes: nodes.to_vec(), speeds });
        Ok(())
    }
}

/// Then where their nodes are.
struct Places<'a>(&'a mut HashMap<i64, Option<Point>, RandomState>);

impl Visit for Places<'_> {
    fn node(&mut self, id: i64, lat_e7: i64, long_e7: i64) -> Result<(), MapError> {
        if let Some(place) = self.0.get_mut(&id) {
            let e7 = |it: i64| i32::try_from(it).ok();
            *place = e7(lat_e7).zip(e7(long_e7)).and_then(|(lat, long)| Point::from_e7(lat, long).ok());
        }
        Ok(())
    }

    fn way(&mut self, _: &[(&str, &str)], _: &[i64]) -> Result<(), MapError> {
        Ok(())
    }
}

/// One graph for each kind of traffic, in the order of [`Traffic::ALL`].
pub fn build(file: &mut (impl Read + Seek)) -> Result<[Plain; Traffic::ALL.len()], MapError> {
    let mut found = Ways::default();
    pbf::read(file, &mut found)?;
    file.seek(SeekFrom::Start(0))?;
    pbf::read(file, &mut Places(&mut found.nodes))?;
    if found.ways.is_empty() {
        return Err(MapError::Empty);
    }
    Ok([0, 1, 2].map(|traffic| largest(&graph(&found, traffic))))
}

fn graph(found: &Ways, traffic: usize) -> Plain {
    let mut plain = Plain::default();
    let mut numbers: HashMap<i64, u32, RandomState> = HashMap::default();
    for way in &found.ways {
        let Some(speed) = way.speeds[traffic] else { continue };
        for pair in way.nodes.windows(2) {
            // A map cut out of a larger one has ways whose ends lie outside.
            let place = |node: i64| found.nodes.get(&node).copied().flatten();
            let Some((from, to)) = place(pair[0]).zip(place(pair[1])) else { continue };
            let mut number = |node: i64, point: Point| {
                *numbers.entry(node).or_insert_with(|| {
                    plain.points.push(point);
                    (plain.points.len() - 1) as u32
                })
            };
            let (a, b) = (number(pair[0], from), number(pair[1], to));
            let metres = from.distance_m(to);
            for (from, to, kmh) in [(a, b, speed.forwards), (b, a, speed.backwards)] {
                if kmh > 0.0 && from != to {
                    let milliseconds = (metres * 3_600.0 / kmh).round().max(1.0) as u32;
                    plain.edges.push((from, to, milliseconds));
                }
            }
        }
    }
    plain
}

/// The largest part in which everything can be reached from everything: who is put on an island, or at the
/// end of a one-way, would never get anywhere.
fn largest(plain: &Plain) -> Plain {
    let parts = parts(plain);
    let mut sizes: HashMap<u32, usize, RandomState> = HashMap::default();
    for part in &parts {
        *sizes.entry(*part).or_default() += 1;
    }
    let best = sizes.into_iter().max_by_key(|(part, size)| (*size, std::cmp::Reverse(*part)));
    let Some((best, _)) = best else { return Plain::default() };
    let mut numbers = vec![u32::MAX; parts.len()];
    let mut kept = Plain::default();
    for (junction, _) in parts.iter().enumerate().filter(|(_, part)| **part == best) {
        numbers[junction] = kept.points.len() as u32;
        kept.points.push(plain.points[junction]);
    }
    let inside = |(from, to, cost): &(u32, u32, u32)| {
        let (from, to) = (numbers[*from as usize], numbers[*to as usize]);
        (from != u32::MAX && to != u32::MAX).then_some((from, to, *cost))
    };
    kept.edges = plain.edges.iter().filter_map(inside).collect();
    kept
}

/// For each junction the part it belongs to: Kosaraju's two walks, without recursion.
fn parts(plain: &Plain) -> Vec<u32> {
    let count = plain.points.len();
    let (out, back) = (neighbours(count, plain, false), neighbours(count, plain, true));
    let (mut seen, mut finished) = (vec![false; count], Vec::with_capacity(count));
    for start in 0..count as u32 {
        if std::mem::replace(&mut seen[start as usize], true) {
            continue;
        }
        let mut path = vec![(start, 0)];
        while let Some((junction, next)) = path.last_mut() {
            match out.of(*junction).get(*next) {
                Some(other) => {
                    *next += 1;
                    if !std::mem::replace(&mut seen[*other as usize], true) {
                        path.push((*other, 0));
                    }
                }
                None => {
                    finished.push(*junction);
                    path.pop();
                }
            }
        }
    }
    let mut part = vec![u32::MAX; count];
    for start in finished.into_iter().rev() {
        let mut open = vec![start];
        while let Some(junction) = open.pop() {
            if part[junction as usize] == u32::MAX {
                part[junction as usize] = start;
                open.extend(back.of(junction).iter().filter(|other| part[**other as usize] == u32::MAX));
            }
        }
    }
    part
}

/// The neighbours of each junction, one after the other in one list.
struct Neighbours {
    first: Vec<u32>,
    others: Vec<u32>,
}

impl Neighbours {
    fn of(&self, junction: u32) -> &[u32] {
        let (from, to) = (self.first[junction as usize], self.first[junction as usize + 1]);
        &self.others[from as usize..to as usize]
    }
}

fn neighbours(count: usize, plain: &Plain, backwards: bool) -> Neighbours {
    let turned = |(from, to, _): &(u32, u32, u32)| if backwards { (*to, *from) } else { (*from, *to) };
    let mut first = vec![0_u32; count + 1];
    for (from, _) in plain.edges.iter().map(turned) {
        first[from as usize + 1] += 1;
    }
    for place in 0..count {
        first[place + 1] += first[place];
    }
    let mut next = first.clone();
    let mut others = vec![0; plain.edges.len()];
    for (from, to) in plain.edges.iter().map(turned) {
        others[next[from as usize] as usize] = to;
        next[from as usize] += 1;
    }
    Neighbours { first, others }
}
