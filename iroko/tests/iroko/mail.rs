//! A mail server that takes everything.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Settings of a server that sends its mail there.
pub fn settings(port: u16) -> Vec<String> {
    let settings = [
        "notify.smtp_host=127.0.0.1".to_owned(),
        format!("notify.smtp_port={port}"),
        "notify.smtp_security=plain".into(),
        "notify.smtp_from=City <noreply@city.example>".into(),
        "server.public_url=https://city.example".into(),
    ];
    settings.into()
}

/// A server that takes mail and hands it on.
pub fn server() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    let (taken, mails) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let taken = taken.clone();
            std::thread::spawn(move || take(stream, &taken));
        }
    });
    (port, mails)
}

fn take(stream: TcpStream, taken: &Sender<String>) -> Option<()> {
    let mut out = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream).lines();
    out.write_all(b"220 here\r\n").ok()?;
    while let Some(Ok(line)) = lines.next() {
        let answer = match line.get(..4).unwrap_or_default().to_uppercase().as_str() {
            "DATA" => {
                out.write_all(b"354 go on\r\n").ok()?;
                let mail: Vec<String> =
                    lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
                taken.send(mail.join("\n")).ok()?;
                "250 taken\r\n"
            }
            "QUIT" => return None,
            _ => "250 well\r\n",
        };
        out.write_all(answer.as_bytes()).ok()?;
    }
    None
}
