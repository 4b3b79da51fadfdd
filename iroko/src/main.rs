//! The binary: command line and composition. The only crate that sees all others.
//!
//! ```text
//! main.rs         what was typed, and where it is carried out
//! commands/       each command
//! config/         iroko.toml, IROKO_* variables, flags
//! platform.rs     store, tenants, people, bus: put together once
//! outside.rs      what leaves the machine: calls, objects, messages
//! followers.rs    consumers, jobs and schedules of the whole program
//! edge/           HTTP: the one way in
//! demo/           a platform to try
//! environment.rs  the one place that reads the environment
//! descriptors.rs  files and connections open at once, within what the system allows
//! reach.rs        how people of a market are reached
//! wiring.rs       where one part meets another
//! secret.rs       the secret that tokens and codes depend on
//! ```

mod commands;
mod config;
mod demo;
mod descriptors;
mod edge;
mod environment;
mod followers;
mod outside;
mod platform;
mod reach;
mod secret;
mod wiring;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use commands::operation::{Operation, Tell};
use commands::report::{Failure, FailureKind, Report, conclude};
use commands::{check, control, progress, reference, serve, settings};
use config::{Config, Flag, Sources};
use identity::NoChannel;
use platform::Platform;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A super-app backend in one program.
#[derive(Parser)]
#[command(name = "iroko", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

/// Taken by every command.
#[derive(Args)]
struct Common {
    /// The file of settings; otherwise the one named by IROKO_CONFIG, or ./iroko.toml if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A setting, such as server.listen=0.0.0.0:80; may be given several times.
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = Flag::set)]
    set: Vec<Flag>,
    /// Machine-readable output.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a platform to try and serves it on http://localhost:8080.
    Demo,
    /// Serves the platform.
    Serve,
    /// Looks at settings, database, clock and disk, and says what to do.
    Check,
    /// Shows the settings that apply and where each came from.
    Config,
    /// Prints one of the generated references.
    Reference {
        #[arg(value_enum)]
        subject: reference::Subject,
    },
    #[command(flatten)]
    On(Operation),
}

fn main() -> ExitCode {
    // What is written holds people's data: it is for the user of this process alone.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    match Cli::try_parse() {
        Ok(Cli { command, common }) => {
            let as_json = common.json;
            conclude(carry_out(command, common), as_json)
        }
        Err(error) => not_understood(&error),
    }
}

/// Help and the version come this way as well: they are what was asked for.
fn not_understood(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
        let text = error.to_string();
        let message = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
        return conclude(Err(Failure::usage(message)), true);
    }
    // Nobody reads any more, perhaps.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1))
}

fn carry_out(command: Command, common: Common) -> Result<Report, Failure> {
    let load = |flags: Vec<Flag>| {
        config::load(&Sources { file: common.config.clone(), variables: environment::variables(), flags })
    };
    let flags = match command {
        Command::Demo => demo::flags().into_iter().chain(common.set).collect(),
        _ => common.set,
    };
    match command {
        Command::Reference { subject } => reference::print(subject),
        Command::Config => settings::show(load(flags)),
        Command::Check => check::run(load(flags)),
        Command::Serve => serve::run(load(flags)?, serve::Purpose::Production),
        Command::Demo => serve::run(load(flags)?, serve::Purpose::Demo),
        Command::On(operation) => operate(&load(flags)?, operation, common.json),
    }
}

/// In this process if nobody holds the folder, otherwise by the server that does.
fn operate(config: &Config, operation: Operation, as_json: bool) -> Result<Report, Failure> {
    let operation = operation.complete()?;
    let tell: Tell = if as_json { Arc::new(|_: &str| {}) } else { progress::on_terminal() };
    serve::runtime(&config.settings)?.block_on(async {
        // Without a folder every process works on the database beside the others.
        let ask = async || control::ask(control::folder(config)?, &operation, &tell).await;
        if let Some(outcome) = ask().await {
            return outcome;
        }
        if let (Some(folder), false) = (control::missing(config), operation.may_begin_a_platform()) {
            let message = format!(
                "there is no platform in {}: it has no system.db; is store.folder the right one? \
                 `iroko serve` or `iroko tenant add` makes one",
                folder.display()
            );
            return Err(Failure::new(FailureKind::NotFound, message));
        }
        match Platform::open(config, Arc::new(NoChannel)).await {
            Ok(platform) => operation.clone().carry_out(&platform, &tell).await,
            // It may have started, or let go of its socket, in between.
            Err(failure) if failure.kind == FailureKind::Unavailable => ask().await.unwrap_or(Err(failure)),
            Err(failure) => Err(failure),
        }
    })
}
