//! Every limit of the pages, by name.

/// Bytes of a basket, which the browser keeps.
pub const BASKET_BYTES_MAX: usize = 3_500;
/// How long the browser keeps a basket, and where somebody is.
pub const BASKET_KEPT_S: i64 = 86_400;
pub const PLACE_KEPT_S: i64 = 15_552_000;
/// Stores on one page.
pub const STORES: u16 = 30;
/// Parts of one menu that are read: a store with more shows the first of them.
pub const MENU_PARTS_MAX: usize = 8;
/// Orders on one page.
pub const ORDERS: u16 = 30;
/// Orders on an operator's map and in their list.
pub const OPEN_ORDERS: u16 = 100;
/// Products on one page of a merchant.
pub const PRODUCTS: u16 = 100;
/// Bytes of a form with the picture of a door.
pub const PHOTO_BYTES_MAX: usize = 8 << 20;
/// Dots of a map, across and down, and of the edge where nothing stands.
pub const MAP: (f64, f64) = (640.0, 400.0);
pub const MAP_EDGE: f64 = 40.0;
/// Degrees that a map shows at least, so that two doors in one street are not at its two ends.
pub const MAP_DEGREES_MIN: f64 = 0.004;
/// Hours of a forecast that are shown, and areas.
pub const FORECAST_HOURS: u16 = 12;
pub const AREAS_SHOWN: usize = 20;
