use kernel::jiff::Timestamp;
use kernel::{Change, Id, Person, values};
use store::{Market, StoreError};

use super::keys::Who;
use super::model::{Contact, Follower};
use crate::limits;
use crate::request::model::RequestId;

kernel::statements! {
    short ONE = "select request, who, person, reporter, seconded, name, email, phone, channel, language, at, confirmed \
        from follower where request = ?1 and who = ?2";
    /// Those who want to be told.
    short TOLD = "select request, who, person, reporter, seconded, name, email, phone, channel, language, at, confirmed \
        from follower where request = ?1 and who > ?2 and channel is not null and confirmed = 1 order by who limit ?3";
    short ADD = "insert into follower \
        (request, who, person, reporter, seconded, name, email, phone, channel, language, at, confirmed) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    short SET_CONTACT = "update follower set name = ?3, email = ?4, phone = ?5, channel = ?6, language = ?7, confirmed = ?8 \
        where request = ?1 and who = ?2";
    short COUNT = "update follower set seconded = 1 where request = ?1 and who = ?2 and seconded = 0";
    short COUNT_WITH = "update follower set seconded = 1, name = ?3, email = ?4, phone = ?5, channel = ?6, \
        language = ?7, confirmed = ?8 where request = ?1 and who = ?2 and seconded = 0";
    /// Whoever has the address said yes.
    short CONFIRM = "update follower set confirmed = 1 where request = ?1 and who = ?2 and confirmed = 0 \
        and coalesce(email, '') = ?3 and coalesce(phone, '') = ?4";
    /// Nobody said yes: what was given is gone. What stays of somebody who was counted is that they were.
    short DROP = "delete from follower where request = ?1 and who = ?2 and confirmed = 0 and seconded = 0 \
        and reporter = 0";
    short DROP_CONTACT = "update follower set name = null, email = null, phone = null, channel = null, \
        language = null, confirmed = 1 where request = ?1 and who = ?2 and confirmed = 0 and seconded = 1";
    /// So many times in a day may one address be asked, whoever asks.
    short ASK = "insert into follower_asked (address, day, asked) values (?1, ?2, 1) \
        on conflict (address, day) do update set asked = follower_asked.asked + 1 where follower_asked.asked < ?3";
    short FORGET_ASKED = "delete from follower_asked where day < ?1";
    short REMOVE = "delete from follower where request = ?1 and who = ?2";
    /// Everything that a person reported or follows.
    short OF_PERSON = "select request as id from follower where person = ?1 and request > ?2 \
        union select id from request where reporter = ?1 and id > ?2 order by 1 limit ?3";
}

pub async fn one(market: &Market, request: RequestId, who: Who) -> Result<Option<Follower>, StoreError> {
    market.one(ONE, values![request, who]).await
}

/// Those who want to be told, after one of them, in the order of their hashes.
pub async fn told(
    market: &Market,
    request: RequestId,
    after: &[u8],
    limit: i64,
) -> Result<Vec<Follower>, StoreError> {
    market.list(TOLD, values![request, after, limit]).await
}

/// Ids of all requests that a person reported or follows, oldest first.
pub async fn of_person(
    market: &Market,
    person: Id<Person>,
    after: RequestId,
    limit: i64,
) -> Result<Vec<RequestId>, StoreError> {
    let rows: Vec<(RequestId,)> = market.list(OF_PERSON, values![person, after, limit]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub fn add(follower: &Follower) -> Change {
    let contact = &follower.contact;
    ADD.with(values![
        follower.request,
        follower.who,
        follower.person,
        follower.reporter,
        follower.seconded,
        contact.name.as_deref(),
        contact.email.as_deref(),
        contact.phone.as_deref(),
        contact.channel.name(),
        contact.language.as_deref(),
        follower.at,
        follower.confirmed,
    ])
}

pub fn set_contact(request: RequestId, who: Who, contact: &Contact, confirmed: bool) -> Change {
    SET_CONTACT.with(with_contact(request, who, contact, confirmed))
}

/// Said "me too", and is told in this way.
pub fn count_with(request: RequestId, who: Who, contact: &Contact, confirmed: bool) -> Change {
    COUNT_WITH.with(with_contact(request, who, contact, confirmed))
}

fn with_contact(request: RequestId, who: Who, contact: &Contact, confirmed: bool) -> Vec<kernel::Value> {
    values![
        request,
        who,
        contact.name.as_deref(),
        contact.email.as_deref(),
        contact.phone.as_deref(),
        contact.channel.name(),
        contact.language.as_deref(),
        confirmed,
    ]
}

/// Only while they are reached as they were when they were asked.
pub fn confirm(row: &Follower) -> Change {
    let contact = &row.contact;
    let (email, phone) = (contact.email.as_deref(), contact.phone.as_deref());
    CONFIRM.with(values![row.request, row.who, email.unwrap_or_default(), phone.unwrap_or_default()])
}

pub fn drop_unconfirmed(row: &Follower) -> Change {
    let sql = if row.seconded { DROP_CONTACT } else { DROP };
    sql.with(values![row.request, row.who]).any_rows()
}

/// The day of questions, in days of UTC.
pub fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(24 * 3_600)
}

pub fn forget_asked(now: Timestamp) -> Change {
    FORGET_ASKED.with(values![day(now) - limits::ASKED_KEPT_DAYS]).any_rows()
}

/// One question more for an address on a day.
pub fn ask(address: [u8; 16], day: i64) -> Change {
    ASK.with(values![address.to_vec(), day, limits::ASKED_PER_DAY])
}

pub fn count(request: RequestId, who: Who) -> Change {
    COUNT.with(values![request, who])
}

pub fn remove(request: RequestId, who: Who) -> Change {
    REMOVE.with(values![request, who])
}
