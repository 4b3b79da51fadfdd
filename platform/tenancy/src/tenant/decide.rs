use kernel::{Ctx, Decision, Fault, NewEvent, Refusal, values};
use serde_json::json;
use web::Tier;

use super::model::{NewTenant, State, Tenant, tier_name};
use super::repo;
use crate::operations::Outcome;
use crate::{directory, limits, words};

/// The tenant as it will be, and what to write for it.
pub fn add(existing: Option<Tenant>, new: &NewTenant, ctx: &Ctx<'_>) -> Result<(Decision, Tenant), Refusal> {
    let faults = faults(new);
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    if let Some(tenant) = existing {
        let same = tenant.name == new.name
            && tenant.languages == new.languages
            && tenant.currency == new.currency
            && tenant.country == new.country;
        return match same {
            true => Ok((Decision::nothing(), tenant)),
            false => Err(Refusal::conflict(
                "tenant_exists_otherwise",
                format!("There is a tenant {} already, with other settings.", new.slug),
            )),
        };
    }
    let tenant = Tenant {
        id: ctx.fresh(),
        slug: new.slug.clone(),
        name: new.name.clone(),
        tier: new.tier,
        languages: new.languages.clone(),
        currency: new.currency.clone(),
        country: new.country.clone(),
        state: State::Making,
    };
    let row = values![
        tenant.id,
        &tenant.slug,
        &tenant.name,
        tier_name(tenant.tier),
        tenant.languages.join(" "),
        &tenant.currency,
        &tenant.country,
        tenant.state.name(),
        ctx.now
    ];
    Ok((Decision::nothing().change(repo::ADD.with(row)), tenant))
}

/// The home is made: the tenant may be seen.
pub fn made(tenant: &Tenant) -> Decision {
    Decision::nothing()
        .change(repo::SET_STATE.with(values![tenant.id, State::Active.name(), State::Making.name()]))
        .change(directory::changed())
        .event(NewEvent::new("tenant.added", tenant.id, &json!({"slug": tenant.slug})))
}

pub fn set_tier(tenant: &Tenant, tier: Tier) -> (Decision, Outcome) {
    if tenant.tier == tier {
        return (Decision::nothing(), Outcome::AlreadyThere);
    }
    let decision = Decision::nothing()
        .change(repo::SET_TIER.with(values![tenant.id, tier_name(tier)]))
        .change(directory::changed())
        .event(NewEvent::new("tenant.tier_set", tenant.id, &json!({"tier": tier_name(tier)})));
    (decision, Outcome::Done)
}

fn faults(new: &NewTenant) -> Vec<Fault> {
    let mut faults: Vec<Fault> = [
        words::slug("/slug", &new.slug),
        words::name("/name", &new.name),
        words::currency("/currency", &new.currency),
        words::country("/country", &new.country),
    ]
    .into_iter()
    .flatten()
    .collect();
    if new.languages.is_empty() || new.languages.len() > limits::LANGUAGES_MAX {
        let message = format!("Has 1 to {} languages.", limits::LANGUAGES_MAX);
        faults.push(Fault::new("/languages", "wrong_count", message));
    }
    let languages = new.languages.iter().take(limits::LANGUAGES_MAX).enumerate();
    faults.extend(languages.filter_map(|(place, it)| words::language(&format!("/languages/{place}"), it)));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::jiff::{Timestamp, tz::TimeZone};
    use kernel::{Actor, SequentialIds};

    fn new() -> NewTenant {
        NewTenant {
            slug: "cityhelper".into(),
            name: "CityHelper".into(),
            tier: Tier::Free,
            languages: vec!["en".into(), "es".into()],
            currency: "USD".into(),
            country: "US".into(),
        }
    }

    #[test]
    fn adding_names_all_faults_and_repeats_quietly() {
        let ids = SequentialIds::starting_at(5);
        let ctx = Ctx { now: Timestamp::UNIX_EPOCH, zone: &TimeZone::UTC, actor: Actor::System, ids: &ids };
        let (decision, tenant) = add(None, &new(), &ctx).unwrap();
        assert_eq!(decision.changes.len(), 1);
        assert_eq!(tenant.state, State::Making);
        let (again, _) = add(Some(tenant.clone()), &new(), &ctx).unwrap();
        assert!(again.is_nothing());
        let other = NewTenant { name: "Other".into(), ..new() };
        assert_eq!(add(Some(tenant), &other, &ctx).unwrap_err().code(), "tenant_exists_otherwise");
        let bad = NewTenant {
            slug: "v1".into(),
            name: String::new(),
            tier: Tier::Free,
            languages: vec!["x".into()],
            currency: "QQQ".into(),
            country: "QQ".into(),
        };
        let refusal = add(None, &bad, &ctx).unwrap_err();
        let fields: Vec<_> = refusal.faults().iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["/slug", "/name", "/currency", "/country", "/languages/0"]);
    }
}
