//! How often somebody may try to sign in: by account, against guessing; by address, against spraying.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};

use crate::{app::AppError, state::App};

/// Tries of one account from one address at once, and then one each ten seconds.
const PER_PAIR: NonZeroU32 = NonZeroU32::new(10).unwrap();
const PER_PAIR_EVERY: Duration = Duration::from_secs(10);
/// Tries of one account from anywhere: looser, or anybody could keep a classmate out.
const PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(100).unwrap();
const PER_ACCOUNT_EVERY: Duration = Duration::from_secs(2);
/// Tries from one address at once, and then one each second: a class behind one router starts together.
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(200).unwrap();
const PER_ADDRESS_EVERY: Duration = Duration::from_secs(1);
/// Past this many keys those that are free again are forgotten.
const KEYS: usize = 10_000;

/// The limits of sign-in, kept by each server for itself.
#[derive(Debug)]
pub(crate) struct SignInLimits {
    pairs: DefaultKeyedRateLimiter<(String, IpAddr)>,
    accounts: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
}

impl SignInLimits {
    pub(crate) fn new() -> Self {
        // The periods are not zero.
        let quota = |every, burst| {
            Quota::with_period(every)
                .expect("a period")
                .allow_burst(burst)
        };
        Self {
            pairs: RateLimiter::keyed(quota(PER_PAIR_EVERY, PER_PAIR)),
            accounts: RateLimiter::keyed(quota(PER_ACCOUNT_EVERY, PER_ACCOUNT)),
            addresses: RateLimiter::keyed(quota(PER_ADDRESS_EVERY, PER_ADDRESS)),
        }
    }

    /// Counts a try; refuses one too many.
    pub(crate) fn count(&self, account: &str, address: IpAddr) -> Result<(), AppError> {
        if self.pairs.len() > KEYS || self.accounts.len() > KEYS || self.addresses.len() > KEYS {
            self.pairs.retain_recent();
            self.accounts.retain_recent();
            self.addresses.retain_recent();
        }
        // The same name in other letters is the same account; a long one is nobody's.
        let address = network(address);
        let account: String = account.trim().to_lowercase().chars().take(64).collect();
        let now = DefaultClock::default().now();
        // What one of them refuses does not count for the next: from one address nobody uses up the tries of an account.
        let counted = self
            .addresses
            .check_key(&address)
            .and_then(|()| self.pairs.check_key(&(account.clone(), address)))
            .and_then(|()| self.accounts.check_key(&account));
        counted.map_err(|refused| AppError::TooManyRequests {
            retry_after: refused.wait_time_from(now),
        })
    }
}

/// What is counted as one address: of IPv6 the network, within which anybody has 2^64 addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// Where a request comes from, as far as the proxies in front are ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address(pub(crate) IpAddr);

impl FromRequestParts<App> for Address {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let ConnectInfo(peer) = ConnectInfo::<std::net::SocketAddr>::from_request_parts(parts, app)
            .await
            .map_err(AppError::internal)?;
        let proxies = usize::from(app.settings.proxies);
        let forwarded = parts
            .headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','));
        // Each proxy of ours adds the address that it saw at the end; what stands before may be a lie.
        let forwarded: Vec<IpAddr> = forwarded
            .filter_map(|address| address.trim().parse().ok())
            .collect();
        let seen = forwarded
            .len()
            .checked_sub(proxies)
            .and_then(|index| forwarded.get(index));
        Ok(Self(
            seen.filter(|_| proxies > 0).copied().unwrap_or(peer.ip()),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_try_of_an_account_has_to_wait_and_others_have_not() {
        let limits = SignInLimits::new();
        let address = IpAddr::from([192, 0, 2, 1]);
        for _ in 0..10 {
            limits.count("ada", address).unwrap();
        }
        assert!(matches!(
            limits.count(" ADA ", address),
            Err(AppError::TooManyRequests { .. })
        ));
        limits.count("ben", address).unwrap();
        // A classmate who guesses does not keep its owner out.
        limits.count("ada", IpAddr::from([192, 0, 2, 2])).unwrap();
    }

    #[test]
    fn nobody_is_kept_out_by_tries_from_another_address_however_many() {
        let limits = SignInLimits::new();
        for _ in 0..1000 {
            let _ = limits.count("prof", IpAddr::from([192, 0, 2, 1]));
        }
        limits.count("prof", IpAddr::from([192, 0, 2, 2])).unwrap();
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_count_as_one() {
        let limits = SignInLimits::new();
        for host in 0..10 {
            let address: IpAddr = format!("2001:db8:1:2:{host}::1").parse().unwrap();
            limits.count("ada", address).unwrap();
        }
        for (address, is_refused) in [
            ("2001:db8:1:2:ffff:ffff:ffff:ffff", true),
            ("2001:db8:1:3::1", false),
            // IPv4, as a listener of both kinds sees it, is as many addresses as it ever was.
            ("::ffff:192.0.2.1", false),
        ] {
            let counted = limits.count("ada", address.parse().unwrap());
            assert_eq!(counted.is_err(), is_refused, "{address}");
        }
        assert_eq!(
            network("::ffff:192.0.2.1".parse().unwrap()),
            IpAddr::from([192, 0, 2, 1])
        );
    }
}
