use kernel::jiff::Timestamp;
use kernel::{Actor, Id, Person, Refusal};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Call, Endpoint, May, Page, PageQuery, Query, Role, get};

use super::chain::Entry;
use super::repo;

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/v1/audit", audit_list)
            .says("Lists what staff did, latest first, with the hash that ties each entry to the one before it.")
            .may(May::Role(Role::Owner))
            .scope("audit"),
    ]
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EntryView {
    /// From 1 on, without a gap.
    pub number: i64,
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    pub what: String,
    /// Who did it; none for a program.
    pub person: Option<Id<Person>>,
    /// The API key's id, where a program did it.
    pub key: Option<i64>,
    /// What it was done to: a request, an agency, a version of the rules.
    pub subject: i64,
    /// What was done, as JSON.
    pub body: String,
    /// 64 hexadecimal digits.
    pub hash: String,
}

impl From<Entry> for EntryView {
    fn from(it: Entry) -> Self {
        let (person, key) = match Actor::from_raw(it.actor) {
            Actor::Person(id) => (Some(id), None),
            Actor::Key(key) => (None, Some(key)),
            Actor::System | Actor::Anonymous => (None, None),
        };
        Self {
            number: it.n,
            at: it.at,
            what: it.name,
            person,
            key,
            subject: it.subject,
            body: it.body,
            hash: blake3::Hash::from_bytes(it.hash).to_hex().to_string(),
        }
    }
}

async fn audit_list(call: Call, Query(page): Query<PageQuery>) -> Result<Answer<Page<EntryView>>, Refusal> {
    let [before] = page.from([i64::MAX])?;
    let rows = repo::before(call.market(), before, page.limit()).await?;
    Answer::ok(&Page::of(rows, page.limit(), |it: &Entry| [it.n]))
}
