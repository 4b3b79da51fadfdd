use kernel::text::{self, Lines};
use kernel::{Ctx, Currency, Decision, Fault, Money, NewEvent, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::{NewProduct, Product, ProductId, State, amount_fault};
use super::stock::repo as stocks;
use super::{options, repo};
use crate::hours::Week;
use crate::limits;
use crate::store::{self, Store, StoreId};

pub const MENU_CHANGED: &str = "menu.changed";

/// What followers of `menu.changed` learn; its subject is the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuChanged {
    pub store: StoreId,
    /// The product, if it was one alone.
    pub product: Option<ProductId>,
}

/// What a merchant changes in passing. What is not named stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Patch {
    pub price: Option<Money>,
    pub state: Option<State>,
    /// So many can be had now.
    #[schemars(range(max = 1000000000))]
    pub available: Option<u32>,
    /// So many came in; fewer than none were found missing.
    #[schemars(range(min = -1000000, max = 1000000))]
    pub add: Option<i64>,
}

/// What a decision on a product stands on.
pub struct Shelf<'a> {
    pub store: &'a Store,
    pub currency: Currency,
    /// The product that it is counted with, if one is named and there.
    pub counted_with: Option<&'a Product>,
}

/// A new product; `others` are those that the store has.
pub fn add(
    new: &NewProduct,
    others: i64,
    shelf: &Shelf<'_>,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Product), Refusal> {
    if others >= limits::PRODUCTS_PER_STORE_MAX as i64 {
        let message = format!("A store has at most {} products.", limits::PRODUCTS_PER_STORE_MAX);
        return Err(Refusal::conflict("too_many_products", message));
    }
    let bare = Product {
        id: ctx.fresh(),
        store: shelf.store.id,
        sku: None,
        name: String::new(),
        about: None,
        section: String::new(),
        place: 0,
        price: 0,
        vat_bp: 0,
        options: Vec::new(),
        photo: None,
        state: State::Active,
        hours: None,
        each_max: limits::EACH_MAX,
        stock: None,
        at: ctx.now,
        updated: ctx.now,
        version: 1,
    };
    let product = said(bare, new, shelf)?;
    let (counted, product) = count(product, new, shelf, ctx);
    let decision = Decision::nothing().change(repo::add(&product)).and(counted);
    Ok((decision.and(menu_changed(product.store, Some(product.id))), product))
}

/// All that a merchant says of a product becomes this.
pub fn set(
    before: &Product,
    new: &NewProduct,
    shelf: &Shelf<'_>,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Product), Refusal> {
    let after = said(before.clone(), new, shelf)?;
    let (counted, after) = count(after, new, shelf, ctx);
    if after == *before && counted.is_nothing() {
        return Ok((counted, after));
    }
    let decision = Decision::nothing().change(repo::set(&after, ctx.now)).and(counted);
    let after = Product { updated: ctx.now, version: before.version + 1, ..after };
    Ok((decision.and(menu_changed(after.store, Some(after.id))), after))
}

/// Price and state are versioned; counts are moved without anybody having read them, and without a word to
/// those who keep the menu: it is read with its counts.
pub fn patch(
    before: &Product,
    patch: &Patch,
    currency: Currency,
    ctx: &Ctx<'_>,
) -> Result<(Decision, Product), Refusal> {
    let mut faults: Vec<Fault> =
        patch.price.and_then(|price| amount_fault("/price", Some(price), currency)).into_iter().collect();
    if patch.available.is_some() && patch.add.is_some() {
        faults.push(Fault::new("/add", "one_of_two", "Give either available or add."));
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let after = Product {
        price: patch.price.map_or(before.price, |price| price.minor()),
        state: patch.state.unwrap_or(before.state),
        ..before.clone()
    };
    let counted = moved(before, patch)?;
    if after == *before {
        return Ok((counted, after));
    }
    let decision = counted.change(repo::set(&after, ctx.now));
    let after = Product { updated: ctx.now, version: before.version + 1, ..after };
    Ok((decision.and(menu_changed(after.store, Some(after.id))), after))
}

fn moved(product: &Product, patch: &Patch) -> Result<Decision, Refusal> {
    let change = match (product.stock, patch.available, patch.add) {
        (_, None, None) => return Ok(Decision::nothing()),
        (None, ..) => {
            let message = "This product is not counted. Say first how many there are.";
            return Err(Refusal::conflict("not_counted", message));
        }
        (Some(stock), Some(available), _) => stocks::set_available(stock, available),
        (Some(stock), None, add) => {
            let message = "So many are not there that nobody has reserved.";
            let refusal = Refusal::conflict("not_enough", message);
            stocks::move_by(stock, add.unwrap_or_default()).or_refuse(refusal)
        }
    };
    Ok(Decision::nothing().change(change))
}

pub fn set_photo(before: &Product, photo: Option<String>, ctx: &Ctx<'_>) -> (Decision, Product) {
    if before.photo == photo {
        return (Decision::nothing(), before.clone());
    }
    let change = repo::set_photo(before, photo.as_deref(), ctx.now);
    let after = Product { photo, updated: ctx.now, version: before.version + 1, ..before.clone() };
    (Decision::nothing().change(change).and(menu_changed(after.store, Some(after.id))), after)
}

/// Orders keep what they need to know of it. Its count stays: another product may be counted with it.
pub fn remove(product: &Product) -> Decision {
    Decision::nothing().change(repo::remove(product)).and(menu_changed(product.store, Some(product.id)))
}

/// Whoever keeps the menu in memory reads it anew.
pub fn menu_changed(store: StoreId, product: Option<ProductId>) -> Decision {
    let event = NewEvent::new(MENU_CHANGED, store, &MenuChanged { store, product });
    let decision = Decision::nothing().change(store::repo::menu_changed(store));
    decision.change(store::repo::changed()).event(event)
}

/// Where it is counted: with another, in a count of its own, or nowhere.
fn count(product: Product, new: &NewProduct, shelf: &Shelf<'_>, ctx: &Ctx<'_>) -> (Decision, Product) {
    if let Some(other) = shelf.counted_with {
        return (Decision::nothing(), Product { stock: other.stock, ..product });
    }
    match (new.available, product.stock) {
        (None, _) => (Decision::nothing(), Product { stock: None, ..product }),
        (Some(available), Some(stock)) => {
            (Decision::nothing().change(stocks::set_available(stock, available)), product)
        }
        (Some(available), None) => {
            let stock = ctx.fresh();
            let added = Decision::nothing().change(stocks::add(stock, product.store, available));
            (added, Product { stock: Some(stock), ..product })
        }
    }
}

/// The product as it is with what is said of it, or everything that is wrong with that.
pub(crate) fn said(product: Product, new: &NewProduct, shelf: &Shelf<'_>) -> Result<Product, Refusal> {
    let mut faults = Vec::new();
    let mut tidy = |field: &str, value: &str, lines| {
        if lines == Lines::One && text::is_blank(value) {
            faults.push(Fault::new(field, "blank", "Must not be blank."));
        }
        faults.extend(text::fault(field, value, lines));
        value.trim().to_owned()
    };
    let name = tidy("/name", &new.name, Lines::One);
    let section = tidy("/section", &new.section, Lines::One);
    let sku = new.sku.as_ref().map(|sku| tidy("/sku", sku, Lines::One));
    let about = new.about.as_ref().map(|about| tidy("/about", about, Lines::Many));
    faults.extend(amount_fault("/price", Some(new.price), shelf.currency));
    let options = options::of_money(&new.options, shelf.currency, "/options").unwrap_or_else(|found| {
        faults.extend(found);
        Vec::new()
    });
    let hours = new.hours.as_ref().map(|text| Week::of(text, "/hours")).transpose();
    let hours = hours.unwrap_or_else(|found| {
        faults.extend(found);
        None
    });
    if new.counted_with.is_some() {
        faults.extend(counted_fault(&product, new, shelf));
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    Ok(Product {
        sku,
        name,
        about: about.filter(|about| !about.is_empty()),
        section,
        place: new.place,
        price: new.price.minor(),
        vat_bp: new.vat_bp,
        options,
        state: new.state,
        hours,
        each_max: new.each_max,
        ..product
    })
}

fn counted_fault(product: &Product, new: &NewProduct, shelf: &Shelf<'_>) -> Option<Fault> {
    let field = "/counted_with";
    if new.available.is_some() {
        return Some(Fault::new(field, "one_of_two", "Give either available or counted_with."));
    }
    match shelf.counted_with {
        Some(other) if other.store == shelf.store.id && other.id != product.id && other.stock.is_some() => {
            None
        }
        _ => {
            Some(Fault::new(field, "unknown", "This store has no other product of this id that is counted."))
        }
    }
}
