use kernel::jiff::Timestamp;
use kernel::{Change, Id, Person, values};
use store::{Market, StoreError};

use super::model::{Referral, Word};

kernel::statements! {
    short GIVE = "insert into referral_word (person, code, brought) values (?1, ?2, ?3)";
    short WORD = "select person, code, brought from referral_word where person = ?1";
    short BY_CODE = "select person, code, brought from referral_word where code = ?1";
    /// The share depends on how many there were: whoever was slower decides again.
    short BROUGHT = "update referral_word set brought = brought + 1 where person = ?1 and brought = ?2";
    short COME = "insert into referral (person, by_person, at) values (?1, ?2, ?3)";
    short ONE = "select person, by_person, rewarded from referral where person = ?1";
    short REWARDED = "update referral set rewarded = ?2 where person = ?1 and rewarded is null";
}

pub async fn word(market: &Market, person: Id<Person>) -> Result<Option<Word>, StoreError> {
    market.one(WORD, values![person]).await
}

pub async fn by_code(market: &Market, code: &str) -> Result<Option<Word>, StoreError> {
    market.one(BY_CODE, values![code]).await
}

pub async fn one(market: &Market, person: Id<Person>) -> Result<Option<Referral>, StoreError> {
    market.one(ONE, values![person]).await
}

pub fn give(word: &Word) -> Change {
    GIVE.with(values![word.person, &word.code, word.brought])
}

pub fn come(referral: &Referral, now: Timestamp) -> Change {
    COME.with(values![referral.person, referral.by, now])
}

pub fn brought(person: Id<Person>, before: u32) -> Change {
    BROUGHT.with(values![person, before])
}

pub fn rewarded(person: Id<Person>, order: i64) -> Change {
    REWARDED.with(values![person, order])
}
