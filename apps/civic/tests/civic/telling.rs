//! Messages about what happens: who gets one, and that each gets it once, however many they are.

use std::sync::{Arc, Mutex};

use bus::{Consumer, Job, JobHandler, Trouble};
use civic::Messages;
use civic::follower::follow::{Tell, TellMore};
use civic::follower::message::{Message, Reason};
use civic::follower::model::{Channel, Contact, Follower};
use futures_util::future::BoxFuture;
use kernel::{Clock, Decision, NewJob, values};
use serde_json::json;
use store::{Event, Market};

use crate::world::{By, World, text};

testkit::on_both_engines! {
    a_report_is_acknowledged,
    everyone_is_told_once_however_many_they_are,
    those_of_a_merged_request_hear_of_the_other,
}

kernel::statements! {
    short CLOSE = "update request set status = 'closed', closed = ?2, version = version + 1 where id = ?1";
    short CONFIRM_ALL = "update follower set confirmed = 1";
    short MERGE = "update request set merged = ?2, version = version + 1 where id = ?1";
}

#[derive(Default)]
struct Recorder(Mutex<Vec<Message>>);

impl Messages for Recorder {
    fn queue<'a>(
        &'a self,
        _: &'a Market,
        messages: Vec<Message>,
    ) -> BoxFuture<'a, Result<Decision, Trouble>> {
        self.0.lock().unwrap().extend(messages);
        Box::pin(async { Ok(Decision::nothing()) })
    }
}

fn tell(world: &World) -> (Arc<Recorder>, Tell) {
    let recorder = Arc::new(Recorder::default());
    (recorder.clone(), Tell { civic: world.civic.clone(), messages: recorder })
}

async fn events(world: &World, tell: &Tell) -> Vec<Event> {
    world.market.settle().await.unwrap();
    let all: Vec<Event> = world.market.list(store::EVENTS_AFTER, values![0, 1_000]).await.unwrap();
    all.into_iter().filter(|event| tell.wants(&event.name)).collect()
}

fn as_job(job: &NewJob) -> Job {
    Job {
        id: 1,
        kind: job.kind.into(),
        body: job.body.clone(),
        key: None,
        priority: 0,
        due: job.due,
        attempts: 1,
        actor: kernel::Actor::System,
        at: job.due,
    }
}

async fn a_report_is_acknowledged(world: World) {
    let made =
        world.report(By::Nobody, json!({ "contact": { "email": "a@example.org", "language": "es" } })).await;
    world.report(By::Nobody, json!({})).await;
    let (recorder, tell) = tell(&world);
    let decision = tell.handle(&world.market, &events(&world, &tell).await).await.unwrap();
    assert!(decision.is_nothing());
    let messages = recorder.0.lock().unwrap();
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(
        (message.reason, message.to.as_str(), message.channel),
        (Reason::Acknowledged, "a@example.org", Channel::Email)
    );
    assert_eq!((message.language.as_deref(), &message.words["number"]), (Some("es"), &text(&made, "number")));
    assert_eq!(message.words["category"], "Pothole");
    let secret = text(&made, "secret");
    assert!(message.words.values().all(|word| *word != secret), "no secret is kept until it is sent");
}

async fn everyone_is_told_once_however_many_they_are(world: World) {
    let made = world.report(By::Nobody, json!({})).await;
    let request = text(&made, "id").parse().unwrap();
    let follower = |number: u8| Follower {
        request,
        who: [number; 16],
        person: None,
        reporter: false,
        seconded: false,
        contact: Contact {
            email: Some(format!("f{number}@example.org")),
            channel: Channel::Email,
            ..Contact::default()
        },
        at: world.clock.now(),
        confirmed: true,
    };
    let adding = (0..=249).map(|number| civic::follower::repo::add(&follower(number)));
    world.market.commit(world.stamp(), Decision::nothing().changes(adding)).await.unwrap();
    world.put(CLOSE, values![request, world.clock.now()]).await;
    let shown = json!({ "secret": text(&made, "secret"), "why": "Still there" });
    world.ask(By::Nobody, "request_reopen", &text(&made, "id"), "", &shown).await.unwrap();

    let (recorder, tell) = tell(&world);
    let mut waiting = tell.handle(&world.market, &events(&world, &tell).await).await.unwrap().jobs;
    let more = TellMore(tell);
    let mut jobs = 0;
    while let Some(job) = waiting.pop() {
        jobs += 1;
        waiting.extend(more.run(&world.market, &as_job(&job)).await.unwrap().jobs);
    }
    let messages = recorder.0.lock().unwrap();
    let keys: std::collections::BTreeSet<&str> = messages.iter().map(|message| &*message.key).collect();
    // Two for those who hear that it is open again, two to look for the reporter among them all.
    assert_eq!((jobs, messages.len(), keys.len()), (4, 250, 250));
    assert!(messages.iter().all(|message| message.reason == Reason::Reopened));
    assert_eq!(messages[0].words["text"], "Still there");
}

/// Everyone has said yes.
fn confirmed() -> Decision {
    Decision::nothing().change(CONFIRM_ALL.with(values![]).any_rows())
}

async fn those_of_a_merged_request_hear_of_the_other(world: World) {
    let contact = |name: &str| json!({ "contact": { "email": format!("{name}@example.org") } });
    let into = world.report(By::Nobody, contact("into")).await;
    let merged = world.report(By::Nobody, contact("merged")).await;
    let [into_id, merged_id] = [&into, &merged].map(|it| text(it, "id"));
    for id in [&into_id, &merged_id] {
        world.ask(By::Person(7), "request_follow", id, "", &contact("both")).await.unwrap();
    }
    world.ask(By::Nobody, "request_follow", &merged_id, "", &contact("one")).await.unwrap();
    let id = |it: &String| it.parse::<civic::request::model::RequestId>().unwrap();
    world.market.commit(world.stamp(), confirmed()).await.unwrap();
    world.put(MERGE, values![id(&merged_id), id(&into_id)]).await;
    let stands = world.row(&into_id).await;
    let answered = civic::request::event::told("request.answered", &stands, &stands, Some("On Monday"));
    let touched = Decision::nothing().change(civic::desk::repo::touch(stands.id));
    world.market.commit(world.stamp(), touched.event(answered)).await.unwrap();

    let (recorder, tell) = tell(&world);
    let mut waiting = tell.handle(&world.market, &events(&world, &tell).await).await.unwrap().jobs;
    let more = TellMore(tell);
    while let Some(job) = waiting.pop() {
        waiting.extend(more.run(&world.market, &as_job(&job)).await.unwrap().jobs);
    }
    let messages = recorder.0.lock().unwrap();
    let mut heard: Vec<(&str, &str, &str)> = messages
        .iter()
        .filter(|message| message.reason == Reason::Answered)
        .map(|message| (message.to.as_str(), &*message.words["number"], &*message.words["other"]))
        .collect();
    heard.sort();
    let [own, other] = [&into, &merged].map(|it| text(it, "number"));
    let expected = [
        ("both@example.org", &*own, ""),
        ("into@example.org", &*own, ""),
        ("merged@example.org", &*other, &*own),
        ("one@example.org", &*other, &*own),
    ];
    assert_eq!(heard, expected);
    let keys: std::collections::BTreeSet<&str> = messages.iter().map(|message| &*message.key).collect();
    assert_eq!(keys.len(), messages.len());
}
