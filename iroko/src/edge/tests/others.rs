//! Endpoints that are more than JSON.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use http::{HeaderValue, StatusCode, header};
use kernel::{Decision, NewEvent, Refusal};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{
    About, Answer, Bare, Call, Endpoint, Fields, Head, May, Octets, Pairs, Path, Reply, Role, get, post,
};

use super::rig::Thing;

pub(super) const TEXT: &str = "text/plain; charset=utf-8";
pub(super) const CHUNK: usize = 16 << 10;

#[derive(Debug, Deserialize, JsonSchema)]
struct ByName {
    name: String,
}

fn text(text: String) -> Answer<Bare> {
    Answer::bytes(StatusCode::OK, TEXT, text)
}

async fn front(call: Call) -> Result<Answer<Bare>, Refusal> {
    Ok(text(format!("front of {}, known: {}", call.base, call.caller.is_known())))
}

async fn staff(_: Call) -> Result<Answer<Bare>, Refusal> {
    Ok(text("queue".into()).header(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("own")))
}

async fn report(mut call: Call, form: Fields) -> Result<Answer<Bare>, Refusal> {
    let title = form.text("title").unwrap_or_default().to_owned();
    if let Some(key) = form.text("key") {
        call.form_key(key, &[title.as_bytes()])?;
    }
    let files: Vec<_> = form.files().map(|file| file.bytes.len()).collect();
    call.change(|| async {
        let thing = Thing { name: title.clone(), size: None };
        let decision = Decision::nothing().event(NewEvent::new("thing.made", 1, &thing));
        let answer = match &*title {
            "shown" => Answer::bytes(StatusCode::CREATED, "text/html", format!("<p>{files:?}")),
            "streamed" => Answer::stream(TEXT, stream::empty()),
            _ => Answer::see_other(format!("{}/thanks?{}", call.base, files.len())),
        };
        let cookie = HeaderValue::from_static("a=b");
        Ok((decision, answer.header(header::SET_COOKIE, cookie.clone()).header(header::SET_COOKIE, cookie)))
    })
    .await
}

async fn file(_: Call, Path(path): Path<ByName>, Head(head): Head) -> Result<Answer<Bare>, Refusal> {
    if head.contains_key(header::RANGE) {
        let range = HeaderValue::from_static("bytes 0-1/2000");
        let part = Answer::bytes(StatusCode::PARTIAL_CONTENT, "image/jpeg", "xx");
        return Ok(part.header(header::CONTENT_RANGE, range));
    }
    let media = match path.name.rsplit('.').next() {
        Some("bin") => {
            let long = "x".repeat(5 << 20);
            return Ok(Answer::bytes(StatusCode::OK, "application/octet-stream", long));
        }
        Some("jpg") => "image/jpeg",
        Some("svg") => "image/svg+xml",
        Some("mvt") => "application/vnd.mapbox-vector-tile",
        _ => "application/zip",
    };
    Ok(Answer::bytes(StatusCode::OK, media, "x".repeat(2_000)).etag("a1").immutable())
}

async fn as_xml(_: Call, Path(path): Path<ByName>, pairs: Pairs) -> Result<Answer<Bare>, Refusal> {
    match &*path.name {
        "panic" => panic!("as this test wants"),
        "missing" => Err(Refusal::not_found()),
        name => {
            let about = pairs.0.iter().map(|(name, value)| format!("{name}={value};")).collect::<String>();
            Ok(Answer::bytes(StatusCode::OK, "text/xml", format!("<{name}>{about}")))
        }
    }
}

async fn as_json(_: Call, Path(path): Path<ByName>) -> Result<Answer<Thing>, Refusal> {
    Answer::ok(&Thing { name: path.name, size: None })
}

async fn make_xml(_: Call, _: Fields) -> Result<Answer<Bare>, Refusal> {
    Err(Refusal::forbidden())
}

async fn upload(_: Call, Octets(body): Octets) -> Result<Answer<Thing>, Refusal> {
    Answer::ok(&Thing { name: "taken".into(), size: Some(body.len() as i32) })
}

async fn export(_: Call, Path(path): Path<ByName>) -> Result<Answer<Bare>, Refusal> {
    Ok(Answer::stream("text/csv", lines(&path.name)).etag("e"))
}

async fn once(_: Call) -> Result<Answer<Bare>, Refusal> {
    Ok(Answer::stream("text/csv", lines("ten")).public(60, 0))
}

fn lines(kind: &str) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    let (count, pause) = match kind {
        "endless" => (usize::MAX, Duration::ZERO),
        "patient" => (6, Duration::from_millis(200)),
        _ => (10, Duration::ZERO),
    };
    let kind = kind.to_owned();
    stream::iter(0..count).then(move |place| {
        let kind = kind.clone();
        async move {
            tokio::time::sleep(pause).await;
            match (&*kind, place) {
                ("broken", 5) => Err(io::Error::other("as this test wants")),
                ("panic", 5) => panic!("as this test wants"),
                ("waiting", 5) => std::future::pending().await,
                _ => Ok(Bytes::from(vec![b'0' + (place % 10) as u8; CHUNK])),
            }
        }
    })
}

fn xml(refusal: &Refusal, about: &About<'_>) -> Option<Reply> {
    let site = about.site.as_ref().map_or("", |site| &*site.market_slug);
    let asked = format!("{} {}{} {} {site}", about.method, about.base, about.path, about.query);
    let agent = about.headers.get("user-agent").map_or("", |agent| agent.to_str().unwrap());
    if agent == "panic" {
        panic!("as this test wants");
    }
    if agent == "plain" {
        return None;
    }
    let body =
        format!("<error>{} {} {asked} {}</error>", about.status.as_u16(), refusal.code(), about.request);
    Some(Reply::bytes(about.status, "text/xml", body))
}

fn to_sign_in(refusal: &Refusal, about: &About<'_>) -> Option<Reply> {
    match refusal.kind() {
        kernel::RefusalKind::Unauthenticated => {
            Some(Reply::see_other(format!("{}/sign-in?back={}", about.base, about.path)))
        }
        _ => Some(Reply::bytes(about.status, "text/html", format!("<h1>{}", refusal.code()))),
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/", front).says("Front.").may(May::Anyone).page().produces(&[TEXT]),
        get("/staff", staff).says("Staff.").may(May::Role(Role::Manager)).page().refusals_as(to_sign_in),
        post("/report", report)
            .says("Send.")
            .may(May::Anyone)
            .page()
            .answers(StatusCode::SEE_OTHER)
            .body_bytes_max(3 << 20)
            .refusals_as(to_sign_in),
        get("/off", front_off).says("Off.").app("off").may(May::Anyone).page().refusals_as(to_sign_in),
        get("/v1/files/{name}", file).says("File.").may(May::Anyone).light(),
        get("/open/v2/things/{name}.xml", as_xml)
            .says("XML.")
            .may(May::Anyone)
            .outside()
            .produces(&["text/xml"])
            .refusals_as(xml),
        get("/open/v2/things/{name}.json", as_json).says("JSON.").may(May::Anyone).outside(),
        post("/open/v2/things.xml", make_xml).says("XML.").outside().may(May::Known).refusals_as(xml),
        post("/v1/uploads", upload).says("Upload.").may(May::Anyone).body_bytes_max(100),
        get("/v1/exports/{name}", export).says("Export.").may(May::Anyone).produces(&["text/csv"]),
        get("/v1/once", once).says("Once.").may(May::Anyone).produces(&["text/csv"]).shared(),
    ]
}

async fn front_off(call: Call) -> Result<Answer<Bare>, Refusal> {
    front(call).await
}
