use serde::{Deserialize, Serialize};

use crate::id::{Id, Person};

/// On whose behalf something is done; kept with every event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The platform itself: a job, a reaction, a chore.
    #[default]
    System,
    /// Somebody who gave no name.
    Anonymous,
    Person(Id<Person>),
    /// A program with an API key, by the key's id.
    Key(i64),
}

impl Actor {
    /// One column for four cases: people and keys are positive and negative, the others small.
    pub fn to_raw(self) -> i64 {
        match self {
            Actor::System => 0,
            Actor::Anonymous => 1,
            Actor::Person(id) => id.raw(),
            Actor::Key(id) => -id,
        }
    }

    pub fn from_raw(raw: i64) -> Self {
        match raw {
            0 => Actor::System,
            1 => Actor::Anonymous,
            id if id > 0 => Actor::Person(Id::from_raw(id)),
            id => Actor::Key(-id),
        }
    }
}
