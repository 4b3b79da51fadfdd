//! Pictures that people send, kept safely and served fast; and the store of objects under them.
//!
//! ```text
//! object/    bytes under a name, market by market, in a local folder or a bucket
//! image/     from bytes that anybody may have sent to pictures that may be shown
//! upload/    what somebody sends, piece by piece: tickets, chunks, what it belongs to
//! picture/   the files that are shown, under an address that cannot be guessed
//! media.rs   the machinery that endpoints and jobs share
//! secret.rs  what tickets are signed and addresses are made with
//! ```
//!
//! The bytes as they were sent are shown to nobody and are gone soon after they were looked at.

pub mod image;
pub mod limits;
mod media;
pub mod object;
pub mod picture;
mod secret;
pub mod upload;

use std::sync::Arc;

use bus::{Registry, Schedule};
use kernel::Sql;
use store::Kind;
use store::schema::{Part, Step};

pub use media::{Media, Purpose, Settings};
pub use picture::{Address, PictureView};
pub use secret::{Secret, TooShort};
pub use upload::decide::{READY, REFUSED, Settled};
pub use upload::{MediaId, State, Ticket, Upload};

/// Every statement of this crate; all need the tables of a market.
pub const STATEMENTS: &[&[Sql]] = &[upload::repo::STATEMENTS, picture::repo::STATEMENTS];

/// The tables of uploads and pictures, in each market.
pub fn part() -> Part {
    const STEPS: &[Step] = &[store::step!("0001")];
    Part { name: "media", kind: Some(Kind::Market), steps: STEPS }
}

pub fn endpoints(media: &Arc<Media>) -> Vec<web::Endpoint> {
    [upload::http::endpoints(media), picture::http::endpoints(media)].concat()
}

/// The jobs that make pictures and remove what nobody needs.
pub fn follow(registry: Registry, media: &Arc<Media>) -> Registry {
    // At a quarter past, when fewer others begin.
    let sweep = Schedule::new("media sweep", "15 * * * *", upload::jobs::SWEEP)
        .expect("the pattern of the sweep is written in this line");
    registry
        .handler(picture::jobs::Process(media.clone()))
        .handler(picture::jobs::Clean(media.clone()))
        .handler(upload::jobs::Drop(media.clone()))
        .handler(upload::jobs::Sweep(media.clone()))
        .schedule(Kind::Market, sweep)
}
