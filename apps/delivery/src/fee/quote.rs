//! The one rule by which an order is priced. Quoting reckons; charging takes what was quoted.
//!
//! Every part is a whole number of minor units. Shares of an amount are rounded to the nearest one, a
//! half upwards; whoever is named last gets the remainder, so that nothing is lost or made.

use kernel::{Fault, Money, MoneyError, Refusal, Rounding};

use super::limits;
use super::model::{Inputs, Mode, Quote, Shares, Sources};
use crate::promotion::apply::{self, Basis};
use crate::promotion::model::{Applied, Payer, Promotion};
use crate::settings::{FeeRule, ServiceRule, Settings, WHOLE_BP};

/// A half goes upwards, as tax laws and price lists have it.
pub const ROUNDING: Rounding = Rounding::HalfUp;

const METRES_PER_KM: u32 = 1_000;

/// What it costs to have something brought so far, before anything is taken off.
pub fn delivery_fee(settings: &Settings, distance_m: u32, factor_bp: u32) -> Result<Money, MoneyError> {
    let FeeRule { base_minor, per_km_minor, cap_minor, .. } = settings.fee;
    let way = settings.money(per_km_minor).ratio(distance_m.into(), METRES_PER_KM, ROUNDING)?;
    let fee = settings.money(base_minor).plus(way)?.basis_points(factor_bp.max(WHOLE_BP).into(), ROUNDING)?;
    Ok(settings.money(fee.minor().min(cap_minor)))
}

/// How much of an amount is VAT, where VAT is included.
pub fn vat_within(amount: Money, vat_bp: u32) -> Result<Money, MoneyError> {
    amount.ratio(vat_bp.into(), WHOLE_BP + vat_bp, ROUNDING)
}

/// What a buyer who cancels does not get back of the goods.
pub fn cancel_charge(settings: &Settings, goods: Money, minutes: u32) -> Result<Money, MoneyError> {
    let rule = &settings.cancel;
    if minutes < rule.free_min {
        return Ok(Money::zero(goods.currency()));
    }
    let charge = goods.basis_points(rule.charge_bp.into(), ROUNDING)?;
    Ok(Money::new(charge.minor().min(rule.charge_max_minor), goods.currency()))
}

/// Prices a cart, or names everything that is wrong with it.
pub fn quote(settings: &Settings, inputs: &Inputs, promotions: &[Promotion]) -> Result<Quote, Refusal> {
    let faults = faults(settings, inputs);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let cart = &inputs.cart;
    let goods = goods(settings, inputs)?;
    let (delivery_fee, delivery_waived) = delivery(settings, inputs, goods)?;
    let service_fee = service_fee(&settings.service, goods)?;
    let basis = Basis {
        goods,
        delivery: delivery_fee.minus(delivery_waived)?,
        store: cart.store,
        is_first_order: inputs.is_first_order,
        codes: &cart.codes,
        now: inputs.at,
    };
    let chosen = apply::apply(promotions, &basis)?;
    let discount = given(&chosen.applied, None, goods)?;
    let by_merchant = given(&chosen.applied, Some(Payer::Merchant), goods)?;
    let by_platform = discount.minus(by_merchant)?;
    let tip = settings.money(cart.tip_minor);
    let taxed = goods.plus(basis.delivery)?.plus(service_fee)?.minus(discount)?;
    let coins = coins(settings, cart.coins, taxed)?;
    let total = taxed.plus(tip)?;

    let sold = goods.minus(by_merchant)?;
    let commission = sold.basis_points(inputs.commission_bp.into(), ROUNDING)?;
    let brought = delivery_fee.basis_points(settings.rider.share_bp.into(), ROUNDING)?;
    let shares = Shares {
        merchant: sold.minus(commission)?,
        rider: brought.plus(tip)?,
        platform: commission.plus(delivery_fee.minus(brought)?)?.plus(service_fee)?,
    };
    let platform = delivery_waived.plus(by_platform)?;
    Ok(Quote {
        mode: cart.mode,
        distance_m: inputs.distance_m,
        factor_bp: inputs.factor_bp,
        goods,
        delivery_fee,
        delivery_waived,
        service_fee,
        discount,
        tip,
        total,
        vat: vat_within(taxed, settings.vat_bp)?,
        coins: cart.coins,
        commission,
        sources: Sources { buyer: total.minus(coins)?, coins, platform },
        shares,
        discounts: chosen.applied,
        passed_over: chosen.passed_over,
    })
}

fn goods(settings: &Settings, inputs: &Inputs) -> Result<Money, MoneyError> {
    let lines = inputs.cart.lines.iter().zip(&inputs.unit_minor);
    lines
        .map(|(line, unit)| settings.money(*unit).times(line.quantity.into()))
        .try_fold(settings.money(0), |sum, line| sum.plus(line?))
}

/// The fee, and how much of it is waived.
fn delivery(settings: &Settings, inputs: &Inputs, goods: Money) -> Result<(Money, Money), MoneyError> {
    let nothing = settings.money(0);
    let fee = match inputs.cart.mode {
        Mode::Delivery => delivery_fee(settings, inputs.distance_m, inputs.factor_bp)?,
        Mode::Pickup => nothing,
    };
    let is_free = settings.fee.free_above_minor.is_some_and(|from| goods.minor() >= from);
    Ok((fee, if is_free { fee } else { nothing }))
}

/// All that promotions take off, or those of one payer.
fn given(applied: &[Applied], payer: Option<Payer>, goods: Money) -> Result<Money, MoneyError> {
    let given = applied.iter().filter(|its| payer.is_none_or(|payer| its.payer == payer));
    given.map(Applied::total).try_fold(Money::zero(goods.currency()), |sum, next| sum.plus(next?))
}

fn service_fee(rule: &ServiceRule, goods: Money) -> Result<Money, MoneyError> {
    let share = goods.basis_points(rule.share_bp.into(), ROUNDING)?.minor();
    Ok(Money::new(share.clamp(rule.min_minor, rule.max_minor.max(rule.min_minor)), goods.currency()))
}

/// How many coins may pay for something that costs so much.
pub fn coins_max(settings: &Settings, cost: Money) -> Result<u32, MoneyError> {
    // Never more than the share: what does not fill a coin is left out.
    let most = i128::from(cost.minor()) * i128::from(settings.coins.spent_max_bp) / i128::from(WHOLE_BP);
    let coins = most / i128::from(settings.coins.value_minor);
    u32::try_from(coins.max(0)).map_err(|_| MoneyError::OutOfRange)
}

fn coins(settings: &Settings, coins: u32, cost: Money) -> Result<Money, Refusal> {
    let most = coins_max(settings, cost)?;
    if coins > most {
        let message = format!("This order takes at most {most} coins.");
        return Err(Refusal::invalid(vec![Fault::new("/coins", "out_of_range", message)]));
    }
    Ok(settings.money(settings.coins.value_minor).times(coins.into())?)
}

fn faults(settings: &Settings, inputs: &Inputs) -> Vec<Fault> {
    let (cart, order) = (&inputs.cart, &settings.order);
    let mut faults = Vec::new();
    let mut wrong = |is_wrong: bool, field: String, code: &'static str, message: String| {
        if is_wrong {
            faults.push(Fault::new(field, code, message));
        }
    };
    let lines = cart.lines.len();
    wrong(lines == 0, "/lines".into(), "empty", "There is nothing in the basket.".into());
    let lines_max = order.lines_max as usize;
    wrong(lines > lines_max, "/lines".into(), "too_many", format!("At most {lines_max} lines."));
    for (place, line) in cart.lines.iter().take(lines_max).enumerate() {
        let is_off = !(1..=order.per_line_max).contains(&line.quantity);
        let message = format!("From 1 to {} of each.", order.per_line_max);
        wrong(is_off, format!("/lines/{place}/quantity"), "out_of_range", message);
        let is_long = line.options.len() > limits::OPTIONS_BYTES_MAX;
        wrong(is_long, format!("/lines/{place}/options"), "too_long", "Too many options.".into());
        let priced = inputs.unit_minor.get(place);
        let is_priced = priced.is_some_and(|unit| (0..=limits::UNIT_MINOR_MAX).contains(unit));
        wrong(
            !is_priced,
            format!("/lines/{place}"),
            "no_price",
            "This has no price that could be asked.".into(),
        );
    }
    let is_far = cart.mode == Mode::Delivery && inputs.distance_m > limits::DISTANCE_M_MAX;
    wrong(is_far, "/to".into(), "too_far", "Nobody brings anything so far.".into());
    let tip_max = if cart.mode == Mode::Delivery { settings.tip.max_minor } else { 0 };
    let is_off = !(0..=tip_max).contains(&cart.tip_minor);
    wrong(is_off, "/tip".into(), "out_of_range", format!("From nothing to {}.", settings.money(tip_max)));
    faults
}
