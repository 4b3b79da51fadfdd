//! Uploads from the first byte to the last day.

use futures_util::future::join_all;
use kernel::jiff::SignedDuration;
use kernel::{Decision, NewJob, values};
use media::image::{Format, Size, Unfit};
use media::limits::{CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, LOOSE_KEPT, PICTURE_KEPT, SOURCE_KEPT};
use media::upload::decide::{READY, REFUSED};
use media::{State, upload};

use crate::files::*;
use crate::world::*;

testkit::on_both_engines!(
    a_picture_comes_in_pieces_and_is_shown,
    a_broken_connection_loses_one_chunk,
    chunks_that_do_not_fit_are_refused,
    the_same_chunk_twice_at_once_counts_once,
    the_same_upload_ended_twice_at_once_is_one_picture,
    the_same_bytes_twice_are_one_picture,
    a_crash_between_files_and_row_is_made_good,
    a_crash_between_chunk_and_row_is_made_good,
    what_is_no_picture_is_refused_with_its_reason,
    a_picture_belongs_to_one_thing,
    what_is_removed_goes_for_everyone_and_then_for_good,
    what_belongs_to_nothing_is_swept,
    tickets_are_good_in_their_market_and_for_their_purpose,
    statements_fit,
);

/// Noise, so that it does not become small.
fn large() -> Vec<u8> {
    let bytes = png(1_000, 700);
    assert!(bytes.len() > 3 * CHUNK_BYTES_MIN, "{}", bytes.len());
    bytes
}

async fn a_picture_comes_in_pieces_and_is_shown(world: World) {
    let bytes = large();
    let bus = world.bus();
    let ticket = world.ticket(bytes.len());
    let mut start = 0;
    for piece in bytes.chunks(CHUNK_BYTES_MIN) {
        start = world.append(&ticket, start, piece).await.unwrap();
    }
    assert_eq!(start, bytes.len() as i64);
    let upload = world.settled(ticket.id).await;
    let (address, width, height) = upload.picture.unwrap();
    assert_eq!((upload.state, width, height), (State::Ready, 1_000, 700));
    let event = world.events().await.pop().unwrap();
    assert_eq!((event.name.as_str(), event.subject), (READY, ticket.id.raw()));
    assert!(event.body.contains(&address.to_string()));
    let shelf = world.media.objects().of(world.market.place());
    for (size, format) in [(Size::Large, Format::Jpeg), (Size::Thumb, Format::WebP)] {
        let text = address.to_string();
        let name = format!("picture/{}/{text}/{}.{}", &text[..2], size.name(), format.name());
        let kind = media::image::Kind::of(&shelf.get(&name).await.unwrap()).unwrap();
        assert_eq!(kind == media::image::Kind::Jpeg, format == Format::Jpeg);
    }
    // What was sent goes when nobody can be writing it any more.
    assert!(world.objects("upload").await > 0);
    world.advance(SOURCE_KEPT);
    world.until(async || world.objects("upload").await == 0 && world.count(CHUNKS).await == 0).await;
    assert_eq!(world.one(ticket.id).await.unwrap().state, State::Ready);
    bus.stop().await;
}

async fn a_broken_connection_loses_one_chunk(world: World) {
    let bytes = large();
    let ticket = world.ticket(bytes.len());
    let first = world.append(&ticket, 0, &bytes[..CHUNK_BYTES_MIN]).await.unwrap();
    // The answer was lost: the same chunk again is refused, and told where to go on.
    let again = world.append(&ticket, 0, &bytes[..CHUNK_BYTES_MIN]).await.unwrap_err();
    assert_eq!(again.code(), "offset_elsewhere");
    assert!(again.message().starts_with(&first.to_string()));
    let rest = &bytes[first as usize..];
    let end = world.append(&ticket, first, rest).await.unwrap();
    assert_eq!(end, bytes.len() as i64);
    let bus = world.bus();
    assert_eq!(world.settled(ticket.id).await.state, State::Ready);
    bus.stop().await;
}

async fn chunks_that_do_not_fit_are_refused(world: World) {
    let code = |found: Result<i64, kernel::Refusal>| found.unwrap_err().code();
    let ticket = world.ticket(3 * CHUNK_BYTES_MAX);
    assert_eq!(code(world.append(&ticket, 5, &[1; CHUNK_BYTES_MIN]).await), "offset_elsewhere");
    assert_eq!(code(world.append(&ticket, 0, &[]).await), "chunk_size");
    assert_eq!(code(world.append(&ticket, 0, &[1; 10]).await), "chunk_size");
    assert_eq!(code(world.append(&ticket, 0, &vec![1; CHUNK_BYTES_MAX + 1]).await), "chunk_size");
    let small = world.ticket(10);
    assert_eq!(code(world.append(&small, 0, &[1; 11]).await), "beyond_total");
    assert_eq!(world.append(&small, 0, &[1; 10]).await, Ok(10));
    assert_eq!(code(world.append(&small, 10, &[1]).await), "offset_elsewhere");
    assert_eq!(world.objects("upload").await, 1, "what was refused is kept nowhere");
    let late = world.ticket(10);
    world.advance(SignedDuration::from_hours(2));
    assert_eq!(code(world.append(&late, 0, &[1; 10]).await), "ticket_over");
    assert!(world.ticket_for(PHOTO, 0).is_err());
    assert_eq!(world.ticket_for(PHOTO, 1 << 30).unwrap_err().code(), "picture_too_large");
}

async fn the_same_chunk_twice_at_once_counts_once(world: World) {
    let bytes = large();
    let ticket = world.ticket(bytes.len());
    let sent = join_all((0..8).map(|_| world.append(&ticket, 0, &bytes[..CHUNK_BYTES_MIN]))).await;
    let taken = sent.iter().filter(|it| it.is_ok()).count();
    assert_eq!(taken, 1, "{sent:?}");
    let refused = |it: &&Result<i64, kernel::Refusal>| {
        it.as_ref().is_err_and(|refusal| refusal.code() == "offset_elsewhere")
    };
    assert_eq!(sent.iter().filter(refused).count(), 7, "{sent:?}");
    assert_eq!(world.objects("upload").await, 1, "the others took theirs away");
    assert_eq!((world.count(ROWS).await, world.count(CHUNKS).await), (1, 1));
    world.append(&ticket, CHUNK_BYTES_MIN as i64, &bytes[CHUNK_BYTES_MIN..]).await.unwrap();
    let bus = world.bus();
    assert_eq!(world.settled(ticket.id).await.state, State::Ready);
    bus.stop().await;
}

async fn the_same_upload_ended_twice_at_once_is_one_picture(world: World) {
    let ticket = world.send(&jpeg(300, 200)).await;
    // Two jobs for one upload, as after a lease that was lost while its worker lived on.
    let body = serde_json::json!({ "id": ticket.id });
    let twice = Decision::nothing()
        .job(NewJob::new("media.process", world.stamp().at, &body))
        .job(NewJob::new("media.process", world.stamp().at, &body));
    world.market.commit(world.stamp(), twice).await.unwrap();
    let bus = world.bus();
    assert_eq!(world.settled(ticket.id).await.state, State::Ready);
    world.until(async || world.count(PROCESSING).await == 0).await;
    bus.stop().await;
    assert_eq!(world.pictures().await, [("ready".to_owned(), 1)]);
    assert_eq!(world.events().await.len(), 1);
}

async fn the_same_bytes_twice_are_one_picture(world: World) {
    let bytes = jpeg(300, 200);
    let bus = world.bus();
    let tickets = join_all((0..4).map(|_| world.send(&bytes))).await;
    let uploads = join_all(tickets.iter().map(|it| world.settled(it.id))).await;
    assert!(uploads.iter().all(|it| it.picture == uploads[0].picture && it.state == State::Ready));
    assert_eq!(world.pictures().await, [("ready".to_owned(), 4)]);
    assert_eq!(world.objects("picture").await, 6);
    // Each that is removed takes one reference; the files go with the last.
    for (left, upload) in uploads.iter().enumerate().rev() {
        let remove = async || {
            let upload = world.one(upload.id).await.unwrap();
            Ok((world.stamp(), upload::decide::remove(&[upload], world.stamp().at), ()))
        };
        world.market.change(remove).await.unwrap();
        assert_eq!(world.pictures().await, [("ready".to_owned(), left as i64)]);
    }
    // Sent again before they went: it is the same picture, and it stays.
    let again = world.send(&bytes).await;
    let again = world.settled(again.id).await;
    assert_eq!(again.picture, uploads[0].picture);
    world.advance(PICTURE_KEPT * 3);
    // What was to clean up has had its turn, and found that it is wanted.
    world.until(async || world.count(CLEANING).await == 0).await;
    assert_eq!(world.objects("picture").await, 6);
    bus.stop().await;
}

async fn a_crash_between_files_and_row_is_made_good(world: World) {
    let ticket = world.send(&jpeg(300, 200)).await;
    let bus = world.bus();
    let first = world.settled(ticket.id).await;
    bus.stop().await;
    // The files are there, nothing says so, and the job is due again.
    let body = serde_json::json!({ "id": ticket.id });
    let back = Decision::nothing()
        .change(AS_BEFORE_THE_COMMIT.with(values![ticket.id]))
        .change(UNHELD.with(values![]))
        .job(NewJob::new("media.process", world.stamp().at, &body));
    world.market.commit(world.stamp(), back).await.unwrap();
    let bus = world.bus();
    let again = world.settled(ticket.id).await;
    assert_eq!((again.state, again.picture), (State::Ready, first.picture));
    assert_eq!(world.pictures().await, [("ready".to_owned(), 1)]);
    assert_eq!(world.objects("picture").await, 6);
    bus.stop().await;
}

async fn a_crash_between_chunk_and_row_is_made_good(world: World) {
    let bytes = jpeg(300, 200);
    let ticket = world.ticket(bytes.len());
    let shelf = world.media.objects().of(world.market.place());
    let lost = format!("upload/{}/0-00000000deadbeef", ticket.id);
    shelf.put(&lost, bytes::Bytes::from_static(b"never written down")).await.unwrap();
    world.append(&ticket, 0, &bytes).await.unwrap();
    assert_eq!(world.objects("upload").await, 2);
    let bus = world.bus();
    assert_eq!(world.settled(ticket.id).await.state, State::Ready);
    world.advance(SOURCE_KEPT);
    world.until(async || world.objects("upload").await == 0).await;
    bus.stop().await;
}

async fn what_is_no_picture_is_refused_with_its_reason(world: World) {
    let bus = world.bus();
    for (bytes, reason) in [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".to_vec(), Unfit::Drawing),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), Unfit::Telephone),
        (jpeg(100, 100)[..500].to_vec(), Unfit::Broken),
        (gif(20, 20, 3), Unfit::Animated),
        (png_of(60_000, 60_000, 8, 6, &[]), Unfit::TooManyPixels),
    ] {
        let ticket = world.send(&bytes).await;
        let upload = world.settled(ticket.id).await;
        assert_eq!((upload.state, upload.reason), (State::Refused, Some(reason)));
        let event = world.events().await.pop().unwrap();
        assert_eq!(event.name, REFUSED);
        assert!(event.body.contains(reason.code()));
        let refusal = world.attach(&ticket, 5).await.unwrap_err();
        assert_eq!(refusal.faults()[0].code, reason.code());
        assert_eq!(refusal.faults()[0].field, "/photos/0");
    }
    assert_eq!(world.objects("picture").await, 0);
    // The row that said files might come goes too.
    world.advance(PICTURE_KEPT * 2);
    world.until(async || world.pictures().await.is_empty()).await;
    bus.stop().await;
}

async fn a_picture_belongs_to_one_thing(world: World) {
    let bus = world.bus();
    // Before its first byte, and after.
    let (early, late) = (world.ticket(jpeg(60, 40).len()), world.send(&jpeg(50, 40)).await);
    world.attach(&early, 5).await.unwrap();
    world.settled(late.id).await;
    world.attach(&late, 5).await.unwrap();
    world.attach(&late, 5).await.unwrap();
    assert_eq!(world.attach(&late, 6).await.unwrap_err().faults()[0].code, "picture_taken");
    world.append(&early, 0, &jpeg(60, 40)).await.unwrap();
    world.settled(early.id).await;
    let event = world.events().await.pop().unwrap();
    assert!(event.body.contains("\"subject\":5"), "{}", event.body);
    let found = upload::repo::of_subjects(&world.market, "photo", &[5, 6]).await.unwrap();
    let ids: Vec<_> = found[0].iter().map(|it| it.id).collect();
    assert_eq!((ids, found[1].len()), (vec![early.id, late.id], 0));
    let taken = world.media.take_back(&world.market, &late).await.unwrap_err();
    assert_eq!(taken.code(), "picture_taken");
    bus.stop().await;
}

async fn what_is_removed_goes_for_everyone_and_then_for_good(world: World) {
    let bus = world.bus();
    for bytes in [jpeg(60, 40), jpeg(60, 40), png(30, 20)] {
        let ticket = world.send(&bytes).await;
        world.attach(&ticket, 5).await.unwrap();
        world.settled(ticket.id).await;
    }
    let remove = async || {
        let stamp = world.stamp();
        Ok((stamp, world.media.remove(&world.market, stamp.at, (PHOTO, 5)).await?, ()))
    };
    world.market.change(remove).await.unwrap();
    assert_eq!(world.pictures().await, [("ready".to_owned(), 0), ("ready".to_owned(), 0)]);
    assert!(upload::repo::of_subject(&world.market, "photo", 5).await.unwrap().is_empty());
    world.advance(PICTURE_KEPT * 2);
    world
        .until(async || {
            world.pictures().await.is_empty()
                && world.count(ROWS).await + world.count(CHUNKS).await == 0
                && world.objects("picture").await + world.objects("upload").await == 0
        })
        .await;
    bus.stop().await;
}

async fn what_belongs_to_nothing_is_swept(world: World) {
    let bytes = large();
    let bus = world.bus();
    let (half, whole, kept, stopped) = (
        world.ticket(bytes.len()),
        world.send(&jpeg(60, 40)).await,
        world.send(&jpeg(50, 40)).await,
        world.ticket(bytes.len()),
    );
    world.append(&half, 0, &bytes[..CHUNK_BYTES_MIN]).await.unwrap();
    world.append(&stopped, 0, &bytes[..CHUNK_BYTES_MIN]).await.unwrap();
    world.attach(&kept, 5).await.unwrap();
    // Belongs to something, and never came.
    world.attach(&stopped, 5).await.unwrap();
    for ticket in [&whole, &kept] {
        world.settled(ticket.id).await;
    }
    world.advance(LOOSE_KEPT - SignedDuration::from_hours(2));
    world.idle().await;
    assert_eq!(world.count(ROWS).await, 4, "not yet");
    // The sweep comes once an hour; what it leaves behind, a little later.
    for _ in 0..4 {
        world.advance(SignedDuration::from_hours(1));
        world.idle().await;
    }
    world.advance(PICTURE_KEPT);
    world.until(async || world.count(ROWS).await == 1 && world.objects("upload").await == 0).await;
    world.until(async || world.objects("picture").await == 6).await;
    assert_eq!(world.one(kept.id).await.unwrap().state, State::Ready);
    bus.stop().await;
}

async fn tickets_are_good_in_their_market_and_for_their_purpose(world: World) {
    let ticket = world.send(&jpeg(60, 40)).await;
    let text = world.media.ticket_text(&world.market, &ticket);
    assert_eq!(world.media.read_ticket(&world.market, &text), Ok(ticket));
    assert_eq!(world.media.read_ticket(&world.other, &text).unwrap_err().code(), "bad_ticket");
    let now = world.stamp().at;
    let many: Vec<String> = vec![text.clone(), "imt_".into(), text];
    let found = world.media.attach(&world.market, now, (PAPER, 5), &many, "/papers").await.unwrap_err();
    let faults: Vec<_> = found.faults().iter().map(|it| (it.field.as_str(), it.code)).collect();
    assert_eq!(
        faults,
        [("/papers/0", "wrong_purpose"), ("/papers/1", "bad_ticket"), ("/papers/2", "wrong_purpose")]
    );
    let found = world.media.attach(&world.market, now, (PHOTO, 5), &vec![String::new(); 21], "/p").await;
    assert_eq!(found.unwrap_err().faults()[0].code, "too_many");
}

async fn statements_fit(world: World) {
    world.store.prepare_all(&media::STATEMENTS.concat()).await.unwrap();
}
