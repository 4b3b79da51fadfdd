//! A running server carries out commands for the command line, since its folder is locked while it
//! runs. They come over a socket in that folder, which only the server's own user may open.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use super::operation::{Operation, Tell};
use super::report::{Failure, FailureKind, Report};
use crate::config::{Config, StoreKind};
use crate::platform::Platform;

const SOCKET: &str = "iroko.sock";
/// The first file that a platform in a folder has.
const SYSTEM: &str = "system.db";
/// A command is a few words; more is not one of ours.
const COMMAND_BYTES_MAX: u64 = 1 << 20;
const COMMAND_TIMEOUT: Duration = Duration::from_secs(5);

/// The folder that this platform keeps for itself; with PostgreSQL there may be none.
pub fn folder(config: &Config) -> Option<&Path> {
    let store = &config.settings.store;
    let has_one = store.kind == StoreKind::Embedded || config.is_given("store.folder");
    has_one.then_some(store.folder.as_path())
}

/// The folder that has no platform yet: what only looks must not make one there.
pub fn missing(config: &Config) -> Option<&Path> {
    let store = &config.settings.store;
    let is_missing = || {
        let found = std::fs::symlink_metadata(store.folder.join(SYSTEM));
        found.is_err_and(|error| error.kind() == ErrorKind::NotFound)
    };
    (store.kind == StoreKind::Embedded && is_missing()).then_some(store.folder.as_path())
}

/// One line from the server.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Progress(String),
    Done(Report),
    Failed(Failure),
}

/// From here on commands reach this process; they wait until it answers.
pub fn listen(folder: &Path) -> std::io::Result<UnixListener> {
    let path = folder.join(SOCKET);
    // Ours to remove: the folder is locked, so whoever left it is gone.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers until the task is aborted.
pub async fn serve(listener: UnixListener, platform: Arc<Platform>) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(answer(stream, platform.clone()));
    }
}

async fn answer(stream: UnixStream, platform: Arc<Platform>) {
    let (reader, mut writer) = stream.into_split();
    let mut text = String::new();
    let mut reader = BufReader::new(reader.take(COMMAND_BYTES_MAX));
    let read = tokio::time::timeout(COMMAND_TIMEOUT, reader.read_line(&mut text)).await;
    let Ok(Ok(_)) = read else { return };
    let (progress, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let work = async move {
        let operation: Operation = serde_json::from_str(&text)
            .map_err(|_| Failure::usage("the running server is of another version; restart it first"))?;
        let tell: Tell = Arc::new(move |message: &str| drop(progress.send(message.to_owned())));
        operation.carry_out(&platform, &tell).await
    };
    let work = tokio::spawn(work);
    while let Some(message) = heard.recv().await {
        // A command goes on when the caller has gone away: half a move helps nobody.
        let _ = send(&mut writer, &Line::Progress(message)).await;
    }
    let line = match work.await {
        Ok(Ok(report)) => Line::Done(report),
        Ok(Err(failure)) => Line::Failed(failure),
        Err(_) => Line::Failed(Failure::failed("the server failed at this; its log says why")),
    };
    let _ = send(&mut writer, &line).await;
}

async fn send(writer: &mut (impl AsyncWriteExt + Unpin), line: &Line) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    writer.write_all(&text).await
}

/// Has the server that runs on this folder carry it out; `None` when there is none.
pub async fn ask(folder: &Path, operation: &Operation, tell: &Tell) -> Option<Result<Report, Failure>> {
    let path: PathBuf = folder.join(SOCKET);
    let stream = UnixStream::connect(&path).await.ok()?;
    Some(converse(stream, operation, tell).await)
}

/// Whether a server runs on this folder.
pub async fn is_served(folder: &Path) -> bool {
    UnixStream::connect(folder.join(SOCKET)).await.is_ok()
}

async fn converse(stream: UnixStream, operation: &Operation, tell: &Tell) -> Result<Report, Failure> {
    let lost = |error: std::io::Error| {
        Failure::new(FailureKind::Unavailable, format!("the running server: {error}"))
    };
    let (reader, mut writer) = stream.into_split();
    let mut text = serde_json::to_vec(operation).map_err(|error| Failure::failed(error.to_string()))?;
    text.push(b'\n');
    writer.write_all(&text).await.map_err(lost)?;
    let mut lines = BufReader::new(reader).lines();
    while let Some(text) = lines.next_line().await.map_err(lost)? {
        match serde_json::from_str(&text) {
            Ok(Line::Progress(message)) => tell(&message),
            Ok(Line::Done(report)) => return Ok(report),
            Ok(Line::Failed(failure)) => return Err(failure),
            Err(error) => {
                return Err(Failure::failed(format!("the running server said something else: {error}")));
            }
        }
    }
    Err(Failure::new(
        FailureKind::Unavailable,
        "the running server ended before it was done; run the command again",
    ))
}
