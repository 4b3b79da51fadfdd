//! A cart into a quote: what it would cost now, kept for some minutes.

use std::sync::Arc;

use geo::Point;
use http::StatusCode;
use kernel::jiff::Timestamp;
use kernel::{Fault, Id, Money, Person, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Endpoint, May};

use super::repo;
use super::step::Orders;
use crate::fee::model::{Cart, CartLine, Inputs, Mode, QuoteView};
use crate::fee::{decide, quote};
use crate::outage::warn::reopens;
use crate::product::model::Shelved;
use crate::product::{self, Chosen, ProductId};
use crate::store::{Store, StoreId};
use crate::{catalogue, limits, promotion, store};

pub fn endpoints(orders: &Arc<Orders>) -> Vec<Endpoint> {
    vec![
        web::with!(orders, post "/v1/delivery/quotes" => quote_make(cart: Body<NewCart>))
            .says("What a cart costs, with everything. It is charged like that if it is ordered in time.")
            .may(May::Known)
            .answers(StatusCode::CREATED),
    ]
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCart {
    pub store: StoreId,
    pub mode: Mode,
    /// Where it is to be brought.
    #[serde(default)]
    pub to: Option<Point>,
    #[schemars(length(min = 1, max = 50))]
    pub lines: Vec<NewLine>,
    #[serde(default)]
    #[schemars(length(max = 5), inner(length(min = 3, max = 32)))]
    pub codes: Vec<String>,
    /// Coins to pay with.
    #[serde(default)]
    pub coins: u32,
    #[serde(default)]
    pub tip: Option<Money>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    pub product: ProductId,
    #[serde(default)]
    #[schemars(length(max = 40))]
    pub options: Vec<Chosen>,
    #[schemars(range(min = 1, max = 99))]
    pub count: u16,
}

pub(super) fn buyer(call: &Call) -> Result<Id<Person>, Refusal> {
    call.caller.person().ok_or_else(Refusal::unauthenticated)
}

async fn quote_make(
    orders: &Arc<Orders>,
    call: Call,
    Body(new): Body<NewCart>,
) -> Result<Answer<QuoteView>, Refusal> {
    let buyer = buyer(&call)?;
    let (call, new) = (&call, &new);
    call.change(|| async move {
        let ctx = call.ctx();
        let rules = orders.pricing.rules.of(call.market()).await?;
        let settings = rules.at(ctx.now);
        settings.fit(catalogue::currency(call)?)?;
        let store = open_store(orders, call, new.store).await?;
        let ids: Vec<ProductId> = new.lines.iter().map(|line| line.product).collect();
        let shelved = product::repo::many(call.market(), &ids).await?;
        let unit_minor = priced(call, new, &store, &shelved)?;
        let (distance_m, factor_bp) = way(orders, call, new, &store).await?;
        let commission_bp = store
            .commission_bp
            .map_or_else(|| settings.commission.share_bp_of(store.at, 0, ctx.now), u32::from);
        let inputs = Inputs {
            cart: cart(new, settings.currency)?,
            unit_minor,
            distance_m,
            factor_bp,
            commission_bp,
            is_first_order: !repo::has_bought(call.market(), buyer).await?,
            rules: rules.version,
            at: ctx.now,
        };
        let promotions = promotion::repo::for_cart(call.market(), &new.codes, buyer, ctx.now).await?;
        let quote = quote::quote(settings, &inputs, &promotions)?;
        if quote.goods.minor() < store.basket_min {
            let least = Money::new(store.basket_min, settings.currency);
            let message = format!("This store takes orders from {least} on.");
            return Err(Refusal::invalid(vec![Fault::new("/lines", "basket_too_small", message)]));
        }
        let (decision, stored) = decide::keep(quote, inputs, buyer, settings, &ctx);
        let location = format!("{}/v1/delivery/quotes/{}", call.base, stored.id);
        Ok((decision, Answer::created(location, &QuoteView::from(stored))?))
    })
    .await
}

/// A store that takes orders now.
pub(super) async fn open_store(orders: &Orders, call: &Call, id: StoreId) -> Result<Store, Refusal> {
    let market = call.market();
    let found = store::repo::one(market, id).await?;
    let store = found.filter(|store| store.state != store::State::Closed).ok_or_else(Refusal::not_found)?;
    let lead = orders.pricing.rules.of(market).await?.at(call.now).outage.lead();
    let plan = orders.pricing.outages.of(market).await?;
    let (code, why) = if !store.is_open(call.now, &call.site.zone) {
        ("store_closed", "This store takes no orders just now")
    } else if plan.closed_until(store.point, store.has_power, lead, call.now).is_some() {
        ("power_cut", "The power is cut at this store, or will be in a moment")
    } else {
        return Ok(store);
    };
    let Some(at) = reopens(&store, &plan, lead, (call.now, &call.site.zone)) else {
        return Err(Refusal::conflict(code, format!("{why}.")));
    };
    let wait_s = u32::try_from(at.duration_since(call.now).as_secs().max(1)).unwrap_or(u32::MAX);
    let again = clock(at, call);
    Err(Refusal::conflict(code, format!("{why}; it takes orders again at {again}.")).retry_after(wait_s))
}

/// As the clocks here show it, with the day if it is another one.
fn clock(at: Timestamp, call: &Call) -> String {
    let [at, now] = [at, call.now].map(|time| time.to_zoned(call.site.zone.clone()));
    let form = if at.date() == now.date() { "%H:%M" } else { "%H:%M on %Y-%m-%d" };
    at.strftime(form).to_string()
}

/// What one of each line costs, or everything that is wrong with the lines.
fn priced(
    call: &Call,
    new: &NewCart,
    store: &Store,
    shelved: &[Option<Shelved>],
) -> Result<Vec<i64>, Refusal> {
    let (mut prices, mut faults) = (Vec::with_capacity(new.lines.len()), Vec::new());
    for (place, (line, found)) in new.lines.iter().zip(shelved).enumerate() {
        let at = format!("/lines/{place}");
        let its = found.as_ref().filter(|its| its.product.store == store.id);
        let Some(Shelved { product, left }) = its else {
            faults.push(Fault::new(format!("{at}/product"), "unknown", "This store has no such product."));
            continue;
        };
        if !product.is_offered(call.now, &call.site.zone) || left.is_some_and(|left| left < line.count.into())
        {
            let message = format!("There is not enough of {} now.", product.name);
            faults.push(Fault::new(at.clone(), "sold_out", message));
        }
        if line.count > product.each_max {
            let message = format!("At most {} of {} in one order.", product.each_max, product.name);
            faults.push(Fault::new(format!("{at}/count"), "too_many", message));
        }
        match product.price_with(&line.options, &format!("{at}/options")) {
            Ok(price) => prices.push(price),
            Err(wrong) => faults.extend(wrong),
        }
    }
    if faults.is_empty() { Ok(prices) } else { Err(Refusal::invalid(faults)) }
}

/// How far it is, and what demand makes of the fee.
async fn way(orders: &Orders, call: &Call, new: &NewCart, store: &Store) -> Result<(u32, u32), Refusal> {
    let to = match (new.mode, new.to) {
        (Mode::Pickup, _) => return Ok((0, crate::settings::WHOLE_BP)),
        (Mode::Delivery, Some(to)) => to,
        (Mode::Delivery, None) => {
            let message = "Say where it is to be brought.";
            return Err(Refusal::invalid(vec![Fault::new("/to", "missing", message)]));
        }
    };
    if !orders.catalogue.stores.of(call.market()).await?.delivers(store.id, to) {
        return Err(Refusal::invalid(vec![Fault::new(
            "/to",
            "too_far",
            "This store does not deliver there.",
        )]));
    }
    orders.pricing.fees.way(call, store.point, to).await
}

fn cart(new: &NewCart, currency: kernel::Currency) -> Result<Cart, Refusal> {
    let tip = new.tip.unwrap_or(Money::zero(currency));
    if tip.currency() != currency {
        let message = format!("Prices here are in {currency}.");
        return Err(Refusal::invalid(vec![Fault::new("/tip/currency", "other_currency", message)]));
    }
    let line = |line: &NewLine| {
        let mut options = line.options.clone();
        options.sort();
        // Plain data: writing it as JSON cannot fail.
        let options = serde_json::to_string(&options).unwrap_or_default();
        CartLine { product: line.product, options, quantity: line.count.into() }
    };
    Ok(Cart {
        store: new.store,
        mode: new.mode,
        to: new.to.filter(|_| new.mode == Mode::Delivery),
        lines: new.lines.iter().take(limits::LINES_MAX).map(line).collect(),
        codes: new.codes.clone(),
        coins: new.coins,
        tip_minor: tip.minor(),
    })
}
