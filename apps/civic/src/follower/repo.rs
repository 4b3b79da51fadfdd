use kernel::{Change, Id, Person, values};
use store::{Market, StoreError};

use super::keys::Who;
use super::model::{Contact, Follower};
use crate::request::model::RequestId;

kernel::statements! {
    short ONE = "select request, who, person, reporter, seconded, name, email, phone, channel, language, at \
        from follower where request = ?1 and who = ?2";
    /// Those who want to be told.
    short TOLD = "select request, who, person, reporter, seconded, name, email, phone, channel, language, at \
        from follower where request = ?1 and who > ?2 and channel is not null order by who limit ?3";
    short ADD = "insert into follower \
        (request, who, person, reporter, seconded, name, email, phone, channel, language, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    short SET_CONTACT = "update follower set name = ?3, email = ?4, phone = ?5, channel = ?6, language = ?7 \
        where request = ?1 and who = ?2";
    short COUNT = "update follower set seconded = 1 where request = ?1 and who = ?2 and seconded = 0";
    short COUNT_WITH = "update follower set seconded = 1, name = ?3, email = ?4, phone = ?5, channel = ?6, \
        language = ?7 where request = ?1 and who = ?2 and seconded = 0";
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
    ])
}

pub fn set_contact(request: RequestId, who: Who, contact: &Contact) -> Change {
    SET_CONTACT.with(with_contact(request, who, contact))
}

/// Said "me too", and is told in this way.
pub fn count_with(request: RequestId, who: Who, contact: &Contact) -> Change {
    COUNT_WITH.with(with_contact(request, who, contact))
}

fn with_contact(request: RequestId, who: Who, contact: &Contact) -> Vec<kernel::Value> {
    values![
        request,
        who,
        contact.name.as_deref(),
        contact.email.as_deref(),
        contact.phone.as_deref(),
        contact.channel.name(),
        contact.language.as_deref(),
    ]
}

pub fn count(request: RequestId, who: Who) -> Change {
    COUNT.with(values![request, who])
}

pub fn remove(request: RequestId, who: Who) -> Change {
    REMOVE.with(values![request, who])
}
