//! Which crate may use which: the edges of the workspace, compared with a list in the repository, so
//! that a new one is a line in a review.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::process::root;

const LIST: &str = "xtask/arrows.txt";

/// Fails when the edges are not those of the list.
pub(crate) fn check() -> anyhow::Result<()> {
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()?;
    let ours: BTreeSet<_> = metadata
        .packages
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let mut found = BTreeSet::new();
    for package in &metadata.packages {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| ours.contains(&dependency.name))
        {
            let kind = if dependency.kind == DependencyKind::Development {
                " (tests)"
            } else {
                ""
            };
            let short = |name: &str| {
                name.strip_prefix("pythonide-")
                    .unwrap_or(name)
                    .replace("pythonide", "cli")
            };
            found.insert(format!(
                "{} -> {}{kind}",
                short(&package.name),
                short(&dependency.name)
            ));
        }
    }
    let list = std::fs::read_to_string(root().join(LIST))
        .with_context(|| format!("could not read {LIST}"))?;
    let wanted: BTreeSet<_> = list
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    let new: Vec<_> = found.difference(&wanted).collect();
    let gone: Vec<_> = wanted.difference(&found).collect();
    if !new.is_empty() || !gone.is_empty() {
        bail!("the arrows between the crates are not those of {LIST}: new {new:?}, gone {gone:?}");
    }
    Ok(())
}
