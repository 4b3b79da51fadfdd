mod pricing;
mod properties;
mod rows;

use kernel::Id;
use kernel::jiff::Timestamp;

use super::model::{Cart, CartLine, Inputs, Mode};
use crate::promotion::model::{Benefit, Payer, Promotion, Terms};

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// One line for each price, so many metres away.
pub fn inputs(unit_minor: &[i64], distance_m: u32) -> Inputs {
    let line = |product: usize| CartLine {
        product: Id::from_raw(product as i64),
        options: String::new(),
        quantity: 1,
    };
    let cart = Cart {
        store: Id::from_raw(7),
        mode: Mode::Delivery,
        to: None,
        lines: (0..unit_minor.len()).map(line).collect(),
        codes: Vec::new(),
        coins: 0,
        tip_minor: 0,
    };
    Inputs {
        cart,
        unit_minor: unit_minor.to_vec(),
        distance_m,
        factor_bp: 10_000,
        commission_bp: 1_500,
        is_first_order: false,
        rules: 0,
        at: at(1_000),
    }
}

pub fn promotion(id: i64, benefit: Benefit, payer: Payer) -> Promotion {
    let terms = Terms {
        name: format!("Promotion {id}"),
        code: None,
        benefit,
        payer,
        minimum_minor: 0,
        stores: Vec::new(),
        first_order_only: false,
        stacks: true,
        from: at(0),
        until: None,
        uses_max: None,
        per_person_max: None,
        budget_minor: None,
    };
    let id = Id::from_raw(id);
    Promotion { id, version: 1, is_closed: false, terms, uses: 0, spent_minor: 0, uses_by_person: 0 }
}
