use std::sync::Arc;

use identity::{CodeMessage, CodeSender, Contact};
use kernel::Id;
use notify::{Channel, Channels, Codes, Home, Homes};
use store::Market;

use crate::world::{Fake, failed, nobody, unknown, with_two, world};

struct One(Market);

impl Homes for One {
    fn home(&self, tenant: &str) -> Option<Home> {
        let languages = vec!["fr".into()];
        (tenant == "geo").then(|| Home { market: self.0.clone(), brand: "Geo".into(), languages })
    }

    fn market(&self, market: Id<kernel::Market>) -> Option<(String, Option<String>)> {
        (market == Id::from_raw(5)).then(|| ("Geo Lagos".into(), Some("https://geo.example/lagos".into())))
    }
}

fn code(address: &str, tenant: &str) -> CodeMessage {
    CodeMessage {
        to: Contact::parse(address, None).unwrap(),
        digits: "123456".into(),
        tenant: tenant.into(),
        language: None,
        invited: None,
        code: "cod_1".into(),
        key: 77,
    }
}

#[tokio::test]
async fn codes_go_out_at_once_by_whoever_takes_them() {
    for (script, sent, counts) in [
        (vec![], true, (1, 0)),
        (vec![failed()], true, (1, 1)),
        (vec![unknown()], false, (1, 0)),
        // Nobody learns whether the number exists.
        (vec![nobody()], true, (1, 0)),
    ] {
        let (first, second) = (Fake::new("first", script), Fake::new("second", []));
        let world = with_two(&first, &second).await;
        let codes = Codes::new(world.notify.clone(), Arc::new(One(world.market.clone())));
        let outcome = codes.send(code("+251911234567", "geo")).await;
        assert_eq!((outcome.is_ok(), (first.count(), second.count())), (sent, counts));
        assert!(first.texts()[0].starts_with("123456 est votre code pour Geo"));
        assert!(first.seen.lock()[0].key.ends_with("-code-77"));
        assert!(codes.send(code("+251911234567", "other")).await.is_err());
        assert!(world.messages().await.is_empty(), "nothing is kept");
    }
}

#[tokio::test]
async fn only_channels_that_reach_people_are_promised() {
    let fake = Fake::new("first", []);
    let world = world(Channels::default().with(Channel::Sms, fake)).await;
    let codes = Codes::new(world.notify.clone(), Arc::new(One(world.market.clone())));
    assert!(codes.reaches(identity::Channel::Phone) && !codes.reaches(identity::Channel::Email));
    assert!(codes.send(code("a@b.example", "geo")).await.is_err());
    assert!(world.written().await.is_empty(), "a code is not written where staff can read it");
}

#[tokio::test]
async fn an_invitation_leads_to_the_market_it_is_for() {
    let fake = Fake::new("first", []);
    let world = world(Channels::default().with(Channel::Sms, fake.clone())).await;
    let codes = Codes::new(world.notify.clone(), Arc::new(One(world.market.clone())));
    let invited =
        |market| CodeMessage { invited: Some(Id::from_raw(market)), ..code("+251911234567", "geo") };
    codes.send(invited(5)).await.unwrap();
    let said = fake.texts().remove(0);
    assert!(said.contains("Geo Lagos"), "{said}");
    assert!(said.ends_with("https://geo.example/lagos/sign-in?code=cod_1&digits=123456"), "{said}");
    assert!(codes.send(invited(6)).await.is_err(), "a market that is gone invites nobody");
}
