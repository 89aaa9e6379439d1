//! Hashing passwords: argon2id, off the async threads, a few at a time.

use std::sync::{Arc, LazyLock};

use argon2::{
    Argon2, PasswordHash, PasswordVerifier,
    password_hash::{PasswordHasher, phc},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::AppError;

/// Hashes at once: each takes 19 MB and a core for some 20 ms.
const AT_ONCE: usize = 2;
/// Sign-ins that may wait for their turn; a class that starts together fits.
const WAITING: usize = 256;

/// What a password is compared with when nobody has that name, so that both answers take as long.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash(&SecretString::from("nobody")).unwrap_or_default());

/// Verifies passwords.
#[derive(Debug)]
pub struct Passwords {
    working: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            working: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Semaphore::new(WAITING),
        }
    }

    /// Whether `password` is the one that was hashed; `None` is nobody's and takes as long.
    pub(crate) async fn verify(
        &self,
        password: SecretString,
        hash: Option<String>,
    ) -> Result<bool, AppError> {
        let _waiting = self.waiting.try_acquire().map_err(|_| {
            AppError::Busy("Too many people are signing in. Try again in a moment.")
        })?;
        let working = Arc::clone(&self.working)
            .acquire_owned()
            .await
            .map_err(AppError::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let _working = working;
            let is_somebody = hash.is_some();
            let hash = hash.as_deref().unwrap_or(&NOBODY);
            verify(&password, hash).map(|is_right| is_right && is_somebody)
        });
        done.await.map_err(AppError::internal)?
    }
}

/// Hashes a password. Takes some 20 ms and 19 MB (OWASP's least for argon2id, the library's default).
///
/// # Errors
/// When the system has no randomness.
pub fn hash(password: &SecretString) -> Result<String, AppError> {
    let hash: phc::PasswordHash = Argon2::default()
        .hash_password(password.expose_secret().as_bytes())
        .map_err(|error| AppError::internal(error.to_string()))?;
    Ok(hash.to_string())
}

fn verify(password: &SecretString, hash: &str) -> Result<bool, AppError> {
    let parsed = PasswordHash::new(hash).map_err(|error| AppError::internal(error.to_string()))?;
    Ok(Argon2::default()
        .verify_password(password.expose_secret().as_bytes(), &parsed)
        .is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_somebody_is_right() {
        let passwords = Passwords::new();
        let right = || SecretString::from("correct horse");
        let hashed = hash(&right()).unwrap();
        assert!(hashed.starts_with("$argon2id$"));
        assert!(
            passwords
                .verify(right(), Some(hashed.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(SecretString::from("wrong horse"), Some(hashed))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(SecretString::from("nobody"), None)
                .await
                .unwrap()
        );
    }
}
