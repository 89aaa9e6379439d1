//! Passwords: the rule for a chosen one, and how to make one that can be read aloud. Hashing is elsewhere.

use std::ops::RangeInclusive;

use rand::{CryptoRng, RngExt};

/// How long a chosen password may be, in bytes of UTF-8.
///
/// Short ones are guessed; the upper end only bounds the work of hashing. No rule about kinds of characters, and none is
/// trimmed or folded (NIST SP 800-63B, 5.1.1.2).
pub const LENGTH: RangeInclusive<usize> = 8..=1024;

/// Why a password can't be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Fewer than 8 bytes.
    #[error("a password needs at least {} characters", LENGTH.start())]
    TooShort,
    /// More than 1024 bytes.
    #[error("a password has at most {} bytes", LENGTH.end())]
    TooLong,
}

/// Checks a password that a person chose.
pub fn check(password: &str) -> Result<(), PasswordProblem> {
    if password.len() < *LENGTH.start() {
        Err(PasswordProblem::TooShort)
    } else if password.len() > *LENGTH.end() {
        Err(PasswordProblem::TooLong)
    } else {
        Ok(())
    }
}

/// Consonants that are told apart in print and by ear. No `l` (a one), `q`, `x`, `y`, `c` (a `k`); no `p` and `z`, with
/// which a few words come out that no child should be handed.
const CONSONANTS: &[u8] = b"bdfghjkmnrstvw";
/// Vowels without `u`, for the same reason.
const VOWELS: &[u8] = b"aeio";
/// Digits that are no letters.
const DIGITS: &[u8] = b"23456789";

/// Makes a password such as `tavo-kime-reso-47`: three words of two syllables, and two digits.
///
/// It carries 40.8 bits: (14 · 4)² = 3136 words three times over, times 64 pairs of digits. That is for a door with a limit on
/// tries and a slow hash behind it.
pub fn generate<R: CryptoRng>(rng: &mut R) -> String {
    let mut password = String::with_capacity(17);
    for _ in 0..3 {
        for letters in [CONSONANTS, VOWELS, CONSONANTS, VOWELS] {
            password.push(pick(letters, rng));
        }
        password.push('-');
    }
    password.push(pick(DIGITS, rng));
    password.push(pick(DIGITS, rng));
    password
}

fn pick<R: CryptoRng>(letters: &[u8], rng: &mut R) -> char {
    char::from(letters[rng.random_range(0..letters.len())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use std::collections::HashSet;

    #[test]
    fn a_generated_password_has_its_shape_and_passes_the_rule() {
        let mut rng = StdRng::seed_from_u64(7);
        for _ in 0..1000 {
            let password = generate(&mut rng);
            assert_eq!(password.len(), 17, "{password}");
            for (at, byte) in password.bytes().enumerate() {
                let allowed: &[u8] = match at {
                    4 | 9 | 14 => b"-",
                    15 | 16 => DIGITS,
                    _ if at % 5 % 2 == 0 => CONSONANTS,
                    _ => VOWELS,
                };
                assert!(allowed.contains(&byte), "{password} at {at}");
            }
            assert_eq!(check(&password), Ok(()));
        }
    }

    #[test]
    fn the_documented_entropy_is_what_the_letters_give() {
        let word = (CONSONANTS.len() * VOWELS.len()).pow(2);
        let ways = word.pow(3) * DIGITS.len().pow(2);
        assert!(u128::try_from(ways).unwrap() > 1 << 40);
    }

    #[test]
    fn every_letter_is_used_and_passwords_differ() {
        let mut rng = StdRng::seed_from_u64(11);
        let passwords: HashSet<String> = (0..1000).map(|_| generate(&mut rng)).collect();
        assert_eq!(passwords.len(), 1000);
        let used: HashSet<u8> = passwords
            .iter()
            .flat_map(|password| password.bytes())
            .collect();
        assert_eq!(
            used.len(),
            CONSONANTS.len() + VOWELS.len() + DIGITS.len() + 1
        );
    }

    #[test]
    fn a_chosen_password_is_judged_by_its_bytes() {
        assert_eq!(check("1234567"), Err(PasswordProblem::TooShort));
        assert_eq!(check("12345678"), Ok(()));
        assert_eq!(check("ключ"), Ok(()));
        assert_eq!(check(&"x".repeat(1024)), Ok(()));
        assert_eq!(check(&"x".repeat(1025)), Err(PasswordProblem::TooLong));
    }
}
