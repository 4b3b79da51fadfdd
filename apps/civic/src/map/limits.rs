//! Every limit of the map and the trends, by name.

/// Names that one follower knows: categories, areas, agencies.
pub const NAMES_MAX: usize = 8_000;
/// Rows of counters that are read at once while events are counted.
pub const ROWS_READ_AT_ONCE: usize = 1_000;
/// From this zoom on a tile shows requests and not cells.
pub const POINTS_FROM_ZOOM: u8 = 15;
/// The deepest zoom of a tile.
pub const ZOOM_MAX: u8 = 22;
/// Requests on one tile: more than anyone can tell apart, and each is a row somewhere else in the file.
pub const POINTS_MAX: usize = 1_000;
/// Requests that are looked at for one tile, whether they are asked for or not.
pub const POINTS_SEEN_MAX: usize = 2_000;
/// Ranges of the index that a tile becomes, for each status.
pub const POINT_RANGES_MAX: usize = 4;
/// Blocks of cells that one tile or one part of a picture reads, for each period.
pub const BLOCKS_MAX: i64 = 8_192;
/// Cells of a heat map, about.
pub const HEAT_CELLS_MAX: u64 = 1_024;
/// Marks on a picture, about.
pub const PICTURE_MARKS_MAX: u64 = 150;
/// Areas whose edges are drawn on a picture.
pub const OUTLINES_MAX: usize = 80;
/// Days of one question.
pub const DAYS_MAX: i64 = 3_660;
/// Days that are told one by one.
pub const DAYS_LISTED_MAX: i64 = 1_100;
/// Categories named in one question.
pub const CATEGORIES_ASKED_MAX: usize = 50;
/// Days of trends that are read at once.
pub const DAYS_READ_AT_ONCE: usize = 64;
/// Rows of one period of the trends, which is one for each category.
pub const TREND_ROWS_MAX: i64 = 8_000;
/// Ranges of blocks that one part of a box becomes.
pub const RANGES_MAX: usize = 16;
