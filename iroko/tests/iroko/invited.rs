//! Whoever is invited gets a mail with a link that signs them in, once.

use std::sync::mpsc::Receiver;

use serde_json::json;

use crate::client::{Answer, Client};
use crate::people::client_of;
use crate::world::{SOON, World};

const HERE: &str = "/alpha/boston";
const CITY: &str = "name = \"B\"\n[features]\ncivic = 100\n[[category]]\ncode = \"tree\"\nname = \"Tree\"\n\
    [[agency]]\ncode = \"works\"\nname = \"Works\"\n[[route]]\nagency = \"works\"\n\
    [[staff]]\nemail = \"ann@alpha.example\"\nname = \"Ann\"\nrole = \"owner\"\nagency = \"works\"\n";

/// Code and digits of the link in the next mail, which must be to this address.
fn link(mails: &Receiver<String>, to: &str) -> (String, String) {
    let mail = mails.recv_timeout(SOON).expect("a mail comes");
    assert!(mail.contains(to), "{mail}");
    // Quoted-printable: long lines are broken, and an equals sign is written out.
    let flat = mail.replace("=\n", "").replace("=3D", "=");
    let start = format!("https://city.example{HERE}/sign-in?code=");
    let at = flat.find(&start).unwrap_or_else(|| panic!("no link in {flat}"));
    let rest = &flat[at + start.len()..];
    let (code, rest) = rest.split_once("&digits=").expect("it has digits");
    (code.to_owned(), rest.chars().take(6).collect())
}

fn sign_in(client: &Client, (code, digits): &(String, String)) -> Answer {
    client.post(&format!("{HERE}/v1/sign-in"), &json!({ "code": code, "digits": digits }))
}

#[test]
fn whoever_is_invited_signs_in_once_with_the_link_in_the_mail() {
    let (port, mails) = crate::mail::server();
    let world = World::with(crate::mail::settings(port));
    world.done("tenant add alpha --name Alpha");
    let file = world.data().parent().expect("it is in a folder").join("boston.toml");
    std::fs::write(&file, CITY).expect("the folder is there");
    let add = "city add boston --tenant alpha --name Boston --time-zone America/New_York --from";
    let add = format!("{add} {}", file.display());
    world.done(&add);
    let ann = link(&mails, "ann@alpha.example");
    world.done(&add);

    let nobody = world.client();
    let page = format!("{HERE}/sign-in?code={}&digits={}", ann.0, ann.1);
    for _ in 0..2 {
        let shown = nobody.get(&page);
        assert!(shown.status == 200 && shown.text().contains(&ann.1), "to look at it uses nothing up");
    }
    let token = sign_in(&nobody, &ann).expect(200)["access_token"].as_str().expect("a token").to_owned();
    sign_in(&nobody, &ann).refused(401, "wrong_sign_in");
    let owner = nobody.with(&token);
    let agencies = owner.get(&format!("{HERE}/v1/agencies")).expect(200);
    let agency = agencies["items"][0]["provider"].as_str().expect("an agency").to_owned();

    // An owner of the agency invites others to it, and nowhere else.
    let invite = format!("{HERE}/v1/providers/{agency}/invitations");
    let bob = json!({ "contact": "bob@alpha.example", "name": "Bob", "role": "staff" });
    assert_eq!(owner.post(&invite, &bob).expect(201)["sent"], true);
    assert_eq!(owner.post(&invite, &bob).expect(201)["sent"], false, "he has been told");
    owner.post(&format!("{HERE}/v1/invitations"), &bob).refused(403, "not_allowed");
    let code = link(&mails, "bob@alpha.example");
    let token = sign_in(&nobody, &code).expect(200)["access_token"].as_str().expect("a token").to_owned();
    let bob = nobody.with(&token);
    bob.get(&format!("{HERE}/v1/providers/{agency}/teams")).expect(200);
    bob.post(&invite, &json!({ "contact": "c@alpha.example", "name": "C", "role": "staff" }))
        .refused(404, "not_found");
    assert!(mails.try_recv().is_err(), "nobody else is written to");

    // With the tenant's own word, for the market.
    world.add_person("alpha", "owner@x.example");
    world.done("person grant alpha --email owner@x.example --role owner");
    let owner = client_of(&world, HERE, "owner@x.example");
    let carl = json!({ "contact": "carl@alpha.example", "name": "Carl", "role": "manager" });
    owner.post(&format!("{HERE}/v1/invitations"), &carl).expect(201);
    sign_in(&nobody, &link(&mails, "carl@alpha.example")).expect(200);
}
