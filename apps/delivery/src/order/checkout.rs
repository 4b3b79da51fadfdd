//! A quote into an order: quote, goods, promotions, coins, payment and order are one decision.

use std::sync::Arc;

use http::StatusCode;
use kernel::jiff::SignedDuration;
use kernel::text::{self, Lines};
use kernel::{Ctx, Decision, Fault, Id, Person, Refusal};
use money::payment::model::{Method, NewPayment};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Answer, Body, Call, Endpoint, May};

use super::cart::{buyer, open_store};
use super::http::view::OrderView;
use super::model::{Fixed, Line, Order, OrderId, Paid};
use super::state::Status;
use super::step::{Orders, posted};
use super::{decide, money as posts};
use crate::fee::model::{Mode, QuoteId, StoredQuote};
use crate::fee::{self, decide as quotes};
use crate::product::stock::{self, Want};
use crate::product::{self, Chosen, Product, ProductId};
use crate::promotion;
use crate::settings::Settings;
use crate::store::Store;

pub fn endpoints(orders: &Arc<Orders>) -> Vec<Endpoint> {
    vec![
        web::with!(orders, post "/v1/orders" => order_place(new: Body<NewOrder>))
            .says("Orders what was quoted. Sent again with the same key it is the same order.")
            .may(May::Known)
            .answers(StatusCode::CREATED),
    ]
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    pub quote: QuoteId,
    /// How it is paid, unless coins and promotions pay all of it.
    #[serde(default)]
    pub payment: Option<NewPay>,
    /// For whoever brings it.
    #[serde(default)]
    #[schemars(length(max = 300))]
    pub address: Option<String>,
    /// A telephone number, for whoever brings it.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub contact: Option<String>,
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub note: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPay {
    pub method: Method,
    /// A provider's token for a card; never its number.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub token: Option<String>,
    /// The telephone that is asked for the money.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub contact: Option<String>,
}

async fn order_place(
    orders: &Arc<Orders>,
    call: Call,
    Body(new): Body<NewOrder>,
) -> Result<Answer<OrderView>, Refusal> {
    let buyer = buyer(&call)?;
    let (call, new) = (&call, &new);
    call.change(|| async move {
        let (decision, order) = placed(orders, call, new, buyer).await?;
        let location = format!("{}/v1/orders/{}", call.base, order.id);
        Ok((decision, Answer::created(location, &OrderView::for_buyer(&order))?))
    })
    .await
}

async fn placed(
    orders: &Orders,
    call: &Call,
    new: &NewOrder,
    buyer: Id<Person>,
) -> Result<(Decision, Order), Refusal> {
    let (market, ctx) = (call.market(), call.ctx());
    let stored = fee::repo::one(market, new.quote).await?.filter(|stored| stored.buyer == buyer);
    let stored = stored.ok_or_else(Refusal::not_found)?;
    let rules = orders.pricing.rules.of(market).await?;
    let settings = rules.at(ctx.now);
    let store = open_store(orders, call, stored.inputs.cart.store).await?;
    check(new, &stored, &store, settings)?;
    let products = products(call, &stored).await?;
    let mut order = order(new, &stored, &store, &products, (ctx.fresh(), orders.pin()), &ctx);

    let (_, taken) = quotes::charge(&stored, &stored.inputs.cart, buyer, order.id.raw(), ctx.now)?;
    let paid = pay(orders, call, new, &mut order, &ctx).await?;
    let held = kept(&mut order, &wants(&products, &stored), settings, &ctx)?;
    let promotions = promotion::repo::of_quote(market, &stored.quote.discounts).await?;
    let subject = (order.id.raw(), buyer);
    let redeemed = promotion::decide::redeem(&stored.quote.discounts, &promotions, subject, &ctx)?;
    let coins = posted(market, posts::coins_held(&order).into_iter().collect(), &ctx).await?;
    let decision = decide::place(&order, &ctx).change(taken).changes(redeemed);
    Ok((decision.and(held).and(coins).and(paid), order))
}

fn wants<'a>(products: &'a [Product], stored: &StoredQuote) -> Vec<Want<'a>> {
    let counts = stored.inputs.cart.lines.iter().map(|line| u16::try_from(line.quantity).unwrap_or(u16::MAX));
    products.iter().zip(counts).map(|(product, count)| Want { product, count }).collect()
}

/// The goods are the buyer's at once where the money is certain; else they are kept while it is paid.
fn kept(
    order: &mut Order,
    wants: &[Want<'_>],
    settings: &Settings,
    ctx: &Ctx<'_>,
) -> Result<Decision, Refusal> {
    let (decision, reservation) = if order.paid == Paid::Assured {
        stock::decide::buy(order.id.raw(), wants, ctx)?
    } else {
        let until = ctx.now + SignedDuration::from_mins(settings.order.reservation_min.into());
        stock::decide::hold(order.id.raw(), wants, until, ctx)?
    };
    order.reservation = reservation.map(|reservation| reservation.id);
    Ok(decision)
}

/// The payment is begun with the order; cash and wallets are certain at once.
async fn pay(
    orders: &Orders,
    call: &Call,
    new: &NewOrder,
    order: &mut Order,
    ctx: &Ctx<'_>,
) -> Result<Decision, Refusal> {
    let amount = order.quote().sources.buyer;
    let Some(pay) = new.payment.as_ref().filter(|_| amount.is_positive()) else {
        order.paid = Paid::Assured;
        return Ok(Decision::nothing());
    };
    let payment = NewPayment {
        id: ctx.fresh(),
        about: order.id.raw(),
        payer: Some(order.buyer),
        method: pay.method,
        amount,
        token: pay.token.clone(),
        contact: pay.contact.clone(),
        note: order.fixed.store_name.clone(),
        expires_after: None,
        held_for: None,
    };
    let (decision, _) = orders.payments.begin_new(call.market(), &payment, ctx).await?;
    order.payment = Some(payment.id);
    if !pay.method.is_outside() {
        order.paid = Paid::Assured;
    }
    Ok(decision)
}

/// All that is wrong with what is ordered, at once.
fn check(new: &NewOrder, stored: &StoredQuote, store: &Store, settings: &Settings) -> Result<(), Refusal> {
    let mut faults = Vec::new();
    let is_brought = stored.quote.mode == Mode::Delivery;
    let lines = [
        ("/address", &new.address, Lines::One),
        ("/contact", &new.contact, Lines::One),
        ("/note", &new.note, Lines::Many),
    ];
    for (field, given, lines) in lines {
        faults.extend(given.as_deref().and_then(|it| text::fault(field, it, lines)));
    }
    if is_brought && new.address.as_deref().is_none_or(text::is_blank) {
        faults.push(Fault::new("/address", "missing", "Say where the door is."));
    }
    let letters = new.note.as_deref().map_or(0, |note| note.chars().count());
    if letters > settings.order.note_chars_max as usize {
        let message = format!("At most {} letters.", settings.order.note_chars_max);
        faults.push(Fault::new("/note", "too_long", message));
    }
    match (&new.payment, stored.quote.sources.buyer.is_positive()) {
        (None, true) => faults.push(Fault::new("/payment", "missing", "Say how it is paid.")),
        (Some(pay), true) if pay.method == Method::Cash && !store.takes_cash => {
            faults.push(Fault::new("/payment/method", "not_taken", "This store takes no cash."));
        }
        (Some(pay), true) if pay.method == Method::MobileMoney && pay.contact.is_none() => {
            faults.push(Fault::new("/payment/contact", "missing", "Say which telephone pays."));
        }
        _ => {}
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::invalid(faults)) }
}

/// What is bought, in the order of the lines; what is no longer sold is not.
async fn products(call: &Call, stored: &StoredQuote) -> Result<Vec<Product>, Refusal> {
    let ids: Vec<ProductId> = stored.inputs.cart.lines.iter().map(|line| line.product).collect();
    let found = product::repo::many(call.market(), &ids).await?;
    let mut faults = Vec::new();
    let mut products = Vec::with_capacity(ids.len());
    for (place, found) in found.into_iter().enumerate() {
        match found.filter(|its| its.product.is_offered(call.now, &call.site.zone)) {
            Some(its) => products.push(its.product),
            None => faults.push(Fault::new(format!("/lines/{place}"), "sold_out", "This is not sold now.")),
        }
    }
    if faults.is_empty() {
        return Ok(products);
    }
    let gone = Refusal::conflict("sold_out", "Some of it is not sold any more.");
    Err(faults.into_iter().fold(gone, Refusal::fault))
}

fn order(
    new: &NewOrder,
    stored: &StoredQuote,
    store: &Store,
    products: &[Product],
    (id, pin): (OrderId, String),
    ctx: &Ctx<'_>,
) -> Order {
    let lines = stored.inputs.cart.lines.iter().zip(products).zip(&stored.inputs.unit_minor);
    let currency = stored.quote.total.currency();
    let lines = lines.map(|((line, product), each)| Line {
        product: product.id,
        name: product.name.clone(),
        options: names(product, &line.options),
        count: line.quantity,
        each: kernel::Money::new(*each, currency),
    });
    let text =
        |it: &Option<String>| it.as_deref().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned);
    let fixed = Fixed {
        quote_id: stored.id,
        quote: stored.quote.clone(),
        lines: lines.collect(),
        store_name: store.name.clone(),
        from: store.point,
        to: stored.inputs.cart.to,
        address: text(&new.address),
        contact: text(&new.contact),
        note: text(&new.note),
        method: new.payment.as_ref().map(|pay| pay.method),
    };
    Order {
        id,
        buyer: stored.buyer,
        store: store.id,
        provider: store.provider,
        status: Status::Pending,
        paid: Paid::Waiting,
        payment: None,
        reservation: None,
        job: None,
        rider: None,
        at: ctx.now,
        since: ctx.now,
        ready: None,
        due: None,
        pin,
        proof: None,
        reason: None,
        kept: 0,
        returned: 0,
        earned: false,
        stuck: false,
        version: 1,
        fixed,
    }
}

/// What was chosen, for people to read.
fn names(product: &Product, options: &str) -> Vec<String> {
    let chosen: Vec<Chosen> = serde_json::from_str(options).unwrap_or_default();
    let name = |its: &Chosen| {
        let group = product.options.iter().find(|group| group.code == its.group)?;
        Some(group.choices.iter().find(|choice| choice.code == its.choice)?.name.clone())
    };
    chosen.iter().filter_map(name).collect()
}
