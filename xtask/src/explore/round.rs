//! Who explores what, and the settings of the fuzzer for it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::Plan;
pub use super::subject::Known;
use super::subject::{CITIZEN, NEIGHBOUR, OWNER, PASSWORD, Subject};
use crate::run;
use crate::step::Outcome;

/// By these a caller ends their own session or takes their own role away. They come in a round of
/// their own: whatever comes after them may only ever meet 401 and 403.
const ENDINGS: [&str; 4] =
    ["platform.end_session", "platform.end_other_sessions", "platform.give_grant", "platform.take_grant"];

/// Each on a server of its own, so that no round depends on what another one did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    Nobody,
    Person,
    Owner,
    Endings,
}

impl Round {
    pub const ALL: [Round; 4] = [Round::Nobody, Round::Person, Round::Owner, Round::Endings];

    pub fn name(self) -> &'static str {
        match self {
            Round::Nobody => "explore as nobody, and with forged tokens",
            Round::Person => "explore as somebody who has signed in",
            Round::Owner => "explore as the owner",
            Round::Endings => "explore what ends a session or a role",
        }
    }

    fn contact(self) -> Option<&'static str> {
        match self {
            Round::Nobody => None,
            Round::Person => Some(CITIZEN),
            Round::Owner | Round::Endings => Some(OWNER),
        }
    }

    fn filters(self) -> Vec<&'static str> {
        let option = match self {
            Round::Nobody => return Vec::new(),
            Round::Person | Round::Owner => "--exclude-operation-id",
            Round::Endings => "--include-operation-id",
        };
        ENDINGS.into_iter().flat_map(|ending| [option, ending]).collect()
    }

    /// What must still be open to the caller at the end. Who lost their session or role half-way was
    /// refused from then on, and nothing behind the refusals was seen.
    fn still_open(self) -> Option<&'static str> {
        match self {
            Round::Nobody | Round::Endings => None,
            Round::Person => Some("/v1/me"),
            Round::Owner => Some("/v1/grants"),
        }
    }

    pub fn run(self, schemathesis: &Path, plan: &Plan, subject: &Subject) -> Outcome {
        let known = subject.known()?;
        let file = subject.folder().join("schemathesis.toml");
        fs::write(&file, self.settings(&known)).map_err(|fault| format!("{}: {fault}", file.display()))?;
        let mut command = Command::new(schemathesis);
        command.arg("--config-file").arg(&file).arg("run").arg(subject.document()?);
        command.args(["--url", &subject.address()]);
        command.args(["--seed", &plan.seed.to_string(), "--max-examples", &plan.examples.to_string()]);
        command.args(["--max-time", &(u64::from(plan.minutes) * 60).to_string()]);
        command.args(self.filters());
        let token = self.contact().map(|contact| subject.sign_in(contact)).transpose()?;
        if let Some(token) = &token {
            command.args(["--header", &format!("Authorization: Bearer {token}")]);
        }
        // It would look for settings of others in the folder where it runs, and leave files there.
        command.current_dir(subject.folder());
        // The whole command would show the token.
        run::run(&mut command).map_err(|_| "schemathesis found what its summary shows".to_owned())?;
        let Some((path, token)) = self.still_open().zip(token) else { return Ok(()) };
        subject
            .get(path, Some(&token))
            .map(drop)
            .map_err(|fault| format!("this round saw too little: {fault}"))
    }

    fn settings(self, known: &Known) -> String {
        // Some rules are beyond a schema: what is a telephone number, which cursors we gave out, which
        // languages the tenant speaks. Input that is well formed may be refused with 400, as documented.
        let mut text = "[checks.positive_data_acceptance]\nenabled = false\n".to_owned();
        // A body may be too large before it is looked at.
        text += "[checks.negative_data_rejection]\nexpected-statuses = \
                 [400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 414, 415, 429, 431]\n";
        text += &format!(
            "[generation]\ndatabase = \"none\"\nwith-security-parameters = {}\n",
            self == Round::Nobody
        );
        let rows = dictionaries(known);
        for (place, values) in &rows {
            // Lists of plain text are written alike in JSON and TOML.
            text += &format!("[dictionaries.\"{place}\"]\nvalues = {}\n", json!(values));
        }
        text += "[parameters]\n";
        for (place, _) in &rows {
            text += &format!("\"{place}\" = {{ dictionary = \"{place}\", probability = 0.5 }}\n");
        }
        text
    }
}

/// Half of the values of these inputs are some that mean something; the others are made up.
fn dictionaries(known: &Known) -> [(&'static str, Vec<&str>); 12] {
    [
        ("body.contact", vec![NEIGHBOUR, "new@cityhelper.example", "+16175550123"]),
        ("body.password", vec![PASSWORD]),
        ("body.language", vec!["en", "es"]),
        ("body.category", vec![&known.category]),
        ("body.person", vec![&known.citizen]),
        ("body.provider", vec![&known.provider]),
        ("path.provider", vec![&known.provider]),
        ("path.id", vec![&known.request]),
        ("path.session", vec![&known.session]),
        ("path.grant", vec![&known.grant]),
        ("query.bbox", vec!["-71.2,42.2,-70.9,42.5"]),
        ("query.cursor", vec![&known.cursor]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_is_explored_but_not_by_those_who_still_need_their_role() {
        let check = |round: Round, option| {
            let filters = round.filters();
            assert_eq!(filters.iter().filter(|word| **word == option).count(), ENDINGS.len(), "{round:?}");
            assert!(ENDINGS.iter().all(|ending| filters.contains(ending)), "{round:?}");
        };
        check(Round::Person, "--exclude-operation-id");
        check(Round::Owner, "--exclude-operation-id");
        check(Round::Endings, "--include-operation-id");
        assert_eq!(Round::Nobody.filters(), Vec::<&str>::new());
    }

    #[test]
    fn settings_are_written_as_toml() {
        let some = || "x".to_owned();
        let known = Known {
            citizen: some(),
            category: some(),
            request: "req_1".into(),
            provider: some(),
            cursor: some(),
            session: some(),
            grant: some(),
        };
        let text = Round::Nobody.settings(&known);
        for part in [
            "with-security-parameters = true\n",
            "[dictionaries.\"path.id\"]\nvalues = [\"req_1\"]\n",
            "\"path.id\" = { dictionary = \"path.id\", probability = 0.5 }\n",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}
