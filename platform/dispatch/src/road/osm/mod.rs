//! Roads as OpenStreetMap knows them.
//!
//! ```text
//! pbf.rs      the file: blocks, strings, ways, nodes
//! class.rs    who may use a way, which way round, and how fast
//! build.rs    from ways and nodes to one directed graph for each kind of traffic
//! graph.rs    a graph with its contraction hierarchy: shortest ways, the nearest junction
//! network.rs  all kinds of traffic, as [`crate::road::Roads`]; saved and loaded
//! ```

mod build;
mod class;
mod graph;
mod network;
mod pbf;
#[cfg(test)]
mod tests;

pub use class::Traffic;
pub use network::Network;

#[derive(Debug, thiserror::Error)]
pub enum MapError {
    #[error("the map cannot be read: {0}")]
    Read(#[from] std::io::Error),
    #[error("this is no .osm.pbf file, or it is damaged: {0}")]
    Malformed(&'static str),
    #[error("the map needs what is not known here: {0}")]
    Unknown(String),
    #[error("the map has more than {max} junctions", max = crate::limits::ROAD_NODES_MAX)]
    TooLarge,
    #[error("no ways were found in the map")]
    Empty,
    #[error("the prepared roads are of another version ({0}); import the map again")]
    Version(u32),
}
