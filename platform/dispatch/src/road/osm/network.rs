use std::io::{Read, Seek, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use geo::Point;
use serde::{Deserialize, Serialize};

use super::build::build;
use super::graph::{Graph, Saved};
use super::{MapError, Traffic};
use crate::mode::Mode;
use crate::road::{Leg, Paces, Roads, Straight, Way};

/// Raised whenever what is saved, or what it means, changes.
const VERSION: u32 = 1;

/// The roads of a market. Where no road is near, or none leads there, the great circle is the estimate.
pub struct Network {
    graphs: [Graph; Traffic::ALL.len()],
    straight: Straight,
}

#[derive(Serialize, Deserialize)]
struct File {
    graphs: [Saved; Traffic::ALL.len()],
}

impl Network {
    /// Reads an `.osm.pbf` file twice and prepares it: minutes for a large town.
    pub fn import(map: &mut (impl Read + Seek), straight: Straight) -> Result<Self, MapError> {
        let graphs = build(map)?.map(|plain| Graph::prepare(&plain));
        Ok(Self { graphs, straight })
    }

    /// Junctions on foot, by bicycle and by motor.
    pub fn junctions(&self) -> [usize; 3] {
        [0, 1, 2].map(|place: usize| self.graphs[place].junctions())
    }

    /// What [`Network::load`] takes up again within seconds.
    pub fn save(&self, to: &mut impl Write) -> Result<(), MapError> {
        let [foot, bicycle, motor] = &self.graphs;
        let file = File { graphs: [foot.save(), bicycle.save(), motor.save()] };
        to.write_all(&VERSION.to_be_bytes())?;
        let mut packed = GzEncoder::new(to, Compression::fast());
        let bytes = postcard::to_allocvec(&file).map_err(|_| MapError::Malformed("it cannot be written"))?;
        packed.write_all(&bytes)?;
        packed.finish()?;
        Ok(())
    }

    pub fn load(from: &mut impl Read, straight: Straight) -> Result<Self, MapError> {
        let mut version = [0; 4];
        from.read_exact(&mut version)?;
        let version = u32::from_be_bytes(version);
        if version != VERSION {
            return Err(MapError::Version(version));
        }
        let mut bytes = Vec::new();
        // Its check sum tells whether anything was damaged on the way.
        GzDecoder::new(from).read_to_end(&mut bytes)?;
        let damaged = MapError::Malformed("what was saved is damaged");
        let Ok(File { graphs: [foot, bicycle, motor] }) = postcard::from_bytes::<File>(&bytes) else {
            return Err(damaged);
        };
        let loaded = Graph::load(foot).zip(Graph::load(bicycle)).zip(Graph::load(motor));
        let ((foot, bicycle), motor) = loaded.ok_or(damaged)?;
        Ok(Self { graphs: [foot, bicycle, motor], straight })
    }

    /// By roads alone.
    fn by_road(&self, from: Point, to: Point, mode: Mode) -> Option<Way> {
        let graph = &self.graphs[Traffic::of(mode) as usize];
        let ((start, to_road), (end, from_road)) = graph.snap(from).zip(graph.snap(to))?;
        // Shorter than the ways to the road and back: nobody goes there first.
        if from.distance_m(to) <= to_road + from_road {
            return None;
        }
        let found = graph.search(start, end)?;
        let ends = [
            self.straight.between(from, graph.point(start), mode),
            self.straight.between(graph.point(end), to, mode),
        ];
        let mut line = found.line;
        if line.first() != Some(&from) {
            line.insert(0, from);
        }
        if line.last() != Some(&to) {
            line.push(to);
        }
        let inside = &line[usize::from(to_road > 0.0)..line.len() - usize::from(from_road > 0.0)];
        let metres: f64 = inside.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
        let seconds = found.milliseconds.div_ceil(1_000) as u32;
        let leg = Leg {
            metres: metres.round() as u32 + ends.iter().map(|leg| leg.metres).sum::<u32>(),
            seconds: seconds + ends.iter().map(|leg| leg.seconds).sum::<u32>(),
        };
        Some(Way { leg, line })
    }
}

impl Roads for Network {
    fn between(&self, from: Point, to: Point, mode: Mode) -> Leg {
        self.by_road(from, to, mode).map_or_else(|| self.straight.between(from, to, mode), |way| way.leg)
    }

    fn route(&self, from: Point, to: Point, mode: Mode) -> Way {
        self.by_road(from, to, mode).unwrap_or_else(|| self.straight.route(from, to, mode))
    }

    fn paces(&self, near: Point) -> Paces {
        self.straight.paces(near)
    }
}
