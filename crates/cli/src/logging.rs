//! Logs go to standard error: lines for people, or JSON with `IDE_LOG_FORMAT=json`.

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// How the process tells what it does.
#[derive(Debug, Clone, Args)]
pub(crate) struct LogSettings {
    /// What is logged, like `info` or `warn,pythonide_host=debug`.
    #[arg(long, env = "IDE_LOG", default_value = "info", value_name = "FILTER")]
    log: String,
    /// The form of the log.
    #[arg(long, env = "IDE_LOG_FORMAT", default_value = "text", value_enum)]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl LogSettings {
    /// Starts logging.
    pub(crate) fn start(&self) -> anyhow::Result<()> {
        let filter: EnvFilter = self.log.parse()?;
        let subscriber = tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_env_filter(filter);
        match self.log_format {
            LogFormat::Text => subscriber.with_target(false).init(),
            LogFormat::Json => subscriber.json().init(),
        }
        Ok(())
    }
}
