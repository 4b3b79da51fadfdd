use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{Market, StoreError};

use super::model::{Address, Picture};

kernel::statements! {
    short ONE = "select hash, state, refs, width, height, touched from media_picture where hash = ?1";
    short ADD = "insert into media_picture (hash, state, refs, width, height, touched) \
        values (?1, 'making', 0, 0, 0, ?2)";
    short TOUCH = "update media_picture set touched = ?2 where hash = ?1 and state <> 'leaving'";
    /// One more refers to it.
    short HOLD = "update media_picture set refs = refs + 1, state = 'ready', width = ?2, height = ?3, \
        touched = ?4 where hash = ?1 and state <> 'leaving'";
    short RELEASE = "update media_picture set refs = refs - ?2 where hash = ?1 and refs >= ?2";
    short LEAVE = "update media_picture set state = 'leaving' where hash = ?1 and refs = 0 and touched <= ?2";
    short GONE = "delete from media_picture where hash = ?1 and state = 'leaving' and refs = 0";
}

pub async fn one(market: &Market, address: Address) -> Result<Option<Picture>, StoreError> {
    market.one(ONE, values![address]).await
}

/// Says that files are about to be written.
pub(crate) fn begin(known: Option<&Picture>, address: Address, now: Timestamp) -> Change {
    match known {
        None => ADD.with(values![address, now]),
        Some(_) => TOUCH.with(values![address, now]),
    }
}

pub(crate) fn hold(address: Address, (width, height): (u32, u32), now: Timestamp) -> Change {
    HOLD.with(values![address, width, height, now])
}

pub(crate) fn release(address: Address, refs: i64) -> Change {
    RELEASE.with(values![address, refs])
}

pub(crate) fn leave(address: Address, before: Timestamp) -> Change {
    LEAVE.with(values![address, before])
}

pub(crate) fn gone(address: Address) -> Change {
    GONE.with(values![address])
}
