//! `iroko serve` and `iroko demo`: start everything, wait for the signal, stop everything in order.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bus::Bus;
use identity::{CodeSender, NoChannel, Printed};
use serde_json::json;
use telemetry::{AccessPolicy, Exporter, LogConfig, Logs, Metrics};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use super::report::{self, Failure, FailureKind, Report};
use super::{control, progress};
use crate::config::{Config, Role, Settings};
use crate::edge::{self, Edge, Running};
use crate::platform::Platform;
use crate::wiring::{self, Ear};
use crate::{demo, descriptors, followers};

/// How long the last spans may take to leave.
const FLUSH_WITHIN: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Production,
    /// Data is made where it is missing, and one-time codes are printed.
    Demo,
}

pub fn runtime(settings: &Settings) -> Result<Runtime, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if settings.process.worker_threads.get() > 0 {
        builder.worker_threads(settings.process.worker_threads.get() as usize);
    }
    builder
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("the runtime does not start: {error}")))
}

pub fn run(config: Config, purpose: Purpose) -> Result<Report, Failure> {
    let settings = &config.settings.telemetry;
    let log = LogConfig { format: settings.log_format.into(), filter: settings.log_filter.0.clone() };
    let logs = telemetry::init(&log, Arc::new(kernel::SystemClock))
        .map_err(|error| Failure::failed(format!("the log does not start: {error}")))?;
    warn_of_few_files(&config.settings);
    let runtime = runtime(&config.settings)?;
    let outcome = runtime.block_on(serve(&config, purpose, &logs));
    // A thread that waits for something that never comes must not keep the process alive.
    runtime.shutdown_timeout(Duration::from_millis(config.settings.server.shutdown_grace_ms.get()));
    outcome
}

fn warn_of_few_files(settings: &Settings) {
    let share = descriptors::share(settings);
    if share.is_cut {
        tracing::warn!(
            allowed = share.allowed,
            markets = share.markets,
            connections = share.connections,
            "the system's limit of open files keeps fewer markets and connections open than the settings say"
        );
    }
}

async fn serve(config: &Config, purpose: Purpose, logs: &Logs) -> Result<Report, Failure> {
    let started = Instant::now();
    let settings = &config.settings;
    let printed = Arc::new(Printed::default());
    let platform = Arc::new(Platform::open(config, sender(purpose, &printed)).await?);
    // Taken before anything is made or moved: a port in use is the most common mistake.
    let listener = match settings.process.roles.contains(&Role::Edge) {
        true => Some(listen(settings).await?),
        false => None,
    };
    let signs = match purpose {
        Purpose::Demo => Some(demo::build(&platform, &progress::on_terminal()).await?),
        Purpose::Production => None,
    };
    platform.recover_all().await;

    let metrics = Arc::new(Metrics::new());
    let ear = Arc::new(Ear::default());
    ear.measure(&metrics);
    ear.live(platform.delivery.live.hub.clone());
    platform.store.listen(ear.clone());
    let mut background = JoinSet::new();
    if let Some(folder) = control::folder(config) {
        take_commands(folder, &platform, &mut background);
    }
    let exporter = exporter(settings);
    // Heard from before the edge opens: whoever sees the server ready can ask it to end.
    let mut signals = Signals::hear()?;
    let running = match listener {
        Some(listener) => {
            let (edge, running) =
                open_edge(config, &platform, &metrics, logs, listener, exporter.clone(), &mut background)?;
            ear.edge(edge);
            Some(running)
        }
        None => None,
    };
    if settings.process.roles.contains(&Role::Worker) {
        start_bus(&platform, &ear)?;
    }
    wiring::measure(&metrics, &platform, logs);
    let directory = platform.directory().clone();
    background.spawn(async move { directory.follow().await });
    let recovering = platform.clone();
    background.spawn(async move { recovering.recover_again().await });
    if let Some(running) = &running {
        greet(running, &platform, started, signs.as_deref());
    }
    if purpose == Purpose::Demo {
        background.spawn(demo::print_codes(printed));
    }
    signals.first().await;
    stop(running, &platform, settings, exporter).await;
    background.shutdown().await;
    Ok(Report::new("", json!({ "stopped": true })))
}

fn sender(purpose: Purpose, printed: &Arc<Printed>) -> Arc<dyn CodeSender> {
    match purpose {
        Purpose::Demo => printed.clone(),
        Purpose::Production => Arc::new(NoChannel),
    }
}

fn exporter(settings: &Settings) -> Option<Arc<Exporter>> {
    let url = settings.telemetry.otlp_url.clone()?;
    Some(Arc::new(Exporter::start(url, settings.process.node.get().to_string())))
}

/// Progress for whoever waits at the terminal.
async fn listen(settings: &Settings) -> Result<TcpListener, Failure> {
    let address = settings.server.listen;
    TcpListener::bind(address).await.map_err(|error| {
        let message = format!("{address}: {error}; name another address in server.listen");
        Failure::new(FailureKind::Unavailable, message)
    })
}

fn open_edge(
    config: &Config,
    platform: &Arc<Platform>,
    metrics: &Arc<Metrics>,
    logs: &Logs,
    listener: TcpListener,
    exporter: Option<Arc<Exporter>>,
    background: &mut JoinSet<()>,
) -> Result<(Arc<Edge>, Running), Failure> {
    let settings = &config.settings;
    let readiness = wiring::watch_readiness(platform, background);
    let access = match settings.telemetry.access_log {
        AccessPolicy::Off => None,
        policy => Some(logs.access(policy)),
    };
    let parts = edge::Parts {
        sites: Arc::new(wiring::Sites(platform.directory().clone())),
        callers: Arc::new(wiring::Callers(platform.identity.clone())),
        endpoints: platform.endpoints(),
        world: platform.world.clone(),
        metrics: metrics.clone(),
        access,
        exporter,
        readiness,
    };
    let edge = Edge::new(parts, wiring::edge_config(settings))
        .map_err(|error| Failure::failed(error.to_string()))?;
    let running = edge::start(edge.clone(), listener, wiring::times(settings))
        .map_err(|error| Failure::failed(format!("the edge does not start: {error}")))?;
    Ok((edge, running))
}

/// Before the edge opens: whoever sees the server ready can command it.
fn take_commands(folder: &Path, platform: &Arc<Platform>, background: &mut JoinSet<()>) {
    let listening = control::listen(folder);
    let platform = platform.clone();
    background.spawn(async move {
        let ended = match listening {
            Ok(listener) => control::serve(listener, platform).await,
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            tracing::error!(%error, "commands cannot reach this server");
        }
    });
}

fn start_bus(platform: &Arc<Platform>, ear: &Arc<Ear>) -> Result<(), Failure> {
    let world = &platform.world;
    let broken = |error: String| Failure::failed(format!("the bus does not start: {error}"));
    let served = platform.served();
    let registry = followers::registry(platform, &served).map_err(|error| broken(error.to_string()))?;
    let bus = Bus::start(
        &platform.store,
        served,
        registry,
        world.clock.clone(),
        world.random.clone(),
        bus::Settings::default(),
    )
    .map_err(|error| broken(error.to_string()))?;
    ear.bus(bus.listener());
    platform.follow_with(bus);
    Ok(())
}

fn greet(running: &Running, platform: &Platform, started: Instant, signs: Option<&[demo::SignIn]>) {
    let url = format!("http://localhost:{}", running.address.port());
    if let Some(signs) = signs {
        let text = demo::welcome(&url, signs);
        report::tell(std::io::stdout(), text.strip_suffix('\n').unwrap_or(&text));
    }
    let markets = platform.directory().markets().len();
    let took_ms = started.elapsed().as_millis();
    let line = format!("serving {markets} markets at {url} after {took_ms} ms; Ctrl-C stops it");
    report::tell(std::io::stdout(), &line);
}

/// What asks this process to end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn hear() -> Result<Self, Failure> {
        let broken = |error: std::io::Error| Failure::failed(format!("signals cannot be heard: {error}"));
        let terminate = signal(SignalKind::terminate()).map_err(broken)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(broken)?;
        Ok(Self { terminate, interrupt })
    }

    async fn first(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Callers first, then what follows, then what was seen.
async fn stop(
    running: Option<Running>,
    platform: &Platform,
    settings: &Settings,
    exporter: Option<Arc<Exporter>>,
) {
    // Streams would go on for as long as anybody listens.
    platform.delivery.live.hub.close();
    if let Some(running) = running {
        let cut = running.stop(Duration::from_millis(settings.server.shutdown_grace_ms.get())).await;
        if cut > 0 {
            tracing::warn!(connections = cut, "connections were cut after the grace time");
        }
    }
    if let Some(bus) = platform.take_bus() {
        bus.stop().await;
    }
    if let Some(exporter) = exporter.and_then(Arc::into_inner) {
        exporter.stop(FLUSH_WITHIN).await;
    }
}
