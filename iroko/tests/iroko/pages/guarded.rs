//! What must not happen: text that becomes markup, old cookies that cost work, other sites.

use super::*;

#[test]
fn hostile_text_stays_text() {
    let world = World::embedded();
    let owner = town(&world);
    let mut browser = Browser::new(world.client(), HERE);
    let mut page = browser.get("/report");
    assert_clean(&page);
    let typed = [
        ("category", "pothole"),
        ("lat", HOSTILE),
        ("long", HOSTILE),
        ("address", HOSTILE),
        ("description", HOSTILE),
        ("name", HOSTILE),
        ("email", HOSTILE),
        ("phone", HOSTILE),
        ("channel", HOSTILE),
        ("language", HOSTILE),
        ("photo", HOSTILE),
        ("a.deep", HOSTILE),
        ("a.line", HOSTILE),
        ("a.text", HOSTILE),
        ("a.when", HOSTILE),
        ("a.many", HOSTILE),
        ("form", HOSTILE),
        ("at", HOSTILE),
        ("z", HOSTILE),
        ("step", HOSTILE),
    ];
    for step in ["what", "where", "details", "send"] {
        for go in ["next", "back", "in", "stay", "send", HOSTILE] {
            let fields = typed.iter().filter(|(name, _)| *name != "step");
            let mut fields: Vec<(String, String)> =
                fields.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            fields.extend([("step".to_owned(), step.to_owned()), ("go".to_owned(), go.to_owned())]);
            let shown = browser.post("/report", &fields);
            assert!(shown.status < 500, "{step} {go}: {} {}", shown.status, shown.text);
            assert_clean(&shown);
        }
    }
    // Sent, and shown wherever a request is shown.
    let good: Vec<(&str, &str)> = typed
        .into_iter()
        .filter(|(name, _)| {
            ["category", "address", "description", "name", "a.line", "a.text", "a.many"].contains(name)
        })
        .chain([("lat", "42.36"), ("long", "-71.06"), ("a.deep", "1")])
        .collect();
    let at = reported(&mut browser, &good);
    let shown = browser.visit(&at);
    assert!(shown.text.contains("alert(1)"), "it is there, as text");
    assert_clean(&shown);
    for path in ["/", "/map", "/report?category=lamp", "/track?number=%3Cscript%3Ealert(1)%3C/script%3E"] {
        page = browser.get(path);
        assert_clean(&page);
    }
    let mut staff = Browser::new(owner, HERE);
    let desk = staff.get("/desk");
    assert!(desk.status == 200 && desk.text.contains("alert(1)"), "{}", desk.text);
    assert_clean(&desk);
    let (_, rest) = desk.text.split_once("/desk/requests/").expect("the request waits");
    let path = format!("/desk/requests/{}", rest.split('"').next().unwrap());
    assert_clean(&staff.get(&path));
    for path in [
        "/sign-in?back=%22%3E%3Cscript%3Ealert(1)",
        "/desk?category=%22%3E%3Cscript%3Ealert(1)&area=%3Cb%20a=%22",
    ] {
        assert_clean(&staff.get(path));
    }
}

#[test]
fn an_old_cookie_costs_nobody_what_they_wrote() {
    let world = World::embedded();
    town(&world);
    let mut browser = Browser::new(world.client(), HERE);
    let page = browser.get("/report");
    browser.cookies.insert("iroko_token".into(), "stale".into());
    let again = browser.send(&page, &[("category", "lamp")], "next");
    assert_eq!((again.status, &*again.location), (307, "/report?again=1"));
    assert!(!browser.cookies.contains_key("iroko_token"), "{:?}", again.set_cookies);
    assert_eq!(browser.send(&page, &[("category", "lamp")], "next").status, 200);
    // A page that is only looked at takes the old one away.
    browser.cookies.insert("iroko_token".into(), "stale".into());
    assert_eq!(browser.get("/").status, 200);
    assert!(!browser.cookies.contains_key("iroko_token"));
    // Where it must be good, it leads to the sign-in, and back.
    browser.cookies.insert("iroko_token".into(), "stale".into());
    assert_eq!(browser.get("/desk?status=open").location, "/sign-in?back=%2Fdesk%3Fstatus%3Dopen");
    let refused = browser.post("/desk", &[("go".into(), "move".into())]);
    assert_eq!(
        (refused.status, refused.text.contains("Your sign-in has ended")),
        (401, true),
        "{}",
        refused.text
    );
}

#[test]
fn other_sites_send_nothing_in_somebodys_name() {
    let world = World::embedded();
    town(&world);
    let mut browser = Browser::new(world.client(), HERE);
    let page = browser.get("/report");
    browser.headers = vec![("sec-fetch-site", "cross-site")];
    for path in ["/report", "/sign-in", "/sign-out", "/track/01HQ3-V8K2M-4XZ7", "/unsubscribe/x"] {
        let refused = browser.post(path, &[("category".into(), "lamp".into())]);
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.text.contains("sent from another site"), "{path}: {}", refused.text);
    }
    browser.headers.clear();
    assert_eq!(
        browser.send(&page, &[("category", "lamp")], "next").status,
        200,
        "a program without cookies may"
    );
    let back = browser.get("/sign-in?back=https://evil.example/");
    assert!(back.text.contains("name=\"back\" value=\"/\""), "{}", back.text);
}
