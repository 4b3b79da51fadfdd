//! What the command line and the demo do to people: both may be repeated.

use kernel::jiff::tz::TimeZone;
use kernel::{Actor, Clock, Ctx, Fault, Id, IdSource, Random, Refusal, values};
use store::{Market, Stamp};
use tenancy::{Country, Outcome};
use web::{Grant, Scope};

use crate::code::decide as codes;
use crate::contact::{self, Contact};
use crate::identity::Identity;
use crate::person::decide::{NewPerson, join, name_fault};
use crate::person::{self, PersonRow};
use crate::role::{self, HeldRole};

/// Somebody whom the operator vouches for.
pub struct KnownPerson<'a> {
    pub contact: &'a str,
    pub country: Option<Country>,
    pub name: &'a str,
    pub language: &'a str,
    pub password: Option<&'a str>,
}

/// Where fresh things come from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    pub clock: &'a dyn Clock,
    pub ids: &'a dyn IdSource,
    pub random: &'a dyn Random,
}

/// A role that the operator gives, and where whoever gets it is told, by which market.
struct Given {
    grant: Grant,
    site: Option<Id<kernel::Market>>,
    told: Option<(String, Id<kernel::Market>)>,
}

impl Identity {
    /// A person without a code being sent; one who is there already is left as they are.
    pub async fn add_person(
        &self,
        home: &Market,
        new: KnownPerson<'_>,
        sources: Sources<'_>,
    ) -> Result<(Outcome, Id<kernel::Person>), Refusal> {
        let contact = Contact::parse(new.contact, new.country);
        let faults: Vec<Fault> =
            [contact.is_none().then(|| contact::fault("/contact")), name_fault("/name", new.name)]
                .into_iter()
                .flatten()
                .collect();
        let Some(contact) = contact.filter(|_| faults.is_empty()) else {
            return Err(Refusal::invalid(faults));
        };
        let find = || home.one::<PersonRow>(person::repo::BY_CONTACT, values![&contact.address]);
        if let Some(person) = find().await? {
            return Ok((Outcome::AlreadyThere, person.id));
        }
        let password = match new.password {
            Some(password) => Some(self.passwords.keep(password.to_owned(), sources.random).await?),
            None => None,
        };
        home.change(|| async {
            let ctx = ctx(sources);
            if let Some(person) = find().await? {
                let answer = (Outcome::AlreadyThere, person.id);
                return Ok((Stamp::from(&ctx), kernel::Decision::nothing(), answer));
            }
            let person = NewPerson {
                address: contact.address.clone(),
                name: new.name.to_owned(),
                language: new.language.to_owned(),
                password: password.clone(),
            };
            let (decision, id) = join(person, &ctx);
            Ok((Stamp::from(&ctx), decision, (Outcome::Done, id)))
        })
        .await
    }

    /// Whose contact this is.
    pub async fn find_person(
        &self,
        home: &Market,
        contact: &str,
        country: Option<Country>,
    ) -> Result<Id<kernel::Person>, Refusal> {
        let contact = Contact::parse(contact, country)
            .ok_or_else(|| Refusal::invalid(vec![contact::fault("/contact")]))?;
        let person: Option<PersonRow> = home.one(person::repo::BY_CONTACT, values![&contact.address]).await?;
        person.map(|person| person.id).ok_or_else(Refusal::not_found)
    }

    /// The operator's word: how a tenant gets its first owner. `site` is the market of a provider.
    pub async fn give_role(
        &self,
        home: &Market,
        person: Id<kernel::Person>,
        grant: Grant,
        site: Option<Id<kernel::Market>>,
        sources: Sources<'_>,
    ) -> Result<Outcome, Refusal> {
        self.give(home, person, Given { grant, site, told: None }, sources).await
    }

    /// The same for somebody who is told of it: whoever did not have the role gets a message with a code
    /// that signs them in once. Says whether there was one to send.
    pub async fn invite(
        &self,
        home: &Market,
        (person, contact): (Id<kernel::Person>, &str),
        (grant, market): (Grant, Id<kernel::Market>),
        sources: Sources<'_>,
    ) -> Result<Outcome, Refusal> {
        let contact = Contact::parse(contact, None)
            .ok_or_else(|| Refusal::invalid(vec![contact::fault("/contact")]))?;
        // Where nobody is reached they still get their role; they ask for a code when there is a channel.
        let told = Some((contact.address, market)).filter(|_| self.sender.reaches(contact.channel));
        self.give(home, person, Given { grant, site: Some(market), told }, sources).await
    }

    /// Whether an invitation to this contact would reach anybody.
    pub fn reaches(&self, contact: &str) -> bool {
        Contact::parse(contact, None).is_some_and(|contact| self.sender.reaches(contact.channel))
    }

    async fn give(
        &self,
        home: &Market,
        person: Id<kernel::Person>,
        Given { grant, site, told }: Given,
        sources: Sources<'_>,
    ) -> Result<Outcome, Refusal> {
        let site = match (grant.scope, site) {
            (Scope::Tenant, _) => Id::from_raw(0),
            (Scope::Market(id), _) => id,
            (Scope::Provider(_), Some(site)) => site,
            (Scope::Provider(_), None) => {
                let fault = Fault::new("/market", "missing", "Name the market of the provider.");
                return Err(Refusal::invalid(vec![fault]));
            }
        };
        let outcome = home
            .change(|| async {
                let ctx = ctx(sources);
                let new = HeldRole { id: ctx.fresh(), person, grant, site };
                let before = role::before(home, &new).await?;
                let (decision, _) = role::decide::give(None, before, new, &ctx)?;
                if decision.is_nothing() {
                    return Ok((Stamp::from(&ctx), decision, Outcome::AlreadyThere));
                }
                let told = told.as_ref().map(|(to, market)| codes::invite(ctx.fresh(), to, *market, &ctx));
                Ok((Stamp::from(&ctx), decision.and(told.unwrap_or_default()), Outcome::Done))
            })
            .await;
        self.verifier.forget_person(home, person);
        outcome
    }
}

fn ctx(sources: Sources<'_>) -> Ctx<'_> {
    static UTC: TimeZone = TimeZone::UTC;
    Ctx { now: sources.clock.now(), zone: &UTC, actor: Actor::System, ids: sources.ids }
}
