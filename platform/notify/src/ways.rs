//! By which ways people can be reached, and which of them they want: for whoever writes to many at once.

use kernel::{Id, Person, values};
use store::{Market, Query, StoreError};

use crate::channel::Channel;
use crate::device;
use crate::limits::DEVICES_MAX;
use crate::preference::decide::wants;
use crate::preference::model::{Choice, Owner};
use crate::preference::repo::choices;

/// One person's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ways {
    /// Where push messages go.
    pub tokens: Vec<String>,
    choices: Vec<Choice>,
}

impl Ways {
    /// Whether they want it, or never said that they do not.
    pub fn wants(&self, topic: &str, channel: Channel) -> bool {
        wants(&self.choices, topic, channel)
    }

    /// Whether they asked for exactly that.
    pub fn asked_for(&self, topic: &str, channel: Channel) -> bool {
        let its = |choice: &&Choice| choice.topic == topic && choice.channel == channel.name();
        self.choices.iter().find(its).is_some_and(|choice| choice.allowed)
    }
}

/// In the order of the people.
pub async fn ways(market: &Market, people: &[Id<Person>]) -> Result<Vec<Ways>, StoreError> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let each = people.iter().flat_map(|person| {
        let tokens = Query { sql: device::repo::TOKENS, params: values![*person, DEVICES_MAX] };
        [tokens, choices(Owner::Person(*person))]
    });
    let found = market.snapshot(each.collect()).await?;
    let one = |rows: &[store::Rows]| {
        let [tokens, choices] = rows else { return Ok(Ways::default()) };
        let tokens = tokens.list::<(String,)>()?.into_iter().map(|(token,)| token).collect();
        Ok(Ways { tokens, choices: choices.list()? })
    };
    found.chunks(2).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asked_for_is_more_than_wanted() {
        let choice = |topic: &str, channel: &str, allowed| Choice {
            topic: topic.into(),
            channel: channel.into(),
            allowed,
        };
        for (choices, wants, asked_for) in [
            (vec![], true, false),
            (vec![choice("*", "*", true)], true, false),
            (vec![choice("shop", "email", true)], true, true),
            (vec![choice("shop", "email", false)], false, false),
            (vec![choice("shop", "*", false)], false, false),
            (vec![choice("other", "email", false)], true, false),
        ] {
            let ways = Ways { tokens: Vec::new(), choices };
            let found = (ways.wants("shop", Channel::Email), ways.asked_for("shop", Channel::Email));
            assert_eq!(found, (wants, asked_for), "{ways:?}");
        }
    }
}
