use kernel::{Currency, Money};
use media::PictureView;
use schemars::JsonSchema;
use serde::Serialize;

use super::model::{Product, ProductId, Shelved, State};
use super::options::{self, OptionGroup};
use super::stock::StockId;
use crate::hours::WeekText;
use crate::limits;

/// A product, as its merchant sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OwnProduct {
    pub id: ProductId,
    pub sku: Option<String>,
    pub name: String,
    pub about: Option<String>,
    pub section: String,
    pub place: u32,
    pub price: Money,
    pub vat_bp: u16,
    pub options: Vec<OptionGroup<Money>>,
    pub state: State,
    pub hours: Option<WeekText>,
    pub each_max: u16,
    pub has_photo: bool,
    /// Where it is counted; products with the same are counted together.
    pub stock: Option<StockId>,
    /// How many can be had, if it is counted and that was asked for.
    pub available: Option<i64>,
    pub version: i64,
}

/// A product on the menu.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MenuItem {
    pub id: ProductId,
    pub name: String,
    pub about: Option<String>,
    pub price: Money,
    pub vat_bp: u16,
    pub options: Vec<OptionGroup<Money>>,
    /// Whether it can be had now, as far as the store is open.
    pub is_available: bool,
    /// How many are left, where they are few.
    pub left: Option<i64>,
    pub each_max: u16,
    pub photo: Option<PictureView>,
}

impl OwnProduct {
    pub fn of(product: Product, left: Option<i64>, currency: Currency) -> Self {
        Self {
            price: product.price(currency),
            options: options::to_money(&product.options, currency),
            hours: product.hours.as_ref().map(|week| week.to_text()),
            has_photo: product.photo.is_some(),
            id: product.id,
            sku: product.sku,
            name: product.name,
            about: product.about,
            section: product.section,
            place: product.place,
            vat_bp: product.vat_bp,
            state: product.state,
            each_max: product.each_max,
            stock: product.stock,
            available: left,
            version: product.version,
        }
    }
}

impl MenuItem {
    /// `is_offered`: it is on the menu at this time of the day.
    pub fn of(shelved: Shelved, is_offered: bool, currency: Currency, photo: Option<PictureView>) -> Self {
        let Shelved { product, left } = shelved;
        Self {
            price: product.price(currency),
            options: options::to_money(&product.options, currency),
            is_available: is_offered && left.is_none_or(|left| left > 0),
            left: left.filter(|left| *left <= limits::FEW_LEFT),
            id: product.id,
            name: product.name,
            about: product.about,
            vat_bp: product.vat_bp,
            each_max: product.each_max,
            photo,
        }
    }
}
