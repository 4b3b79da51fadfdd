use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{Market, StoreError};

use super::model::{Rule, Watched};
use crate::limits;
use crate::request::model::{Request, RequestId};

kernel::statements! {
    /// What is due within a span, and has not been told of all levels of that deadline.
    long WATCHED = "select request.id, request.due, request.category, request.agency, escalated.upto_min \
        from request left join escalated on escalated.request = request.id and escalated.due = request.due \
        where request.closed is null and (request.due, request.id) > (?1, ?2) and request.due <= ?3 \
        and (escalated.upto_min is null or escalated.upto_min < ?4) \
        order by request.due, request.id limit ?5";
    /// Holds the request as it is: whoever closes it or moves its deadline comes before or after.
    short STILL_DUE = "update request set updated = updated where id = ?1 and due = ?2 and closed is null";
    /// Once for each level of a deadline, whoever comes twice.
    short MARK = "insert into escalated (request, due, upto_min) values (?1, ?2, ?3) \
        on conflict (request) do update set due = excluded.due, upto_min = excluded.upto_min \
        where escalated.due <> excluded.due or escalated.upto_min < excluded.upto_min";
    short RULES = "select rules from escalation where id = 1";
    short PUT_RULES = "insert into escalation (id, rules) values (1, ?1) \
        on conflict (id) do update set rules = excluded.rules";
}

pub async fn rules(market: &Market) -> Result<Vec<Rule>, StoreError> {
    match market.one::<(String,)>(RULES, values![]).await? {
        None => Ok(Vec::new()),
        Some((text,)) => serde_json::from_str(&text)
            .map_err(|error| StoreError::Bug(format!("the rules of escalation cannot be read: {error}"))),
    }
}

/// After one deadline and id, up to another deadline, where the highest level is not told yet.
pub async fn watched(
    market: &Market,
    after: (i64, i64),
    upto: Timestamp,
    highest_min: i64,
) -> Result<Vec<Watched>, StoreError> {
    market.list(WATCHED, values![after.0, after.1, upto, highest_min, limits::ESCALATION_PAGE]).await
}

pub async fn request(market: &Market, id: RequestId) -> Result<Option<Request>, StoreError> {
    crate::request::repo::one(market, id).await
}

pub fn still_due(request: RequestId, due: Timestamp) -> Change {
    STILL_DUE.with(values![request, due])
}

pub fn mark(request: RequestId, due: Timestamp, upto_min: i64) -> Change {
    MARK.with(values![request, due, upto_min])
}

pub fn put_rules(rules: &[Rule]) -> Change {
    PUT_RULES.with(values![serde_json::to_string(rules).unwrap_or_else(|_| "[]".to_owned())])
}
