//! Orders for those who have to do with them.
//!
//! ```text
//! view.rs      what each of them sees
//! buyer.rs     their own orders
//! merchant.rs  what a store is to prepare
//! rider.rs     what somebody brings
//! operator.rs  all of them
//! ```

mod buyer;
pub(crate) mod merchant;
mod operator;
mod rider;
pub mod view;

use std::sync::Arc;

use kernel::Refusal;
use web::{Call, Endpoint};

use super::model::{Order, OrderId};
use super::step::Orders;
use super::{cart, checkout, repo};

pub fn endpoints(orders: &Arc<Orders>) -> Vec<Endpoint> {
    [
        cart::endpoints(orders),
        checkout::endpoints(orders),
        buyer::endpoints(orders),
        merchant::endpoints(orders),
        rider::endpoints(orders),
        operator::endpoints(orders),
    ]
    .concat()
}

/// One that the caller has to do with; another looks like none.
async fn own(call: &Call, id: OrderId, is_theirs: impl Fn(&Order) -> bool) -> Result<Order, Refusal> {
    let found = repo::one(call.market(), id).await?;
    found.filter(|order| is_theirs(order)).ok_or_else(Refusal::not_found)
}
