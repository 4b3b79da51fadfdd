//! Claims for those who have to do with them.
//!
//! ```text
//! view.rs      what each of them sees
//! buyer.rs     what was wrong with their own orders
//! merchant.rs  what is asked back of what they sold
//! operator.rs  all of them, to be decided
//! ```

mod buyer;
mod merchant;
mod operator;
mod view;

use std::sync::Arc;

use kernel::Refusal;
use web::{Call, Endpoint};

use super::model::{Claim, ClaimId};
use super::repo;
use super::step::Claims;
use super::trouble;

pub fn endpoints(claims: &Arc<Claims>) -> Vec<Endpoint> {
    [
        buyer::endpoints(claims),
        merchant::endpoints(),
        operator::endpoints(claims),
        trouble::http::endpoints(claims),
    ]
    .concat()
}

/// One that the caller has to do with; another looks like none.
async fn own(call: &Call, id: ClaimId, is_theirs: impl Fn(&Claim) -> bool) -> Result<Claim, Refusal> {
    let found = repo::one(call.market(), id).await?;
    found.filter(|claim| is_theirs(claim)).ok_or_else(Refusal::not_found)
}
