use kernel::{Change, values};
use store::{Market, StoreError};

use super::model::{Category, CategoryView};
use crate::limits;

kernel::statements! {
    short ONE = "select code, name, open, kin, about, keywords, questions, due_min, notice, place \
        from category where code = ?1";
    long ALL = "select code, name, open, kin, about, keywords, questions, due_min, notice, place \
        from category order by place, code limit ?1";
    short PUT = "insert into category \
        (code, name, open, kin, about, keywords, questions, due_min, notice, place) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
        on conflict (code) do update set name = excluded.name, open = excluded.open, kin = excluded.kin, \
        about = excluded.about, keywords = excluded.keywords, questions = excluded.questions, \
        due_min = excluded.due_min, notice = excluded.notice, place = excluded.place";
    short OPEN_WITH_COUNTS = "select category.code, category.name, category.kin, category.about, \
        category.keywords, category.notice, case when category.questions is null then 0 else 1 end, \
        coalesce(category_count.requests, 0) \
        from category left join category_count on category_count.category = category.code \
        where category.open = 1 order by category.place, category.code limit ?1";
    short ADD = "insert into category_count (category, requests) values (?1, ?2) \
        on conflict (category) do update set requests = category_count.requests + excluded.requests";
    long CLEAR_COUNTS = "delete from category_count";
}

pub async fn one(market: &Market, code: &str) -> Result<Option<Category>, StoreError> {
    market.one(ONE, values![code]).await
}

/// Closed ones too.
pub async fn all(market: &Market) -> Result<Vec<Category>, StoreError> {
    market.list(ALL, values![limits::CATEGORIES_KEPT_MAX as i64]).await
}

pub async fn open_with_counts(market: &Market) -> Result<Vec<CategoryView>, StoreError> {
    market.list(OPEN_WITH_COUNTS, values![limits::CATEGORIES_MAX as i64]).await
}

pub fn clear_counts() -> Change {
    CLEAR_COUNTS.with(values![]).any_rows()
}

pub fn put(category: &Category) -> Change {
    // Questions are plain data of ours: writing them as JSON cannot fail.
    let questions = match category.questions.is_empty() {
        true => None,
        false => serde_json::to_string(&category.questions).ok(),
    };
    PUT.with(values![
        &category.code,
        &category.name,
        category.open,
        category.kin.as_deref(),
        category.about.as_deref(),
        category.keywords.as_deref(),
        questions,
        category.due_min,
        category.notice.as_deref(),
        category.place,
    ])
}

pub fn add(category: &str, more: i64) -> Change {
    ADD.with(values![category, more])
}
