//! `pythonide generate`: documents that are made from the code, for `cargo xtask generate`.

use std::{fmt::Write as _, path::PathBuf};

use anyhow::Context;
use clap::{Args, CommandFactory};

/// Writes the documents that are made from the code.
#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// The folder they go to.
    docs: PathBuf,
}

impl Generate {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let openapi = serde_json::to_string_pretty(&pythonide_server::http::openapi())?;
        for (name, text) in [
            ("openapi.json", openapi + "\n"),
            ("settings.md", settings()),
        ] {
            let path = self.docs.join(name);
            std::fs::write(&path, text)
                .with_context(|| format!("could not write {}", path.display()))?;
        }
        Ok(())
    }
}

/// The page of all settings that can be given by the environment.
fn settings() -> String {
    let mut page = String::from(
        "# Settings\n\nMade from the code by `cargo xtask generate`; do not edit. Each setting is a flag of the commands \
         named and a variable of the environment; the flag wins.\n",
    );
    for command in ["serve", "server", "host"] {
        let cli = crate::Cli::command();
        let Some(command) = cli.find_subcommand(command) else {
            continue;
        };
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        let _ = write!(
            page,
            "\n## pythonide {}\n\n{about}\n\n| flag | variable | default | what it is |\n|---|---|---|---|\n",
            command.get_name()
        );
        for setting in command
            .get_arguments()
            .filter(|setting| !setting.is_hide_set())
        {
            let (Some(flag), Some(variable)) = (setting.get_long(), setting.get_env()) else {
                continue;
            };
            let default = setting
                .get_default_values()
                .first()
                .map(|value| value.to_string_lossy())
                .unwrap_or_default();
            let help = setting
                .get_help()
                .map(ToString::to_string)
                .unwrap_or_default()
                .replace('\n', " ");
            let _ = writeln!(
                page,
                "| `--{flag}` | `{}` | {default} | {help} |",
                variable.to_string_lossy()
            );
        }
    }
    page
}
