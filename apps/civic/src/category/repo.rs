use kernel::{Change, values};
use store::{Market, StoreError};

use super::model::{Category, CategoryView};
use crate::limits;

kernel::statements! {
    short ONE = "select code, name, open from category where code = ?1";
    short PUT = "insert into category (code, name, open) values (?1, ?2, ?3) \
        on conflict (code) do update set name = excluded.name, open = excluded.open";
    short OPEN_WITH_COUNTS = "select category.code, category.name, coalesce(category_count.requests, 0) \
        from category left join category_count on category_count.category = category.code \
        where category.open = 1 order by category.code limit ?1";
    short ADD = "insert into category_count (category, requests) values (?1, ?2) \
        on conflict (category) do update set requests = category_count.requests + excluded.requests";
}

pub async fn one(market: &Market, code: &str) -> Result<Option<Category>, StoreError> {
    market.one(ONE, values![code]).await
}

pub async fn open_with_counts(market: &Market) -> Result<Vec<CategoryView>, StoreError> {
    market.list(OPEN_WITH_COUNTS, values![limits::CATEGORIES_MAX as i64]).await
}

pub fn put(category: &Category) -> Change {
    PUT.with(values![&category.code, &category.name, category.open])
}

pub fn add(category: &str, more: i64) -> Change {
    ADD.with(values![category, more])
}
