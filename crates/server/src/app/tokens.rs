//! Session tokens: 256 random bits in a cookie, of which the database knows only an HMAC.

use hmac::{Hmac, KeyInit, Mac};
use pythonide_store::sessions::TokenHash;
use rand::Rng;
use sha2::Sha256;

use crate::settings::SecretKey;

/// 256 random bits, in hexadecimal.
pub fn random_secret() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().fold(String::with_capacity(64), |text, byte| {
        format!("{text}{byte:02x}")
    })
}

/// Makes tokens and finds what they are kept under.
#[derive(Debug)]
pub struct Tokens {
    keys: Vec<Hmac<Sha256>>,
}

impl Tokens {
    pub(crate) fn new(key: &SecretKey) -> Self {
        let keys = key.expose().map(|key| {
            // HMAC takes keys of any length.
            Hmac::new_from_slice(key).expect("a key of any length")
        });
        Self {
            keys: keys.collect(),
        }
    }

    /// A new token, in hexadecimal, and what it is kept under.
    pub(crate) fn make(&self) -> (String, TokenHash) {
        let token = random_secret();
        let hash = self.hashes(&token).next().expect("there is a key");
        (token, hash)
    }

    /// What `token` may be kept under: one for each key.
    pub(crate) fn hashes<'own>(
        &'own self,
        token: &'own str,
    ) -> impl Iterator<Item = TokenHash> + 'own {
        self.keys.iter().map(move |key| {
            let mut mac = key.clone();
            mac.update(token.as_bytes());
            TokenHash::from(<[u8; 32]>::from(mac.finalize().into_bytes()))
        })
    }
}
