//! Sockets: who may connect, how slow they may be, and how the last ones are let finish.

mod connection;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::Edge;
use super::limits;

/// How patient the server is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) head: Duration,
    pub(crate) idle: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self { head: limits::HEAD_TIME, idle: limits::IDLE_TIME }
    }
}

/// A server at work.
pub(crate) struct Running {
    edge: Arc<Edge>,
    pub(crate) address: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: tokio::task::JoinHandle<JoinSet<()>>,
}

/// Serves from now on.
pub(crate) fn start(edge: Arc<Edge>, listener: TcpListener, times: Times) -> std::io::Result<Running> {
    let address = listener.local_addr()?;
    let (stop, stopping) = watch::channel(false);
    let accepting = tokio::spawn(accept(edge.clone(), listener, times, stopping));
    Ok(Running { edge, address, stop, accepting })
}

impl Running {
    /// From now on `/readyz` says no, so that nobody new is sent here; requests are still served.
    pub(crate) fn drain(&self) {
        self.edge.draining.store(true, Relaxed);
    }

    /// Takes no more connections, lets requests under way finish within the grace time, then cuts.
    /// Answers with the number of connections that had to be cut.
    pub(crate) async fn stop(self, grace: Duration) -> usize {
        self.drain();
        let _ = self.stop.send(true);
        let Ok(mut connections) = self.accepting.await else { return 0 };
        let all_done = async { while connections.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(grace, all_done).await;
        let cut = connections.len();
        connections.shutdown().await;
        cut
    }
}

async fn accept(
    edge: Arc<Edge>,
    listener: TcpListener,
    times: Times,
    mut stopping: watch::Receiver<bool>,
) -> JoinSet<()> {
    let builder = Arc::new(builder(times));
    let places = Arc::new(Semaphore::new(edge.config.connections_max));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            _ = stopping.changed() => return connections,
            // Finished ones are let go of as they finish.
            Some(_) = connections.join_next() => continue,
            next = next => next,
        };
        match (place, accepted) {
            (Ok(place), Ok((stream, peer))) => {
                let (edge, builder, stopping) = (edge.clone(), builder.clone(), stopping.clone());
                connections.spawn(async move {
                    connection::serve(edge, &builder, stream, peer.ip(), times, stopping).await;
                    drop(place);
                });
            }
            (_, Err(error)) => {
                tracing::warn!("a connection could not be accepted: {error}");
                tokio::time::sleep(limits::ACCEPT_PAUSE).await;
            }
            (Err(_), _) => return connections,
        }
    }
}

fn builder(times: Times) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(times.head.max(times.idle))
        .max_headers(limits::HEADERS_MAX)
        .max_buf_size(limits::HEAD_BYTES_MAX)
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::STREAMS_MAX)
        .max_pending_accept_reset_streams(limits::RESETS_MAX)
        .max_local_error_reset_streams(limits::RESETS_MAX)
        .max_header_list_size(limits::HEAD_BYTES_MAX as u32)
        .max_send_buf_size(limits::SEND_BYTES_MAX)
        .keep_alive_interval(times.idle / 2)
        .keep_alive_timeout(times.head);
    builder
}
