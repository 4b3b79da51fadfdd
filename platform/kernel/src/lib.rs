//! The pure words that every other crate speaks.
//!
//! Nothing here waits, reads a file or opens a socket. The clock and the source of random numbers
//! are traits; their one real implementation each lives beside the trait, so that the rest of the
//! house can be forbidden to reach for them.

mod actor;
mod change;
mod clock;
mod ctx;
mod currency;
mod decision;
mod event;
mod id;
mod limits;
mod money;
mod random;
mod refusal;
pub mod text;
mod value;
pub mod zone;

pub use actor::Actor;
pub use change::{Change, Guard, OnMiss, Reach, Sql};
pub use clock::{Clock, ManualClock, SystemClock};
pub use ctx::Ctx;
pub use currency::{Currency, UnknownCurrency};
pub use decision::Decision;
pub use event::{NewEvent, NewJob};
pub use id::{
    IDS_PER_MS, Id, IdError, IdKind, IdSource, Market, Person, Provider, SequentialIds, SnowIds, Tenant,
    first_id_at,
};
pub use money::{Money, MoneyError, Rounding};
pub use random::{Random, SystemRandom};
pub use refusal::{Fault, Refusal, RefusalKind};
pub use value::Value;

/// Re-exported so that dates and zones are the same type everywhere.
pub use jiff;
