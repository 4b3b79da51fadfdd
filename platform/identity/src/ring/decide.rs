use kernel::jiff::Timestamp;
use kernel::{Change, values};

use super::repo;
use crate::limits;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRow {
    pub generation: i64,
    /// Signs from here on.
    pub not_before: Timestamp,
    /// Is not believed from here on; none while it is the newest.
    pub retire: Option<Timestamp>,
}

impl KeyRow {
    pub fn is_believed(&self, now: Timestamp) -> bool {
        self.retire.is_none_or(|retire| now < retire)
    }
}

/// The newest key whose time has come.
pub fn signing(keys: &[KeyRow], now: Timestamp) -> Option<KeyRow> {
    let ready = keys.iter().filter(|key| key.not_before <= now && key.is_believed(now));
    ready.max_by_key(|key| key.generation).copied()
}

/// The first key at once; each later one is published before it signs, and the one before it is
/// believed until its last token has run out.
pub fn rotate(keys: &[KeyRow], now: Timestamp) -> Vec<Change> {
    let Some(newest) = keys.iter().max_by_key(|key| key.generation) else {
        return vec![repo::ADD.with(values![1i64, now])];
    };
    if now.duration_since(newest.not_before) < limits::SIGNING_LIFE {
        return Vec::new();
    }
    let starts = now + limits::SIGNING_NOTICE;
    let retires = starts + limits::TOKEN_LIFE_MAX + limits::SIGNING_NOTICE;
    vec![
        repo::ADD.with(values![newest.generation + 1, starts]),
        repo::RETIRE.with(values![newest.generation, retires]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Value;
    use kernel::jiff::SignedDuration;
    use proptest::prelude::*;

    fn apply(keys: &mut Vec<KeyRow>, changes: Vec<Change>) {
        for change in changes {
            let [Value::Int(generation), Value::Int(at)] = change.params[..] else { panic!("two numbers") };
            let at = Timestamp::from_microsecond(at).unwrap();
            match change.sql.name == repo::ADD.name {
                true => keys.push(KeyRow { generation, not_before: at, retire: None }),
                false => keys.iter_mut().find(|it| it.generation == generation).unwrap().retire = Some(at),
            }
        }
    }

    proptest! {
        /// Whenever the chore runs, there is a key to sign with, and what it signed is believed for
        /// as long as it is good.
        #[test]
        fn every_token_outlives_rotation(pauses in prop::collection::vec(1i64..3_000, 1..60)) {
            let mut now = Timestamp::from_second(1_800_000_000).unwrap();
            let mut keys = Vec::new();
            let mut signed: Vec<(i64, Timestamp)> = Vec::new();
            for minutes in pauses {
                let changes = rotate(&keys, now);
                apply(&mut keys, changes);
                for _ in 0..minutes / 10 {
                    signed.push((signing(&keys, now).unwrap().generation, now + limits::TOKEN_LIFE_MAX));
                    signed.retain(|(_, until)| *until > now);
                    for (generation, _) in &signed {
                        prop_assert!(keys.iter().any(|it| it.generation == *generation && it.is_believed(now)));
                    }
                    now += SignedDuration::from_mins(10);
                }
            }
        }
    }
}
