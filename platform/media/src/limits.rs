//! Every limit of this crate, by name.

use std::time::Duration;

use kernel::jiff::SignedDuration;

/// Bytes of one picture as it is sent, unless configured.
pub const PICTURE_BYTES: usize = 12 << 20;
/// Pixels of one picture.
pub const PIXELS_MAX: u64 = 50_000_000;
/// Pixels of one side.
pub const SIDE_MAX: u32 = 16_383;
/// Memory for all pictures that are being decoded, unless configured.
pub const MEMORY: u64 = 512 << 20;
/// What decoding and encoding take beside the pixels of the source: the large size and what its
/// encoders need.
pub const MEMORY_BESIDE_PIXELS: u64 = 48 << 20;
/// Times that a JPEG may go through all of its pixels; cameras and editors write about ten.
pub const JPEG_SCANS_MAX: u32 = 32;
/// Pictures that are made at once, unless configured.
pub const THREADS: usize = 2;
/// Pictures that wait for those, unless configured.
pub const WAITING: usize = 4;
/// After how long somebody may come back who found no place.
pub const BUSY_RETRY_AFTER_S: u32 = 5;

/// The longer side of each size.
pub const THUMB_SIDE: u32 = 160;
pub const SMALL_SIDE: u32 = 480;
pub const LARGE_SIDE: u32 = 1_600;
pub const JPEG_QUALITY: u8 = 80;
pub const WEBP_QUALITY: f32 = 80.0;
/// How hard the encoder tries, 0 to 6.
pub const WEBP_METHOD: i32 = 2;

/// Letters of an object's name within its market.
pub const NAME_LETTERS_MAX: usize = 512;
/// Bytes of an object that is read whole.
pub const OBJECT_READ_MAX: u64 = 64 << 20;
/// Objects that one call lists.
pub const LISTED_MAX: usize = 1_000;
/// Bytes that a stream gathers before it writes them.
pub const PART_BYTES: usize = 8 << 20;
/// Parts of a stream that are under way at once.
pub const PARTS_AT_ONCE: usize = 4;
/// How long one call of the store may take; a stream, for each part.
pub const OBJECT_TIME_MAX: Duration = Duration::from_secs(30);
/// How long one request to a bucket may take until its answer begins.
pub const REQUEST_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a connection to a bucket may take.
pub const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// How often a request to a bucket is tried again.
pub const REQUEST_RETRIES_MAX: usize = 3;
/// Connections to a bucket that are kept.
pub const IDLE_CONNECTIONS_MAX: usize = 32;

/// Bytes of the secret that tickets and addresses are made with.
pub const SECRET_BYTES_MIN: usize = 32;
/// How long a ticket is good for.
pub const TICKET_LIFE: SignedDuration = SignedDuration::from_hours(2);
/// Letters of a ticket, and of a purpose in it.
pub const TICKET_LETTERS_MAX: usize = 256;
pub const PURPOSE_LETTERS_MAX: usize = 32;
/// Bytes of one chunk. All but the last have at least the smaller number.
pub const CHUNK_BYTES_MAX: usize = 1 << 20;
pub const CHUNK_BYTES_MIN: usize = 16 << 10;
/// Chunks of one upload.
pub const CHUNKS_MAX: usize = 1_024;
/// Tickets for one address or person: so many at once, then one in each interval. Generous, because
/// thousands share an address behind a mobile carrier.
pub const TICKETS_AT_ONCE: u32 = 120;
pub const TICKET_INTERVAL: Duration = Duration::from_secs(2);
/// Pictures of one market that belong to nothing yet.
pub const LOOSE_MAX: i64 = 20_000;
/// Pictures that belong to one thing.
pub const PER_SUBJECT_MAX: usize = 20;

/// How long a picture may belong to nothing, and an upload may stay unfinished.
pub const LOOSE_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// After how long a picture that was never worked on is given up.
pub const WAITING_KEPT: SignedDuration = SignedDuration::from_hours(72);
/// Rows that one commit of the sweep touches, and such commits in one run.
pub const SWEPT_AT_ONCE: i64 = 200;
pub const SWEEP_COMMITS_MAX: u32 = 50;
/// How long the bytes as they were sent stay after they are of no use: longer than a request that may
/// be writing them still.
pub const SOURCE_KEPT: SignedDuration = SignedDuration::from_mins(10);
/// How long the files of a picture stay after nothing refers to it: longer than a job that may be
/// writing them still.
pub const PICTURE_KEPT: SignedDuration = SignedDuration::from_hours(1);
/// How long one run of a job may take.
pub const JOB_TIME_MAX: Duration = Duration::from_secs(300);
/// How often a picture is begun to be decoded. Each try that is not the first was cut off by the end of
/// the program, perhaps because of the picture.
pub const DECODINGS_MAX: i64 = 3;
/// How often a job is tried while the store of objects is out of reach.
pub const JOB_ATTEMPTS_MAX: i64 = 200;

/// How long anybody may keep a picture: its address never means anything else.
pub const PICTURE_MAX_AGE_S: u32 = 31_536_000;
/// How often what came of a picture is written down anew because its row changed meanwhile.
pub const SETTLE_TRIES_MAX: u32 = 5;
/// After how long somebody may come back whose picture found no room.
pub const FULL_RETRY_AFTER_S: u32 = 600;
