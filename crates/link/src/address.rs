//! Where a host is.

use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr};

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
                if host.is_empty() || host.contains(',') {
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

impl LinkAddress {
    /// Whether it names what has to be looked up, and may be several places: not a path or a number.
    pub fn is_name(&self) -> bool {
        match self {
            Self::Unix(_) => false,
            Self::Tcp { host, .. } => host.parse::<IpAddr>().is_err(),
        }
    }
}

/// Several of them, with commas between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkAddresses(Vec<LinkAddress>);

impl LinkAddresses {
    /// The addresses, at least one.
    pub fn as_slice(&self) -> &[LinkAddress] {
        &self.0
    }

    /// These and one more.
    #[must_use]
    pub fn and(mut self, more: LinkAddress) -> Self {
        self.0.push(more);
        self
    }
}

impl From<LinkAddress> for LinkAddresses {
    fn from(address: LinkAddress) -> Self {
        Self(vec![address])
    }
}

impl FromStr for LinkAddresses {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A comma within a path is none between addresses.
        let mut parts: Vec<String> = Vec::new();
        for part in text.split(',') {
            match parts.last_mut() {
                Some(last) if !part.starts_with("unix:") && !part.starts_with("tcp:") => {
                    last.push(',');
                    last.push_str(part);
                }
                _ => parts.push(part.to_owned()),
            }
        }
        let addresses: Result<_, _> = parts.iter().map(|part| part.parse()).collect();
        Ok(Self(addresses?))
    }
}

impl fmt::Display for LinkAddresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, address) in self.0.iter().enumerate() {
            let between = if at == 0 { "" } else { "," };
            write!(f, "{between}{address}")?;
        }
        Ok(())
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

    #[test]
    fn several_addresses_have_commas_between_and_a_path_may_have_some_of_its_own() {
        for (text, count) in [
            ("unix:/run/host.sock", 1),
            ("unix:/srv/a,b/host.sock,tcp:0.0.0.0:7001", 2),
            (
                "tcp:hosts.internal:7001,tcp:[fd00::7]:7070,tcp:10.0.0.7:1",
                3,
            ),
        ] {
            let addresses: LinkAddresses = text.parse().unwrap();
            assert_eq!(addresses.as_slice().len(), count);
            assert_eq!(addresses.to_string(), text);
        }
        for text in ["", "tcp:a:1,", "tcp:a:1,b:2", ",tcp:a:1"] {
            text.parse::<LinkAddresses>().unwrap_err();
        }
    }

    #[test]
    fn only_what_is_no_number_is_looked_up() {
        let is_name = |text: &str| text.parse::<LinkAddress>().unwrap().is_name();
        assert!(is_name("tcp:hosts.internal:7001"));
        for text in [
            "unix:/run/host.sock",
            "tcp:10.0.0.7:7070",
            "tcp:[fd00::7]:7070",
        ] {
            assert!(!is_name(text));
        }
    }
}
