//! Hashing and verifying passwords: argon2id, on threads of its own, a few at a time.

use std::{
    sync::{Arc, LazyLock, Mutex, PoisonError},
    thread,
};

use argon2::{
    Argon2, PasswordHash, PasswordVerifier,
    password_hash::{PasswordHasher, phc},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{mpsc, oneshot};

use super::AppError;

/// Hashes at once: each takes 19 MB and a core for some 20 ms. Always on the same threads, for the memory stays with
/// the thread that had it.
const THREADS: usize = 2;
/// Sign-ins that may wait for their turn; a class that starts together fits.
const WAITING: usize = 256;

/// What a password is compared with when nobody has that name, so that both answers take as long.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash(&SecretString::from("nobody")).unwrap_or_default());

/// Verifies and hashes passwords, for as long as it is there.
#[derive(Debug)]
pub struct Passwords(mpsc::Sender<Question>);

#[derive(Debug)]
enum Question {
    /// Whether `password` is the one that was hashed; `None` is nobody's.
    Verify {
        password: SecretString,
        hash: Option<String>,
        answer: oneshot::Sender<Result<bool, AppError>>,
    },
    /// What to keep of a new one.
    Hash {
        password: SecretString,
        answer: oneshot::Sender<Result<String, AppError>>,
    },
}

impl Passwords {
    /// # Panics
    /// When the system has no room for a thread.
    #[expect(clippy::expect_used, reason = "a server that cannot start has no use")]
    pub(crate) fn new() -> Self {
        let (sender, questions) = mpsc::channel(WAITING);
        let questions = Arc::new(Mutex::new(questions));
        for _ in 0..THREADS {
            let questions = Arc::clone(&questions);
            thread::Builder::new()
                .name("passwords".to_owned())
                .spawn(move || answer_all(&questions))
                .expect("a thread for passwords");
        }
        Self(sender)
    }

    /// Whether `password` is the one that was hashed; `None` is nobody's and takes as long.
    pub(crate) async fn verify(
        &self,
        password: SecretString,
        hash: Option<String>,
    ) -> Result<bool, AppError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Question::Verify {
            password,
            hash,
            answer,
        })?;
        answered.await.map_err(AppError::internal)?
    }

    /// What to keep of a new password.
    pub(crate) async fn hash(&self, password: SecretString) -> Result<String, AppError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Question::Hash { password, answer })?;
        answered.await.map_err(AppError::internal)?
    }

    fn ask(&self, question: Question) -> Result<(), AppError> {
        self.0
            .try_send(question)
            .map_err(|_| AppError::Busy("Too many people are signing in. Try again in a moment."))
    }
}

fn answer_all(questions: &Mutex<mpsc::Receiver<Question>>) {
    loop {
        // One thread waits for the next question, and the others for that one to have it.
        let next = questions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        // Whoever asked may have gone.
        match next {
            Some(Question::Verify {
                password,
                hash: kept,
                answer,
            }) => {
                let is_somebody = kept.is_some();
                let verified = verify(&password, kept.as_deref().unwrap_or(&NOBODY));
                let _ = answer.send(verified.map(|is_right| is_right && is_somebody));
            }
            Some(Question::Hash { password, answer }) => {
                let _ = answer.send(hash(&password));
            }
            None => return,
        }
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
        let hashed = passwords.hash(right()).await.unwrap();
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
