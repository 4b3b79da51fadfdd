//! What payments post, in the ledger of the same market.

use futures_util::future::BoxFuture;
use kernel::{Ctx, Decision, Refusal};
use store::Market;

use crate::ledger::{self, Posting};
use crate::payment::posts::Ledger;

/// The seam from payments to the ledger.
pub struct Books;

impl Ledger for Books {
    fn post<'a>(
        &'a self,
        market: &'a Market,
        postings: Vec<Posting>,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Decision, Refusal>> {
        Box::pin(async move {
            let book = ledger::load(market, &postings).await?;
            Ok(ledger::post(book, &postings, ctx)?.0)
        })
    }
}
