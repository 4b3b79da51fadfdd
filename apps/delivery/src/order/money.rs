//! What an order posts to the ledger besides its payment. All that comes in for it stands in `buyer_funds`
//! of the order until it is earned, and then nothing is left there.
//!
//! ```text
//! step                        debit              credit             how
//! placed, with coins          coins:buyer        buyer_funds:order  Hold
//! earned, coins               (as held)          (as held)          Take
//! earned, the platform's gift promotions         buyer_funds:order  Post
//! earned                      buyer_funds:order  merchant:provider  Post
//! earned                      buyer_funds:order  rider:person       Post
//! earned                      buyer_funds:order  commission         Post
//! earned                      buyer_funds:order  delivery_fees      Post
//! earned                      buyer_funds:order  vat                Post
//! earned, cash is at hand     rider:person       cash:person        Post
//! earned, in coins            rewards            coins:buyer        Post
//! earned, who brought the buyer rewards          coins:person       Post
//! cancelled, with coins       (as held)          (as held)          Release
//! cancelled, something kept   buyer_funds:order  merchant:provider  Post
//! cancelled, and charged back buyer_funds:order  refunds            Post
//! cancelled, back to wallet   buyer_funds:order  wallet:buyer       Post
//! ```

use kernel::{Ctx, Decision, Money, MoneyError, Refusal};
use money::ledger::{Account, Posting, PostingId};
use money::settle::{self, NewItem, Owner, Sums};

use super::model::Order;
use crate::fee::quote::vat_within;

fn funds(order: &Order) -> Account {
    Account::of("buyer_funds", order.id)
}

fn merchant(order: &Order) -> Account {
    Account::of("merchant", order.provider)
}

fn leg(order: &Order, name: &'static str, debit: Account, credit: Account, amount: Money) -> Posting {
    Posting::new(PostingId::of(order.id, name), debit, credit, amount, name)
}

/// Coins are set aside with the order, so that they are not spent twice.
pub fn coins_held(order: &Order) -> Option<Posting> {
    let coins = order.quote().sources.coins;
    let purse = Account::of("coins", order.buyer);
    coins.is_positive().then(|| leg(order, "coins", purse, funds(order), coins).held(None))
}

/// They are the buyer's again.
pub fn coins_released(order: &Order) -> Option<Posting> {
    let held = coins_held(order)?;
    Some(Posting { id: PostingId::of(order.id, "coins_back"), ..held.clone() }.releasing(held.id))
}

/// Who gets what of a delivered order; what the buyer paid is there already.
pub fn earned(order: &Order, vat_bp: u32) -> Result<Vec<Posting>, MoneyError> {
    let quote = order.quote();
    let mut postings = Vec::new();
    if let Some(held) = coins_held(order) {
        postings.push(Posting { id: PostingId::of(order.id, "coins_taken"), ..held.clone() }.taking(held.id));
    }
    let gift = Account::own("promotions");
    postings.push(leg(order, "gift", gift, funds(order), quote.sources.platform));
    let shares = &quote.shares;
    let vat = vat_within(shares.platform, vat_bp)?;
    let commission = quote.commission.minus(vat_within(quote.commission, vat_bp)?)?;
    let fees = shares.platform.minus(vat)?.minus(commission)?;
    // Without a rider, as where a person brought it for the store, the store has what a rider would get.
    let rider = order.rider.map_or_else(|| merchant(order), |rider| Account::of("rider", rider));
    let legs = [
        ("merchant", merchant(order), shares.merchant),
        ("rider", rider, shares.rider),
        ("commission", Account::own("commission"), commission),
        ("delivery_fees", Account::own("delivery_fees"), fees),
        ("vat", Account::own("vat"), vat),
    ];
    postings.extend(legs.map(|(name, account, amount)| leg(order, name, funds(order), account, amount)));
    postings.retain(|posting| posting.amount.is_positive());
    Ok(postings)
}

/// What a buyer who cancelled late does not get back is the merchant's.
pub fn kept(order: &Order) -> Option<Posting> {
    let kept = order.money(order.kept);
    kept.is_positive().then(|| leg(order, "kept", funds(order), merchant(order), kept))
}

/// What a bank took back of a cancelled order was given back by that: nobody gets it twice.
pub fn absorbed(order: &Order, minor: i64) -> Option<Posting> {
    let left = order.money(minor);
    left.is_positive().then(|| leg(order, "absorbed", funds(order), Account::own("refunds"), left))
}

/// What did not arrive where it came from is in the buyer's wallet.
pub fn to_wallet(order: &Order, minor: i64) -> Option<Posting> {
    let (back, wallet) = (order.money(minor), Account::of("wallet", order.buyer));
    back.is_positive().then(|| leg(order, "to_wallet", funds(order), wallet, back))
}

/// What the merchant and the rider are owed for it, for their next statements: the same amounts.
pub fn items(order: &Order, vat_bp: u32, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    let (quote, merchant) = (order.quote(), Owner::merchant(order.provider));
    let carried = if order.rider.is_none() { quote.shares.rider.minor() } else { 0 };
    let commission = quote.commission.minor();
    let sold = Sums {
        gross: quote.shares.merchant.minor() + carried + commission,
        commission,
        tax: vat_within(quote.commission, vat_bp)?.minor(),
        ..Sums::default()
    };
    let mut decision = item(order, "merchant", merchant, sold, ctx)?;
    if let Some(rider) = order.rider {
        let brought = Sums { gross: quote.shares.rider.minor(), ..Sums::default() };
        decision = decision.and(item(order, "rider", Owner::rider(rider), brought, ctx)?);
    }
    Ok(decision)
}

pub fn kept_item(order: &Order, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    let sums = Sums { gross: order.kept, ..Sums::default() };
    item(order, "kept", Owner::merchant(order.provider), sums, ctx)
}

fn item(order: &Order, leg: &str, owner: Owner, sums: Sums, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    if sums == Sums::default() {
        return Ok(Decision::nothing());
    }
    settle::item(&NewItem { cause: order.id.raw(), leg, owner, currency: order.currency(), sums }, ctx)
}
