//! Whoever is told of a deadline is written to, once for each level. A request that has a deadline is looked
//! after from then on.

use std::sync::Arc;

use bus::{Consumer, Trouble};
use futures_util::future::BoxFuture;
use kernel::Decision;
use notify::{Channel, NewMessage};
use serde::Deserialize;
use serde_json::json;
use store::{Event, Market, StoreError};

use super::model::{Message, Reached, Recipient};
use super::{decide, jobs, repo};
use crate::APP;
use crate::civic::Civic;
use crate::follower::links::REQUEST;
use crate::follower::mail::Mail;
use crate::limits;
use crate::request::event::{self, ESCALATED, Told};
use crate::request::number;

/// What staff choose about.
const TOPIC: &str = "civic.deadlines";

/// Where somebody of the city reads mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub person: Option<kernel::Id<kernel::Person>>,
    pub address: String,
    pub language: Option<String>,
}

/// Whoever knows the people of a market.
pub trait Staff: Send + Sync + 'static {
    fn reach<'a>(
        &'a self,
        market: &'a Market,
        recipient: &'a Recipient,
    ) -> BoxFuture<'a, Result<Vec<Mailbox>, StoreError>>;
}

pub struct TellStaff {
    pub civic: Arc<Civic>,
    pub staff: Arc<dyn Staff>,
    pub mail: Arc<Mail>,
}

#[derive(Deserialize)]
struct Levels {
    reached: Vec<Reached>,
}

impl Consumer for TellStaff {
    fn name(&self) -> &'static str {
        "civic.tell_staff"
    }

    fn wants(&self, name: &str) -> bool {
        [ESCALATED, event::REPORTED, event::CHANGED, event::ROUTED, event::UNMERGED, event::RESTORED]
            .contains(&name)
    }

    async fn handle(&self, market: &Market, events: &[Event]) -> Result<Decision, Trouble> {
        let rules = repo::rules(market).await?;
        let mut new = Vec::new();
        let mut is_watched = false;
        for event in events.iter().filter(|_| !rules.is_empty()) {
            let told: Told = event::read(event)?;
            let Some(facts) = &told.after else { continue };
            if event.name != ESCALATED {
                is_watched |= facts.due.is_some() && facts.closed.is_none();
                continue;
            }
            let levels: Levels =
                serde_json::from_str(&event.body).map_err(|error| Trouble::Failed(error.to_string()))?;
            for reached in &levels.reached {
                let category = self.category(market, &facts.category).await?;
                // Whoever is told for several reasons is told once.
                let mut told: Vec<String> = Vec::new();
                for message in decide::messages(&rules, event.subject(), facts, reached) {
                    for to in self.boxes(market, &message.to).await? {
                        if !told.contains(&to.address) {
                            new.push(self.to(market, &message, &to, &category));
                            told.push(to.address);
                        }
                    }
                }
            }
        }
        let decision = self.mail.all(new);
        Ok(match is_watched {
            true => decision.job(jobs::look_after(self.civic.clock.now(), limits::ESCALATION_EVERY)),
            false => decision,
        })
    }
}

impl TellStaff {
    async fn boxes(&self, market: &Market, to: &Recipient) -> Result<Vec<Mailbox>, StoreError> {
        match to {
            Recipient::Address(address) => {
                Ok(vec![Mailbox { person: None, address: address.clone(), language: None }])
            }
            known => self.staff.reach(market, known).await,
        }
    }

    async fn category(&self, market: &Market, code: &str) -> Result<String, StoreError> {
        let rules = self.civic.rules.of(market).await?;
        Ok(rules.category(code).map_or(code, |category| &category.name).to_owned())
    }

    fn to(&self, market: &Market, message: &Message, to: &Mailbox, category: &str) -> NewMessage {
        let due = message.due.to_zoned(self.civic.zone(market)).strftime("%Y-%m-%d %H:%M").to_string();
        let words = json!({
            "number": number::of(message.request),
            REQUEST: message.request,
            "category": category,
            "due": due,
            "when": if message.after_min < 0 { "before" } else { "after" },
        });
        let cause = match to.person {
            Some(person) => format!("{}:{person}", message.key),
            None => message.key.clone(),
        };
        NewMessage::new(Channel::Email, &to.address, &format!("{APP}.deadline"), TOPIC, &cause)
            .person(to.person)
            .language(to.language.as_deref())
            .arguments(words)
    }
}
