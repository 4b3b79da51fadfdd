//! Staff sign in and see to what waits.

use super::*;
use crate::people::PASSWORD;

fn signed_in(world: &World, email: &str) -> Browser {
    let mut browser = Browser::new(world.client(), HERE);
    let page = browser.get("/sign-in?back=/desk");
    let wrong = browser.send(&page, &[("contact", email), ("password", "not this one")], "password");
    assert_eq!((wrong.status, wrong.text.contains("does not match")), (422, true), "{}", wrong.text);
    assert!(!wrong.text.contains("not this one"), "a password is never shown back");
    let done = browser.send(&page, &[("contact", email), ("password", PASSWORD)], "password");
    assert_eq!((done.status, &*done.location), (303, "/desk"), "{}", done.text);
    for cookie in &done.set_cookies {
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    }
    browser
}

#[test]
fn staff_sign_in_and_see_to_what_waits() {
    let world = World::embedded();
    town(&world);
    let mut citizen = Browser::new(world.client(), HERE);
    let at: Vec<String> = (0..3)
        .map(|number| {
            reported(&mut citizen, &[LAMP[0], LAMP[1], LAMP[2], ("description", &format!("Dark {number}"))])
        })
        .collect();
    // Of three secrets this browser keeps the one it saw last.
    assert_eq!(citizen.get(&at[0]).status, 303);
    let number = at[0].split(['/', '?']).nth(2).unwrap().to_owned();
    assert_eq!(citizen.get("/desk").status, 303, "first one signs in");
    let mut nobody = signed_in(&world, "citizen@x.example");
    let refused = nobody.get("/desk");
    assert_eq!(
        (refused.status, refused.text.contains("You may not do this")),
        (403, true),
        "{}",
        refused.text
    );

    let mut staff = signed_in(&world, "owner@x.example");
    let desk = staff.get("/desk");
    assert!(desk.text.contains("Dark 0") && desk.text.contains(&number), "{}", desk.text);
    let path = format!("/desk/requests/{}", id(&desk, &number));
    let page = staff.get(&path);
    // To close without resolving takes a reason, and what was chosen is not lost.
    let unsaid = staff.send(&page, &[("to", "closed")], "move");
    assert_eq!(
        (unsaid.status, unsaid.text.contains("value=\"closed\" selected")),
        (422, true),
        "{}",
        unsaid.text
    );
    let closed = staff.send(&page, &[("to", "closed"), ("reason", "Not ours <b>")], "move");
    assert_eq!(closed.location, format!("{path}?done=1"), "{}", closed.text);
    // From an old page, after somebody else.
    let late = staff.send(&page, &[("to", "resolved")], "move");
    assert_eq!(late.status, 422, "{}", late.text);
    let public = citizen.visit(&format!("/track/{number}"));
    assert!(
        public.text.contains("Closed") && public.text.contains("Not ours &#60;b&#62;"),
        "{}",
        public.text
    );
    assert!(public.text.contains("value=\"reopen\""), "its reporter may open it again: {}", public.text);
    let reopened = citizen.send(&public, &[("why", "Still dark")], "reopen");
    assert_eq!(reopened.location, format!("/track/{number}?done=reopened"), "{}", reopened.text);

    let page = staff.get(&path);
    for (typed, go) in [
        (&[("text", "We look into it")][..], "answer"),
        (&[("text", "Ask the depot")], "note"),
        (&[], "mine"),
    ] {
        let done = staff.send(&page, typed, go);
        assert_eq!(done.status, 303, "{go}: {}", done.text);
    }
    let shown = staff.get(&path);
    for text in ["We look into it", "Ask the depot", "staff only", "You"] {
        assert!(shown.text.contains(text), "{text}: {}", shown.text);
    }
    let public = citizen.visit(&format!("/track/{number}"));
    assert!(
        public.text.contains("We look into it") && !public.text.contains("Ask the depot"),
        "{}",
        public.text
    );

    many(&mut staff);
    assert_eq!(staff.get("/desk/figures").status, 200);
    let table = staff.get("/desk/csv?category=lamp");
    assert!(table.status == 200 && table.text.starts_with("id,status,"), "{}", table.text);
    renewed(&mut staff);
}

/// The id behind a number in the list.
fn id(desk: &Page, number: &str) -> String {
    let place = desk.text.find(number).expect("it is in the list");
    let (_, rest) = desk.text.split_once("/desk/requests/").expect("a link");
    let all: Vec<&str> =
        desk.text.match_indices("/desk/requests/").map(|(at, _)| &desk.text[at + 15..]).collect();
    let own = all.iter().find(|rest| rest[..200.min(rest.len())].contains(number)).unwrap_or(&rest);
    assert!(place > 0);
    own.split('"').next().unwrap().to_owned()
}

/// A filter that is kept, and one act on all that it shows.
fn many(staff: &mut Browser) {
    let desk = staff.get("/desk?status=open");
    let kept = staff.send(&desk, &[("name", "Open ones"), ("shared", "1")], "keep");
    assert_eq!(kept.location, "/desk?status=open&done=kept", "{}", kept.text);
    let desk = staff.get("/desk?status=open");
    assert!(desk.text.contains("Open ones (shared)"), "{}", desk.text);
    let ids: Vec<&str> =
        desk.text.split("name=\"id\" value=\"").skip(1).filter_map(|it| it.split('"').next()).collect();
    assert_eq!(ids.len(), 2, "{}", desk.text);
    let mut fields: Vec<(String, String)> =
        ids.iter().map(|id| ("id".to_owned(), (*id).to_owned())).collect();
    fields.extend([
        ("to".to_owned(), "resolved".to_owned()),
        ("go".to_owned(), "move".to_owned()),
        ("form".to_owned(), "one".to_owned()),
    ]);
    for _ in 0..2 {
        let done = staff.post("/desk", &fields);
        assert_eq!(done.location, "/desk?done=2", "sent twice it is done once: {}", done.text);
    }
    assert!(staff.get("/desk?done=2").text.contains("2 requests were changed"));
    let (_, rest) = desk.text.split_once("name=\"filter\" value=\"").expect("the filter");
    let filter = rest.split('"').next().unwrap().to_owned();
    let gone = staff.post("/desk", &[("filter".into(), filter), ("go".into(), "forget".into())]);
    assert_eq!(gone.location, "/desk?done=removed", "{}", gone.text);
}

/// The short-lived cookie is gone; the other one brings it back without a word.
fn renewed(staff: &mut Browser) {
    staff.cookies.remove("iroko_token");
    let desk = staff.visit("/desk?status=open");
    assert!(desk.status == 200 && desk.text.contains("Requests"), "{}", desk.text);
    let out = staff.post("/sign-out", &[]);
    assert_eq!((out.status, &*out.location), (303, "/"));
    assert!(!staff.cookies.contains_key("iroko_token") && !staff.cookies.contains_key("iroko_refresh"));
    let asked = staff.visit("/desk");
    assert!(asked.text.contains("type=\"password\""), "{}", asked.text);
}
