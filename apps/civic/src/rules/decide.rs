use kernel::text::{self, Lines};
use kernel::{Ctx, Decision, Fault, Refusal};

use super::model::Settings;
use super::repo;

/// Chooses a market's settings.
pub fn set(settings: &Settings, ctx: &Ctx<'_>) -> Result<Decision, Refusal> {
    let mut faults = Vec::new();
    if let (Some(minute), Some(day)) = (settings.anonymous_per_minute, settings.anonymous_per_day)
        && day < minute
    {
        let message = "A day has at least as many as a minute.";
        faults.push(Fault::new("/anonymous_per_day", "out_of_range", message));
    }
    if settings.archive_after_days < settings.erase_after_days {
        let message = "What is personal is erased before a request is archived: not fewer days than that.";
        faults.push(Fault::new("/archive_after_days", "out_of_range", message));
    }
    if let Some(kind) = &settings.area_kind {
        let fault = text::fault("/area_kind", kind, Lines::One);
        let blank = text::is_blank(kind).then(|| Fault::new("/area_kind", "blank", "Say which kind."));
        faults.extend(fault.or(blank));
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    Ok(Decision::nothing().change(repo::set(settings, ctx.now)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::jiff::tz::TimeZone;
    use kernel::{Actor, SequentialIds};

    #[test]
    fn every_fault_is_named() {
        let ctx = Ctx {
            now: "2026-03-01T10:00:00Z".parse().unwrap(),
            zone: &TimeZone::UTC,
            actor: Actor::System,
            ids: &SequentialIds::starting_at(1),
        };
        assert!(set(&Settings::default(), &ctx).is_ok());
        let settings = Settings {
            anonymous_per_minute: Some(9),
            anonymous_per_day: Some(8),
            area_kind: Some(" ".into()),
            archive_after_days: 9,
            erase_after_days: 10,
            ..Settings::default()
        };
        let refusal = set(&settings, &ctx).unwrap_err();
        let named: Vec<&str> = refusal.faults().iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(named, ["/anonymous_per_day", "/archive_after_days", "/area_kind"]);
    }
}
