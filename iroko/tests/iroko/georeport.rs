//! What GeoReport v2 says of every answer, field by field, as tables: each answer in both forms is held
//! against them.

use roxmltree::{Document, Node};
use serde_json::{Value, json};
use testkit::until;

use crate::client::Client;
use crate::open311::{BASE, city, form};
use crate::world::{SOON, World};

/// What a field holds.
enum Holds {
    Text,
    /// Nothing is an empty element, or null.
    MayBeText,
    Number,
    Whole,
    Flag,
    Time,
    MayBeTime,
    Link,
    MayBeLink,
    OneOf(&'static [&'static str]),
    Words(&'static str),
    List(&'static str, &'static [Field]),
    Fields(&'static [Field]),
}

use Holds::*;

struct Field(&'static str, Holds, Wanted);

#[derive(PartialEq)]
enum Wanted {
    Always,
    Sometimes,
}

use Wanted::{Always, Sometimes};

const DATATYPES: &[&str] = &["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"];
const ENDPOINT: &[Field] = &[
    Field("specification", OneOf(&["http://wiki.open311.org/GeoReport_v2"]), Always),
    Field("url", Link, Always),
    Field("changeset", Time, Always),
    Field("type", OneOf(&["production", "test"]), Always),
    Field("formats", Words("format"), Always),
];
const DISCOVERY: &[Field] = &[
    Field("changeset", Time, Always),
    Field("contact", Text, Always),
    Field("key_service", Text, Always),
    Field("endpoints", List("endpoint", ENDPOINT), Always),
];
const SERVICE: &[Field] = &[
    Field("service_code", Text, Always),
    Field("service_name", Text, Always),
    Field("description", MayBeText, Always),
    Field("metadata", Flag, Always),
    Field("type", OneOf(&["realtime", "batch", "blackbox"]), Always),
    Field("keywords", MayBeText, Always),
    Field("group", MayBeText, Always),
];
const VALUE: &[Field] = &[Field("key", Text, Always), Field("name", Text, Always)];
const ATTRIBUTE: &[Field] = &[
    Field("variable", Flag, Always),
    Field("code", Text, Always),
    Field("datatype", OneOf(DATATYPES), Always),
    Field("required", Flag, Always),
    Field("datatype_description", MayBeText, Always),
    Field("order", Whole, Always),
    Field("description", Text, Always),
    Field("values", List("value", VALUE), Sometimes),
];
const DEFINITION: &[Field] =
    &[Field("service_code", Text, Always), Field("attributes", List("attribute", ATTRIBUTE), Always)];
const PHOTO: &[Field] = &[Field("media_url", Link, Always)];
const MORE: &[Field] = &[
    Field("status_detail", Text, Always),
    Field("area", MayBeText, Always),
    Field("me_too", Whole, Always),
    Field("photos", List("photo", PHOTO), Always),
];
const REQUEST: &[Field] = &[
    Field("service_request_id", Text, Always),
    Field("status", OneOf(&["open", "closed"]), Always),
    Field("status_notes", MayBeText, Always),
    Field("service_name", Text, Always),
    Field("service_code", Text, Always),
    Field("description", MayBeText, Always),
    Field("agency_responsible", MayBeText, Always),
    Field("service_notice", MayBeText, Always),
    Field("requested_datetime", Time, Always),
    Field("updated_datetime", Time, Always),
    Field("expected_datetime", MayBeTime, Always),
    Field("address", MayBeText, Always),
    Field("address_id", MayBeText, Always),
    Field("zipcode", MayBeText, Always),
    Field("lat", Number, Always),
    Field("long", Number, Always),
    Field("media_url", MayBeLink, Always),
    Field("extended_attributes", Fields(MORE), Sometimes),
];
const TAKEN: &[Field] = &[
    Field("service_request_id", Text, Always),
    Field("service_notice", MayBeText, Always),
    Field("account_id", MayBeText, Always),
];
const TOKEN: &[Field] = &[Field("service_request_id", Text, Always), Field("token", Text, Always)];
const UPDATE: &[Field] = &[
    Field("update_id", Text, Always),
    Field("service_request_id", Text, Always),
    Field("status", OneOf(&["open", "closed"]), Always),
    Field("updated_datetime", Time, Always),
    Field("description", MayBeText, Always),
];
const UPDATED: &[Field] = &[Field("update_id", Text, Always)];
const ERROR: &[Field] = &[Field("code", Text, Always), Field("description", Text, Always)];

/// A document: its root, and what is in it.
type Shape = (&'static str, Holds);

const SERVICES: Shape = ("services", List("service", SERVICE));
const REQUESTS: Shape = ("service_requests", List("request", REQUEST));
const UPDATES: Shape = ("service_request_updates", List("request_update", UPDATE));
const ERRORS: Shape = ("errors", List("error", ERROR));

/// A time with its zone, to the second.
fn is_time(text: &str) -> bool {
    text.parse::<kernel::jiff::Timestamp>().is_ok() && !text.contains('.') && text.len() >= 20
}

fn is_link(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

impl Holds {
    fn takes_text(&self, text: &str) -> bool {
        match self {
            Text => !text.is_empty(),
            MayBeText => true,
            Number => text.parse::<f64>().is_ok_and(f64::is_finite),
            Whole => text.parse::<i64>().is_ok(),
            Flag => matches!(text, "true" | "false"),
            Time => is_time(text),
            MayBeTime => text.is_empty() || is_time(text),
            Link => is_link(text),
            MayBeLink => text.is_empty() || is_link(text),
            OneOf(words) => words.contains(&text),
            Words(_) | List(..) | Fields(_) => false,
        }
    }

    fn may_be_nothing(&self) -> bool {
        matches!(self, MayBeText | MayBeTime | MayBeLink)
    }
}

fn check_json(value: &Value, holds: &Holds, at: &str) {
    match (holds, value) {
        (Words(_), Value::Array(words)) => {
            assert!(words.iter().all(Value::is_string) && !words.is_empty(), "{at}: {value}");
        }
        (List(name, fields), Value::Array(items)) => {
            items.iter().for_each(|item| check_json(item, &Fields(fields), &format!("{at}/{name}")));
        }
        (Fields(fields), Value::Object(found)) => {
            let is_known = |name: &String| fields.iter().any(|field| field.0 == name);
            assert!(found.keys().all(is_known), "{at} has more fields than it may: {value}");
            for Field(name, holds, wanted) in *fields {
                let at = format!("{at}/{name}");
                match found.get(*name) {
                    Some(value) => check_json(value, holds, &at),
                    None => assert!(*wanted == Sometimes, "{at} is not there: {value}"),
                }
            }
        }
        (holds, Value::Null) => assert!(holds.may_be_nothing(), "{at} is null"),
        (Number, Value::Number(_)) => {}
        (Whole, Value::Number(number)) => assert!(number.is_i64(), "{at}: {value}"),
        (Flag, Value::Bool(_)) => {}
        (Number | Whole | Flag, _) => panic!("{at}: {value}"),
        (holds, Value::String(text)) => assert!(holds.takes_text(text), "{at}: {value}"),
        _ => panic!("{at}: {value}"),
    }
}

fn check_xml(node: Node<'_, '_>, holds: &Holds, at: &str) {
    assert_eq!(node.tag_name().namespace(), None, "{at} has a namespace");
    assert_eq!(node.attributes().count(), 0, "{at} has attributes");
    let children: Vec<Node<'_, '_>> = node.children().filter(Node::is_element).collect();
    let named = |name: &str| children.iter().all(|child| child.has_tag_name(name));
    match holds {
        Words(name) => assert!(named(name) && !children.is_empty(), "{at}"),
        List(name, fields) => {
            assert!(named(name), "{at} is a list of {name}");
            children.iter().for_each(|item| check_xml(*item, &Fields(fields), &format!("{at}/{name}")));
        }
        Fields(fields) => {
            let is_known = |child: &Node<'_, '_>| fields.iter().any(|field| child.has_tag_name(field.0));
            assert!(children.iter().all(is_known), "{at} has more fields than it may");
            for Field(name, holds, wanted) in *fields {
                let at = format!("{at}/{name}");
                let found: Vec<_> = children.iter().filter(|child| child.has_tag_name(*name)).collect();
                match found.as_slice() {
                    [one] => check_xml(**one, holds, &at),
                    [] => assert!(*wanted == Sometimes, "{at} is not there"),
                    _ => panic!("{at} is there more than once"),
                }
            }
        }
        holds => {
            assert!(children.is_empty(), "{at} holds elements");
            let text = node.text().unwrap_or_default();
            let is_nothing = text.is_empty() && holds.may_be_nothing();
            assert!(is_nothing || holds.takes_text(text), "{at}: {text:?}");
        }
    }
}

/// Both forms of an address, which leaves out its ending.
fn check(client: &Client, path: &str, query: &str, status: u16, (root, holds): &Shape) {
    let json = client.get(&format!("{path}.json{query}"));
    assert_eq!(json.status, status, "{path}{query}: {}", json.text());
    assert_eq!(json.header("content-type"), "application/json; charset=utf-8", "{path}");
    check_json(&json.json(), holds, root);
    let xml = client.get(&format!("{path}.xml{query}"));
    assert_eq!(xml.status, status, "{path}{query}: {}", xml.text());
    check_document(&xml.text(), xml.header("content-type"), root, holds);
}

fn check_document(text: &str, kind: &str, root: &str, holds: &Holds) {
    assert_eq!(kind, "text/xml; charset=utf-8", "{root}");
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"), "{text}");
    let document = Document::parse(text).unwrap_or_else(|fault| panic!("{fault}: {text}"));
    assert!(document.root_element().has_tag_name(root), "{text}");
    check_xml(document.root_element(), holds, root);
}

/// A category with every kind of question.
fn ask_everything(owner: &Client) {
    let values = json!([{ "key": "a", "name": "First & <foremost>" }, { "key": "b", "name": "Second" }]);
    let question = |(order, datatype): (usize, &&str)| {
        let mut asked = json!({ "code": format!("Q{order}"), "datatype": datatype, "order": order + 1,
            "required": order == 1, "description": format!("What about {datatype}?"), "values": [] });
        if datatype.ends_with("list") {
            asked["values"] = values.clone();
        }
        asked
    };
    let mut questions: Vec<Value> = DATATYPES.iter().enumerate().map(question).collect();
    questions.push(
        json!({ "code": "TOLD", "datatype": "string", "variable": false, "description": "Call us at once." }),
    );
    let items = json!([
        { "code": "pothole", "name": "Pothole & <hole>", "about": "In the road", "group": "Streets",
          "keywords": ["road", "hole"], "notice": "Within a week.", "questions": questions },
        { "code": "plain", "name": "Plain" },
    ]);
    let body = json!({ "items": items }).to_string();
    owner.send("PUT", "/alpha/one/v1/categories", &[], Some(body.as_bytes())).expect(200);
}

#[test]
fn every_answer_is_as_the_protocol_says() {
    World::each(|world| {
        let (owner, key) = city(world);
        ask_everything(&owner);
        let nobody = world.client();
        check(&nobody, "/alpha/one/open311/discovery", "", 200, &("discovery", Fields(DISCOVERY)));
        check(&nobody, &format!("{BASE}/services"), "?jurisdiction_id=one", 200, &SERVICES);
        for code in ["pothole", "plain"] {
            let shape = ("service_definition", Fields(DEFINITION));
            check(&nobody, &format!("{BASE}/services/{code}"), "", 200, &shape);
        }
        check(&nobody, &format!("{BASE}/requests"), "", 200, &REQUESTS);
        check(&nobody, &format!("{BASE}/servicerequestupdates"), "", 200, &UPDATES);

        let whole = [
            ("api_key", key.as_str()),
            ("service_code", "pothole"),
            ("lat", "42.36"),
            ("long", "-71.05"),
            ("attribute[Q1]", "3"),
            ("attribute[Q4]", "a"),
            ("attribute[Q5][]", "a"),
            ("attribute[Q5][]", "b"),
            ("attribute[TOLD]", "sent back"),
            ("attribute[easting]", "123"),
        ];
        let made = form(&nobody, &format!("{BASE}/requests.json"), &whole).expect(200);
        check_json(&made, &List("request", TAKEN), "service_requests");
        let id = made[0]["service_request_id"].as_str().expect("an id").to_owned();
        let plain =
            [whole[0], ("service_code", "plain"), whole[2], whole[3], ("description", "<b> & \"c\"\r\n🦀")];
        let made = form(&nobody, &format!("{BASE}/requests.xml"), &plain);
        check_document(
            &made.text(),
            made.header("content-type"),
            "service_requests",
            &List("request", TAKEN),
        );
        let update = [whole[0], ("service_request_id", &id), ("description", "Deeper now")];
        let done = form(&nobody, &format!("{BASE}/servicerequestupdates.json"), &update).expect(200);
        check_json(&done, &List("request_update", UPDATED), "service_request_updates");

        let list = nobody.get("/alpha/one/v1/requests").expect(200);
        let native = list["items"].as_array().expect("a list").iter().find(|it| it["category"] == "pothole");
        let native = native.expect("it is there")["id"].as_str().expect("an id").to_owned();
        let desk = format!("/alpha/one/v1/desk/requests/{native}");
        owner.post(&format!("{desk}/answer"), &json!({ "text": "We go & look." })).expect(200);
        owner.post(&format!("{desk}/move"), &json!({ "to": "resolved" })).expect(200);
        owner.post(&format!("{desk}/move"), &json!({ "to": "reopened", "reason": "Not yet." })).expect(200);

        for query in
            ["", "?extensions=true", "?status=closed", "?status=open&page_size=1", "?service_code=plain"]
        {
            check(&nobody, &format!("{BASE}/requests"), query, 200, &REQUESTS);
        }
        check(&nobody, &format!("{BASE}/requests/{id}"), "?extensions=true", 200, &REQUESTS);
        check(
            &nobody,
            &format!("{BASE}/tokens/{id}"),
            "",
            200,
            &("service_requests", List("request", TOKEN)),
        );
        check(&nobody, &format!("{BASE}/servicerequestupdates"), "", 200, &UPDATES);
        let told = nobody.get(&format!("{BASE}/servicerequestupdates.json")).expect(200);
        let states: Vec<&Value> = told.as_array().into_iter().flatten().map(|it| &it["status"]).collect();
        assert_eq!(states, ["open", "closed", "open"], "as it stood each time: {told}");
        for (path, query, status) in [
            ("services", "?jurisdiction_id=two", 404),
            ("services/none", "", 404),
            ("requests/none", "", 404),
            ("tokens/none", "", 404),
            ("requests", "?status=half&page=0", 400),
            ("servicerequestupdates", "?start_date=once", 400),
        ] {
            check(&nobody, &format!("{BASE}/{path}"), query, status, &ERRORS);
        }
        let refused = form(&nobody, &format!("{BASE}/requests.xml"), &whole[1..]);
        assert_eq!(refused.status, 400, "{}", refused.text());
        check_document(&refused.text(), refused.header("content-type"), ERRORS.0, &ERRORS.1);
        // What is counted follows, and does not change what is shown.
        assert!(until(SOON, || nobody
            .get(&format!("{BASE}/requests.json"))
            .expect(200)
            .as_array()
            .map(Vec::len)
            == Some(2)));
    });
}
