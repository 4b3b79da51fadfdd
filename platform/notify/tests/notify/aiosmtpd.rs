//! Against a mail server that others wrote: PyPI's `aiosmtpd`, where `IROKO_TEST_AIOSMTPD` names a
//! Python that has it.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use notify::{Channel, Channels, Security, SmtpSettings, smtp};

use crate::world::{email, world};

/// Takes what it gets, one time in three refuses for a while, and one time in three hangs up after the
/// message; says every letter it took on a line. Under TLS it shows a certificate that it made itself and
/// leaves in a file.
const SERVER: &str = r#"
import asyncio, datetime, ssl, sys
from aiosmtpd.controller import Controller

port, security, file = int(sys.argv[1]), sys.argv[2], sys.argv[3]

class Moody:
    count = 0
    async def handle_RCPT(self, server, session, envelope, address, options):
        Moody.count += 1
        if Moody.count % 3 == 1:
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"
    async def handle_DATA(self, server, session, envelope):
        if security != "plain" and server.transport.get_extra_info("ssl_object") is None:
            print("UNPROTECTED", flush=True)
        for line in envelope.content.decode("utf-8").splitlines():
            if line.lower().startswith("message-id:"):
                print("LETTER " + line.split(":", 1)[1].strip(), flush=True)
        if Moody.count % 3 == 2:
            server.transport.abort()
            await asyncio.sleep(0)
        return "250 2.0.0 taken"

def context():
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .sign(key, hashes.SHA256()))
    pem = serialization.Encoding.PEM
    with open(file, "wb") as out:
        out.write(made.public_bytes(pem))
    with open(file + ".key", "wb") as out:
        out.write(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(file, file + ".key")
    return found

protected = {}
if security == "tls":
    protected = {"ssl_context": context()}
elif security == "starttls":
    protected = {"tls_context": context(), "require_starttls": True}
controller = Controller(Moody(), hostname="127.0.0.1", port=port, **protected)
controller.start()
print("READY", flush=True)
sys.stdin.read()
"#;

struct Server {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
    certificate: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Server {
    /// None where no Python that has what it takes is named.
    fn start(security: Security) -> Option<Self> {
        let python = testkit::environment::read("IROKO_TEST_AIOSMTPD")?;
        let (port, folder) = (testkit::free_port().unwrap(), testkit::folder());
        let certificate = folder.path().join("certificate.pem");
        let name = format!("{security:?}").to_lowercase();
        let mut process = Command::new(python)
            .args(["-c", SERVER, &port.to_string(), &name])
            .arg(&certificate)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut server = Self { process, lines, port, certificate, _folder: folder };
        assert_eq!(server.lines.next().unwrap().unwrap(), "READY");
        Some(server)
    }

    fn settings(&self, security: Security) -> SmtpSettings {
        let mut settings =
            SmtpSettings::new("aio", "localhost", self.port, security, "noreply@testville.example");
        settings.command_time = Duration::from_secs(5);
        settings
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn a_real_server_in_every_mood_gets_each_letter() {
    for security in [Security::Plain, Security::StartTls, Security::Tls] {
        let Some(mut server) = Server::start(security) else { return };
        let mut settings = server.settings(security);
        if security != Security::Plain {
            settings.roots = Some(std::fs::read(&server.certificate).unwrap());
        }
        let world = world(Channels::default().with(Channel::Email, smtp(settings).unwrap())).await;
        for number in 0..5 {
            world.queue(email(&number.to_string())).await;
        }
        world.settle().await;
        assert_eq!(world.states().await, vec!["sent"; 5], "{security:?}");
        let outcomes = world.outcomes().await;
        let of = |name: &str| outcomes.iter().filter(|it| it.starts_with(name)).count();
        assert_eq!(of("sent"), 5, "{security:?}: {outcomes:?}");
        assert!(of("failed") > 0 && of("unknown") > 0, "{security:?}: {outcomes:?}");
        // As many came as were sent or may have been.
        let number = of("sent") + of("unknown");
        let came: Vec<String> = server.lines.by_ref().take(number).map(Result::unwrap).collect();
        let different: std::collections::BTreeSet<&String> = came.iter().collect();
        assert_eq!(different.len(), 5, "{security:?}: the same letter keeps its Message-ID: {came:?}");
        assert!(came.iter().all(|line| line.starts_with("LETTER ")), "{security:?}: {came:?}");
    }
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_nothing() {
    for security in [Security::StartTls, Security::Tls] {
        let Some(server) = Server::start(security) else { return };
        // Another one's certificate is no better than none.
        let Some(other) = Server::start(security) else { return };
        for roots in [None, Some(std::fs::read(&other.certificate).unwrap())] {
            let settings = SmtpSettings { roots, ..server.settings(security) };
            let world = world(Channels::default().with(Channel::Email, smtp(settings).unwrap())).await;
            world.queue(email("a")).await;
            world.step(None).await;
            assert_eq!(world.states().await, ["queued"], "{security:?}");
            assert_eq!(world.outcomes().await, ["failed aio"], "{security:?}");
        }
    }
}
