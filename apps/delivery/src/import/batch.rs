//! What some drafts change.

use std::collections::{BTreeMap, HashMap};

use kernel::{Ctx, Decision};

use super::model::{Draft, LineFault};
use crate::limits;
use crate::product::stock::{StockId, repo as stocks};
use crate::product::{Product, State, decide, repo};
use crate::store::StoreId;

/// What a batch comes to.
#[derive(Debug, Default)]
pub struct Outcome {
    pub decision: Decision,
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub refused: Vec<Vec<LineFault>>,
}

/// Drafts with different numbers; `known` are the products that have these already, and `others` is how
/// many the store has in all.
pub fn decide(
    store: StoreId,
    drafts: &[Draft],
    known: &HashMap<&str, &Product>,
    others: u64,
    ctx: &Ctx<'_>,
) -> Outcome {
    let mut outcome = Outcome::default();
    // Of two products that are counted together the later line holds.
    let mut available: BTreeMap<StockId, u32> = BTreeMap::new();
    for draft in drafts {
        let before = known.get(draft.sku.as_str()).copied();
        let room = others + outcome.added < limits::PRODUCTS_PER_STORE_MAX as u64;
        let after = match before {
            Some(before) => said(before.clone(), draft),
            None => match bare(store, draft, room, ctx) {
                Ok(bare) => said(bare, draft),
                Err(faults) => {
                    outcome.refused.push(faults);
                    continue;
                }
            },
        };
        let after = outcome.count(after, draft, &mut available, ctx);
        let change = match before {
            Some(before) if *before == after && draft.available.is_none() => {
                outcome.unchanged += 1;
                continue;
            }
            Some(before) => {
                outcome.changed += 1;
                (*before != after).then(|| repo::set(&after, ctx.now))
            }
            None => {
                outcome.added += 1;
                Some(repo::add(&after))
            }
        };
        outcome.decision.changes.extend(change);
    }
    let counted = available.into_iter().map(|(stock, count)| stocks::set_available(stock, count));
    outcome.decision.changes.extend(counted);
    if !outcome.decision.is_nothing() {
        outcome.decision = outcome.decision.and(decide::menu_changed(store, None));
    }
    outcome
}

impl Outcome {
    fn count(
        &mut self,
        product: Product,
        draft: &Draft,
        available: &mut BTreeMap<StockId, u32>,
        ctx: &Ctx<'_>,
    ) -> Product {
        match (draft.available, product.stock) {
            (None, _) => product,
            (Some(count), Some(stock)) => {
                available.insert(stock, count);
                product
            }
            (Some(count), None) => {
                let stock = ctx.fresh();
                self.decision.changes.push(stocks::add(stock, product.store, count));
                Product { stock: Some(stock), ..product }
            }
        }
    }
}

/// A new product needs more than one that is known.
fn bare(store: StoreId, draft: &Draft, room: bool, ctx: &Ctx<'_>) -> Result<Product, Vec<LineFault>> {
    let needed = [
        ("name", draft.name.is_none()),
        ("section", draft.section.is_none()),
        ("price", draft.price.is_none()),
        ("vat", draft.vat_bp.is_none()),
    ];
    let missing = needed.into_iter().filter(|(_, is_missing)| *is_missing).map(|(field, _)| LineFault {
        line: draft.line,
        column: Some(field.to_owned()),
        code: "missing",
        message: "A product that is new must have this.".to_owned(),
    });
    let mut faults: Vec<LineFault> = missing.collect();
    if !room {
        let message = format!("A store has at most {} products.", limits::PRODUCTS_PER_STORE_MAX);
        faults.push(LineFault::of_line(draft.line, "too_many_products", message));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Product {
        id: ctx.fresh(),
        store,
        sku: Some(draft.sku.clone()),
        name: String::new(),
        about: None,
        section: String::new(),
        // As the file has them, unless it says where.
        place: u32::try_from(draft.line).unwrap_or(u32::MAX),
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
    })
}

fn said(product: Product, draft: &Draft) -> Product {
    let about = match &draft.about {
        Some(about) => Some(about.clone()).filter(|about| !about.is_empty()),
        None => product.about,
    };
    Product {
        name: draft.name.clone().unwrap_or(product.name),
        about,
        section: draft.section.clone().unwrap_or(product.section),
        place: draft.place.unwrap_or(product.place),
        price: draft.price.unwrap_or(product.price),
        vat_bp: draft.vat_bp.unwrap_or(product.vat_bp),
        state: draft.state.unwrap_or(product.state),
        each_max: draft.each_max.unwrap_or(product.each_max),
        ..product
    }
}
