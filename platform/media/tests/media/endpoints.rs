//! The endpoints as the edge calls them.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use kernel::jiff::SignedDuration;
use kernel::jiff::tz::TimeZone;
use kernel::{Id, Refusal, RefusalKind, SystemRandom};
use media::image::Kind;
use serde_json::{Value, json};
use web::{CachePolicy, Call, Caller, Endpoint, Features, Raw, Reply, Site, Tier};

use crate::files::*;
use crate::world::*;

testkit::on_both_engines!(
    a_stranger_sends_a_picture_and_everyone_sees_it,
    who_has_no_ticket_learns_nothing,
    tickets_are_given_within_limits,
    what_is_taken_back_is_gone,
    a_picture_that_nothing_refers_to_is_not_shown,
);

impl World {
    fn endpoints(&self) -> Vec<Endpoint> {
        media::endpoints(&self.media)
    }

    fn call(&self, market: &store::Market, caller: Caller) -> Call {
        let site = Site {
            tenant: Id::from_raw(1),
            tenant_slug: "test".into(),
            tenant_name: "Test".into(),
            tier: Tier::Basic,
            market_id: market.place().id,
            market_slug: "one".into(),
            market_name: "One".into(),
            zone: TimeZone::UTC,
            currency: "ETB".into(),
            languages: Arc::new(["en".to_owned()]),
            features: Features::default(),
            home: market.clone(),
            market: market.clone(),
        };
        let world =
            web::World { clock: self.clock.clone(), random: Arc::new(SystemRandom), ids: self.ids.clone() };
        let address: IpAddr = [192, 0, 2, 7].into();
        Call::new(Arc::new(site), caller, address, "/test/one".into(), Arc::new(world))
    }

    async fn ask(
        &self,
        name: &str,
        path: &[(&str, &str)],
        head: &[(&'static str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Reply, Refusal> {
        self.ask_in(&self.market, name, path, head, body.into()).await
    }

    async fn ask_in(
        &self,
        market: &store::Market,
        name: &str,
        path: &[(&str, &str)],
        head: &[(&'static str, &str)],
        body: Bytes,
    ) -> Result<Reply, Refusal> {
        let endpoints = self.endpoints();
        let endpoint = endpoints.iter().find(|it| it.name == name).unwrap();
        let headers = head
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        let raw = Raw {
            path: path.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body,
            headers: HeaderMap::from_iter(headers),
            ..Raw::default()
        };
        let reply = endpoint.call(self.call(market, Caller::anonymous()), raw).await;
        if let Err(refusal) = &reply {
            // `upload_ask` and its like say in the document how they may refuse.
            let usual = [RefusalKind::Invalid];
            let told = endpoint.refusals.contains(&refusal.kind()) || usual.contains(&refusal.kind());
            assert!(told, "{name} does not say that it refuses so: {refusal}");
        }
        reply
    }

    /// The id and the ticket.
    async fn asked(&self, bytes: usize) -> (String, String) {
        let body = json!({ "purpose": "photo", "bytes": bytes }).to_string();
        let reply = self.ask("upload_ask", &[], &[], body).await.unwrap();
        assert_eq!(reply.status, StatusCode::CREATED);
        let view = read(&reply);
        let (id, ticket) = (view["id"].as_str().unwrap(), view["ticket"].as_str().unwrap());
        assert_eq!(reply.location, Some(format!("/test/one/v1/uploads/{id}")));
        (id.to_owned(), ticket.to_owned())
    }
}

fn read(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    let found = reply.headers.iter().find(|(its, _)| its == name);
    found.map_or("", |(_, value)| value.to_str().unwrap())
}

#[tokio::test]
async fn the_list_of_endpoints_is_sound() {
    let world = world(testkit::Engine::Sqlite).await.unwrap();
    assert_eq!(web::unsound(&world.endpoints()), Vec::<String>::new());
}

async fn a_stranger_sends_a_picture_and_everyone_sees_it(world: World) {
    let bus = world.bus();
    let bytes = png(900, 600);
    let (id, ticket) = world.asked(bytes.len()).await;
    let path = [("id", id.as_str())];
    let mut start = 0;
    for piece in bytes.chunks(100_000) {
        // As after a broken connection: ask first.
        let reply = world.ask("upload_read", &path, &[("upload-ticket", &ticket)], "").await.unwrap();
        assert_eq!(header(&reply, "upload-offset"), start.to_string());
        assert_eq!(header(&reply, "upload-length"), bytes.len().to_string());
        let head = [("upload-ticket", ticket.as_str()), ("upload-offset", &start.to_string())];
        let reply = world.ask("upload_go_on", &path, &head, piece.to_vec()).await.unwrap();
        start += piece.len();
        assert_eq!(
            (reply.status, header(&reply, "upload-offset")),
            (StatusCode::NO_CONTENT, &*start.to_string())
        );
        let again = world.ask("upload_go_on", &path, &head, piece.to_vec()).await.unwrap_err();
        assert_eq!(again.code(), "offset_elsewhere");
    }
    world.settled(id.parse().unwrap()).await;
    let view = read(&world.ask("upload_read", &path, &[("upload-ticket", &ticket)], "").await.unwrap());
    assert_eq!((view["state"].as_str(), view["picture"]["width"].as_i64()), (Some("ready"), Some(900)));
    let address = view["picture"]["address"].as_str().unwrap();
    assert_eq!(view["picture"]["small"], format!("/test/one/v1/pictures/{address}/small"));

    let show = async |file: &str, head: &[(&'static str, &str)]| {
        world.ask("picture_show", &[("address", address), ("file", file)], head, "").await
    };
    for (file, accept, media, varies) in [
        ("large", "image/avif,image/webp,*/*", "image/webp", "accept"),
        ("large", "*/*", "image/jpeg", "accept"),
        ("thumb.webp", "image/jpeg", "image/webp", ""),
        ("small.jpg", "image/webp", "image/jpeg", ""),
    ] {
        let reply = show(file, &[("accept", accept)]).await.unwrap();
        assert_eq!((&*reply.media, reply.status, header(&reply, "vary")), (media, StatusCode::OK, varies));
        assert_eq!(reply.cache, CachePolicy::Immutable);
        let kind = if media == "image/webp" { Kind::WebP } else { Kind::Jpeg };
        assert_eq!(Kind::of(&reply.body), Ok(kind));
        let tag = reply.etag.clone().unwrap();
        let head = [("accept", accept), ("range", "bytes=10-19"), ("if-range", tag.as_str())];
        let part = show(file, &head).await.unwrap();
        assert_eq!((part.status, &part.body[..]), (StatusCode::PARTIAL_CONTENT, &reply.body[10..20]));
        assert_eq!(header(&part, "content-range"), format!("bytes 10-19/{}", reply.body.len()));
        let head = [("accept", accept), ("range", "bytes=10-19"), ("if-range", "\"other\"")];
        assert_eq!(show(file, &head).await.unwrap().body, reply.body);
    }
    for file in ["huge", "large.png", "large.svg", "..", "original"] {
        assert_eq!(show(file, &[]).await.unwrap_err().kind(), RefusalKind::NotFound, "{file}");
    }
    // A picture of one market is none of another.
    let path = [("address", address), ("file", "large")];
    let other = world.ask_in(&world.other, "picture_show", &path, &[], Bytes::new()).await;
    assert_eq!(other.unwrap_err().kind(), RefusalKind::NotFound);
    bus.stop().await;
}

async fn who_has_no_ticket_learns_nothing(world: World) {
    let (id, ticket) = world.asked(100).await;
    let (other, _) = world.asked(100).await;
    let path = [("id", id.as_str())];
    for name in ["upload_read", "upload_go_on", "upload_take_back"] {
        let offset = ("upload-offset", "0");
        let without = world.ask(name, &path, &[offset], "").await.unwrap_err();
        assert_eq!(without.faults()[0].field, "header upload-ticket", "{name}");
        let forged = world.ask(name, &path, &[offset, ("upload-ticket", "imt_AAAA")], "").await.unwrap_err();
        assert_eq!(forged.code(), "bad_ticket", "{name}");
        let others = [("id", other.as_str())];
        let swapped = world.ask(name, &others, &[offset, ("upload-ticket", &ticket)], "").await.unwrap_err();
        assert_eq!(swapped.kind(), RefusalKind::NotFound, "{name}");
        let head = [offset, ("upload-ticket", ticket.as_str())];
        let elsewhere = world.ask_in(&world.other, name, &path, &head, Bytes::new()).await.unwrap_err();
        assert_eq!(elsewhere.code(), "bad_ticket", "{name}");
    }
    for offset in ["", "-1", "1.5", "zero", "99999999999999999999"] {
        let head = [("upload-ticket", ticket.as_str()), ("upload-offset", offset)];
        let found = world.ask("upload_go_on", &path, &head, vec![1; 100]).await.unwrap_err();
        assert_eq!(found.kind(), RefusalKind::Invalid, "{offset}");
    }
}

async fn tickets_are_given_within_limits(world: World) {
    for (body, code) in [
        (json!({ "purpose": "other", "bytes": 5 }), "invalid_input"),
        (json!({ "purpose": "paper", "bytes": 5 }), "sign_in_required"),
        (json!({ "purpose": "photo", "bytes": 13 << 20 }), "picture_too_large"),
        (json!({ "purpose": "photo", "bytes": 0 }), "invalid_input"),
    ] {
        let found = world.ask("upload_ask", &[], &[], body.to_string()).await.unwrap_err();
        assert_eq!(found.code(), code, "{body}");
    }
    // One address, so many tickets at once.
    let mut given = 0;
    let refusal = loop {
        let body = json!({ "purpose": "photo", "bytes": 5 }).to_string();
        match world.ask("upload_ask", &[], &[], body).await {
            Ok(_) => given += 1,
            Err(refusal) => break refusal,
        }
    };
    assert!(given <= media::limits::TICKETS_AT_ONCE && given + 5 > media::limits::TICKETS_AT_ONCE, "{given}");
    assert_eq!((refusal.kind(), refusal.code()), (RefusalKind::TooMany, "too_many_pictures"));
    world.advance(SignedDuration::from_secs(i64::from(refusal.retry_after_s().unwrap())));
    world.asked(5).await;
}

async fn what_is_taken_back_is_gone(world: World) {
    let bytes = jpeg(60, 40);
    let (id, ticket) = world.asked(bytes.len()).await;
    let path = [("id", id.as_str())];
    let head = [("upload-ticket", ticket.as_str()), ("upload-offset", "0")];
    world.ask("upload_go_on", &path, &head, bytes.clone()).await.unwrap();
    world.ask("upload_take_back", &path, &head, "").await.unwrap();
    world.ask("upload_take_back", &path, &head, "").await.unwrap();
    let found = world.ask("upload_read", &path, &head, "").await.unwrap_err();
    assert_eq!(found.kind(), RefusalKind::Gone);
    let found = world.ask("upload_go_on", &path, &head, bytes).await.unwrap_err();
    assert_eq!(found.kind(), RefusalKind::Gone);
    let bus = world.bus();
    world.advance(media::limits::SOURCE_KEPT);
    world.until(async || world.count(ROWS).await == 0 && world.objects("upload").await == 0).await;
    assert!(world.events().await.is_empty(), "nobody looked at it");
    bus.stop().await;
}

async fn a_picture_that_nothing_refers_to_is_not_shown(world: World) {
    let bus = world.bus();
    let ticket = world.send(&jpeg(60, 40)).await;
    world.attach(&ticket, 5).await.unwrap();
    let upload = world.settled(ticket.id).await;
    let address = upload.picture.unwrap().0.to_string();
    let path = [("address", address.as_str()), ("file", "large")];
    assert!(world.ask("picture_show", &path, &[], "").await.is_ok());
    let remove = async || {
        let stamp = world.stamp();
        Ok((stamp, world.media.remove(&world.market, stamp.at, (PHOTO, 5)).await?, ()))
    };
    world.market.change(remove).await.unwrap();
    let found = world.ask("picture_show", &path, &[], "").await.unwrap_err();
    assert_eq!(found.kind(), RefusalKind::NotFound, "at once, though the files are there still");
    assert_eq!(world.objects("picture").await, 6);
    bus.stop().await;
}
