use std::sync::Arc;

use geo::Point;
use kernel::{Fault, Money, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Call, Endpoint, May, Query};

use super::{limits, quote};
use crate::catalogue;
use crate::demand::Boards;
use crate::settings::{RuleBook, WHOLE_BP};

/// How far it is by road; the shortest way through the air where nobody knows better.
pub trait Roads: Send + Sync {
    fn metres(&self, market: &store::Market, from: Point, to: Point) -> u32;
}

/// Along the great circle.
pub struct ThroughTheAir;

impl Roads for ThroughTheAir {
    fn metres(&self, _: &store::Market, from: Point, to: Point) -> u32 {
        from.distance_m(to).round() as u32
    }
}

/// What a fee follows from.
pub struct Fees {
    pub rules: Arc<RuleBook>,
    pub boards: Arc<Boards>,
    pub roads: Arc<dyn Roads>,
}

impl Fees {
    /// Metres from a store to a place, and what demand around the store makes of the fee: what a quote
    /// takes down.
    pub async fn way(&self, call: &Call, from: Point, to: Point) -> Result<(u32, u32), Refusal> {
        let rules = self.rules.of(call.market()).await?;
        let settings = rules.at(call.now);
        settings.fit(catalogue::currency(call)?)?;
        let factor_bp = self.boards.of(call.market()).factor_at(from, call.now, &settings.demand);
        Ok((self.roads.metres(call.market(), from, to), factor_bp))
    }
}

pub fn endpoints(fees: &Arc<Fees>) -> Vec<Endpoint> {
    vec![
        web::with!(fees, get "/v1/delivery/fee" => delivery_fee(way: Query<Way>))
            .says("What it would cost now to have something brought from one place to another.")
            .may(May::Anyone)
            .shared(),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Way {
    /// Where the store is: latitude and longitude in degrees, with a comma between them.
    #[schemars(length(min = 3, max = 100))]
    from: String,
    /// Where it is to be brought.
    #[schemars(length(min = 3, max = 100))]
    to: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FeeView {
    fee: Money,
    distance_m: u32,
    /// What demand makes of it, in hundredths of a percent; 10,000 is nothing.
    factor_bp: u32,
    /// Whether more than usual is asked for here just now.
    is_busy: bool,
    /// From this value of the basket on it costs nothing.
    free_above: Option<Money>,
}

async fn delivery_fee(
    fees: &Arc<Fees>,
    call: Call,
    Query(way): Query<Way>,
) -> Result<Answer<FeeView>, Refusal> {
    let (from, to) = match (Point::parse("?from", &way.from), Point::parse("?to", &way.to)) {
        (Ok(from), Ok(to)) => (from, to),
        (from, to) => {
            let faults = from.err().into_iter().chain(to.err()).flatten();
            return Err(Refusal::invalid(faults.collect()));
        }
    };
    let (distance_m, factor_bp) = fees.way(&call, from, to).await?;
    if distance_m > limits::DISTANCE_M_MAX {
        let message = "Nobody brings anything so far.";
        return Err(Refusal::invalid(vec![Fault::new("?to", "too_far", message)]));
    }
    let rules = fees.rules.of(call.market()).await?;
    let settings = rules.at(call.now);
    let fee = FeeView {
        fee: quote::delivery_fee(settings, distance_m, factor_bp)?,
        distance_m,
        factor_bp,
        is_busy: factor_bp > WHOLE_BP,
        free_above: settings.fee.free_above_minor.map(|minor| settings.money(minor)),
    };
    Ok(Answer::ok(&fee)?.public(limits::FEE_MAX_AGE_S, limits::FEE_STALE_S))
}
