//! Who explores what, and the settings of the fuzzer for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::Plan;
use super::subject::{Known, Subject};
use crate::run;
use crate::step::Outcome;

/// What is the same in every round, each muted check with its reason.
const SETTINGS: &str = include_str!("schemathesis.toml");
/// By these an owner ends their own session or takes their own role away. They come in a round of
/// their own, last: whatever comes after them may only ever meet 401 and 403.
const ENDINGS: [&str; 4] =
    ["platform.end_session", "platform.end_other_sessions", "platform.give_grant", "platform.take_grant"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    Owner,
    Nobody,
    Endings,
}

impl Round {
    pub const ALL: [Round; 3] = [Round::Owner, Round::Nobody, Round::Endings];

    pub fn name(self) -> &'static str {
        match self {
            Round::Owner => "explore as the owner",
            Round::Nobody => "explore as nobody, and with forged tokens",
            Round::Endings => "explore what ends a session or a role",
        }
    }
}

pub struct Files {
    settings: PathBuf,
    document: PathBuf,
    base: String,
    /// Empty for nobody.
    pub token: String,
}

pub fn write(round: Round, subject: &Subject, known: &Known, folder: &Path) -> Outcome<Files> {
    let mut document = subject.document()?;
    select(&mut document, round)?;
    let files = Files {
        settings: folder.join(format!("{round:?}.toml")),
        document: folder.join(format!("{round:?}.json")),
        base: subject.base(),
        token: if round == Round::Nobody { String::new() } else { subject.sign_in_owner()? },
    };
    let settings = format!(
        "{SETTINGS}{}\n[generation]\ndatabase = \"none\"\nwith-security-parameters = {}\n",
        dictionaries(known),
        round == Round::Nobody
    );
    for (file, text) in [(&files.settings, settings), (&files.document, document.to_string())] {
        fs::write(file, text).map_err(|fault| format!("{}: {fault}", file.display()))?;
    }
    Ok(files)
}

pub fn run(schemathesis: &Path, files: &Files, plan: &Plan) -> Outcome {
    let mut command = Command::new(schemathesis);
    command.arg("--config-file").arg(&files.settings).arg("run").arg(&files.document);
    command.args(["--url", &files.base, "--seed", &plan.seed.to_string()]);
    command.args(["--max-examples", &plan.examples.to_string()]);
    if !files.token.is_empty() {
        command.arg("--header").arg(format!("Authorization: Bearer {}", files.token));
    }
    // It would look for settings of others in the folder where it runs, and keep files of its own there.
    command.current_dir(files.settings.parent().unwrap_or(Path::new(".")));
    // The whole command would show the token.
    run::run(&mut command).map_err(|_| "schemathesis found what its summary shows".to_owned())
}

/// Leaves the endpoints of the round. An ending that is not there was renamed: that must not pass.
fn select(document: &mut Value, round: Round) -> Outcome {
    let paths = document["paths"].as_object_mut().ok_or("the document has no paths")?;
    let mut endings = 0;
    for item in paths.values_mut().filter_map(Value::as_object_mut) {
        item.retain(|_, operation| {
            let is_ending = ENDINGS.iter().any(|ending| operation["operationId"] == *ending);
            endings += usize::from(is_ending);
            match round {
                Round::Owner => !is_ending,
                Round::Nobody => true,
                Round::Endings => is_ending,
            }
        });
    }
    paths.retain(|_, item| item.as_object().is_some_and(|item| !item.is_empty()));
    if endings == ENDINGS.len() { Ok(()) } else { Err(format!("only {endings} of {ENDINGS:?} are there")) }
}

/// Half of the values of these inputs are some that mean something; the others are made up.
fn dictionaries(known: &Known) -> String {
    let rows = [
        ("body.contact", json!(["owner@cityhelper.example", "new@cityhelper.example", "+16175550123"])),
        ("body.language", json!(["en", "es"])),
        ("body.category", json!([known.category])),
        ("body.person", json!([known.citizen])),
        ("body.provider", json!([known.provider])),
        ("path.provider", json!([known.provider])),
        ("path.id", json!([known.request])),
        ("query.bbox", json!(["-71.2,42.2,-70.9,42.5"])),
        ("query.cursor", json!([known.cursor])),
    ];
    let mut text = String::new();
    for (place, values) in &rows {
        // Lists of plain text are written alike in JSON and TOML.
        text += &format!("[dictionaries.\"{place}\"]\nvalues = {values}\n");
    }
    text += "[parameters]\n";
    for (place, _) in &rows {
        text += &format!("\"{place}\" = {{ dictionary = \"{place}\", probability = 0.5 }}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        let mut paths = json!({"/v1/me": {"get": {"operationId": "platform.get_me"}}});
        for (number, ending) in ENDINGS.iter().enumerate() {
            paths[format!("/v1/{number}")] = json!({"delete": {"operationId": ending}});
        }
        json!({"paths": paths})
    }

    #[test]
    fn the_endings_are_apart() {
        let check = |round, count, has_me| {
            let mut document = document();
            select(&mut document, round).unwrap();
            let paths = document["paths"].as_object().unwrap();
            assert_eq!((paths.len(), paths.contains_key("/v1/me")), (count, has_me), "{round:?}");
        };
        check(Round::Owner, 1, true);
        check(Round::Nobody, 5, true);
        check(Round::Endings, 4, false);
    }

    #[test]
    fn a_renamed_ending_is_missed() {
        let mut document = document();
        document["paths"]["/v1/0"]["delete"]["operationId"] = "platform.log_out".into();
        assert!(select(&mut document, Round::Owner).is_err());
    }
}
