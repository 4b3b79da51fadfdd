use kernel::{Ctx, Decision, Id, NewEvent, Refusal, values};
use serde_json::json;
use web::{Caller, Grant, Role, Scope};

use super::model::{HeldRole, place, role_name};
use super::repo;
use crate::limits;

/// The highest role that a caller has in a place, by itself or by what is above it.
pub fn highest(caller: &Caller, scope: Scope, site: Id<kernel::Market>) -> Option<Role> {
    let covers = |grant: &&Grant| {
        grant.scope == Scope::Tenant
            || grant.scope == scope
            || matches!(scope, Scope::Provider(_)) && grant.scope == Scope::Market(site)
    };
    caller.grants.iter().filter(covers).map(|grant| grant.role).max()
}

/// Only an owner of the place gives and takes roles there, and none above their own.
fn may(caller: &Caller, grant: Grant, site: Id<kernel::Market>) -> Result<(), Refusal> {
    match highest(caller, grant.scope, site) {
        Some(own) if own == Role::Owner && own >= grant.role => Ok(()),
        _ => Err(Refusal::forbidden()),
    }
}

/// Gives a role, or changes the one that the person has there. `caller` is none for the platform itself.
pub fn give(
    caller: Option<&Caller>,
    existing: Option<HeldRole>,
    held_by_person: usize,
    new: HeldRole,
    ctx: &Ctx<'_>,
) -> Result<(Decision, HeldRole), Refusal> {
    if let Some(caller) = caller {
        may(caller, new.grant, new.site)?;
        if let Some(existing) = existing {
            may(caller, existing.grant, existing.site)?;
        }
    }
    let given_by = ctx.actor.to_raw();
    let (place, place_id) = place(new.grant.scope);
    let role = role_name(new.grant.role);
    let (change, held) = match existing {
        Some(existing) if existing.grant == new.grant => return Ok((Decision::nothing(), existing)),
        Some(existing) => {
            let was = role_name(existing.grant.role);
            (
                repo::SET.with(values![existing.id, role, given_by, ctx.now, was]),
                HeldRole { id: existing.id, ..new },
            )
        }
        None if held_by_person as i64 >= limits::ROLES_PER_PERSON_MAX => {
            return Err(Refusal::conflict("too_many_roles", "This person has too many roles already."));
        }
        None => {
            let row = values![new.id, new.person, place, place_id, new.site, role, given_by, ctx.now];
            (repo::ADD.with(row), new)
        }
    };
    let event = json!({"person": held.person, "place": place, "place_id": place_id, "role": role});
    Ok((Decision::nothing().change(change).event(NewEvent::new("role.given", held.person, &event)), held))
}

pub fn take(caller: &Caller, held: &HeldRole) -> Result<Decision, Refusal> {
    may(caller, held.grant, held.site)?;
    let (place, place_id) = place(held.grant.scope);
    let event = json!({"person": held.person, "place": place, "place_id": place_id});
    Ok(Decision::nothing().change(repo::TAKE.with(values![held.id])).event(NewEvent::new(
        "role.taken",
        held.person,
        &event,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Actor;

    #[test]
    fn only_an_owner_of_the_place_may() {
        let (here, there) = (Id::from_raw(1), Id::from_raw(2));
        let provider = Scope::Provider(Id::from_raw(9));
        let (market, tenant) = (Scope::Market(here), Scope::Tenant);
        use Role::*;
        // what the caller has, where they give, which role, may they
        for (has, role, scope, given, expect) in [
            (tenant, Owner, tenant, Owner, true),
            (tenant, Owner, market, Owner, true),
            (tenant, Owner, provider, Staff, true),
            (tenant, Manager, market, Staff, false),
            (market, Owner, market, Owner, true),
            (market, Owner, provider, Manager, true),
            (market, Owner, tenant, Staff, false),
            (market, Manager, provider, Staff, false),
            (Scope::Market(there), Owner, market, Staff, false),
            (Scope::Market(there), Owner, provider, Staff, false),
            (provider, Owner, provider, Owner, true),
            (provider, Owner, market, Staff, false),
            (Scope::Provider(Id::from_raw(8)), Owner, provider, Staff, false),
        ] {
            let caller = Caller {
                actor: Actor::Person(Id::from_raw(5)),
                session: None,
                grants: [Grant { scope: has, role }].into(),
                scopes: None,
            };
            let may = may(&caller, Grant { scope, role: given }, here).is_ok();
            assert_eq!(may, expect, "{role:?} of {has:?} gives {given:?} of {scope:?}");
        }
        assert!(may(&Caller::anonymous(), Grant { scope: market, role: Staff }, here).is_err());
    }
}
