//! What the buttons of the desk mean, as the endpoints take it.

use serde_json::{Value, json};
use web::{Call, Fields};

use crate::pages::forms::typed;
use crate::pages::visit::Visit;

pub const STATUSES: [&str; 7] =
    ["open", "in_progress", "under_review", "pending_external", "resolved", "closed", "reopened"];

/// Where a request can be moved to, by name.
pub fn moves(visit: &Visit) -> Vec<(String, String)> {
    let moves = STATUSES.iter().filter(|status| **status != "open");
    moves.map(|status| ((*status).to_owned(), visit.status(status))).collect()
}

/// Who has it, without a name: names of colleagues are not the desk's to tell.
pub fn assignee(visit: &Visit, call: &Call, assignee: Option<&str>) -> String {
    let me = call.caller.person().map(|person| person.to_string());
    match assignee {
        None => visit.t("desk-nobody"),
        Some(id) if me.as_deref() == Some(id) => visit.t("desk-you"),
        Some(id) => visit.w("desk-somebody", "id", id),
    }
}

/// The name and the body of the one act that a button asks for.
pub fn act(go: &str, fields: &Fields, call: &Call) -> Option<(&'static str, Value)> {
    let text = |name: &str| typed(fields, name).trim().to_owned();
    let given = |name: &str| Some(text(name)).filter(|text| !text.is_empty());
    let version = fields.text("version").and_then(|it| it.parse::<i64>().ok());
    let mut body = match go {
        "move" => json!({ "to": text("to"), "reason": given("reason") }),
        "mine" => json!({ "person": call.caller.person() }),
        "nobody" => json!({ "person": null }),
        "assign" => json!({ "person": given("person") }),
        "route" => {
            json!({ "agency": text("agency"), "team": given("team"), "reason": given("route_reason") })
        }
        "note" | "answer" => json!({ "text": text("text") }),
        "hide" => json!({ "hidden": true, "reason": given("hide_reason") }),
        "show" => json!({ "hidden": false, "reason": given("hide_reason") }),
        "merge" => json!({ "into": into(&text("into")) }),
        "unmerge" => json!({}),
        _ => return None,
    };
    if let Some(version) = version {
        body["version"] = version.into();
    }
    let name = match go {
        "move" => "move",
        "mine" | "nobody" | "assign" => "assign",
        "route" => "route",
        "note" => "note",
        "answer" => "answer",
        "hide" | "show" => "hide",
        "merge" => "merge",
        _ => "unmerge",
    };
    Some((name, body))
}

/// A tracking number or an id.
fn into(text: &str) -> String {
    crate::request::number::read(text).map_or_else(|| text.to_owned(), |id| id.to_string())
}

/// The same for many: a move, or who has them.
pub fn bulk(fields: &Fields, call: &Call) -> (&'static str, Value) {
    match fields.text("go").unwrap_or_default() {
        "mine" => ("assign", json!({ "person": call.caller.person() })),
        "nobody" => ("assign", json!({ "person": null })),
        "note" => ("note", json!({ "text": typed(fields, "reason").trim() })),
        _ => {
            let reason = Some(typed(fields, "reason").trim()).filter(|text| !text.is_empty());
            ("move", json!({ "to": typed(fields, "to"), "reason": reason }))
        }
    }
}
