//! The edges of a polygon by their height, so that a question looks at a few of them only.

use super::Polygon;
use super::ring::{self, Vertex};
use crate::limits::{BANDS_MAX, EDGES_PER_BAND};

/// A polygon prepared for many questions.
pub struct Bands {
    band_height: u32,
    /// Where each band's edges begin, and where the last one's end.
    starts: Vec<u32>,
    /// Each with its lower end first. An edge is in every band that it reaches into.
    edges: Vec<(Vertex, Vertex)>,
}

impl Bands {
    pub fn of(polygon: &Polygon) -> Self {
        let rising: Vec<(Vertex, Vertex)> = polygon
            .rings
            .iter()
            .flat_map(|ring| ring::edges(ring))
            .filter(|(from, to)| from.1 != to.1)
            .map(|(from, to)| if from.1 < to.1 { (from, to) } else { (to, from) })
            .collect();
        let mut bands = (rising.len() / EDGES_PER_BAND).clamp(1, BANDS_MAX) as u32;
        let height = |bands: u32| polygon.height / bands + 1;
        let entries = |bands: u32| {
            let of = |(low, high): &(Vertex, Vertex)| {
                ((high.1 - 1) / height(bands) - low.1 / height(bands) + 1) as usize
            };
            rising.iter().map(of).sum::<usize>()
        };
        // Where many edges are high, narrow bands would repeat them more often than they help.
        while bands > 1 && entries(bands) > 3 * rising.len() {
            bands /= 2;
        }
        let band_height = height(bands);
        let count = (polygon.height / band_height + 1) as usize;
        let reach = |(low, high): &(Vertex, Vertex)| {
            (low.1 / band_height) as usize..=((high.1 - 1) / band_height) as usize
        };
        let mut starts = vec![0_u32; count + 1];
        for edge in &rising {
            reach(edge).for_each(|band| starts[band + 1] += 1);
        }
        for band in 0..count {
            starts[band + 1] += starts[band];
        }
        let mut next = starts.clone();
        let mut edges = vec![((0, 0), (0, 0)); starts[count] as usize];
        for edge in &rising {
            for band in reach(edge) {
                edges[next[band] as usize] = *edge;
                next[band] += 1;
            }
        }
        Self { band_height, starts, edges }
    }

    /// Of a point within the polygon's box.
    pub fn contain(&self, at: Vertex) -> bool {
        let band = (at.1 / self.band_height) as usize;
        let Some(&[from, to]) = self.starts.get(band..band + 2) else { return false };
        let mut inside = false;
        for &(low, high) in &self.edges[from as usize..to as usize] {
            inside ^= low.1 <= at.1 && at.1 < high.1 && ring::is_left_of_rising(at, low, high);
        }
        inside
    }

    pub fn bytes(&self) -> usize {
        size_of_val(&*self.starts) + size_of_val(&*self.edges)
    }
}
