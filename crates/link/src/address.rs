//! Where a host is.

use std::{fmt, path::PathBuf, str::FromStr};

/// Where a host listens: `unix:/path/of/the/socket` or `tcp:name:port`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LinkAddress {
    /// A Unix socket, for a server on the same machine. Who may connect is decided by the
    /// permissions of its folder.
    Unix(PathBuf),
    /// A port, for servers elsewhere. Both ends prove that they know the link key.
    Tcp {
        /// A name or an address; an IPv6 address without brackets.
        host: String,
        /// The port.
        port: u16,
    },
}

impl FromStr for LinkAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let problem =
            || format!("{text:?} is no link address: write unix:/absolute/path or tcp:name:port");
        match text.split_once(':') {
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            Some(("tcp", rest)) => {
                let (host, port) = rest.rsplit_once(':').ok_or_else(problem)?;
                let host = host
                    .strip_prefix('[')
                    .and_then(|host| host.strip_suffix(']'))
                    .unwrap_or(host);
                let port = port.parse().map_err(|_| problem())?;
                if host.is_empty() {
                    return Err(problem());
                }
                Ok(Self::Tcp {
                    host: host.to_owned(),
                    port,
                })
            }
            _ => Err(problem()),
        }
    }
}

impl fmt::Display for LinkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp:[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp:{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_as_it_is_written() {
        for text in [
            "unix:/run/host.sock",
            "tcp:10.0.0.7:7070",
            "tcp:host.internal:7070",
            "tcp:[fd00::7]:7070",
        ] {
            assert_eq!(text.parse::<LinkAddress>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "unix:host.sock",
            "tcp:7070",
            "tcp::7070",
            "tcp:a:b",
            "http://a:1",
        ] {
            text.parse::<LinkAddress>().unwrap_err();
        }
    }
}
