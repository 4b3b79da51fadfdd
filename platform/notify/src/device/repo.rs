use kernel::{Id, Person, values};
use store::{Market, StoreError};

use super::model::Device;
use crate::limits::DEVICES_MAX;

kernel::statements! {
    short OF = "select id, platform, seen from notify_device where person = ?1 order by seen limit ?2";
    short TOKENS = "select token from notify_device where person = ?1 order by id limit ?2";
    short BY_TOKEN = "select id, platform, seen from notify_device where token = ?1";
    short ADD = "insert into notify_device (id, person, token, platform, seen) values (?1, ?2, ?3, ?4, ?5)";
    /// Whoever signs in on a device takes it over.
    short TAKE_OVER = "update notify_device set person = ?2, platform = ?3, seen = ?4 where id = ?1";
    short REMOVE = "delete from notify_device where id = ?1 and person = ?2";
    short FORGET_TOKEN = "delete from notify_device where token = ?1";
    short FORGET = "delete from notify_device where person = ?1";
}

pub async fn of(market: &Market, person: Id<Person>) -> Result<Vec<Device>, StoreError> {
    market.list(OF, values![person, DEVICES_MAX]).await
}

/// Where push messages to a person go.
pub async fn tokens(market: &Market, person: Id<Person>) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = market.list(TOKENS, values![person, DEVICES_MAX]).await?;
    Ok(rows.into_iter().map(|(token,)| token).collect())
}
