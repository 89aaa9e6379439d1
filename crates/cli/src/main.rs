//! `pythonide`: the one binary. Each command is a file of this crate; the work is done elsewhere.

#![forbid(unsafe_code)]

mod data;
mod database;
mod doctor;
mod generate;
mod host;
mod import_legacy;
mod logging;
mod migrate;
mod output;
mod serve;
mod server;
mod users;
mod verify;

use std::process::ExitCode;

use clap::{Args, FromArgMatches, Parser, Subcommand};

/// Gives memory back that the system's own keeps for threads that may never want it again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The classroom Python IDE: one binary for the server, the host of the students' programs, and the
/// operator.
#[derive(Debug, Parser)]
#[command(name = "pythonide", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  pythonide serve --data /var/lib/pythonide     one machine: server and host, SQLite
  pythonide users import class.csv --dry-run    what a class list would change
  pythonide doctor                              what holds on this machine
Every command has --help with an example.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts a server and a host on this machine.
    Serve(Box<serve::Serve>),
    /// Starts a server: accounts, sessions, the browser's side.
    Server(server::Server),
    /// Starts a host: students' files and programs.
    Host(host::Host),
    // Without a text here, which would hide the longer one of the command.
    Migrate(migrate::Migrate),
    ImportLegacy(import_legacy::ImportLegacy),
    /// Tries what this machine can do, and says what follows.
    Doctor(doctor::Doctor),
    /// Makes, lists and mends accounts.
    Users(users::Users),
    /// Tries that nothing is lost in a deployment or a restore.
    VerifyPersistence(verify::VerifyPersistence),
    /// Writes the documents that are made from the code.
    #[command(hide = true)]
    Generate(generate::Generate),
    /// Holds all programs of a host (started by it).
    #[command(hide = true)]
    Keeper,
    /// Tries one layer of confinement on itself (started by a host).
    #[command(hide = true)]
    Probe {
        layer: String,
    },
}

fn main() -> ExitCode {
    // What is made for students to read must be readable, however careful the operator's shell is.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    let matches = <Cli as clap::CommandFactory>::command().get_matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let done = match cli.command {
        Command::Serve(serve) => serve.run(matches.subcommand_matches("serve").unwrap_or(&matches)),
        Command::Server(server) => server.run(),
        Command::Host(host) => host.run(),
        Command::Migrate(migrate) => migrate.run(),
        Command::ImportLegacy(import) => import.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Users(users) => users.run(),
        Command::VerifyPersistence(verify) => verify.run(),
        Command::Generate(generate) => generate.run(),
        Command::Keeper => pythonide_sandbox::keeper::run().map_err(Into::into),
        Command::Probe { layer } => probe(&layer),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn probe(layer: &str) -> anyhow::Result<()> {
    let trial = pythonide_sandbox::probe::Trial::parse(layer);
    trial
        .ok_or_else(|| anyhow::anyhow!("no layer is called {layer}"))?
        .carry_out()
        // For whoever asked; the error is for whoever reads the log.
        .inspect_err(|error| output::line(format_args!("{}", error.cause)))?;
    Ok(())
}

/// `--data`, which several commands take.
#[derive(Debug, Clone, Args)]
pub(crate) struct DataFolder {
    /// Holds the SQLite database and the files when nothing else is set.
    #[arg(
        long = "data",
        env = "IDE_DATA_DIR",
        value_name = "DIR",
        default_value = "pythonide-data"
    )]
    pub(crate) path: std::path::PathBuf,
}
