use kernel::{Change, Ctx, Decision, Id, NewEvent, Refusal, values};
use serde_json::json;
use web::{Caller, Grant, Role, Scope};

use super::model::{Held, HeldRole, place, role_name};
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
pub fn may(caller: &Caller, grant: Grant, site: Id<kernel::Market>) -> Result<(), Refusal> {
    match highest(caller, grant.scope, site) {
        Some(own) if own == Role::Owner && own >= grant.role => Ok(()),
        _ => Err(Refusal::forbidden()),
    }
}

/// What is known of the place and the person before a role is given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before {
    /// The role that the person has there already.
    pub existing: Option<HeldRole>,
    pub held_by_person: usize,
    /// Looked for where an owner of the tenant would cease to be one.
    pub other_owner: Option<Id<Held>>,
}

/// Whether this person would cease to be an owner of the tenant: then another one must stay.
pub fn ends_ownership(held: &HeldRole, then: Option<Role>) -> bool {
    held.grant == Grant { scope: Scope::Tenant, role: Role::Owner } && then != Some(Role::Owner)
}

/// The change to a role, and with it the promise that somebody still owns the tenant. Rows are
/// touched in the order of their ids by everyone: of two owners who remove each other at the same
/// instant the second waits for the first, finds that the row which had to stay is gone, and decides again.
fn while_owned(
    held: &HeldRole,
    then: Option<Role>,
    other_owner: Option<Id<Held>>,
    change: Change,
) -> Result<Decision, Refusal> {
    if !ends_ownership(held, then) {
        return Ok(Decision::nothing().change(change));
    }
    let Some(other) = other_owner else {
        let message = "This is the tenant's last owner. Make somebody else an owner first.";
        return Err(Refusal::conflict("last_owner", message));
    };
    let stays = repo::STAYS_OWNER.with(values![other]);
    let in_order = if other < held.id { [stays, change] } else { [change, stays] };
    Ok(Decision::nothing().changes(in_order))
}

/// Gives a role, or changes the one that the person has there. `caller` is none for the platform itself.
pub fn give(
    caller: Option<&Caller>,
    before: Before,
    new: HeldRole,
    ctx: &Ctx<'_>,
) -> Result<(Decision, HeldRole), Refusal> {
    let Before { existing, held_by_person, other_owner } = before;
    if let Some(caller) = caller {
        may(caller, new.grant, new.site)?;
        if let Some(existing) = existing {
            may(caller, existing.grant, existing.site)?;
        }
    }
    let given_by = ctx.actor.to_raw();
    let (place, place_id) = place(new.grant.scope);
    let role = role_name(new.grant.role);
    let (decision, held) = match existing {
        Some(existing) if existing.grant == new.grant => return Ok((Decision::nothing(), existing)),
        Some(existing) => {
            let was = role_name(existing.grant.role);
            let change = repo::SET.with(values![existing.id, role, given_by, ctx.now, was]);
            let decision = while_owned(&existing, Some(new.grant.role), other_owner, change)?;
            (decision, HeldRole { id: existing.id, ..new })
        }
        None if held_by_person as i64 >= limits::ROLES_PER_PERSON_MAX => {
            return Err(Refusal::conflict("too_many_roles", "This person has too many roles already."));
        }
        None => {
            let row = values![new.id, new.person, place, place_id, new.site, role, given_by, ctx.now];
            (Decision::nothing().change(repo::ADD.with(row)), new)
        }
    };
    let event = json!({"person": held.person, "place": place, "place_id": place_id, "role": role});
    Ok((decision.event(NewEvent::new("role.given", held.person, &event)), held))
}

pub fn take(caller: &Caller, held: &HeldRole, other_owner: Option<Id<Held>>) -> Result<Decision, Refusal> {
    may(caller, held.grant, held.site)?;
    let (place, place_id) = place(held.grant.scope);
    let event = json!({"person": held.person, "place": place, "place_id": place_id});
    let change = repo::TAKE.with(values![held.id, role_name(held.grant.role)]);
    let decision = while_owned(held, None, other_owner, change)?;
    Ok(decision.event(NewEvent::new("role.taken", held.person, &event)))
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

    #[test]
    fn the_last_owner_of_a_tenant_stays() {
        use Role::*;
        let (ids, zone) = (kernel::SequentialIds::starting_at(100), kernel::jiff::tz::TimeZone::UTC);
        let now = kernel::jiff::Timestamp::UNIX_EPOCH;
        let ctx = Ctx { now, zone: &zone, actor: Actor::System, ids: &ids };
        let (market, provider) = (Scope::Market(Id::from_raw(1)), Scope::Provider(Id::from_raw(9)));
        let owner = Grant { scope: Scope::Tenant, role: Owner };
        let caller = Caller { grants: [owner].into(), ..Caller::anonymous() };
        let names = |decision: Decision| -> Vec<_> {
            decision.changes.iter().map(|change| change.sql.name.rsplit("::").next().unwrap()).collect()
        };
        // where, what they are, what they become if anything, another owner, the changes or the refusal
        for (scope, role, then, other, expect) in [
            (Scope::Tenant, Owner, None, None, Err("last_owner")),
            (Scope::Tenant, Owner, Some(Manager), None, Err("last_owner")),
            (Scope::Tenant, Owner, Some(Owner), None, Ok(&[][..])),
            (Scope::Tenant, Owner, None, Some(7), Ok(&["TAKE", "STAYS_OWNER"])),
            (Scope::Tenant, Owner, None, Some(3), Ok(&["STAYS_OWNER", "TAKE"])),
            (Scope::Tenant, Owner, Some(Staff), Some(7), Ok(&["SET", "STAYS_OWNER"])),
            (Scope::Tenant, Owner, Some(Staff), Some(3), Ok(&["STAYS_OWNER", "SET"])),
            (Scope::Tenant, Manager, None, None, Ok(&["TAKE"])),
            (Scope::Tenant, Manager, Some(Owner), None, Ok(&["SET"])),
            (market, Owner, None, None, Ok(&["TAKE"])),
            (provider, Owner, Some(Staff), None, Ok(&["SET"])),
        ] {
            let (id, person, site) = (Id::from_raw(5), Id::from_raw(50), Id::from_raw(1));
            let held = HeldRole { id, person, grant: Grant { scope, role }, site };
            let other_owner = other.map(Id::from_raw);
            let found = match then {
                None => vec![take(&caller, &held, other_owner)],
                Some(then) => {
                    let new = HeldRole { id: Id::from_raw(6), grant: Grant { scope, role: then }, ..held };
                    let before = Before { existing: Some(held), held_by_person: 1, other_owner };
                    // The platform's own word makes no difference.
                    [Some(&caller), None]
                        .map(|caller| give(caller, before, new, &ctx).map(|(decision, _)| decision))
                        .into()
                }
            };
            for found in found {
                let found = found.map(names).map_err(|refusal| refusal.code());
                assert_eq!(found, expect.map(<[_]>::to_vec), "{role:?} of {scope:?} to {then:?}, {other:?}");
            }
        }
    }
}
