//! What came of the attacks.

use std::fmt::{self, Display};

use serde::Serialize;

use super::Where;
use crate::process::tell;

/// What came of one attack in one world.
#[derive(Debug, Serialize)]
pub(super) struct Held {
    pub(super) attack: String,
    pub(super) claim: String,
    pub(super) world: Where,
    /// How the program ended, if it did.
    pub(super) end: Option<String>,
    pub(super) seconds: f64,
    /// What is not as it must be.
    pub(super) faults: Vec<String>,
}

impl Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.faults.is_empty() {
            "held"
        } else {
            "FAILED"
        };
        let world = name(self.world);
        let end = self.end.as_deref().unwrap_or("no end");
        write!(
            f,
            "{world:<11} {:<44} {verdict:<6} {end:<15} {:.1} s",
            self.attack, self.seconds
        )
    }
}

/// Prints the table of worlds, and what failed.
pub(super) fn tell_all(held: &[Held], is_json: bool) -> anyhow::Result<()> {
    if is_json {
        tell(serde_json::to_string(held)?);
        return Ok(());
    }
    tell(format_args!(
        "\n{:<11} {:>5} {:>7}",
        "world", "held", "failed"
    ));
    for world in clap::ValueEnum::value_variants() {
        let of_world = || held.iter().filter(|held| held.world == *world);
        let failed = of_world().filter(|held| !held.faults.is_empty()).count();
        let all = of_world().count();
        if all > 0 {
            tell(format_args!(
                "{:<11} {:>5} {:>7}",
                name(*world),
                all - failed,
                failed
            ));
        }
    }
    for held in held.iter().filter(|held| !held.faults.is_empty()) {
        tell(format_args!(
            "\n{} in the world {}: {}",
            held.attack,
            name(held.world),
            held.claim
        ));
        for fault in &held.faults {
            tell(format_args!("  {fault}"));
        }
    }
    Ok(())
}

fn name(world: Where) -> String {
    let value = clap::ValueEnum::to_possible_value(&world);
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}
