//! A server of a few lines that does what it is told with each connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kernel::ManualClock;
use outward::{Outward, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What to do with one request.
#[derive(Debug, Clone)]
pub enum Deed {
    /// These bytes, then the end.
    Say(String),
    /// The head that promises much, then bytes for ever.
    Endless(&'static str),
    /// One byte now and then, without an end.
    Drip,
    Silence,
    /// Closes before the request is read.
    Slam,
}

pub struct Neighbour {
    pub address: SocketAddr,
    seen: Arc<AtomicUsize>,
    requests: Arc<parking_lot::Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Neighbour {
    /// Deeds in order; the last one is repeated.
    pub async fn doing(deeds: impl Into<Vec<Deed>>) -> Self {
        let deeds: Vec<Deed> = deeds.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, requests) = (Arc::new(AtomicUsize::new(0)), Arc::default());
        let (count, texts) = (seen.clone(), Arc::clone(&requests));
        let task = tokio::spawn(async move {
            let mut guests = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let deed = deeds[number.min(deeds.len() - 1)].clone();
                guests.spawn(serve(stream, deed, Arc::clone(&texts)));
            }
        });
        Self { address, seen, requests, task }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn connections(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().clone()
    }
}

async fn serve(mut stream: TcpStream, deed: Deed, texts: Arc<parking_lot::Mutex<Vec<String>>>) {
    if let Deed::Slam = deed {
        return;
    }
    let mut head = Vec::new();
    let mut buffer = [0; 4_096];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 => head.extend_from_slice(&buffer[..count]),
            _ => return,
        }
    }
    texts.lock().push(String::from_utf8_lossy(&head).into_owned());
    match deed {
        Deed::Say(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
        }
        Deed::Endless(head) => {
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(&[b'x'; 1_024]).await.is_ok() {}
        }
        Deed::Drip => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Deed::Silence | Deed::Slam => std::future::pending().await,
    }
}

pub fn answer(status: &str, headers: &str, body: &str) -> Deed {
    let length = body.len();
    Deed::Say(format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
    ))
}

pub fn clock() -> Arc<ManualClock> {
    Arc::new(testkit::clock())
}

/// One that may call the neighbour.
pub fn outward() -> Arc<Outward> {
    let settings = Settings { allowed: vec!["127.0.0.1".parse().unwrap()], ..Settings::default() };
    Outward::new(settings, clock()).unwrap()
}
