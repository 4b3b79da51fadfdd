//! The binary: command line and composition.

mod config;
mod environment;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use config::{Flag, Sources};

/// A super-app backend in one program.
#[derive(Parser)]
#[command(name = "iroko", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows the settings that apply and where each came from.
    Config(ConfigCommand),
    /// Prints a page of the reference, made from the program itself.
    Reference { subject: Subject },
}

#[derive(Clone, Copy, ValueEnum)]
enum Subject {
    /// All settings, in Markdown.
    Config,
}

#[derive(Args)]
struct ConfigCommand {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Machine-readable output.
    #[arg(long)]
    json: bool,
}

/// Taken by every command that reads settings.
#[derive(Args)]
struct SettingsArgs {
    /// The file of settings; otherwise the one named by IROKO_CONFIG, or ./iroko.toml if there is one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A setting, such as server.listen=0.0.0.0:80; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = Flag::set)]
    set: Vec<Flag>,
}

impl SettingsArgs {
    fn load(self) -> Result<config::Config, config::Faults> {
        config::load(&Sources { file: self.config, variables: environment::variables(), flags: self.set })
    }
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Config(command) => show_config(command),
        Command::Reference { subject } => show_reference(subject),
    }
}

#[expect(clippy::print_stdout, reason = "this is the command's output")]
fn show_reference(subject: Subject) -> ExitCode {
    match subject {
        Subject::Config => print!("{}", config::reference()),
    }
    ExitCode::SUCCESS
}

/// Exits with 2 when the settings are at fault.
#[expect(clippy::print_stdout, reason = "this is the command's output")]
fn show_config(command: ConfigCommand) -> ExitCode {
    let config = match command.settings.load() {
        Ok(config) => config,
        Err(faults) => {
            if command.json {
                println!("{}", serde_json::json!({ "faults": faults.0 }));
            } else {
                eprintln!("{faults}");
            }
            return ExitCode::from(2);
        }
    };
    let effective = config.effective();
    if command.json {
        println!("{}", serde_json::json!({ "settings": effective }));
        return ExitCode::SUCCESS;
    }
    let key_width = effective.iter().map(|setting| setting.key.len()).max().unwrap_or(0);
    let value_width = effective.iter().map(|setting| setting.value.len()).max().unwrap_or(0).min(40);
    for config::Effective { key, value, from } in effective {
        println!("{key:<key_width$} = {value:<value_width$}  # {from}");
    }
    ExitCode::SUCCESS
}
