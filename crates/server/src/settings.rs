//! What an operator can set about a server.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr};

use clap::Args;
use secrecy::{ExposeSecret, SecretString};

/// Where the database is.
#[derive(Debug, Clone, Args)]
pub struct DatabaseSettings {
    /// sqlite:///path/of/file or postgresql://user:password@host:5432/name.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,
    /// The same, in a file: for secrets that are mounted.
    #[arg(
        long,
        env = "DATABASE_URL_FILE",
        value_name = "FILE",
        conflicts_with = "database_url"
    )]
    pub database_url_file: Option<PathBuf>,
    /// Connections to PostgreSQL at most: a small RDS has 80, and two versions overlap in a deployment.
    #[arg(long, env = "IDE_DATABASE_CONNECTIONS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub database_connections: u32,
}

/// How the server presents itself, and whom it lets in for how long.
#[derive(Debug, Clone, Args)]
pub struct ServerSettings {
    /// Where browsers reach the server; port 0 takes a free one.
    #[arg(
        long,
        env = "IDE_LISTEN",
        value_name = "ADDR:PORT",
        default_value = "127.0.0.1:8080"
    )]
    pub listen: SocketAddr,
    /// Where Prometheus reads how the server and its host are doing, at /metrics; nowhere unless given, and
    /// never where browsers come, for it tells how much is going on.
    #[arg(
        long = "metrics",
        env = "IDE_METRICS_ADDRESS",
        value_name = "ADDR:PORT"
    )]
    pub metrics: Option<SocketAddr>,
    /// The key of the sessions, at least 32 characters; `new,old` while it is changed.
    #[arg(
        long,
        env = "IDE_SECRET_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    pub secret_key: Option<SecretKey>,
    /// The same, in a file: for secrets that are mounted.
    #[arg(
        long,
        env = "IDE_SECRET_KEY_FILE",
        value_name = "FILE",
        conflicts_with = "secret_key"
    )]
    pub secret_key_file: Option<PathBuf>,
    /// Browsers reach the server by plain HTTP even though it is not on loopback: for a trusted
    /// network without TLS. Cookies are then not protected on the way.
    #[arg(long, env = "IDE_PLAIN_HTTP")]
    pub plain_http: bool,
    /// Proxies between browsers and the server that add to X-Forwarded-For, such as one load balancer.
    #[arg(long, env = "IDE_PROXIES", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=5))]
    pub proxies: u8,
    /// Hours after which a session that is not used ends.
    #[arg(long, env = "IDE_SESSION_IDLE_HOURS", default_value_t = 168, value_parser = clap::value_parser!(u32).range(1..=8760))]
    pub session_idle_hours: u32,
    /// Days after which every session ends.
    #[arg(long, env = "IDE_SESSION_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub session_days: u32,
    /// Seconds for which a start waits for a database that does not answer yet, or takes no changes: longer than most are
    /// started or failed over in. What waiting does not mend, such as a wrong password, is told at once.
    #[arg(long, env = "IDE_DATABASE_WAIT", default_value_t = 30, value_parser = clap::value_parser!(u16).range(0..=600))]
    pub database_wait: u16,
    /// Seconds for which requests that have begun may take to finish once the server was asked to stop. Pages go to another
    /// server at once.
    #[arg(long, env = "IDE_STOP_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub stop_seconds: u16,
    /// The largest text that the editor opens, in MB.
    #[arg(long, env = "IDE_TEXT_MB", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=6))]
    pub text_mb: u64,
    /// The largest file that can be uploaded, in MB.
    #[arg(long, env = "IDE_UPLOAD_MB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub upload_mb: u64,
}

impl ServerSettings {
    /// Whether others than the person at this machine can reach the server.
    pub fn is_public(&self) -> bool {
        self.proxies > 0 || !self.listen.ip().is_loopback()
    }

    /// Whether browsers come over TLS, so that cookies can be bound to it.
    pub fn is_behind_tls(&self) -> bool {
        !self.plain_http && self.is_public()
    }
}

/// The key or keys that sessions are kept under: the first makes, all are accepted.
#[derive(Clone)]
pub struct SecretKey(Vec<SecretString>);

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretKeyProblem {
    /// Guessable.
    #[error("each key must have at least 32 characters; make one with: openssl rand -hex 32")]
    TooShort,
    /// Copied from a guide.
    #[error(
        "this is the key of an example, which everybody knows; make one with: openssl rand -hex 32"
    )]
    Example,
    /// More than two.
    #[error("at most two keys are taken: new,old")]
    TooMany,
}

impl FromStr for SecretKey {
    type Err = SecretKeyProblem;

    fn from_str(text: &str) -> Result<Self, SecretKeyProblem> {
        let keys: Vec<&str> = text.trim().split(',').collect();
        let is_example = |key: &&str| {
            let key = key.to_lowercase();
            ["your-", "secret-key", "changeme", "change-me", "example"]
                .iter()
                .any(|word| key.contains(word))
        };
        if keys.iter().any(is_example) {
            Err(SecretKeyProblem::Example)
        } else if keys.iter().any(|key| key.len() < 32) {
            Err(SecretKeyProblem::TooShort)
        } else if keys.len() > 2 {
            Err(SecretKeyProblem::TooMany)
        } else {
            Ok(Self(keys.into_iter().map(SecretString::from).collect()))
        }
    }
}

impl SecretKey {
    /// The keys' bytes, the one that makes first.
    pub(crate) fn expose(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|key| key.expose_secret().as_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_or_well_known_key_is_refused() {
        assert_eq!(
            "short".parse::<SecretKey>().unwrap_err(),
            SecretKeyProblem::TooShort
        );
        assert_eq!(
            "your-production-secret-key-your-own"
                .parse::<SecretKey>()
                .unwrap_err(),
            SecretKeyProblem::Example
        );
        let good = "0123456789abcdef0123456789abcdef";
        assert_eq!(good.parse::<SecretKey>().unwrap().expose().count(), 1);
        assert_eq!(
            format!("{good},{good}")
                .parse::<SecretKey>()
                .unwrap()
                .expose()
                .count(),
            2
        );
    }
}
