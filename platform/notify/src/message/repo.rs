use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{Market, StoreError};

use super::model::{Message, MessageId};
use crate::provider::Outcome;

kernel::statements! {
    short ADD = "insert into notify_message \
        (id, cause, template, topic, channel, language, urgent, person, arguments, state, rounds, attempts, at, started, due, expires, about) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'queued', 0, 0, ?10, 0, ?11, ?12, ?13) on conflict do nothing";
    short ADD_ADDRESS = "insert into notify_address (cause, address) values (?1, ?2) on conflict do nothing";
    short BY_CAUSE = "select m.id, m.cause, m.template, m.topic, m.channel, m.language, m.urgent, m.person, m.arguments, \
        m.state, m.provider, m.reference, m.rounds, m.attempts, m.at, m.started, m.due, m.expires, m.error, a.address \
        from notify_message m left join notify_address a on a.cause = m.cause where m.cause = ?1";
    short ONE = "select m.id, m.cause, m.template, m.topic, m.channel, m.language, m.urgent, m.person, m.arguments, \
        m.state, m.provider, m.reference, m.rounds, m.attempts, m.at, m.started, m.due, m.expires, m.error, cast(null as text) \
        from notify_message m where m.id = ?1";
    short PAGE = "select m.id, m.cause, m.template, m.topic, m.channel, m.language, m.urgent, m.person, m.arguments, \
        m.state, m.provider, m.reference, m.rounds, m.attempts, m.at, m.started, m.due, m.expires, m.error, cast(null as text) \
        from notify_message m where m.id < ?1 order by m.id desc limit ?2";
    short PAGE_IN_STATE = "select m.id, m.cause, m.template, m.topic, m.channel, m.language, m.urgent, m.person, m.arguments, \
        m.state, m.provider, m.reference, m.rounds, m.attempts, m.at, m.started, m.due, m.expires, m.error, cast(null as text) \
        from notify_message m where m.state = ?3 and m.id < ?1 order by m.id desc limit ?2";
    /// Only from the state that was read: of two workers one is too late.
    short BEGIN = "update notify_message set state = 'sending', provider = ?3, attempts = attempts + 1, \
        rounds = ?4, started = ?5, hash = ?6, error = null \
        where id = ?1 and attempts = ?2 and state in ('queued', 'sending')";
    short END = "update notify_message set state = ?3, provider = ?4, reference = ?5, due = ?6, error = ?7 \
        where id = ?1 and attempts = ?2 and state = 'sending'";
    short PUT_OFF = "update notify_message set state = ?3, due = ?4, error = ?5 \
        where id = ?1 and attempts = ?2 and state in ('queued', 'sending')";
    short CANCEL = "update notify_message set state = 'cancelled', error = ?2 where id = ?1 and state = 'queued'";
    short LOG = "insert into notify_delivery (id, message, attempt, provider, outcome, detail, at) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    short ATTEMPTS = "select attempt, provider, outcome, detail, at from notify_delivery \
        where message = ?1 order by id desc limit ?2";
    short RECENT = "select started from notify_message where hash = ?1 and started > ?2 and id <> ?4 order by started desc limit ?3";
    short BY_REFERENCE = "select channel, hash from notify_message where reference = ?1 and provider = ?2 limit 1";

    /// Waiting ones that are late, and ones on the wire that are not coming back: one page each.
    long LATE = "select cause, id from notify_message where state = 'queued' and due < ?1 order by due limit ?2";
    long STUCK = "select cause, id from notify_message where state = 'sending' and due < ?1 and started < ?1 order by due limit ?2";
    /// When what still waits is due, and whether anything is on the wire.
    short NEXT = "select due, id from notify_message where state = ?1 order by due limit 1";
    long OLD_ADDRESSES = "delete from notify_address where cause in \
        (select cause from notify_message where id <= ?1 and state not in ('queued', 'sending') order by id limit ?2)";
    long OLD_ATTEMPTS = "delete from notify_delivery where message in \
        (select id from notify_message where id <= ?1 and state not in ('queued', 'sending') order by id limit ?2)";
    long OLD_OUTBOX = "delete from notify_outbox where id in \
        (select id from notify_message where id <= ?1 and state not in ('queued', 'sending') order by id limit ?2)";
    long OLD_MESSAGES = "delete from notify_message where id in \
        (select id from notify_message where id <= ?1 and state not in ('queued', 'sending') order by id limit ?2)";
    long LAST_OLD = "select id, at from notify_message where id > ?1 and state not in ('queued', 'sending') order by id limit ?2";

    /// All that is about one thing to one recipient. None reads what another writes.
    short FORGET_WORDS_ABOUT = "update notify_message set arguments = '{}', person = null where about = ?1";
    short FORGET_ADDRESSES_ABOUT = "delete from notify_address where cause in (select cause from notify_message where about = ?1)";
    short FORGET_OUTBOX_ABOUT = "delete from notify_outbox where id in (select id from notify_message where about = ?1)";

    /// All of a person's messages: what they said and to whom.
    long FORGET_WORDS = "update notify_message set arguments = '{}', person = null where person = ?1";
    long FORGET_ADDRESSES = "delete from notify_address where cause in (select cause from notify_message where person = ?1)";
    long FORGET_OUTBOX = "delete from notify_outbox where id in (select id from notify_message where person = ?1)";
}

pub async fn by_cause(market: &Market, cause: &str) -> Result<Option<Message>, StoreError> {
    market.one(BY_CAUSE, values![cause]).await
}

pub async fn one(market: &Market, id: MessageId) -> Result<Option<Message>, StoreError> {
    market.one(ONE, values![id]).await
}

/// One line of the log.
pub fn log(
    id: i64,
    message: &Message,
    attempt: i64,
    provider: &str,
    outcome: &Outcome,
    at: Timestamp,
) -> Change {
    let detail = outcome.error().map(str::to_owned);
    LOG.with(values![id, message.id, attempt, provider, outcome.name(), detail, at])
}
