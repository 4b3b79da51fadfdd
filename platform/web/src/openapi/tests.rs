use http::StatusCode;
use kernel::{Refusal, RefusalKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::*;
use crate::{
    Answer, Bare, Body, Call, Fields, Head, Octets, Page, PageQuery, Pairs, Path, Query, Role, get, post,
    unsound,
};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Thing {
    /// Its name.
    name: String,
    size: Option<i32>,
}

#[derive(Deserialize, JsonSchema)]
#[allow(dead_code)]
struct ById {
    id: kernel::Id<kernel::Person>,
}

async fn list(_: Call, _: Query<PageQuery>) -> Result<Answer<Page<Thing>>, Refusal> {
    Err(Refusal::not_found())
}
async fn read(_: Call, _: Path<ById>) -> Result<Answer<Thing>, Refusal> {
    Err(Refusal::not_found())
}
async fn make(_: Call, _: Body<Thing>) -> Result<Answer<Thing>, Refusal> {
    Err(Refusal::not_found())
}
async fn forget(_: Call, _: Path<ById>) -> Result<Answer<()>, Refusal> {
    Err(Refusal::not_found())
}

async fn by_head(_: Call, _: Head) -> Result<Answer<Bare>, Refusal> {
    Err(Refusal::not_found())
}

fn things() -> Vec<Endpoint> {
    vec![
        get("/v1/things", list).says("List <things>.").may(May::Anyone).app("shop").shared(),
        get("/v1/things/{id}", read).says("Read a thing.").may(May::Known).app("shop"),
        post("/v1/things", make)
            .says("Make a thing.")
            .app("shop")
            .scope("things:write")
            .answers(StatusCode::CREATED)
            .refuses([RefusalKind::Gone]),
        crate::delete("/v1/things/{id}", forget).says("Forget a thing.").app("shop"),
    ]
}

async fn export(_: Call, _: Path<ById>, _: Pairs) -> Result<Answer<Bare>, Refusal> {
    Err(Refusal::not_found())
}
async fn send(_: Call, _: Fields, _: Head) -> Result<Answer<Bare>, Refusal> {
    Err(Refusal::not_found())
}
async fn upload(_: Call, _: Octets) -> Result<Answer<Thing>, Refusal> {
    Err(Refusal::not_found())
}

fn others() -> Vec<Endpoint> {
    vec![
        get("/open/v2/things/{id}.xml", export)
            .says("As XML.")
            .may(May::Anyone)
            .outside()
            .produces(&["text/xml"])
            .may_also(StatusCode::PARTIAL_CONTENT)
            .refusals_as(|_, _| None),
        get("/open/v2/things/{id}.json", read).says("As JSON.").outside(),
        post("/v1/upload", upload).says("Take.").body_bytes_max(12 << 20),
        get("/", list).says("The front page.").page().may(May::Anyone).light(),
        post("/report", send).says("Send the form.").page().answers(StatusCode::SEE_OTHER),
    ]
}

#[test]
fn what_is_more_than_json_is_described_too() {
    assert_eq!(unsound(&others()), Vec::<String>::new());
    let document = document(&others(), "1");
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    let base = "/{tenant}/{market}";
    let expected = ["open/v2/things/{id}.json", "open/v2/things/{id}.xml", "v1/upload"];
    assert_eq!(paths, expected.map(|path| format!("{base}/{path}")).each_ref(), "pages are left out");
    let xml = &document["paths"][format!("{base}/open/v2/things/{{id}}.xml")]["get"];
    assert_eq!(xml["parameters"][0]["name"], "id");
    assert_eq!(xml["parameters"][1]["schema"]["additionalProperties"], true);
    for status in ["200", "206"] {
        let content = &xml["responses"][status]["content"];
        assert_eq!(content["text/xml"]["schema"]["format"], "binary", "{status}");
    }
    assert!(xml["responses"]["404"]["content"].get("*/*").is_some(), "in words of its own");
    assert_eq!(xml["responses"]["304"]["$ref"], "#/components/responses/304", "nothing is said");
    let upload = &document["paths"][format!("{base}/v1/upload")]["post"];
    assert_eq!(upload["requestBody"]["content"]["*/*"]["schema"]["format"], "binary");
}

#[test]
fn the_order_of_the_list_does_not_matter() {
    let mut turned = things();
    turned.reverse();
    let one = serde_json::to_string(&document(&things(), "1")).unwrap();
    assert_eq!(one, serde_json::to_string(&document(&turned, "1")).unwrap());
}

#[test]
fn what_can_be_answered_is_documented() {
    let document = document(&things(), "1");
    let statuses = |path: &str, method: &str| -> Vec<String> {
        let responses = &document["paths"][path][method]["responses"];
        responses.as_object().unwrap().keys().cloned().collect()
    };
    let things = "/{tenant}/{market}/v1/things";
    assert_eq!(statuses(things, "get"), ["200", "304", "400", "401", "404", "429", "431", "503"]);
    assert_eq!(
        statuses(things, "post"),
        ["201", "400", "401", "403", "404", "408", "409", "410", "413", "415", "429", "431", "503"]
    );
    let one = "/{tenant}/{market}/v1/things/{id}";
    assert_eq!(statuses(one, "delete"), ["204", "400", "401", "403", "404", "409", "429", "431", "503"]);
    assert!(document["paths"][one]["delete"]["responses"]["204"].get("content").is_none());
    let refusals = &document["components"]["responses"];
    let has_body = |status: &str| refusals[status].get("content").is_some();
    assert_eq!(["304", "431", "400", "503"].map(has_body), [false, false, true, true]);
    // Every reference leads somewhere.
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[test]
fn parameters_are_described_as_they_are_read() {
    let document = document(&things(), "1");
    let list = &document["paths"]["/{tenant}/{market}/v1/things"]["get"];
    let named = |name: &str| {
        let all = list["parameters"].as_array().unwrap();
        all.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("{name} in {all:?}")).clone()
    };
    assert_eq!(named("limit")["schema"], json!({"type": "integer", "minimum": 1, "maximum": 100}));
    assert_eq!(named("cursor")["required"], false);
    assert_eq!(named("fields")["schema"]["items"]["enum"], json!(["name", "size"]));
    assert_eq!(list["security"], json!([{}, {"bearer": []}]));
    let items = "/responses/200/content/application~1json/schema/properties/items/items/required";
    assert!(list.pointer(items).is_none(), "with fields= nothing is promised");
    let make = &document["paths"]["/{tenant}/{market}/v1/things"]["post"];
    let size = &make["requestBody"]["content"]["application/json"]["schema"]["properties"]["size"];
    assert_eq!(size["maximum"], i32::MAX);
}

#[test]
fn the_page_needs_nothing_else_and_shows_everything() {
    let page = page(&document(&things(), "1"));
    for part in ["POST", "/v1/things/{id}", "shop.read", "List &lt;things&gt;.", "Idempotency-Key"] {
        assert!(page.contains(part), "{part}");
    }
    for part in ["<script", "<things>", "http://", "https://"] {
        assert!(!page.contains(part), "{part}");
    }
}

#[test]
fn a_list_that_cannot_be_right_is_told_all_its_faults() {
    assert_eq!(unsound(&things()), Vec::<String>::new());
    let wrong = vec![
        get("/v1/things/{id}", read).says("One."),
        get("/v1/things/{thing}", list),
        post("/v2/things/", make).says("Make.").may(May::Provider(Role::Staff)).shared(),
        get("/v1/more", make).says("Read with a body.").secret(),
        get("/", read).says("No page.").outside(),
        post("/x/{a}-{b}", upload).says("Two in one.").page().light().body_bytes_max(13 << 20),
        get("/v1/by/head", by_head).says("Shared.").shared().may_also(StatusCode::NOT_FOUND).produces(&[]),
    ];
    let found = unsound(&wrong).join("\n");
    for part in [
        "GET /v1/things/{thing}: there are two of it",
        "names its parameters differently",
        "GET /v1/things/{thing}: it has no summary",
        "nothing takes the {thing}",
        "does not begin with /v1/",
        "ends with a slash",
        "has no {provider}",
        "it is shared, but",
        "a read with a body",
        "answers with a secret, but to a read",
        "another endpoint is named platform.make too",
        "GET /: its path ends with a slash",
        "has two parameters",
        "it is light, but it changes something",
        "a larger body than any may",
        "it is shared, but goes by the head",
        "a further status of success is not one",
        "it produces nothing",
    ] {
        assert!(found.contains(part), "{part} in\n{found}");
    }
}
