//! Somebody who need not be known yet gets a role, and a message with a code that signs them in once.
//! All of it is one decision: nobody has a role without having been told, and nobody is told of one that
//! they do not have.

use kernel::{Fault, Id, Refusal, values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Body, Call, Grant, Path, Role, Scope};

use super::http::{PlaceName, named_scope};
use super::model::{HeldRole, RoleView};
use crate::code::{Code, decide as codes};
use crate::identity::Identity;
use crate::person::decide::{NewPerson, join, name_fault};
use crate::person::{self, PersonRow};
use crate::{contact, role};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// An e-mail address, or a telephone number.
    #[schemars(length(min = 3, max = 254))]
    contact: String,
    /// What whoever has no account yet is called.
    #[schemars(length(min = 1, max = 120))]
    name: String,
    #[serde(default)]
    place: PlaceName,
    /// Where the place is a provider.
    provider: Option<Id<kernel::Provider>>,
    role: Role,
}

#[derive(Deserialize, JsonSchema)]
pub struct ProviderPath {
    provider: Id<kernel::Provider>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewColleague {
    /// An e-mail address, or a telephone number.
    #[schemars(length(min = 3, max = 254))]
    contact: String,
    /// What whoever has no account yet is called.
    #[schemars(length(min = 1, max = 120))]
    name: String,
    role: Role,
}

#[derive(Serialize, JsonSchema)]
pub struct Invited {
    grant: RoleView,
    /// Whether a message goes to them. False for whoever had the role already.
    sent: bool,
}

pub(super) async fn give_provider_invitation(
    identity: &Identity,
    call: Call,
    Path(at): Path<ProviderPath>,
    Body(new): Body<NewColleague>,
) -> Result<Answer<Invited>, Refusal> {
    if !tenancy::provider::exists(call.market(), at.provider).await? {
        return Err(Refusal::not_found());
    }
    let NewColleague { contact, name, role } = new;
    let (place, provider) = (PlaceName::Provider, Some(at.provider));
    give_invitation(identity, call, Body(NewInvitation { contact, name, place, provider, role })).await
}

pub(super) async fn give_invitation(
    identity: &Identity,
    call: Call,
    Body(input): Body<NewInvitation>,
) -> Result<Answer<Invited>, Refusal> {
    let contact = identity.contact(&call, &input.contact, "/contact");
    let faults: Vec<Fault> =
        [contact.is_err().then(|| contact::fault("/contact")), name_fault("/name", &input.name)]
            .into_iter()
            .flatten()
            .collect();
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let scope = named_scope(&call, input.place, input.provider).await?;
    let grant = Grant { scope, role: input.role };
    let site = if scope == Scope::Tenant { Id::from_raw(0) } else { call.site.market_id };
    // Whoever may not give this role learns nothing, and sends nothing.
    role::decide::may(&call.caller, grant, site)?;
    identity.may_send(&call, &input.contact).await?;
    let (contact, home) = (contact?, call.home());
    let code: Id<Code> = call.ctx().fresh();
    let answer = call
        .change_home(|| async {
            let ctx = call.ctx();
            let known: Option<PersonRow> =
                home.one(person::repo::BY_CONTACT, values![&contact.address]).await?;
            let language = call.site.languages.first().cloned().unwrap_or_default();
            let new = NewPerson {
                address: contact.address.clone(),
                name: input.name.clone(),
                language,
                password: None,
            };
            let (joined, person) = match known {
                Some(person) => (kernel::Decision::nothing(), person.id),
                None => join(new, &ctx),
            };
            let held = HeldRole { id: ctx.fresh(), person, grant, site };
            let before = super::before(home, &held).await?;
            let (given, held) = role::decide::give(Some(&call.caller), before, held, &ctx)?;
            let sent = !given.is_nothing();
            let told = if sent {
                codes::invite(code, &contact.address, call.site.market_id, &ctx)
            } else {
                kernel::Decision::nothing()
            };
            let location = format!("{}/v1/grants/{}", call.base, held.id);
            let invited = Invited { grant: RoleView::from(held), sent };
            let answer = Answer::created(location, &invited)?;
            Ok((joined.and(given).and(told), answer))
        })
        .await;
    // In memory is what they might do before.
    let found: Option<PersonRow> = home.one(person::repo::BY_CONTACT, values![&contact.address]).await?;
    if let Some(person) = found {
        identity.verifier.forget_person(home, person.id);
    }
    answer
}
