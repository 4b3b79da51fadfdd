//! Citizens report, track, follow, and have what is theirs erased.

use super::browser::encoded;
use super::*;

#[test]
fn a_report_is_sent_tracked_and_let_go_without_scripts() {
    let world = World::embedded();
    town(&world);
    let mut browser = Browser::new(world.client(), HERE);
    let front = browser.get("/");
    assert_eq!(front.status, 200, "{}", front.text);
    assert!(front.text.contains("Nothing has been reported yet"), "{}", front.text);

    // What is missing is said at its field, on the step where it belongs.
    let what = browser.get("/report");
    let nothing = browser.send(&what, &[], "next");
    assert_eq!(nothing.status, 422);
    assert!(nothing.text.contains("id=\"category-fault\""), "{}", nothing.text);
    let place = browser.send(&what, &[("category", "pothole")], "next");
    assert!(place.text.contains("Step 2 of 4"), "{}", place.text);
    let nowhere = browser.send(&place, &[], "next");
    assert_eq!(
        (nowhere.status, nowhere.text.contains("id=\"place-fault\"")),
        (422, true),
        "{}",
        nowhere.text
    );
    let wrong = browser.send(&place, &[("lat", "here"), ("long", "there")], "next");
    assert_eq!((wrong.status, wrong.text.contains("id=\"lat-fault\"")), (422, true), "{}", wrong.text);
    assert!(wrong.text.contains("value=\"here\""), "what was typed is not lost");

    // A click on the picture sets the pin in the middle; the picture is moved by buttons.
    let mut fields = vec![("lat", "42.36"), ("long", "-71.06")];
    let pinned = browser.send(&place, &[("pin.x", "320"), ("pin.y", "240")], "next");
    assert!(pinned.text.contains("The pin is set"), "{}", pinned.text);
    let moved = browser.send(&pinned, &fields, "north");
    assert_ne!(hidden_at(&pinned), hidden_at(&moved));
    let back = browser.send(&moved, &fields, "back");
    assert!(
        back.text.contains("Step 1 of 4") && back.text.contains("value=\"pothole\" checked"),
        "{}",
        back.text
    );

    let details = browser.send(&place, &fields, "next");
    assert!(
        details.text.contains("Step 3 of 4") && details.text.contains("Question deep?"),
        "{}",
        details.text
    );
    let empty = browser.send(&details, &[("email", "nobody")], "next");
    for fault in ["description-fault", "a.deep-fault", "email-fault"] {
        assert!(empty.text.contains(&format!("id=\"{fault}\"")), "{fault}: {}", empty.text);
    }
    fields =
        vec![("description", "A deep hole"), ("a.deep", "12"), ("a.one", "a"), ("email", "me@x.example")];
    let last = browser.send(&details, &fields, "next");
    assert!(last.text.contains("Step 4 of 4") && last.text.contains("A deep hole"), "{}", last.text);
    let sent = browser.send(&last, &[], "send");
    assert_eq!(sent.status, 303, "{}", sent.text);
    // The same form once more is the same report.
    assert_eq!(browser.send(&last, &[], "send").location, sent.location);

    // The secret leaves the address at once and stays in a cookie of this one page.
    let clean = browser.get(&sent.location);
    assert_eq!((clean.status, clean.location.contains("irf_")), (303, false), "{}", clean.location);
    assert!(clean.set_cookies.iter().any(|it| it.starts_with("iroko_mine=irf_")
        && it.contains("HttpOnly")
        && it.contains("Path=/alpha/one/track/")));
    let page = browser.get(&clean.location);
    assert!(
        page.text.contains("Your report has been sent") && page.text.contains("me@x.example"),
        "{}",
        page.text
    );
    let number = clean.location.split(['/', '?']).nth(2).unwrap().to_owned();

    // Others see it without what is theirs.
    let mut other = Browser::new(world.client(), HERE);
    let seen = other.visit(&format!("/track?number={}", encoded(&number.to_lowercase().replace('-', " "))));
    assert!(seen.text.contains("A deep hole") && !seen.text.contains("me@x.example"), "{}", seen.text);
    let seconded = other.send(&seen, &[], "second");
    assert_eq!(seconded.location, format!("/track/{number}?done=seconded"), "{}", seconded.text);
    let again = other.send(&seen, &[], "second");
    assert_eq!(again.status, 303);
    assert!(other.visit(&format!("/track/{number}")).text.contains("<dd>1</dd>"), "counted once");
    let followed = other.send(&seen, &[("email", "x")], "follow");
    assert_eq!(followed.status, 422, "{}", followed.text);

    // A link of a message ends messages, but only when its button is pressed.
    let secret = browser.cookies["iroko_mine"].clone();
    let link = format!("/unsubscribe/{number}.{secret}");
    let asks = other.get(&link);
    assert!(asks.text.contains("<button>"), "{}", asks.text);
    assert!(browser.get(&clean.location).text.contains("me@x.example"), "nothing ended by looking");
    assert_eq!(other.post(&link, &[("List-Unsubscribe".into(), "One-Click".into())]).status, 200);
    let page = browser.get(&clean.location);
    assert!(!page.text.contains("value=\"unfollow\""), "{}", page.text);
    assert_eq!(other.get("/unsubscribe/nonsense").status, 404);
    assert_eq!(other.get(&format!("/unsubscribe/{number}.irf_{}", "A".repeat(43))).status, 404);

    let erased = browser.send(&page, &[("with_text", "1")], "erase");
    assert_eq!(erased.location, format!("/track/{number}?done=erased"), "{}", erased.text);
    assert!(!other.visit(&format!("/track/{number}")).text.contains("A deep hole"));
}

fn hidden_at(page: &Page) -> String {
    let (_, rest) = page.text.split_once("name=\"at\" value=\"").expect("a part of the map");
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn somebody_else_reported_it_already() {
    let world = World::embedded();
    town(&world);
    let mut first = Browser::new(world.client(), HERE);
    let made = reported(&mut first, &LAMP);
    let mut second = Browser::new(world.client(), HERE);
    let mut page = second.get("/report?category=lamp");
    assert!(page.text.contains("Step 2 of 4"), "{}", page.text);
    for _ in 0..2 {
        page = second.send(&page, &LAMP[1..], "next");
    }
    let (_, rest) = page.text.split_once("value=\"same:").expect("it is offered");
    let id = rest.split('"').next().unwrap().to_owned();
    let same = second.send(&page, &[], &format!("same:{id}"));
    assert_eq!(same.status, 303, "{}", same.text);
    let number = |text: &str| text.split(['/', '?']).nth(2).unwrap().to_owned();
    assert_eq!(number(&same.location), number(&made));
    assert!(second.visit(&same.location).text.contains("You have been counted"));
}

#[test]
fn pages_speak_the_language_of_their_reader() {
    let world = World::embedded();
    town(&world);
    let mut browser = Browser::new(world.client(), HERE);
    browser.headers.push(("accept-language", "de, fr;q=0.8, en;q=0.5"));
    let page = browser.get("/");
    assert!(
        page.text.contains("lang=\"fr\" dir=\"ltr\"") && page.text.contains("Signaler un problème"),
        "{}",
        page.text
    );
    let page = browser.get("/map?lang=es&z=5");
    assert!(page.text.contains("lang=\"es\"") && page.text.contains("/map?lang=en&#38;z=5"), "{}", page.text);
    assert!(browser.get("/report").text.contains("¿De qué se trata?"), "the choice is kept");
    // A browser that has the page already says so; its wish for the language is kept all the same.
    let (client, wish) = (world.client(), format!("{HERE}/?lang=fr"));
    let first = client.get(&wish);
    let again = client.send("GET", &wish, &[("if-none-match", first.header("etag"))], None);
    assert_eq!((again.status, again.header("set-cookie")), (200, first.header("set-cookie")));
    assert!(again.header("set-cookie").contains("=fr"), "{}", again.header("set-cookie"));
    assert!(browser.get("/no-such-page").status == 404);
    let gone = browser.get("/track/01HQ3-V8K2M-4XZ7");
    assert_eq!((gone.status, gone.text.contains("no hay ninguna solicitud")), (404, true), "{}", gone.text);
}

#[test]
fn the_first_page_is_light() {
    let world = World::embedded();
    town(&world);
    let client = world.client();
    let mut browser = Browser::new(client.clone(), HERE);
    for number in 0..6 {
        let text = format!("Something that somebody describes in a whole sentence or two, number {number}");
        reported(&mut browser, &[LAMP[0], LAMP[1], LAMP[2], ("description", &text)]);
    }
    let front = client.send("GET", &format!("{HERE}/"), &[("accept-encoding", "gzip")], None);
    assert_eq!(front.header("content-encoding"), "gzip");
    let text = browser.get("/").text;
    let (_, rest) = text.split_once("href=\"/alpha/one/assets/").expect("a style sheet");
    let name = rest.split('"').next().unwrap();
    let style = client.send("GET", &format!("{HERE}/assets/{name}"), &[("accept-encoding", "gzip")], None);
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(style.header("cache-control").contains("immutable"));
    let bytes = front.body.len() + style.body.len();
    assert!(bytes <= 14 << 10, "{bytes} bytes");
    browser.headers.push(("save-data", "on"));
    let spare = browser.get("/map");
    assert!(!spare.text.contains("<img") && !spare.text.contains("<script"), "{}", spare.text);
    assert_eq!(client.get(&format!("{HERE}/assets/other.css")).status, 404);
}
