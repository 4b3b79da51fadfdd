//! How people are written to, in their language: those who work for a tenant by e-mail, others where they
//! sign in.

use kernel::{Id, values};
use store::{FromRow, Market, Row, StoreError};
use web::Scope;

use crate::role::model::place;

kernel::statements! {
    short MAIL_OF = "select p.id, c.address, p.language from person p join contact c on c.person = p.id \
         where p.id = ?1 and c.address like '%@%' order by c.address limit 1";
    short CONTACT_OF = "select p.id, c.address, p.language from person p join contact c on c.person = p.id \
         where p.id = ?1 order by case when c.address like '%@%' then 0 else 1 end, c.address limit 1";
    short HAS = "select person from contact where address = ?1 and person = ?2";
    long HELD_AT = "select person, role from held_role where place = ?1 and place_id = ?2 order by id limit ?3";
    long MAIL_OF_MANAGERS = "select p.id, c.address, p.language from held_role h \
         join person p on p.id = h.person join contact c on c.person = h.person \
         where h.place = ?1 and h.place_id = ?2 and h.role in ('manager', 'owner') and c.address like '%@%' \
         order by h.id, c.address limit ?3";
}

/// Managers of one place who are written to at once.
const MANAGERS_MAX: i64 = 50;

/// Somebody, and where they read mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub person: Id<kernel::Person>,
    pub address: String,
    pub language: String,
}

/// An address must not reach a log by way of a debug form.
impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mailbox({}, …)", self.person)
    }
}

impl FromRow for Mailbox {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self { person: row.get(0)?, address: row.get(1)?, language: row.get(2)? })
    }
}

/// Nothing for whoever is unknown, or has no e-mail address.
pub async fn mailbox_of(home: &Market, person: Id<kernel::Person>) -> Result<Option<Mailbox>, StoreError> {
    home.one(MAIL_OF, values![person]).await
}

/// A mailbox, or else a telephone. Nothing for whoever is unknown.
pub async fn contact_of(home: &Market, person: Id<kernel::Person>) -> Result<Option<Mailbox>, StoreError> {
    home.one(CONTACT_OF, values![person]).await
}

/// Whether a person signs in with an address, which they have shown to be theirs.
pub async fn is_address_of(
    home: &Market,
    person: Id<kernel::Person>,
    address: &str,
) -> Result<bool, StoreError> {
    let found: Option<(Id<kernel::Person>,)> = home.one(HAS, values![address, person]).await?;
    Ok(found.is_some())
}

/// Those who have a role in a place by itself, as far as this many.
pub async fn held_at(home: &Market, scope: Scope, limit: i64) -> Result<Vec<Id<kernel::Person>>, StoreError> {
    let (place, id) = place(scope);
    let rows: Vec<(Id<kernel::Person>, String)> = home.list(HELD_AT, values![place, id, limit]).await?;
    Ok(rows.into_iter().map(|(person, _)| person).collect())
}

/// Whoever manages a place; of several addresses of one person the first.
pub async fn mailboxes_of_managers(home: &Market, scope: Scope) -> Result<Vec<Mailbox>, StoreError> {
    let (place, id) = place(scope);
    let found: Vec<Mailbox> = home.list(MAIL_OF_MANAGERS, values![place, id, MANAGERS_MAX]).await?;
    let mut boxes: Vec<Mailbox> = Vec::new();
    for one in found {
        if boxes.iter().all(|other| other.person != one.person) {
            boxes.push(one);
        }
    }
    Ok(boxes)
}
