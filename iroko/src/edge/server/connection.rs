//! One connection, from its first byte to its last, and who cuts it when it is slow.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::{Request, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::{Edge, Times};

/// What the connection is doing, as its watch sees it.
struct Doing {
    began: Instant,
    requests: AtomicU32,
    /// When the last answer was finished, or bytes of a head began to come, since `began`.
    since_ms: AtomicU64,
    /// Bytes have come since the last answer: a head is under way.
    is_reading: AtomicBool,
    /// The peer does not read what it asked for.
    is_stuck: AtomicBool,
}

pub(super) async fn serve(
    edge: Arc<Edge>,
    builder: &auto::Builder<TokioExecutor>,
    stream: TcpStream,
    peer: IpAddr,
    times: Times,
    mut stopping: watch::Receiver<bool>,
) {
    // Answers go out whole; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let doing = Arc::new(Doing {
        began: Instant::now(),
        requests: AtomicU32::new(0),
        since_ms: AtomicU64::new(0),
        is_reading: AtomicBool::new(false),
        is_stuck: AtomicBool::new(false),
    });
    let service = service_fn({
        let doing = doing.clone();
        move |request: Request<Incoming>| {
            let (edge, busy, version) = (edge.clone(), Busy::of(&doing), request.version());
            async move {
                let patience = edge.config.chunk_time;
                let answer = edge.serve(request, peer).await;
                if !answer.body().is_long() {
                    return Ok::<_, Infallible>(answer);
                }
                // The connection is busy until it is sent. A peer that does not read is cut,
                // unless other requests share the connection: those go on, and this one does not.
                let stalled = move |busy: &Busy| {
                    busy.0.is_stuck.fetch_or(version <= Version::HTTP_11, Relaxed);
                };
                Ok(answer.map(|body| body.begin(patience, busy, stalled)))
            }
        }
    });
    let io = TokioIo::new(Watched { stream, doing: doing.clone() });
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut stops = false;
    let mut tick =
        tokio::time::interval(times.head.min(times.idle).div_f64(4.0).max(Duration::from_millis(10)));
    loop {
        tokio::select! {
            biased;
            // An error here is the peer's: it broke the protocol or went away.
            _ = connection.as_mut() => return,
            _ = stopping.changed(), if !stops => {
                stops = true;
                connection.as_mut().graceful_shutdown();
            }
            _ = tick.tick() => {
                // First it is told; if it is still there at the next look, it is cut.
                if doing.is_stuck.load(Relaxed) {
                    return;
                }
                match doing.is_overdue(times) {
                    true if stops => return,
                    true => {
                        stops = true;
                        connection.as_mut().graceful_shutdown();
                    }
                    false => {}
                }
            }
        }
    }
}

/// Held while a request is answered, and while its answer is still being made.
struct Busy(Arc<Doing>);

impl Busy {
    fn of(doing: &Arc<Doing>) -> Self {
        doing.requests.fetch_add(1, Relaxed);
        doing.is_reading.store(false, Relaxed);
        Self(doing.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.touch();
        self.0.is_reading.store(false, Relaxed);
        self.0.requests.fetch_sub(1, Relaxed);
    }
}

impl Doing {
    fn touch(&self) {
        self.since_ms.store(self.began.elapsed().as_millis() as u64, Relaxed);
    }

    /// No request is being answered, and the next one's head is too slow, or does not come at all.
    fn is_overdue(&self, times: Times) -> bool {
        if self.requests.load(Relaxed) > 0 {
            return false;
        }
        let since_ms = self.since_ms.load(Relaxed);
        let waited = self.began.elapsed().saturating_sub(Duration::from_millis(since_ms));
        let is_first = since_ms == 0;
        waited >= if is_first || self.is_reading.load(Relaxed) { times.head } else { times.idle }
    }
}

/// The stream, telling when bytes come in.
struct Watched {
    stream: TcpStream,
    doing: Arc<Doing>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        let doing = &self.doing;
        // The first byte of a head starts its time; the following ones do not start it again.
        let has_come = buf.filled().len() > before;
        if has_come && doing.requests.load(Relaxed) == 0 && !doing.is_reading.swap(true, Relaxed) {
            doing.touch();
        }
        polled
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
