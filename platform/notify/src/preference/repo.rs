use kernel::values;
use store::{Market, Query, StoreError};

use super::model::{Choice, Owner};
use crate::limits::CHOICES_MAX;

kernel::statements! {
    short OF = "select topic, channel, allowed from notify_choice where owner = ?1 order by topic, channel limit ?2";
    short SET = "insert into notify_choice (owner, topic, channel, allowed, at) values (?1, ?2, ?3, ?4, ?5) \
        on conflict (owner, topic, channel) do update set allowed = excluded.allowed, at = excluded.at";
    short REMOVE = "delete from notify_choice where owner = ?1 and topic = ?2 and channel = ?3";
    long CLEAR = "delete from notify_choice where owner = ?1";
    short LANGUAGE = "select language from notify_language where owner = ?1";
    short SET_LANGUAGE = "insert into notify_language (owner, language, at) values (?1, ?2, ?3) \
        on conflict (owner) do update set language = excluded.language, at = excluded.at";
    short CLEAR_LANGUAGE = "delete from notify_language where owner = ?1";
}

pub fn choices(owner: Owner) -> Query {
    Query { sql: OF, params: values![owner.key(), CHOICES_MAX] }
}

pub fn language(owner: Owner) -> Query {
    Query { sql: LANGUAGE, params: values![owner.key()] }
}

pub async fn of(market: &Market, owner: Owner) -> Result<(Vec<Choice>, Option<String>), StoreError> {
    let found = market.snapshot(vec![choices(owner), language(owner)]).await?;
    let [choices, language] = &found[..] else { return Ok((Vec::new(), None)) };
    Ok((choices.list()?, language.one::<(String,)>()?.map(|(language,)| language)))
}
