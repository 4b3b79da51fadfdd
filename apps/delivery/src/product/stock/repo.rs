use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{Market, StoreError};

use super::model::{Reservation, ReservationId, Reserved, Stock, StockId};
use crate::store::StoreId;
use crate::{limits, stored};

kernel::statements! {
    short ONE = "select id, store, on_hand, reserved from delivery_stock where id = ?1";
    short ADD = "insert into delivery_stock (id, store, on_hand, reserved) values (?1, ?2, ?3, 0)";
    short RESERVE = "update delivery_stock set reserved = reserved + ?2 \
        where id = ?1 and on_hand - reserved >= ?2";
    short TAKE = "update delivery_stock set on_hand = on_hand - ?2 \
        where id = ?1 and on_hand - reserved >= ?2";
    short RELEASE = "update delivery_stock set reserved = reserved - ?2 where id = ?1 and reserved >= ?2";
    short SELL = "update delivery_stock set on_hand = on_hand - ?2, reserved = reserved - ?2 \
        where id = ?1 and reserved >= ?2";
    /// Things come in, or are found missing; what is reserved stays there.
    short MOVE = "update delivery_stock set on_hand = on_hand + ?2 \
        where id = ?1 and on_hand + ?2 >= reserved and on_hand + ?2 <= ?3";
    /// What a merchant counts is what can still be had: nobody has to know what is reserved meanwhile.
    short SET_AVAILABLE = "update delivery_stock set on_hand = reserved + ?2 where id = ?1";
    short RESERVATION = "select id, subject, state, until, lines, at from delivery_reservation where id = ?1";
    short OF_SUBJECT = "select id, subject, state, until, lines, at from delivery_reservation \
        where subject = ?1 order by id desc limit 1";
    short EXPIRED = "select id, subject, state, until, lines, at from delivery_reservation \
        where state = 'held' and until <= ?1 order by until, id limit ?2";
    short ADD_RESERVATION = "insert into delivery_reservation (id, subject, state, until, lines, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6)";
    /// As it was read: one that is held for longer meanwhile is not given back.
    short MOVE_RESERVATION = "update delivery_reservation set state = ?4 \
        where id = ?1 and state = ?2 and until = ?3";
    short EXTEND = "update delivery_reservation set until = ?3 where id = ?1 and state = 'held' and until = ?2";
}

pub async fn one(market: &Market, id: StockId) -> Result<Option<Stock>, StoreError> {
    market.one(ONE, values![id]).await
}

pub async fn reservation(market: &Market, id: ReservationId) -> Result<Option<Reservation>, StoreError> {
    market.one(RESERVATION, values![id]).await
}

/// The latest for something.
pub async fn of_subject(market: &Market, subject: i64) -> Result<Option<Reservation>, StoreError> {
    market.one(OF_SUBJECT, values![subject]).await
}

/// Some of those that are over and still held, the oldest first.
pub async fn expired(market: &Market, now: Timestamp) -> Result<Vec<Reservation>, StoreError> {
    market.list(EXPIRED, values![now, limits::RELEASED_AT_ONCE as i64]).await
}

pub fn add(id: StockId, store: StoreId, on_hand: u32) -> Change {
    ADD.with(values![id, store, on_hand])
}

/// Keeps so many for somebody. It touches no row where there are not enough: say with `or_refuse` what
/// the buyer hears.
pub fn reserve(id: StockId, count: i64) -> Change {
    RESERVE.with(values![id, count])
}

/// Takes so many from the shelf that nobody had reserved; refuses as `reserve` does.
pub fn take(id: StockId, count: i64) -> Change {
    TAKE.with(values![id, count])
}

pub fn release(id: StockId, count: i64) -> Change {
    RELEASE.with(values![id, count])
}

/// Of what was reserved.
pub fn sell(id: StockId, count: i64) -> Change {
    SELL.with(values![id, count])
}

/// So many more on the shelf, or fewer.
pub fn move_by(id: StockId, count: i64) -> Change {
    MOVE.with(values![id, count, limits::ON_HAND_MAX])
}

pub fn set_available(id: StockId, count: u32) -> Change {
    SET_AVAILABLE.with(values![id, count])
}

pub fn add_reservation(reservation: &Reservation) -> Change {
    let lines: Vec<(i64, i64)> =
        reservation.lines.iter().map(|(stock, count)| (stock.raw(), *count)).collect();
    ADD_RESERVATION.with(values![
        reservation.id,
        reservation.subject,
        reservation.state.name(),
        reservation.until,
        stored::to_text(&lines),
        reservation.at,
    ])
}

/// From one state to another, once.
pub fn move_reservation(reservation: &Reservation, to: Reserved) -> Change {
    MOVE_RESERVATION.with(values![reservation.id, reservation.state.name(), reservation.until, to.name()])
}

pub fn extend(reservation: &Reservation, until: Timestamp) -> Change {
    EXTEND.with(values![reservation.id, reservation.until, until])
}
