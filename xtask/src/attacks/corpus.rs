//! The programs that attack, and what the head of each says must come of it.
//!
//! `attacks/README.md` describes the format: a docstring whose first line is the claim that must hold,
//! and below it lines of a word, a colon and what is to be so.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail, ensure};

/// One that says nothing about time must have ended by then.
const WITHIN: Duration = Duration::from_secs(30);

/// A program that attacks.
#[derive(Debug, Clone)]
pub(super) struct Attack {
    /// Its path below the folder, without the ending.
    pub(super) name: String,
    pub(super) claim: String,
    pub(super) source: String,
    /// How it may end; whatever way it likes if there is none.
    pub(super) ends: Vec<String>,
    /// Whether it says itself whether the claim holds.
    pub(super) must_hold: bool,
    pub(super) within: Duration,
    /// Where it means something; everywhere if there is none.
    pub(super) worlds: Vec<String>,
    /// Whether what it leaves is listed, downloaded and deleted.
    pub(super) lists_home: bool,
}

/// All of them, in the order of their names.
pub(super) fn read(folder: &Path) -> anyhow::Result<Vec<Attack>> {
    let mut files = Vec::new();
    find(folder, &mut files).with_context(|| format!("could not read {}", folder.display()))?;
    files.sort();
    let attacks = files.iter().map(|file| {
        let name = file.strip_prefix(folder).unwrap_or(file);
        let name = name.with_extension("").to_string_lossy().into_owned();
        let source = std::fs::read_to_string(file)?;
        parse(name, source).with_context(|| format!("{}", file.display()))
    });
    attacks.collect()
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "py") {
            files.push(path);
        }
    }
    Ok(())
}

fn parse(name: String, source: String) -> anyhow::Result<Attack> {
    let docstring = source
        .split("\"\"\"")
        .nth(1)
        .context("it has no docstring")?;
    let mut lines = docstring.trim().lines();
    let claim = lines.next().unwrap_or_default().trim().to_owned();
    ensure!(!claim.is_empty(), "its docstring begins with no claim");
    let (mut ends, mut worlds) = (Vec::new(), Vec::new());
    let (mut must_hold, mut lists_home, mut within) = (false, false, WITHIN);
    for line in lines {
        let Some((word, value)) = line.trim().split_once(": ") else {
            continue;
        };
        let several = || value.split('|').map(|one| one.trim().to_owned());
        match (word, value.trim()) {
            ("must", "hold") => must_hold = true,
            ("must", value) if value.starts_with("end ") => {
                let causes = value.trim_start_matches("end ").split('|');
                ends.extend(causes.map(|cause| cause.trim().to_owned()));
            }
            ("must", value) if value.starts_with("within ") => {
                let seconds = value
                    .trim_start_matches("within ")
                    .trim_end_matches('s')
                    .trim();
                within = Duration::from_secs(seconds.parse()?);
            }
            ("world", _) => worlds.extend(several()),
            ("then", "list-home") => lists_home = true,
            ("must" | "then", value) => bail!("unknown: {word}: {value}"),
            _ => {}
        }
    }
    ensure!(
        must_hold || !ends.is_empty(),
        "it does not say what must come of it"
    );
    Ok(Attack {
        name,
        claim,
        source,
        ends,
        must_hold,
        within,
        worlds,
        lists_home,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_says_what_must_come_of_it() {
        let source = "\"\"\"No bomb.\n\nmust: end processes | stopped\nmust: within 5 s\nworld: uid\nthen: list-home\n\"\"\"\n";
        let attack = parse("bomb".to_owned(), source.to_owned()).unwrap();
        assert_eq!(attack.claim, "No bomb.");
        assert_eq!(attack.ends, ["processes", "stopped"]);
        assert_eq!(attack.within, Duration::from_secs(5));
        assert_eq!(attack.worlds, ["uid"]);
        assert!(attack.lists_home && !attack.must_hold);
    }

    #[test]
    fn a_head_that_is_not_understood_is_refused() {
        for source in [
            "print(1)",
            "\"\"\"A claim.\"\"\"",
            "\"\"\"A claim.\nmust: holdd\n\"\"\"",
        ] {
            assert!(
                parse("x".to_owned(), source.to_owned()).is_err(),
                "{source}"
            );
        }
    }
}
