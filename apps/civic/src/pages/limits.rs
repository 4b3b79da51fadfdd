//! Every limit of the pages, by name.

/// Pictures of one report.
pub const PHOTOS_MAX: usize = 5;
/// Bytes of a form with its pictures: as many as any endpoint may take.
pub const FORM_BYTES_MAX: usize = 12 << 20;
/// Values of one field that a form of ours sends.
pub const VALUES_MAX: usize = 200;
/// Requests on the front page, and beside the map.
pub const LATEST: u16 = 6;
pub const MAP_LIST: u16 = 20;
/// Requests that a report may repeat, as it shows them.
pub const NEARBY: u16 = 5;
/// Entries of a history on one page.
pub const HISTORY: u16 = 100;
/// Requests on a page of the desk.
pub const QUEUE: u16 = 25;
/// Dots of the map's picture, across and down; and of the one that a narrow screen is clicked on.
pub const MAP: (u32, u32) = (640, 480);
pub const MAP_NARROW: (u32, u32) = (256, 256);
/// As far out and as close in as the picture goes.
pub const ZOOM_MIN: u8 = 2;
pub const ZOOM_MAX: u8 = 18;
/// How close a map is that shows one place.
pub const ZOOM_PLACE: u8 = 16;
/// How long the browser keeps the secret of a request, and what a device calls itself.
pub const SECRET_KEPT_S: i64 = 15_552_000;
pub const DEVICE_KEPT_S: i64 = 31_536_000;
/// Characters of a description in a list.
pub const SUMMARY_CHARS: usize = 160;
/// Days that the overview of trends shows.
pub const TREND_DAYS: i64 = 30;
