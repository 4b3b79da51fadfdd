use kernel::{Change, values};
use store::{Market, Query, StoreError};

use super::model::{Import, ImportId};
use crate::limits;
use crate::request::model::RequestId;

macro_rules! columns {
    () => {
        "id, source, name, done, total, lines, added, known, rejected, at, updated"
    };
}

kernel::statements! {
    short BY_SOURCE = concat!("select ", columns!(), " \
        from import_file where source = ?1");
    short LATEST = concat!("select ", columns!(), " \
        from import_file where id < ?1 order by id desc limit ?2");
    short ADD = concat!("insert into import_file (", columns!(), ") \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    /// Only from where whoever made the batch saw it: nobody else loads the same meanwhile.
    short ADVANCE = "update import_file set done = ?3, lines = ?4, added = ?5, known = ?6, rejected = ?7, \
        updated = ?8 where id = ?1 and done = ?2";
    /// Which of these keys are taken; unused places repeat one of the others.
    short KEYS = "select key from import_key where key in (\
        ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, \
        ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40, ?41, ?42, \
        ?43, ?44, ?45, ?46, ?47, ?48, ?49, ?50) limit 50";
    short ADD_KEY = "insert into import_key (key, request) values (?1, ?2)";
}

/// As many as `KEYS` asks for.
const KEYS_AT_ONCE: usize = 50;

pub async fn by_source(market: &Market, source: &[u8]) -> Result<Option<Import>, StoreError> {
    market.one(BY_SOURCE, values![source]).await
}

/// Newest first, one more than a page.
pub async fn latest(market: &Market, before: ImportId, limit: u16) -> Result<Vec<Import>, StoreError> {
    market.list(LATEST, values![before, i64::from(limit) + 1]).await
}

/// Which of these keys are there already.
pub async fn known(market: &Market, keys: &[&str]) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for some in keys.chunks(KEYS_AT_ONCE * limits::KEY_QUERIES_AT_ONCE) {
        let query = |keys: &[&str]| {
            let places = keys.iter().chain(std::iter::repeat(&keys[0])).take(KEYS_AT_ONCE);
            Query { sql: KEYS, params: places.map(|key| kernel::Value::from(*key)).collect() }
        };
        for rows in market.snapshot(some.chunks(KEYS_AT_ONCE).map(query).collect()).await? {
            found.extend(rows.list::<(String,)>()?.into_iter().map(|(key,)| key));
        }
    }
    Ok(found)
}

pub fn add(import: &Import) -> Change {
    ADD.with(values![
        import.id,
        &import.source[..],
        &import.name,
        import.done,
        import.total,
        import.lines,
        import.added,
        import.known,
        import.rejected,
        import.at,
        import.updated,
    ])
}

pub fn advance(before: &Import, after: &Import) -> Change {
    ADVANCE.with(values![
        before.id,
        before.done,
        after.done,
        after.lines,
        after.added,
        after.known,
        after.rejected,
        after.updated,
    ])
}

pub fn add_key(key: &str, request: RequestId) -> Change {
    ADD_KEY.with(values![key, request])
}
