use std::sync::Arc;
use std::time::Duration;

use notify::{Channel, Channels, Provider, Security, SmtpSettings, smtp};

use crate::mail_server::{At, Deed, MailServer};
use crate::world::{World, email, world};

fn provider(name: &str, server: &MailServer) -> Arc<dyn Provider> {
    let from = "Testville <noreply@testville.example>";
    let mut settings = SmtpSettings::new(name, "127.0.0.1", server.address.port(), Security::Plain, from);
    settings.command_time = Duration::from_millis(400);
    smtp(settings).unwrap()
}

async fn with_one(server: &MailServer) -> World {
    world(Channels::default().with(Channel::Email, provider("first", server))).await
}

fn header(message: &str, name: &str) -> String {
    let (start, message) = (format!("{name}: "), message.replace("\r\n ", " ").replace(":  ", ": "));
    let line = message.lines().find(|line| line.starts_with(&start));
    line.unwrap_or_else(|| panic!("no {name} in {message}"))[start.len()..].to_owned()
}

#[tokio::test]
async fn a_letter_is_whole_and_names_its_way_out() {
    let server = MailServer::doing([Deed::Well]).await;
    let world = with_one(&server).await;
    let hostile = serde_json::json!({"name": "Ana <script>\r\nBcc: x@y.example\r\n\r\n.\r\n"});
    world.queue(email("a").arguments(hostile)).await;
    world.queue(email("b").language(Some("fr"))).await;
    world.queue(email("c").urgent()).await;
    world.settle().await;
    assert_eq!(world.states().await, ["sent", "sent", "sent"]);
    let got = server.got();
    let head = got[0].split("\r\n\r\n").next().unwrap();
    assert!(!head.contains("\nBcc:") && got[0].contains("&lt;script&gt;"), "{}", got[0]);
    assert_eq!(header(&got[0], "To"), "abebe@mail.example");
    let (id, ..) = world.messages().await[0].clone();
    let id: notify::MessageId = kernel::Id::from_raw(id);
    assert_eq!(header(&got[0], "Message-ID"), format!("<mkt_0000000000005-{id}@testville.example>"));
    assert!(header(&got[0], "List-Unsubscribe").starts_with("<https://test.example/t/m/v1/unsubscribe/"));
    assert_eq!(header(&got[0], "List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert_eq!(header(&got[1], "Subject"), "Pour Abebe");
    assert!(
        got[1].contains("text/plain") && got[1].contains("text/html") && got[1].contains("<p>Bonjour Abebe")
    );
    assert!(!got[2].contains("List-Unsubscribe"), "what somebody waits for is not unsubscribed from");
    assert_eq!(server.connections(), 1, "one connection for all of them");
}

#[tokio::test]
async fn what_a_server_does_wrong_and_what_follows() {
    let said = |at, text| Deed::Says(at, text);
    // the deed of the first connection, the state after it, the outcome, letters that came
    for (deed, state, outcome, got) in [
        (Deed::HangsUp(At::Greeting), "queued", "failed", 1),
        (Deed::Silent(At::Greeting), "queued", "failed", 1),
        (said(At::Greeting, "421 busy"), "queued", "failed", 1),
        (said(At::Greeting, "SSH-2.0"), "queued", "failed", 1),
        (Deed::HangsUp(At::Hello), "queued", "failed", 1),
        (said(At::Sender, "550 5.7.1 not you"), "queued", "refused", 1),
        (Deed::Silent(At::Sender), "queued", "failed", 1),
        (said(At::Recipient, "450 4.2.0 later"), "queued", "failed", 1),
        (said(At::Recipient, "452 4.2.2 full"), "queued", "failed", 1),
        (said(At::Recipient, "552 5.2.2 full"), "queued", "failed", 1),
        (said(At::Recipient, "550 5.1.1 <abebe@mail.example>: unknown"), "failed", "recipient", 0),
        (said(At::Recipient, "550 5.7.1 relaying denied"), "queued", "refused", 1),
        (Deed::HangsUp(At::Recipient), "queued", "failed", 1),
        (said(At::Opening, "451 4.3.0 no room"), "queued", "failed", 1),
        (Deed::HangsUp(At::Opening), "queued", "failed", 1),
        (said(At::End, "451 4.7.1 greylisted"), "queued", "failed", 2),
        (said(At::End, "554 5.7.1 spam"), "queued", "refused", 2),
        (Deed::HangsUp(At::End), "queued", "unknown", 2),
        (Deed::Silent(At::End), "queued", "unknown", 2),
        (said(At::End, "what?"), "queued", "unknown", 2),
    ] {
        let server = MailServer::doing([deed.clone(), Deed::Well]).await;
        let world = with_one(&server).await;
        world.queue(email("a")).await;
        world.step(None).await;
        assert_eq!(world.states().await, [state], "{deed:?}");
        assert_eq!(world.outcomes().await, [format!("{outcome} first")], "{deed:?}");
        let (.., error) = world.messages().await.pop().unwrap();
        assert!(!error.unwrap_or_default().contains('@'), "{deed:?}: addresses stay out of the log");
        world.settle().await;
        let messages = server.got();
        assert_eq!(messages.len(), got, "{deed:?}");
        let ids: std::collections::BTreeSet<String> =
            messages.iter().map(|message| header(message, "Message-ID")).collect();
        assert!(ids.len() <= 1, "{deed:?}: the same letter is known again");
    }
}

#[tokio::test]
async fn a_letter_that_may_be_out_is_not_given_to_the_next_server() {
    let lost = MailServer::doing([Deed::HangsUp(At::End), Deed::Well]).await;
    let away = MailServer::doing([Deed::HangsUp(At::Greeting)]).await;
    let good = MailServer::doing([Deed::Well]).await;
    for (first, arrivals) in [(&lost, (2, 0)), (&away, (0, 1))] {
        let channels = Channels::default()
            .with(Channel::Email, provider("first", first))
            .with(Channel::Email, provider("second", &good));
        let world = world(channels).await;
        world.queue(email("a")).await;
        world.settle().await;
        assert_eq!(world.states().await, ["sent"]);
        assert_eq!((first.got().len(), good.got().len()), arrivals);
    }
}

#[tokio::test]
async fn a_connection_that_died_while_nobody_looked_is_replaced() {
    let server = MailServer::doing([Deed::Well]).await;
    let world = with_one(&server).await;
    world.queue(email("a")).await;
    world.settle().await;
    let port = server.address.port();
    drop(server);
    // The same port, another server: the kept connection is dead.
    let Ok(listener) = std::net::TcpListener::bind(("127.0.0.1", port)) else { return };
    drop(listener);
    world.queue(email("b")).await;
    world.step(None).await;
    assert_eq!(world.states().await, ["sent", "queued"]);
    assert_eq!(world.outcomes().await, ["sent first", "failed first"], "nothing was sent, and that is known");
}

#[tokio::test]
async fn what_is_not_protected_as_asked_is_not_sent() {
    for security in [Security::StartTls, Security::Tls] {
        let server = MailServer::doing([Deed::Well]).await;
        let from = "noreply@testville.example";
        let mut settings = SmtpSettings::new("first", "127.0.0.1", server.address.port(), security, from);
        settings.command_time = Duration::from_millis(400);
        let world = world(Channels::default().with(Channel::Email, smtp(settings).unwrap())).await;
        world.queue(email("a")).await;
        world.step(None).await;
        assert_eq!(world.states().await, ["queued"], "{security:?}");
        assert_eq!(world.outcomes().await, ["failed first"], "{security:?}");
        assert!(server.got().is_empty(), "{security:?}");
    }
}

#[test]
fn what_is_trusted_is_a_certificate() {
    let mut settings = SmtpSettings::new("a", "localhost", 25, Security::Tls, "a@x.example");
    settings.roots = Some(b"nonsense".to_vec());
    assert!(smtp(settings).is_err());
}

#[test]
fn a_sender_is_an_address() {
    let settings = SmtpSettings::new("a", "localhost", 25, Security::Plain, "nobody");
    assert!(smtp(settings).is_err());
}
