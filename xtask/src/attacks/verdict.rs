//! One attack, and whether what must hold has held.

use std::time::{Duration, Instant};

use pythonide_protocol::socket::{End, EndCause};

use super::{
    Where,
    bed::{Bed, MALLORY},
    corpus::Attack,
    harm::Before,
    leftovers,
    report::Held,
};
use pythonide_testkit::student::Outcome;

/// How much of its output is kept.
const KEEP: usize = 64 << 10;
/// Past its time a program is waited for so long, to tell how it would have ended.
const LONGER: Duration = Duration::from_secs(20);
/// What a program prints last that could do nothing that it must not.
const HELD: &str = "HELD";
/// What a program prints that has done what it must not.
const BROKEN: &str = "BROKEN";

/// Runs it and looks around. Fails only when nothing can be said about it at all.
pub(super) async fn try_one(
    bed: &mut Bed,
    before: &Before,
    attack: &Attack,
    world: Where,
) -> anyhow::Result<Held> {
    let start = Instant::now();
    let mut faults = Vec::new();
    let name = format!("{}.py", attack.name.rsplit('/').next().unwrap_or("attack"));
    let mut end = None;
    let facts = bed.facts()?;
    let written = match bed.mallory.write("facts.json", &facts).await {
        Ok(()) => bed.mallory.write(&name, &attack.source).await,
        other => other,
    };
    let ran = match written {
        Ok(()) => bed.mallory.run(&name, attack.within + LONGER, KEEP).await,
        Err(error) => Err(error),
    };
    match ran {
        Ok(outcome) => {
            faults.extend(faults_of(attack, &outcome));
            end = Some(outcome.end);
        }
        Err(error) => faults.push(format!("{error:#}")),
    }
    if let Err(error) = bed.mallory.stop().await {
        faults.push(format!("{error:#}"));
    }
    if attack.lists_home
        && let Err(fault) = leftovers::try_all(&bed.mallory.browser).await
    {
        faults.push(format!("the server, of what {MALLORY} has left: {fault}"));
    }
    faults.extend(before.harm(bed).await);
    if let Err(error) = bed.ask_alice().await {
        faults.push(format!("{error:#}"));
    }
    leftovers::clean(bed)?;
    Ok(Held {
        attack: attack.name.clone(),
        claim: attack.claim.clone(),
        world,
        end: end.as_ref().map(cause),
        seconds: start.elapsed().as_secs_f64(),
        faults,
    })
}

fn faults_of(attack: &Attack, outcome: &Outcome) -> Vec<String> {
    let mut faults = Vec::new();
    let (text, cause) = (outcome.text(), cause(&outcome.end));
    let says_held = text.lines().last() == Some(HELD) && !text.contains(BROKEN);
    if attack.must_hold && (outcome.end.cause != EndCause::Finished || !says_held) {
        faults.push(format!("it ended as {cause} and printed: {}", last(&text)));
    }
    if !attack.ends.is_empty() && !attack.ends.contains(&cause) {
        faults.push(format!(
            "it ended as {cause} and not as {}; it printed: {}",
            attack.ends.join(" or "),
            last(&text)
        ));
    }
    if outcome.whole > attack.within {
        faults.push(format!(
            "it ended after {:.1} s and not within {} s",
            outcome.whole.as_secs_f64(),
            attack.within.as_secs()
        ));
    }
    faults
}

/// A cause as the protocol calls it.
fn cause(end: &End) -> String {
    let name = serde_json::to_value(end.cause).unwrap_or_default();
    name.as_str().unwrap_or("unknown").to_owned()
}

/// The end of what was printed, on one line.
fn last(text: &str) -> String {
    let lines: Vec<_> = text.trim_end().lines().rev().take(6).collect();
    let lines: Vec<_> = lines.into_iter().rev().collect();
    lines.join(" | ")
}
