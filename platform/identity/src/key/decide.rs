use std::collections::BTreeSet;
use std::sync::Arc;

use kernel::jiff::Timestamp;
use kernel::{Ctx, Decision, Fault, NewEvent, Refusal, values};
use serde_json::json;
use web::{Caller, Grant, Role};

use super::model::KeyRow;
use super::{OWN_SCOPES, repo};
use crate::limits;
use crate::role::decide::highest;
use crate::role::model::{place, role_name};

/// A key for a place where the caller is at least a manager, and with no more than the caller's own role.
pub fn make(
    caller: &Caller,
    key: &KeyRow,
    hash: [u8; 32],
    existing: i64,
    ctx: &Ctx<'_>,
) -> Result<Decision, Refusal> {
    let own = highest(caller, key.place, key.site).filter(|own| *own >= Role::Manager);
    if own.is_none() || key.role > own {
        return Err(Refusal::forbidden());
    }
    // A limited key must not make one without limits.
    if key.scopes.iter().any(|scope| !caller.has_scope(scope)) {
        return Err(Refusal::forbidden());
    }
    if existing >= limits::KEYS_MAX {
        return Err(Refusal::conflict("too_many_keys", "Revoke a key of this market first."));
    }
    let (place, place_id) = place(key.place);
    let row = values![
        key.id,
        hash,
        &key.name,
        key.owner,
        ctx.actor.to_raw(),
        key.role.map(role_name),
        place,
        place_id,
        key.site,
        key.scopes.join(" "),
        ctx.now,
        key.expires
    ];
    let event = json!({"place": place, "place_id": place_id});
    Ok(Decision::nothing().change(repo::ADD.with(row)).event(NewEvent::new("key.made", key.id, &event)))
}

/// What a key is asked to be used for, each once; a fault for each that it cannot be.
pub fn scopes(asked: &[String], known: &BTreeSet<&str>, lasting: bool) -> Result<Vec<String>, Vec<Fault>> {
    let (mut scopes, mut faults) = (Vec::new(), Vec::new());
    for (at, scope) in asked.iter().enumerate() {
        let mut object =
            |code, message: String| faults.push(Fault::new(format!("/scopes/{at}"), code, message));
        if !known.contains(&**scope) {
            let known: Vec<&str> = known.iter().copied().collect();
            object("unknown_choice", format!("Must be one of {}.", known.join(", ")));
        } else if lasting && OWN_SCOPES.contains(&&**scope) {
            object("not_lasting", "A lasting key cannot give roles or make keys.".into());
        } else if !scopes.contains(scope) {
            scopes.push(scope.clone());
        }
    }
    if faults.is_empty() { Ok(scopes) } else { Err(faults) }
}

/// What a key may be used for now, whatever it was made with.
pub fn scopes_now(key: &KeyRow) -> Arc<[String]> {
    let lasting = key.owner.is_none();
    key.scopes.iter().filter(|scope| !lasting || !OWN_SCOPES.contains(&&***scope)).cloned().collect()
}

pub fn revoke(caller: &Caller, key: &KeyRow, now: Timestamp) -> Result<Decision, Refusal> {
    let own = highest(caller, key.place, key.site).filter(|own| *own >= Role::Manager);
    if own.is_none() || key.role > own {
        return Err(Refusal::forbidden());
    }
    if key.revoked {
        return Err(Refusal::not_found());
    }
    Ok(Decision::nothing().change(repo::REVOKE.with(values![key.id, now])).event(NewEvent::new(
        "key.revoked",
        key.id,
        &json!({}),
    )))
}

/// What a key may now: its own role, and where it belongs to a person never more than theirs.
pub fn grants(key: &KeyRow, owner: Option<&Caller>) -> Vec<Grant> {
    let role = match (key.role, key.owner, owner) {
        (role, None, _) => role,
        (Some(role), Some(_), Some(owner)) => highest(owner, key.place, key.site).map(|own| own.min(role)),
        _ => None,
    };
    role.map(|role| Grant { scope: key.place, role }).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::jiff::tz::TimeZone;
    use kernel::{Actor, Id, SequentialIds};
    use web::Scope;

    fn caller(scope: Scope, role: Role) -> Caller {
        let grants = [Grant { scope, role }].into();
        Caller { actor: Actor::Person(Id::from_raw(5)), session: None, grants, scopes: None }
    }

    #[test]
    fn scopes_are_known_ones_and_a_lasting_key_makes_nobody_powerful() {
        let known = BTreeSet::from(["grants", "keys", "providers"]);
        // what is asked for, lasting, what it becomes or where the faults are
        for (asked, lasting, expect) in [
            (&[][..], true, Ok(&[][..])),
            (&["providers", "providers"], true, Ok(&["providers"])),
            (&["providers", "keys", "providers", "grants"], false, Ok(&["providers", "keys", "grants"])),
            (&["providers", "keys", "grants"], true, Err("/scopes/1 not_lasting, /scopes/2 not_lasting")),
            (&["provider", "keys"], false, Err("/scopes/0 unknown_choice")),
            (
                &["*", "grants", "all"],
                true,
                Err("/scopes/0 unknown_choice, /scopes/1 not_lasting, /scopes/2 unknown_choice"),
            ),
        ] {
            let asked: Vec<String> = asked.iter().map(|it| (*it).to_owned()).collect();
            let found = scopes(&asked, &known, lasting).map_err(|faults| {
                let said: Vec<_> = faults.iter().map(|it| format!("{} {}", it.field, it.code)).collect();
                said.join(", ")
            });
            let expect = expect.map(|it| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
            assert_eq!(found, expect.map_err(str::to_owned), "{asked:?}");
        }
    }

    #[test]
    fn a_key_never_has_more_than_who_made_it() {
        let now = Timestamp::UNIX_EPOCH;
        let (market, tenant) = (Scope::Market(Id::from_raw(1)), Scope::Tenant);
        let ids = SequentialIds::starting_at(1);
        use Role::*;
        // who makes it, for what, with which role, may they, what it has
        for (has, role, place, wants, expect, gets) in [
            (market, Manager, market, Some(Manager), true, Some(Manager)),
            (market, Manager, market, Some(Owner), false, Some(Manager)),
            (market, Manager, market, None, true, None),
            (market, Staff, market, Some(Staff), false, Some(Staff)),
            (market, Owner, tenant, Some(Staff), false, None),
            (tenant, Owner, tenant, Some(Owner), true, Some(Owner)),
            (tenant, Manager, market, Some(Staff), true, Some(Staff)),
        ] {
            let key = KeyRow {
                id: Id::from_raw(3),
                name: "till".into(),
                owner: Some(Id::from_raw(5)),
                role: wants,
                place,
                site: Id::from_raw(1),
                scopes: vec!["requests".into()],
                at: now,
                expires: now,
                revoked: false,
            };
            let caller = caller(has, role);
            let ctx = Ctx { now, zone: &TimeZone::UTC, actor: caller.actor, ids: &ids };
            assert_eq!(make(&caller, &key, [0; 32], 0, &ctx).is_ok(), expect);
            assert_eq!(grants(&key, Some(&caller)).first().map(|grant| grant.role), gets);
            let limited = Caller { scopes: Some(["other".to_owned()].into()), ..caller.clone() };
            assert!(make(&limited, &key, [0; 32], 0, &ctx).is_err());
        }
    }
}
