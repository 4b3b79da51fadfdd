use kernel::jiff::{SignedDuration, Timestamp};
use kernel::{Ctx, Currency, Decision, Fault, Refusal};

use super::model::{Rules, Settings};
use super::{limits, repo};

/// Settings for a market, from a moment on; from now on, if none is given.
#[derive(Debug)]
pub struct Wish<'a> {
    pub settings: &'a Settings,
    pub from: Option<Timestamp>,
    /// What the market trades in.
    pub currency: Currency,
}

pub fn set(wish: &Wish<'_>, present: &Rules, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    let mut faults = faults(wish.settings, wish.currency);
    let from = wish.from.unwrap_or(ctx.now);
    faults.extend(date_fault(from, present, ctx.now));
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    Ok(Decision::nothing().change(repo::changed_from(present.version, ctx.now)).change(repo::put(
        from,
        wish.settings,
        ctx.now,
        ctx.actor,
    )))
}

fn date_fault(from: Timestamp, present: &Rules, now: Timestamp) -> Option<Fault> {
    const FIELD: &str = "/from";
    if from < now {
        return Some(Fault::new(FIELD, "in_the_past", "What was charged already stays: not before now."));
    }
    if from.duration_since(now) > SignedDuration::from_hours(24 * limits::AHEAD_DAYS_MAX) {
        let message = format!("At most {} days ahead.", limits::AHEAD_DAYS_MAX);
        return Some(Fault::new(FIELD, "out_of_range", message));
    }
    let later = present.after(now);
    let is_full = later.len() >= limits::DATED_MAX && later.iter().all(|its| its.from != from);
    is_full.then(|| {
        let message = format!("At most {} settings wait for their day.", limits::DATED_MAX);
        Fault::new(FIELD, "too_many", message)
    })
}

/// What no single field's bounds say.
fn faults(settings: &Settings, currency: Currency) -> Vec<Fault> {
    let (fee, service, commission) = (&settings.fee, &settings.service, &settings.commission);
    let checks = [
        (settings.currency == currency, "/currency", "must be the one in which the place trades"),
        (fee.cap_minor >= fee.base_minor, "/fee/cap_minor", "must not be less than the base"),
        (service.max_minor >= service.min_minor, "/service/max_minor", "must not be less than the minimum"),
        (
            commission.free_days_max >= commission.free_days,
            "/commission/free_days_max",
            "must not be less than the days that everybody has",
        ),
        (
            settings.referral_tiers.is_sorted_by(|one, next| one.from < next.from),
            "/referral_tiers",
            "must begin each at more people than the one before",
        ),
        (
            settings.referral_tiers.is_sorted_by(|one, next| one.share_bp <= next.share_bp),
            "/referral_tiers",
            "must not give less for more people",
        ),
        (
            settings.dispatch.rings_m.is_sorted_by(|one, next| one < next),
            "/dispatch/rings_m",
            "must each be wider than the one before",
        ),
        (
            (settings.demand.cap_bp - super::WHOLE_BP).is_multiple_of(settings.demand.step_bp),
            "/demand/cap_bp",
            "must be a whole number of steps above one",
        ),
        (settings.demand.hold_bp < settings.demand.step_bp, "/demand/hold_bp", "must be less than a step"),
        (
            settings.order.reservation_min >= settings.order.quote_min,
            "/order/reservation_min",
            "must not be less than a quote holds",
        ),
    ];
    let wrong = checks.into_iter().filter(|(holds, ..)| !holds);
    let mut faults: Vec<Fault> = wrong
        .map(|(_, field, what)| Fault::new(in_settings(field), "contradictory", format!("This {what}.")))
        .collect();
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    for (place, _) in settings.languages.iter().enumerate().filter(|(_, name)| !plain(name)) {
        let field = in_settings(&format!("/languages/{place}"));
        faults.push(Fault::new(field, "malformed", "A language is written like en or pt-BR."));
    }
    faults
}

fn in_settings(field: &str) -> String {
    format!("/settings{field}")
}

#[cfg(test)]
mod tests {
    use super::super::model::Dated;
    use super::super::parts::{DemandRule, FeeRule, OfferRule, OrderRule, ReferralTier, ServiceRule};
    use super::*;
    use kernel::jiff::tz::TimeZone;
    use kernel::{Actor, SequentialIds};

    const NOW: &str = "2026-03-01T10:00:00Z";

    fn asked(settings: &Settings, from: Option<&str>, present: &Rules) -> Vec<String> {
        let ctx = Ctx {
            now: NOW.parse().unwrap(),
            zone: &TimeZone::UTC,
            actor: Actor::System,
            ids: &SequentialIds::starting_at(1),
        };
        let from = from.map(|from| from.parse().unwrap());
        let wish = Wish { settings, from, currency: Currency::ZAR };
        match set(&wish, present, &ctx) {
            Ok(_) => Vec::new(),
            Err(refusal) => refusal.faults().iter().map(|fault| fault.field.clone()).collect(),
        }
    }

    #[test]
    fn the_template_is_sound() {
        assert!(asked(&Settings::default(), None, &Rules::default()).is_empty());
        assert!(asked(&Settings::default(), Some("2026-07-01T00:00:00Z"), &Rules::default()).is_empty());
    }

    #[test]
    fn every_fault_is_named() {
        let settings = Settings {
            currency: Currency::KES,
            languages: vec!["en".into(), "x y".into()],
            fee: FeeRule { cap_minor: 1, ..FeeRule::default() },
            service: ServiceRule { share_bp: 1, min_minor: 2, max_minor: 1 },
            referral_tiers: vec![
                ReferralTier { from: 5, share_bp: 500 },
                ReferralTier { from: 5, share_bp: 400 },
            ],
            dispatch: OfferRule { rings_m: vec![7_000, 5_000], ..OfferRule::default() },
            demand: DemandRule { cap_bp: 20_500, hold_bp: 1_000, ..DemandRule::default() },
            order: OrderRule { quote_min: 20, ..OrderRule::default() },
            ..Settings::default()
        };
        let expected = [
            "/settings/currency",
            "/settings/fee/cap_minor",
            "/settings/service/max_minor",
            "/settings/referral_tiers",
            "/settings/referral_tiers",
            "/settings/dispatch/rings_m",
            "/settings/demand/cap_bp",
            "/settings/demand/hold_bp",
            "/settings/order/reservation_min",
            "/settings/languages/1",
            "/from",
        ];
        assert_eq!(asked(&settings, Some("2026-03-01T09:59:59Z"), &Rules::default()), expected);
    }

    #[test]
    fn settings_wait_for_their_day_within_bounds() {
        let first: Timestamp = "2026-04-01T00:00:00Z".parse().unwrap();
        let day = |count: i64| first + SignedDuration::from_hours(24 * count);
        let dated = |from| Dated { from, settings: Settings::default() };
        let full = Rules::new(1, (0..limits::DATED_MAX as i64).map(|count| dated(day(count))).collect());
        let settings = Settings::default();
        assert_eq!(asked(&settings, Some("2026-06-01T00:00:00Z"), &full), ["/from"]);
        assert!(asked(&settings, Some("2026-04-02T00:00:00Z"), &full).is_empty(), "that day is set anew");
        assert_eq!(asked(&settings, Some("2027-06-01T00:00:00Z"), &Rules::default()), ["/from"]);
    }
}
