mod pure;
mod purse;
mod rows;

use kernel::Id;
use kernel::jiff::Timestamp;

use super::model::{Benefit, Payer, Promotion, Terms};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn terms(benefit: Benefit) -> Terms {
    Terms {
        name: "Promotion".into(),
        code: None,
        benefit,
        payer: Payer::Platform,
        minimum_minor: 0,
        stores: Vec::new(),
        first_order_only: false,
        stacks: false,
        from: at(0),
        until: None,
        uses_max: None,
        per_person_max: None,
        budget_minor: None,
    }
}

fn promotion(id: i64, benefit: Benefit, more: impl FnOnce(&mut Promotion)) -> Promotion {
    let (id, terms) = (Id::from_raw(id), terms(benefit));
    let mut made =
        Promotion { id, version: 1, is_closed: false, terms, uses: 0, spent_minor: 0, uses_by_person: 0 };
    more(&mut made);
    made
}
