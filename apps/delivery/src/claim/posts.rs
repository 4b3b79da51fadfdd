//! What a claim posts to the ledger when it is decided. Whoever bears it gives it back to the order's
//! `buyer_funds`, and from there it goes to whom it belongs; nothing is left once the buyer has it.
//!
//! ```text
//! who                           debit                     credit             how
//! the merchant bears it         merchant:provider         buyer_funds:order  Post
//!   with its commission         commission, vat           buyer_funds:order  Post
//! the platform bears it         refunds                   buyer_funds:order  Post
//! the rider bears it            rider:person              buyer_funds:order  Post
//! what the platform had given   buyer_funds:order         promotions         Post
//! coins that paid for it        buyer_funds:order         coins:buyer        Post
//! money, by the payment         buyer_funds:order         gateway | wallet   see payments
//! money that was cash           buyer_funds:order         wallet:buyer       Post
//! coins that it had earned      coins:buyer               rewards            Post
//! ```

use kernel::{Ctx, Decision, Refusal};
use money::ledger::{Account, Posting, PostingId};
use money::settle::{self, NewItem, Owner, Sums};

use super::division::Part;
use super::model::{Bearer, Claim};
use crate::order::Order;

/// Of which decision on a claim postings are: they are known by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    First,
    /// That of a dispute.
    Last,
}

impl Round {
    pub fn name(self) -> &'static str {
        match self {
            Round::First => "claim",
            Round::Last => "dispute",
        }
    }
}

fn funds(claim: &Claim) -> Account {
    Account::of("buyer_funds", claim.order)
}

fn purse(claim: &Claim) -> Account {
    Account::of("coins", claim.buyer)
}

fn name_of(bearer: Bearer) -> &'static str {
    Bearer::ALL.iter().find(|(it, _)| *it == bearer).map_or("", |(_, name)| name)
}

/// All but the money on its way to the buyer.
pub fn given(claim: &Claim, order: &Order, round: Round, parts: &[Part]) -> Vec<Posting> {
    let funds = || funds(claim);
    let mut postings = Vec::new();
    let mut post = |leg: String, debit: Account, credit: Account, minor: i64| {
        if minor > 0 {
            let id = PostingId::of(claim.id, &leg);
            postings.push(Posting::new(id, debit, credit, order.money(minor), round.name()));
        }
    };
    for part in parts {
        let leg = |what: &str| format!("{} {} {what}", round.name(), name_of(part.bearer));
        let rider = || order.rider.map_or_else(|| Account::own("refunds"), |it| Account::of("rider", it));
        let bearer = match part.bearer {
            Bearer::Merchant => Account::of("merchant", claim.provider),
            Bearer::Platform => Account::own("refunds"),
            Bearer::Rider => rider(),
        };
        post(leg("gives"), bearer, funds(), part.sold - part.commission);
        let commission = part.commission - part.commission_vat;
        post(leg("commission"), Account::own("commission"), funds(), commission);
        post(leg("vat"), Account::own("vat"), funds(), part.commission_vat);
        post(leg("promotions"), funds(), Account::own("promotions"), part.platform);
        post(leg("coins"), funds(), purse(claim), part.coins);
        post(leg("earned"), purse(claim), Account::own("rewards"), part.earned);
    }
    postings
}

/// What was paid in cash, or did not arrive where it came from, is in the buyer's wallet.
pub fn to_wallet(claim: &Claim, order: &Order, leg: &str, minor: i64) -> Option<Posting> {
    let wallet = Account::of("wallet", claim.buyer);
    let id = PostingId::of(claim.id, &format!("{leg} wallet"));
    (minor > 0).then(|| Posting::new(id, funds(claim), wallet, order.money(minor), "claim"))
}

/// The same in the next statements of those who bear it.
pub fn items(
    claim: &Claim,
    order: &Order,
    round: Round,
    parts: &[Part],
    ctx: &Ctx<'_>,
) -> Result<Decision, Refusal> {
    let mut decision = Decision::nothing();
    for part in parts {
        let (owner, commission, tax) = match (part.bearer, order.rider) {
            (Bearer::Merchant, _) => (Owner::merchant(claim.provider), part.commission, part.commission_vat),
            (Bearer::Rider, Some(rider)) => (Owner::rider(rider), 0, 0),
            _ => continue,
        };
        let sums = Sums { commission: -commission, refund: part.sold, tax: -tax, ..Sums::default() };
        if sums == Sums::default() {
            continue;
        }
        let leg = format!("{} {}", round.name(), name_of(part.bearer));
        let item = NewItem { cause: claim.id.raw(), leg: &leg, owner, currency: claim.currency(), sums };
        decision = decision.and(settle::item(&item, ctx)?);
    }
    Ok(decision)
}
