use kernel::{Change, values};
use store::{Market, StoreError};

use super::model::{Webhook, WebhookId};
use crate::limits::WEBHOOKS_MAX;

kernel::statements! {
    short ALL = "select id, url, topics, generation, previous_until, failing_since, state, contact, made, version \
        from notify_webhook order by id desc limit ?1";
    short ONE = "select id, url, topics, generation, previous_until, failing_since, state, contact, made, version \
        from notify_webhook where id = ?1";
    short ADD = "insert into notify_webhook \
        (id, url, topics, generation, previous_until, failing_since, state, contact, made, version) \
        values (?1, ?2, ?3, 1, 0, null, 'on', ?4, ?5, 1)";
    short EDIT = "update notify_webhook set url = ?3, topics = ?4, state = ?5, contact = ?6, failing_since = ?7, \
        generation = ?8, previous_until = ?9, version = version + 1 where id = ?1 and version = ?2";
    short REMOVE = "delete from notify_webhook where id = ?1";
    short ANSWERED = "update notify_webhook set failing_since = null where id = ?1 and failing_since is not null";
    short FAILS = "update notify_webhook set failing_since = ?2 where id = ?1 and failing_since is null";
    short DIES = "update notify_webhook set state = 'dead', version = version + 1 where id = ?1 and state = 'on'";
}

/// Newest first.
pub async fn all(market: &Market) -> Result<Vec<Webhook>, StoreError> {
    market.list(ALL, values![WEBHOOKS_MAX]).await
}

pub async fn one(market: &Market, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
    market.one(ONE, values![id]).await
}

/// As it now is, if nobody else changed it meanwhile.
pub fn edit(webhook: &Webhook) -> Change {
    EDIT.with(values![
        webhook.id,
        webhook.version,
        &webhook.url,
        webhook.topics.join(" "),
        webhook.standing.name(),
        webhook.contact.as_ref(),
        webhook.failing_since,
        webhook.generation,
        webhook.previous_until
    ])
}
