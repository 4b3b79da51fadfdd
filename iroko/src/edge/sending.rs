//! The body of an answer on its way: whole, or a stream that is made while it is sent.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use web::Chunks;

use super::limits::{CHUNK_BYTES_MAX, CHUNKS_AHEAD, LONG_BYTES_MIN};

pub(crate) enum Sending {
    Whole(Option<Bytes>),
    /// Not begun yet.
    Stream(Chunks),
    Begun(Box<Pumped>),
}

/// A long body whose chunks are made in a task of their own, so that one that waits, breaks or panics
/// is nobody else's matter, and so that a reader who does not read is noticed.
pub(crate) struct Pumped {
    chunks: mpsc::Receiver<Bytes>,
    /// Bytes to come, where that is known.
    left: Option<u64>,
    task: JoinHandle<io::Result<()>>,
}

impl Default for Sending {
    fn default() -> Self {
        Self::Whole(None)
    }
}

impl From<Bytes> for Sending {
    fn from(body: Bytes) -> Self {
        Self::Whole(if body.is_empty() { None } else { Some(body) })
    }
}

impl Sending {
    /// Takes longer to send than to answer.
    pub(crate) fn is_long(&self) -> bool {
        match self {
            Self::Whole(body) => body.as_ref().is_some_and(|body| body.len() > LONG_BYTES_MIN),
            _ => true,
        }
    }

    /// Begins a long body. `busy` is let go of when its last chunk is handed over, or when the reader
    /// has taken none for too long; what it is then told is `stalled`.
    pub(crate) fn begin<T: Send + 'static>(
        self,
        patience: Duration,
        busy: T,
        stalled: impl FnOnce(&T) + Send + 'static,
    ) -> Self {
        let (stream, left) = match self {
            Self::Stream(stream) => (stream, None),
            Self::Whole(Some(body)) => {
                let left = body.len() as u64;
                (stream::once(async { Ok(body) }).boxed(), Some(left))
            }
            other => return other,
        };
        let (send, chunks) = mpsc::channel(CHUNKS_AHEAD);
        let task = async move {
            let pumped = pump(stream, send, patience).await;
            match &pumped {
                Err(error) if error.kind() == io::ErrorKind::TimedOut => stalled(&busy),
                Err(error) => tracing::warn!("a streamed answer broke off: {error}"),
                Ok(()) => {}
            }
            drop(busy);
            pumped
        };
        Self::Begun(Box::new(Pumped { chunks, left, task: tokio::spawn(task) }))
    }
}

/// Large chunks go in pieces: the patience is for each.
async fn pump(mut stream: Chunks, send: mpsc::Sender<Bytes>, patience: Duration) -> io::Result<()> {
    loop {
        let next = tokio::select! {
            next = stream.next() => next,
            // The connection is gone, and perhaps the next chunk is a long time coming.
            () = send.closed() => return Ok(()),
        };
        let Some(chunk) = next else { return Ok(()) };
        let mut chunk = chunk?;
        while !chunk.is_empty() {
            let piece = chunk.split_to(chunk.len().min(CHUNK_BYTES_MAX));
            match tokio::time::timeout(patience, send.send(piece)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Ok(()),
                Err(_) => return Err(io::ErrorKind::TimedOut.into()),
            }
        }
    }
}

impl Pumped {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Some(chunk) = std::task::ready!(self.chunks.poll_recv(context)) {
            if let Some(left) = &mut self.left {
                *left = left.saturating_sub(chunk.len() as u64);
            }
            return Poll::Ready(Some(Ok(chunk)));
        }
        // No more of them: the end, or a break that must not look like one.
        Poll::Ready(match std::task::ready!(self.task.poll_unpin(context)) {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Err(error)),
            Err(error) => Some(Err(io::Error::other(error))),
        })
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let next = match &mut *self {
            Self::Whole(body) => return Poll::Ready(body.take().map(|body| Ok(Frame::data(body)))),
            Self::Stream(stream) => stream.poll_next_unpin(context),
            Self::Begun(pumped) => pumped.poll(context),
        };
        let next = std::task::ready!(next);
        if !matches!(next, Some(Ok(_))) {
            *self = Self::default();
        }
        Poll::Ready(next.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => SizeHint::with_exact(body.as_ref().map_or(0, |body| body.len() as u64)),
            Self::Begun(pumped) => pumped.left.map_or_else(SizeHint::default, SizeHint::with_exact),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}
