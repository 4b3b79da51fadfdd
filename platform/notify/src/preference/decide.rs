use std::collections::BTreeSet;

use kernel::jiff::Timestamp;
use kernel::{Decision, Fault, Refusal, values};

use super::model::{ANY, Choice, Owner};
use super::repo;
use crate::channel::Channel;
use crate::keys::Leave;
use crate::limits::CHOICES_MAX;

/// Whether somebody wants this topic by this channel: the narrowest choice holds, the topic before the
/// channel; without any, they do.
pub fn wants(choices: &[Choice], topic: &str, channel: Channel) -> bool {
    let fits = |choice: &&Choice| {
        (choice.topic == topic || choice.topic == ANY)
            && (choice.channel == channel.name() || choice.channel == ANY)
    };
    let narrowness = |choice: &&Choice| (choice.topic != ANY, choice.channel != ANY);
    choices.iter().filter(fits).max_by_key(narrowness).is_none_or(|choice| choice.allowed)
}

/// All of somebody's choices at once; those before are gone.
pub fn set(
    owner: Owner,
    choices: &[Choice],
    language: Option<&str>,
    languages: &[String],
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, choice) in choices.iter().enumerate() {
        if !seen.insert((&choice.topic, &choice.channel)) {
            faults.push(Fault::new(
                format!("/choices/{at}"),
                "twice",
                "There is another choice for the same.",
            ));
        }
    }
    if choices.len() as i64 > CHOICES_MAX {
        faults.push(Fault::new("/choices", "too_many", format!("At most {CHOICES_MAX}.")));
    }
    if language.is_some_and(|language| !languages.iter().any(|its| its == language)) {
        let message = format!("Must be one of {}.", languages.join(", "));
        faults.push(Fault::new("/language", "unknown_choice", message));
    }
    if !faults.is_empty() {
        return Err(Refusal::invalid(faults));
    }
    let key = owner.key();
    let decision = match language {
        Some(language) => Decision::nothing().change(repo::SET_LANGUAGE.with(values![&key, language, now])),
        None => Decision::nothing().change(repo::CLEAR_LANGUAGE.with(values![&key]).any_rows()),
    };
    Ok(decision.changes(
        choices
            .iter()
            .map(|choice| repo::SET.with(values![&key, &choice.topic, &choice.channel, choice.allowed, now])),
    ))
}

/// One click on the link in a message; a second one changes nothing more.
pub fn leave(leave: &Leave, now: Timestamp) -> Decision {
    let key = Owner::Address(leave.hash).key();
    Decision::nothing().change(repo::SET.with(values![key, &leave.topic, leave.channel.name(), false, now]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(topic: &str, channel: &str, allowed: bool) -> Choice {
        Choice { topic: topic.into(), channel: channel.into(), allowed }
    }

    #[test]
    fn the_narrowest_choice_holds() {
        let all = [
            choice("*", "*", false),
            choice("*", "sms", true),
            choice("civic.updates", "*", true),
            choice("civic.updates", "sms", false),
        ];
        for (count, topic, channel, expect) in [
            (0, "civic.updates", Channel::Sms, true),
            (1, "civic.updates", Channel::Sms, false),
            (2, "civic.updates", Channel::Sms, true),
            (2, "civic.updates", Channel::Email, false),
            (3, "civic.updates", Channel::Email, true),
            (3, "other", Channel::Email, false),
            (4, "civic.updates", Channel::Sms, false),
            (4, "civic.updates", Channel::Push, true),
            (4, "other", Channel::Sms, true),
        ] {
            assert_eq!(wants(&all[..count], topic, channel), expect, "{count} {topic} {channel:?}");
        }
    }

    #[test]
    fn choices_are_set_as_a_whole() {
        let (owner, now) = (Owner::Address([7; 32]), Timestamp::UNIX_EPOCH);
        let languages = ["en".to_owned()];
        let twice = [choice("a", "sms", true), choice("a", "sms", false)];
        let refusal = set(owner, &twice, Some("xx"), &languages, now).unwrap_err();
        let fields: Vec<&str> = refusal.faults().iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["/choices/1", "/language"]);
        assert_eq!(set(owner, &twice[..1], Some("en"), &languages, now).unwrap().changes.len(), 2);
    }
}
