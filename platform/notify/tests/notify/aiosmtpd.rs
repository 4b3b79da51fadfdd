//! Against a mail server that others wrote: PyPI's `aiosmtpd`, where `IROKO_TEST_AIOSMTPD` names a
//! Python that has it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use notify::{Channel, Channels, Security, SmtpSettings, smtp};

use crate::world::{email, world};

/// Takes what it gets, one time in three refuses for a while, and one time in three hangs up after the
/// message; says every letter it took on a line.
const SERVER: &str = r#"
import asyncio, sys
from aiosmtpd.controller import Controller

class Moody:
    count = 0
    async def handle_RCPT(self, server, session, envelope, address, options):
        Moody.count += 1
        if Moody.count % 3 == 1:
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"
    async def handle_DATA(self, server, session, envelope):
        for line in envelope.content.decode("utf-8").splitlines():
            if line.lower().startswith("message-id:"):
                print("LETTER " + line.split(":", 1)[1].strip(), flush=True)
        if Moody.count % 3 == 2:
            server.transport.abort()
            await asyncio.sleep(0)
        return "250 2.0.0 taken"

controller = Controller(Moody(), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
print("READY", flush=True)
sys.stdin.read()
"#;

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_real_server_in_every_mood_gets_each_letter() {
    let Some(python) = testkit::environment::read("IROKO_TEST_AIOSMTPD") else { return };
    let port = testkit::free_port().unwrap();
    let mut child = Command::new(python)
        .args(["-c", SERVER, &port.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let _server = Server(child);
    assert_eq!(lines.next().unwrap().unwrap(), "READY");
    let mut settings =
        SmtpSettings::new("aio", "127.0.0.1", port, Security::Plain, "noreply@testville.example");
    settings.command_time = Duration::from_secs(5);
    let world = world(Channels::default().with(Channel::Email, smtp(settings).unwrap())).await;
    for number in 0..5 {
        world.queue(email(&number.to_string())).await;
    }
    world.settle().await;
    assert_eq!(world.states().await, vec!["sent"; 5]);
    let outcomes = world.outcomes().await;
    let of = |name: &str| outcomes.iter().filter(|it| it.starts_with(name)).count();
    assert_eq!(of("sent"), 5, "{outcomes:?}");
    assert!(of("failed") > 0 && of("unknown") > 0, "{outcomes:?}");
    // As many came as were sent or may have been.
    let came: Vec<String> = lines.by_ref().take(of("sent") + of("unknown")).map(Result::unwrap).collect();
    let different: std::collections::BTreeSet<&String> = came.iter().collect();
    assert_eq!(different.len(), 5, "the same letter keeps its Message-ID: {came:?}");
}
