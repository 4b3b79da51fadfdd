//! What payments post, in the ledger of the same market.

use futures_util::future::BoxFuture;
use kernel::{Ctx, Decision, Refusal};
use store::Market;

use crate::ledger::{self, Account, Posting, PostingId, What};
use crate::payment::posts;

/// The seam from payments to the ledger.
pub struct Books;

impl posts::Ledger for Books {
    fn post<'a>(
        &'a self,
        market: &'a Market,
        postings: Vec<posts::Posting>,
        ctx: &'a Ctx<'a>,
    ) -> BoxFuture<'a, Result<Decision, Refusal>> {
        Box::pin(async move {
            let postings: Vec<Posting> = postings.into_iter().map(posting).collect();
            let book = ledger::load(market, &postings).await?;
            Ok(ledger::post(book, &postings, ctx)?.0)
        })
    }
}

fn posting(it: posts::Posting) -> Posting {
    let account = |its: posts::Account| Account::of(its.code, its.owner);
    let id = |its: posts::PostingId| PostingId::from_bytes(its.bytes());
    let what = match it.what {
        posts::What::Post => What::Post,
        posts::What::Hold { until } => What::Hold { until },
        posts::What::Take { hold } => What::Take { hold: id(hold) },
        posts::What::Release { hold } => What::Release { hold: id(hold) },
        posts::What::Reverse { of } => What::Reverse { of: id(of) },
    };
    let is_let_go = matches!(what, What::Release { .. });
    let amount = if is_let_go { kernel::Money::zero(it.amount.currency()) } else { it.amount };
    let posting = Posting::new(id(it.id), account(it.debit), account(it.credit), amount, it.note);
    Posting { what, ..posting }
}
