//! Every bound of this crate, by name.

/// The most ranges one box may become, whatever is asked for.
pub const COVER_RANGES_MAX: usize = 1_024;

/// How many quads on the edge of a box are looked at per range that may be given out. More make the
/// cover tighter and dearer; beyond eight the ranges, not the quads, decide how tight it is.
pub const COVER_QUADS_PER_RANGE: usize = 8;

/// The longest text that is tried as a box.
pub const BOX_TEXT_BYTES_MAX: usize = 200;

/// The longest text that is tried as a point.
pub const POINT_TEXT_BYTES_MAX: usize = 100;

/// Bytes of one GeoJSON document.
pub const GEOJSON_BYTES_MAX: usize = 16 << 20;
/// Features of one document.
pub const FEATURES_MAX: usize = 5_000;
/// Vertices of one document, all its rings together.
pub const VERTICES_MAX: usize = 1_000_000;
/// Polygons of one shape, and rings of one polygon.
pub const POLYGONS_PER_SHAPE_MAX: usize = 10_000;
pub const RINGS_PER_POLYGON_MAX: usize = 10_000;
/// Faults of one document that are named.
pub const SHAPE_FAULTS_MAX: usize = 50;

/// Rows, and columns, of an index at most.
pub const INDEX_SIDE_MAX: u64 = 256;
/// Cells that the shapes of an index lie in, all of them together; more would be dear to prepare.
pub const INDEX_CELLS_MAX: u64 = 2_000_000;
/// Edges in one band of a polygon, as it is hoped for.
pub const EDGES_PER_BAND: usize = 4;
/// Bands of a polygon at most.
pub const BANDS_MAX: usize = 4_096;
