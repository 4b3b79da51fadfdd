//! Every bound of this crate, by name.

use kernel::jiff::SignedDuration;

/// Spans of one day, and dates with hours of their own.
pub const SPANS_PER_DAY_MAX: usize = 8;
pub const SPECIAL_DAYS_MAX: usize = 100;
/// How far ahead it is looked when something opens or closes.
pub const HOURS_LOOKED_AT_DAYS: i32 = 64;

/// Stores of one provider, and of one place, closed ones included.
pub const STORES_PER_PROVIDER_MAX: usize = 500;
pub const STORES_MAX: usize = 50_000;
/// Stores that are read at once, and areas, whose shapes are larger.
pub const STORES_READ_AT_ONCE: usize = 2_000;
pub const AREAS_READ_AT_ONCE: usize = 500;
/// The longest time that a store says it takes, and that a busy one adds.
pub const PREPARES_MIN_MAX: u16 = 240;
pub const BUSY_MIN_MAX: u16 = 180;
/// What was seen counts up to this.
pub const PREPARATION_S_MAX: i64 = 4 * 3_600;
/// How many orders of an hour of the day are seen before they count for more than what the store says.
pub const PREPARATION_SEEN_MIN: i64 = 5;
/// The latest order counts for one part of so many.
pub const PREPARATION_WEIGHT: i64 = 8;
/// For how long a store may be paused.
pub const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The farthest that a store delivers by a radius, and unless it says otherwise.
pub const RADIUS_M_MAX: u32 = 100_000;
pub const RADIUS_M: u32 = 5_000;
/// Corners of the area that a store delivers to.
pub const AREA_VERTICES_MAX: usize = 2_000;
/// How far from a place stores are listed that do not deliver there.
pub const NEAR_M_MAX: f64 = 50_000.0;

/// For how long it is believed that nothing has changed; what another process does is seen after that.
pub const VERSIONS_FRESH_S: u32 = 2;
/// How long what was read stays that nobody asks for any more. A newer version is read anew.
pub const READ_FRESH_S: u32 = 24 * 3_600;
/// What each may take in memory: versions, stores and areas, names.
pub const VERSIONS_BYTES_MAX: u64 = 4 << 20;
pub const STORES_BYTES_MAX: u64 = 256 << 20;
pub const NAMES_BYTES_MAX: u64 = 128 << 20;
/// How long anyone may keep a list of stores or a menu, and how much longer while fetching the next.
pub const SHARED_S: u32 = 5;
pub const SHARED_STALE_S: u32 = 10;

/// Products of one store, those of one page of its menu, and those that are read at once.
pub const PRODUCTS_PER_STORE_MAX: usize = 20_000;
pub const MENU_PAGE: usize = 500;
pub const PRODUCTS_READ_AT_ONCE: usize = 2_000;
/// The dearest price in minor units, and the highest tax in hundredths of a percent.
pub const PRICE_MAX: i64 = 1_000_000_000_000;
pub const VAT_BP_MAX: u16 = 10_000;
/// Of each product in one order, and lines of one order.
pub const EACH_MAX: u16 = 99;
pub const LINES_MAX: usize = 50;
/// Things on the shelf.
pub const ON_HAND_MAX: u32 = 1_000_000_000;
/// Up to this many left are told to buyers.
pub const FEW_LEFT: i64 = 10;
/// Groups of options of a product, and choices of a group.
pub const OPTION_GROUPS_MAX: usize = 20;
pub const CHOICES_MAX: usize = 50;

/// Reservations that one run of the sweep looks at in one query, and how often it asks.
pub const RELEASED_AT_ONCE: usize = 100;
pub const RELEASE_PAGES_MAX: u32 = 500;
/// How finely the times of the sweep are spaced.
pub const RELEASE_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// Characters of names, places and descriptions.
pub const NAME_LENGTH_MAX: usize = 120;
pub const ADDRESS_LENGTH_MAX: usize = 300;
pub const PHONE_LENGTH_MAX: usize = 32;
pub const ABOUT_LENGTH_MAX: usize = 2_000;
pub const SKU_LENGTH_MAX: usize = 64;
pub const SECTION_LENGTH_MAX: usize = 80;

/// Bytes of a file of products that is sent, of one line, and columns.
pub const IMPORT_BYTES_MAX: usize = 12 << 20;
pub const LINE_BYTES_MAX: usize = 16 << 10;
pub const COLUMNS_MAX: usize = 100;
/// Lines that one commit of an import writes, and how often it is decided again after a conflict.
pub const IMPORT_BATCH: usize = 1_000;
pub const IMPORT_TRIES_MAX: u32 = 5;
/// Faults of a file that are named; all are counted.
pub const IMPORT_FAULTS_MAX: usize = 1_000;

/// Characters and words of what is searched for.
pub const SEARCH_LENGTH_MAX: usize = 80;
pub const SEARCH_WORDS_MAX: usize = 6;
/// Stores whose names are looked through, the nearest first, and what is found.
pub const SEARCHED_STORES_MAX: usize = 300;
pub const FOUND_STORES_MAX: usize = 10;
pub const FOUND_PRODUCTS_MAX: usize = 40;
/// Products of one store among them, so that others are found too.
pub const FOUND_PER_STORE_MAX: usize = 8;

/// Letters of the reason for a step of an order.
pub const REASON_CHARS_MAX: usize = 500;
/// Steps of an order that are shown.
pub const HISTORY_SHOWN_MAX: i64 = 50;
/// How fast a rider is reckoned to be on the way to the buyer, and how long the handover takes.
pub const METRES_PER_SECOND: i64 = 6;
pub const HANDOVER_S: i64 = 240;
/// Wrong numbers at the door before there is a pause.
pub const PINS_PER_QUARTER: u32 = 5;
/// Doors at which wrong numbers are counted.
pub const PINS_MAX: usize = 100_000;

/// How often open orders and free riders are counted while there are any, and how many at most.
pub const LOOK_AROUND_EVERY: SignedDuration = SignedDuration::from_secs(60);
pub const ORDERS_LOOKED_AT_MAX: usize = 20_000;
pub const ORDERS_READ_AT_ONCE: u16 = 500;
pub const RIDERS_LOOKED_AT_MAX: usize = 100_000;

/// Events whose messages one commit queues.
pub const TOLD_AT_ONCE: usize = 50;
/// How long news of an order are worth telling, and those for which nobody waits.
pub const NEWS_GOOD_FOR: SignedDuration = SignedDuration::from_hours(4);
pub const NEWS_GOOD_FOR_LONG: SignedDuration = SignedDuration::from_hours(72);
/// That a way of paying does not work is told once in so long.
pub const GATEWAY_TOLD_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// Letters of somebody's reason that stand in a message.
pub const REASON_TOLD_CHARS_MAX: usize = 200;
