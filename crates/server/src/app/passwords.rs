//! Hashing and verifying passwords: argon2id, on threads of its own, a few at a time.
//!
//! Passwords that come from an older installation are hashed with bcrypt until their owners sign in: only then is there
//! a password to hash better. Until no such hash is left, a wrong password takes the work of both ways, whoever it is
//! tried for; otherwise the time would tell who has an account.

use std::{
    hint::black_box,
    ops::RangeInclusive,
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

/// Costs of bcrypt that are taken: below, the format ends; above, a sign-in would take a thread for seconds.
const BCRYPT_COSTS: RangeInclusive<u32> = 4..=15;

/// What a password is compared with when nobody has that name, so that both answers take as long.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash(&SecretString::from("nobody")).unwrap_or_default());

/// Verifies and hashes passwords, for as long as it is there.
#[derive(Debug)]
pub struct Passwords(mpsc::Sender<Question>);

/// What was found about a password.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verified {
    /// It is another's, or nobody's.
    Wrong,
    /// It is the one that was hashed.
    Right {
        /// The hash to keep from now on, where the old one is not argon2id's.
        better: Option<String>,
    },
}

#[derive(Debug)]
enum Question {
    /// Whether `password` is the one that was hashed; `None` is nobody's.
    Verify {
        password: SecretString,
        hash: Option<String>,
        costliest_bcrypt: Option<u32>,
        answer: oneshot::Sender<Result<Verified, AppError>>,
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

    /// Whether `password` is the one that was hashed; `None` is nobody's and takes as long as a wrong one.
    ///
    /// `costliest_bcrypt` is the highest cost among all users' hashes of that kind, for as long as there are any.
    pub(crate) async fn verify(
        &self,
        password: SecretString,
        hash: Option<String>,
        costliest_bcrypt: Option<u32>,
    ) -> Result<Verified, AppError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Question::Verify {
            password,
            hash,
            costliest_bcrypt,
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
                hash,
                costliest_bcrypt,
                answer,
            }) => {
                let _ = answer.send(judge(&password, hash.as_deref(), costliest_bcrypt));
            }
            Some(Question::Hash { password, answer }) => {
                let _ = answer.send(hash(&password));
            }
            None => return,
        }
    }
}

fn judge(
    password: &SecretString,
    known: Option<&str>,
    costliest_bcrypt: Option<u32>,
) -> Result<Verified, AppError> {
    let cost = known.and_then(bcrypt_cost);
    let is_right = match known {
        Some(known) if cost.is_some() => {
            bcrypt::verify(password.expose_secret(), known).map_err(AppError::internal)?
        }
        Some(known) => verify(password, known)?,
        None => {
            black_box(verify(password, &NOBODY)?);
            false
        }
    };
    if is_right {
        let better = cost.and_then(|_| {
            hash(password)
                .inspect_err(|error| tracing::warn!(?error, "a password keeps its old hash"))
                .ok()
        });
        return Ok(Verified::Right { better });
    }
    // The other way's work, which only a wrong password has yet to do.
    if cost.is_some() {
        black_box(verify(password, &NOBODY)?);
    }
    for cost in bcrypt_work_left(cost, costliest_bcrypt) {
        black_box(bcrypt::hash_with_salt(
            password.expose_secret(),
            cost,
            [0; 16],
        ))
        .ok();
    }
    Ok(Verified::Wrong)
}

/// The costs at which bcrypt has yet to run, after a run at `done`, until all that was done is as much as one run at the
/// costliest: each step doubles the work, so the steps from `done` up to it add up to what lacks.
fn bcrypt_work_left(done: Option<u32>, costliest: Option<u32>) -> std::ops::Range<u32> {
    let costliest = costliest
        .filter(|cost| BCRYPT_COSTS.contains(cost))
        .unwrap_or(0);
    match done {
        Some(done) => done..costliest,
        None if costliest == 0 => 0..0,
        None => costliest..costliest + 1,
    }
}

/// Returns the cost of a bcrypt hash that can be verified here: `$2a$`, `$2b$` or `$2y$`, whole, of a bearable cost.
pub(crate) fn bcrypt_cost(hash: &str) -> Option<u32> {
    if !["$2a$", "$2b$", "$2y$"]
        .iter()
        .any(|kind| hash.starts_with(kind))
    {
        return None;
    }
    let parts: bcrypt::HashParts = hash.parse().ok()?;
    Some(parts.get_cost()).filter(|cost| BCRYPT_COSTS.contains(cost))
}

/// Whether a hash from elsewhere can be kept as it is, and its password go on to work.
pub(crate) fn can_verify(hash: &str) -> bool {
    bcrypt_cost(hash).is_some()
        || PasswordHash::new(hash).is_ok_and(|hash| hash.algorithm.as_str() == "argon2id")
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

    const RIGHT: &str = "correct horse";

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    fn bcrypt_of(version: bcrypt::Version) -> String {
        bcrypt::hash_with_salt(RIGHT, 4, [7; 16])
            .unwrap()
            .format_for_version(version)
    }

    #[tokio::test]
    async fn only_the_right_password_of_somebody_is_right() {
        let passwords = Passwords::new();
        let hashed = passwords.hash(secret(RIGHT)).await.unwrap();
        assert!(hashed.starts_with("$argon2id$"));
        for (password, hash, verified) in [
            (RIGHT, Some(&hashed), Verified::Right { better: None }),
            ("wrong horse", Some(&hashed), Verified::Wrong),
            ("nobody", None, Verified::Wrong),
        ] {
            for costliest in [None, Some(4)] {
                let found = passwords
                    .verify(secret(password), hash.cloned(), costliest)
                    .await;
                assert_eq!(found.unwrap(), verified, "{password}");
            }
        }
    }

    #[tokio::test]
    async fn a_password_of_an_older_installation_is_right_and_gets_a_better_hash() {
        let passwords = Passwords::new();
        for version in [
            bcrypt::Version::TwoA,
            bcrypt::Version::TwoB,
            bcrypt::Version::TwoY,
        ] {
            let old = bcrypt_of(version);
            let wrong = passwords
                .verify(secret("wrong horse"), Some(old.clone()), Some(5))
                .await;
            assert_eq!(wrong.unwrap(), Verified::Wrong, "{old}");
            let right = passwords
                .verify(secret(RIGHT), Some(old), Some(5))
                .await
                .unwrap();
            let Verified::Right {
                better: Some(better),
            } = right
            else {
                panic!("{right:?}")
            };
            assert!(better.starts_with("$argon2id$"), "{better}");
            assert!(verify(&secret(RIGHT), &better).unwrap());
        }
    }

    /// What the system's own `crypt(3)` makes, which shares no code with the library.
    #[test]
    fn a_hash_that_another_program_made_is_verified() {
        let long = format!("ключ 🐍{}", "x".repeat(80));
        for (password, hash) in [
            (
                RIGHT,
                "$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2",
            ),
            (
                RIGHT,
                "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2",
            ),
            (
                RIGHT,
                "$2b$12$abcdefghijklmnopqrstuuFDJRuYeKkCzo3Wy7h8SxhBSHBAHiPK2",
            ),
            (
                long.as_str(),
                "$2b$04$abcdefghijklmnopqrstuuDrJRV4WKyPuEw4OYZvLHqEU2c6t5zl6",
            ),
        ] {
            let right = judge(&secret(password), Some(hash), None).unwrap();
            assert!(
                matches!(right, Verified::Right { better: Some(_) }),
                "{hash}"
            );
            let wrong = judge(&secret(&format!("x{password}")), Some(hash), None);
            assert_eq!(wrong.unwrap(), Verified::Wrong, "{hash}");
        }
    }

    #[test]
    fn a_wrong_password_takes_as_much_of_bcrypt_whoever_it_is_tried_for() {
        let rounds = |cost: u32| 1_u64 << cost;
        for costliest in BCRYPT_COSTS {
            for done in std::iter::once(None).chain((4..=costliest).map(Some)) {
                let left: u64 = bcrypt_work_left(done, Some(costliest)).map(rounds).sum();
                let all = done.map_or(0, rounds) + left;
                assert_eq!(all, rounds(costliest), "{done:?} of {costliest}");
            }
        }
        assert!(bcrypt_work_left(None, None).is_empty());
        assert!(bcrypt_work_left(Some(12), None).is_empty());
        assert!(bcrypt_work_left(None, Some(31)).is_empty());
    }

    #[test]
    fn only_hashes_that_can_be_verified_are_known() {
        let good = bcrypt_of(bcrypt::Version::TwoB);
        let argon2 = hash(&secret(RIGHT)).unwrap();
        for (hash, is_known) in [
            (good.as_str(), true),
            (&argon2, true),
            (&good[..59], false),
            (&good.replace("$04$", "$16$"), false),
            (&good.replace("$04$", "$03$"), false),
            (&good.replace("$2b$", "$2x$"), false),
            ("$1$abc$def", false),
            ("pbkdf2:sha256:1$a$b", false),
            ("", false),
        ] {
            assert_eq!(can_verify(hash), is_known, "{hash}");
        }
    }
}
