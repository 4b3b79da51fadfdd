use kernel::jiff::Timestamp;
use kernel::{Change, values};
use store::{Market, Query, StoreError};

use super::model::{Product, ProductId, Shelved};
use crate::store::StoreId;
use crate::{limits, stored};

macro_rules! columns {
    () => {
        "p.id, p.store, p.sku, p.name, p.about, p.section, p.place, p.price, p.vat_bp, p.options, p.photo, \
         p.state, p.hours, p.each_max, p.stock_id, p.at, p.updated, p.version"
    };
}
macro_rules! shelved {
    () => {
        concat!(
            "select ",
            columns!(),
            ", s.on_hand - s.reserved from delivery_product p \
             left join delivery_stock s on s.id = p.stock_id "
        )
    };
}

kernel::statements! {
    short ONE = concat!("select ", columns!(), " from delivery_product p where p.id = ?1");
    short SHELVED = concat!(shelved!(), "where p.id = ?1");
    long PAGE = concat!(shelved!(),
        "where p.store = ?1 and (p.place, p.id) > (?2, ?3) order by p.place, p.id limit ?4");
    long MENU = concat!(shelved!(), "where p.store = ?1 and (p.place, p.id) > (?2, ?3) \
        and p.state <> 'hidden' order by p.place, p.id limit ?4");
    short BY_SKU = concat!("select ", columns!(), " from delivery_product p where p.store = ?1 and p.sku = ?2");
    long HOW_MANY = "select count(*) from delivery_product where store = ?1";
    long NAMES = "select id, name, price from delivery_product where store = ?1 and state <> 'hidden' \
        and id > ?2 order by id limit ?3";
    short ADD = "insert into delivery_product (id, store, sku, name, about, section, place, price, vat_bp, \
        options, photo, state, hours, each_max, stock_id, at, updated, version) \
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?16, 1)";
    short SET = "update delivery_product set sku = ?3, name = ?4, about = ?5, section = ?6, place = ?7, \
        price = ?8, vat_bp = ?9, options = ?10, state = ?11, hours = ?12, each_max = ?13, stock_id = ?14, \
        updated = ?15, version = version + 1 where id = ?1 and version = ?2";
    short SET_PHOTO = "update delivery_product set photo = ?3, updated = ?4, version = version + 1 \
        where id = ?1 and version = ?2";
    short REMOVE = "delete from delivery_product where id = ?1 and version = ?2";
}

pub async fn one(market: &Market, id: ProductId) -> Result<Option<Product>, StoreError> {
    market.one(ONE, values![id]).await
}

pub async fn shelved(market: &Market, id: ProductId) -> Result<Option<Shelved>, StoreError> {
    market.one(SHELVED, values![id]).await
}

/// Each of these in its place, with how many are left, over one state of the market and in one round trip.
pub async fn many(market: &Market, ids: &[ProductId]) -> Result<Vec<Option<Shelved>>, StoreError> {
    let queries = ids.iter().map(|id| Query { sql: SHELVED, params: values![*id] }).collect();
    let found = market.lists::<Shelved>(queries).await?;
    Ok(found.into_iter().map(|rows| rows.into_iter().next()).collect())
}

/// In the order of the menu, hidden ones too, one more than was asked for.
pub async fn page(
    market: &Market,
    store: StoreId,
    (place, id): (i64, i64),
    limit: usize,
) -> Result<Vec<Shelved>, StoreError> {
    market.list(PAGE, values![store, place, id, limit as i64 + 1]).await
}

/// The same without those that are hidden.
pub async fn menu(
    market: &Market,
    store: StoreId,
    (place, id): (i64, i64),
    limit: usize,
) -> Result<Vec<Shelved>, StoreError> {
    market.list(MENU, values![store, place, id, limit as i64 + 1]).await
}

pub async fn by_sku(market: &Market, store: StoreId, sku: &str) -> Result<Option<Product>, StoreError> {
    market.one(BY_SKU, values![store, sku]).await
}

/// The products of a store that have these numbers, in one round trip.
pub async fn by_skus(market: &Market, store: StoreId, skus: &[&str]) -> Result<Vec<Product>, StoreError> {
    let queries = skus.iter().map(|sku| Query { sql: BY_SKU, params: values![store, *sku] }).collect();
    Ok(market.lists::<Product>(queries).await?.into_iter().flatten().collect())
}

pub async fn how_many(market: &Market, store: StoreId) -> Result<i64, StoreError> {
    Ok(market.one::<(i64,)>(HOW_MANY, values![store]).await?.map_or(0, |(count,)| count))
}

/// Names and prices of some of what is not hidden, in the order of their ids.
pub async fn names(
    market: &Market,
    store: StoreId,
    after: i64,
) -> Result<Vec<(ProductId, String, i64)>, StoreError> {
    market.list(NAMES, values![store, after, limits::PRODUCTS_READ_AT_ONCE as i64]).await
}

pub fn add(product: &Product) -> Change {
    ADD.with(values![
        product.id,
        product.store,
        product.sku.as_deref(),
        &product.name,
        product.about.as_deref(),
        &product.section,
        product.place,
        product.price,
        product.vat_bp,
        stored::to_text(&product.options),
        product.photo.as_deref(),
        product.state.name(),
        product.hours.as_ref().map(stored::to_text),
        product.each_max,
        product.stock,
        product.at,
    ])
}

/// All that a merchant says of it; `after` holds the version that was read.
pub fn set(after: &Product, now: Timestamp) -> Change {
    SET.with(values![
        after.id,
        after.version,
        after.sku.as_deref(),
        &after.name,
        after.about.as_deref(),
        &after.section,
        after.place,
        after.price,
        after.vat_bp,
        stored::to_text(&after.options),
        after.state.name(),
        after.hours.as_ref().map(stored::to_text),
        after.each_max,
        after.stock,
        now,
    ])
}

pub fn set_photo(product: &Product, photo: Option<&str>, now: Timestamp) -> Change {
    SET_PHOTO.with(values![product.id, product.version, photo, now])
}

pub fn remove(product: &Product) -> Change {
    REMOVE.with(values![product.id, product.version])
}
