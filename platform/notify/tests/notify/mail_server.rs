//! A mail server of a few lines that does as it is told, which is mostly the wrong thing.

use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Where in a conversation something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    Greeting,
    Hello,
    Sender,
    Recipient,
    Opening,
    /// After the last line of the message.
    End,
}

#[derive(Debug, Clone)]
pub enum Deed {
    Well,
    /// Answers this at that point.
    Says(At, &'static str),
    /// Hangs up there.
    HangsUp(At),
    /// Takes the message, and says nothing more.
    Silent(At),
}

pub struct MailServer {
    pub address: SocketAddr,
    /// Messages that came whole, whether or not it said so.
    got: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl MailServer {
    /// One deed for each connection; the last one is repeated.
    pub async fn doing(deeds: impl Into<Vec<Deed>>) -> Self {
        let deeds: Vec<Deed> = deeds.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (got, connections) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<Mutex<usize>>::default());
        let (messages, count) = (got.clone(), connections.clone());
        let task = tokio::spawn(async move {
            let mut guests = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let number = {
                    let mut count = count.lock();
                    *count += 1;
                    *count
                };
                let deed = deeds[(number - 1).min(deeds.len() - 1)].clone();
                let messages = messages.clone();
                guests.spawn(async move { serve(stream, deed, messages).await.unwrap_or_default() });
            }
        });
        Self { address, got, connections, task }
    }

    pub fn got(&self) -> Vec<String> {
        self.got.lock().clone()
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock()
    }
}

/// What to do at one point: `false` ends the conversation.
async fn answer(stream: &mut BufReader<TcpStream>, deed: &Deed, at: At, well: &str) -> std::io::Result<bool> {
    let text = match deed {
        Deed::HangsUp(there) if *there == at => return Ok(false),
        Deed::Silent(there) if *there == at => std::future::pending::<&str>().await,
        Deed::Says(there, text) if *there == at => text,
        _ => well,
    };
    stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await?;
    Ok(true)
}

async fn serve(stream: TcpStream, deed: Deed, messages: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if !answer(&mut stream, &deed, At::Greeting, "220 test").await? {
        return Ok(());
    }
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let word = line.split([' ', '\r']).next().unwrap_or_default().to_uppercase();
        let goes_on = match word.as_str() {
            "EHLO" => answer(&mut stream, &deed, At::Hello, "250-test\r\n250 8BITMIME").await?,
            "MAIL" => answer(&mut stream, &deed, At::Sender, "250 2.1.0 ok").await?,
            "RCPT" => answer(&mut stream, &deed, At::Recipient, "250 2.1.5 ok").await?,
            "DATA" => {
                let opens = !matches!(deed, Deed::Says(At::Opening, _));
                let said = answer(&mut stream, &deed, At::Opening, "354 go on").await?;
                if said && opens {
                    let message = message(&mut stream).await?;
                    messages.lock().push(message);
                    answer(&mut stream, &deed, At::End, "250 2.0.0 taken").await?
                } else {
                    said
                }
            }
            "QUIT" => {
                stream.get_mut().write_all(b"221 bye\r\n").await?;
                false
            }
            _ => answer(&mut stream, &Deed::Well, At::Hello, "250 ok").await?,
        };
        if !goes_on {
            return Ok(());
        }
    }
}

async fn message(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let (mut text, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(text);
        }
        text.push_str(&line);
    }
}
