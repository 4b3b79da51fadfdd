//! Whether what a buyer wants can be had at all; whether there is enough of it is known when it is
//! reserved.

use std::collections::BTreeMap;

use kernel::Fault;
use kernel::jiff::Timestamp;
use kernel::jiff::tz::TimeZone;

use super::stock::Want;
use crate::store::StoreId;

/// Everything that is wrong with the lines of an order at a store.
pub fn offer_faults(store: StoreId, wants: &[Want<'_>], now: Timestamp, zone: &TimeZone) -> Vec<Fault> {
    let mut counts = BTreeMap::new();
    let mut faults = Vec::new();
    for (place, Want { product, count }) in wants.iter().enumerate() {
        let wanted: &mut u32 = counts.entry(product.id).or_default();
        *wanted += u32::from(*count);
        let name = &product.name;
        let wrong = if product.store != store {
            Some(("other_store", format!("{name} is sold by another store.")))
        } else if !product.is_offered(now, zone) {
            Some(("not_offered", format!("{name} cannot be had just now.")))
        } else if *wanted > product.each_max.into() {
            Some(("too_many", format!("One order has at most {} of {name}.", product.each_max)))
        } else {
            None
        };
        faults.extend(wrong.map(|(code, message)| Fault::new(format!("/lines/{place}"), code, message)));
    }
    faults
}
