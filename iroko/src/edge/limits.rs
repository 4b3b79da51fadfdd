//! Every limit of the edge, by name.

use std::time::Duration;

/// Connections at once; more wait in the system's queue.
pub(crate) const CONNECTIONS_MAX: usize = 20_000;
/// From the connection, or from the first byte of a request, to the end of its head.
pub(crate) const HEAD_TIME: Duration = Duration::from_secs(10);
/// A connection without a request is closed after this.
pub(crate) const IDLE_TIME: Duration = Duration::from_secs(75);
/// From the end of the head to the end of the body.
pub(crate) const BODY_TIME: Duration = Duration::from_secs(30);
/// Bodies that are on their way at once: in all, and from one address. Those that come with their
/// head are not among them.
pub(crate) const BODIES_ARRIVING_MAX: usize = 4_096;
pub(crate) const BODIES_ARRIVING_PER_ADDRESS_MAX: usize = 64;
/// How often a body is looked for before it counts as being on its way.
pub(crate) const BODY_LOOKS: u32 = 3;
/// Tokens and keys that were not good, from one address in one tenant: with more than so many times
/// what it may ask without any, the database is not asked about another one. Not fewer, because many
/// behind one address may each bring one that has just expired.
pub(crate) const GUESSES_TIMES_ANONYMOUS: u32 = 5;
/// The largest body of any request.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;
/// Bodies above that at once, of endpoints that allow more; how many times longer they may take.
pub(crate) const LARGE_BODIES_MAX: usize = 16;
pub(crate) const LARGE_BODIES_PER_ADDRESS_MAX: usize = 4;
pub(crate) const LARGE_BODY_TIMES: u32 = 4;
/// A light request counts against so many times the ordinary allowance, apart from it.
pub(crate) const LIGHT_TIMES: u32 = 10;
/// A year, after which nobody asks any more.
pub(crate) const IMMUTABLE_S: u32 = 31_536_000;
/// An answer above that is sent as a stream is: a slow line may need longer than a connection may be
/// idle.
pub(crate) const LONG_BYTES_MIN: usize = 256 << 10;
/// A piece of a streamed answer, how many are made ahead of the reader, and how long one may wait.
pub(crate) const CHUNK_BYTES_MAX: usize = 64 << 10;
pub(crate) const CHUNKS_AHEAD: usize = 2;
pub(crate) const CHUNK_TIME: Duration = Duration::from_secs(30);
/// A handler that takes longer is given up.
pub(crate) const HANDLER_TIME: Duration = Duration::from_secs(15);
/// The rest of a body that was not wanted: more, or slower, and the connection ends, which may take the
/// answer with it. So it is read where the body is a little too large, as most are that are.
pub(crate) const UNREAD_BYTES_MAX: u64 = 4 << 20;
pub(crate) const UNREAD_TIME: Duration = Duration::from_secs(1);
pub(crate) const HEADERS_MAX: usize = 64;
/// A request's head, all of it.
pub(crate) const HEAD_BYTES_MAX: usize = 16 << 10;
pub(crate) const STREAMS_MAX: u32 = 128;
/// Streams a peer may reset before it is taken for an attacker.
pub(crate) const RESETS_MAX: usize = 32;
pub(crate) const SEND_BYTES_MAX: usize = 256 << 10;
/// Smaller answers are not worth compressing.
pub(crate) const PACK_BYTES_MIN: usize = 1 << 10;
/// Larger ones are compressed away from the threads that serve.
pub(crate) const PACK_INLINE_BYTES_MAX: usize = 32 << 10;
pub(crate) const GZIP_LEVEL: u32 = 5;
pub(crate) const BROTLI_LEVEL: i32 = 4;
/// What the shared cache may hold, unless configured.
pub(crate) const CACHE_BYTES_MAX: u64 = 32 << 20;
/// A path with its query that is longer is not looked for in the shared cache.
pub(crate) const CACHE_PATH_BYTES_MAX: usize = 512;
/// After being shed, a caller may try again.
pub(crate) const SHED_RETRY_S: u32 = 1;
/// Proxies looked at in one `X-Forwarded-For`.
pub(crate) const PROXIES_MAX: usize = 16;
/// How long a browser may remember what it may ask from another origin.
pub(crate) const CORS_MAX_AGE: &str = "86400";
/// After an error of the listening socket, such as too many open files.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
