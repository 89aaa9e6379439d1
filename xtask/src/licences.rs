//! Under which licences others' code comes: only those that let the product be given away.

use anyhow::{Context, bail};
use cargo_metadata::MetadataCommand;
use serde_json::Value;
use spdx::Expression;

use crate::process::root;

const ALLOWED: [&str; 14] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "OFL-1.1",
    "Unicode-3.0",
    "Zlib",
    "Unlicense",
];
/// Tools of the tests and the build, of which nothing is in the product.
const ALLOWED_FOR_TOOLS: [&str; 5] = ["MPL-2.0", "CC-BY-4.0", "CC-BY-3.0", "Python-2.0", "WTFPL"];

/// Fails at the first package whose licence is not among them.
pub(crate) fn check() -> anyhow::Result<()> {
    crates()?;
    packages()
}

fn crates() -> anyhow::Result<()> {
    // Only what is built: the lock file names libraries of other systems too.
    let linux = ["--filter-platform", "x86_64-unknown-linux-gnu"].map(str::to_owned);
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .other_options(linux)
        .exec()?;
    let built = metadata
        .resolve
        .as_ref()
        .map(|resolved| resolved.nodes.as_slice());
    let built: Vec<_> = built
        .unwrap_or_default()
        .iter()
        .map(|node| &node.id)
        .collect();
    for package in metadata
        .packages
        .iter()
        .filter(|package| package.source.is_some() && built.contains(&&package.id))
    {
        // Some old crates write a slash for “or”.
        let licence = package
            .license
            .as_deref()
            .unwrap_or("none")
            .replace('/', " OR ");
        check_one(&package.name, &licence, false)?;
    }
    Ok(())
}

fn packages() -> anyhow::Result<()> {
    let lock = std::fs::read_to_string(root().join("web/package-lock.json"))?;
    let lock: Value = serde_json::from_str(&lock)?;
    let packages = lock
        .get("packages")
        .and_then(Value::as_object)
        .context("the lock file has no packages")?;
    for (path, package) in packages.iter().filter(|(path, _)| !path.is_empty()) {
        let licence = package
            .get("license")
            .and_then(Value::as_str)
            .unwrap_or("none");
        let is_tool = package.get("dev").and_then(Value::as_bool).unwrap_or(false);
        check_one(path, licence, is_tool)?;
    }
    Ok(())
}

fn check_one(name: &str, licence: &str, is_tool: bool) -> anyhow::Result<()> {
    let expression = Expression::parse(licence)
        .with_context(|| format!("{name} has the licence {licence:?}"))?;
    let is_allowed = expression.evaluate(|requirement| {
        let id = requirement.license.id().map_or("", |id| id.name);
        ALLOWED.contains(&id) || is_tool && ALLOWED_FOR_TOOLS.contains(&id)
    });
    if !is_allowed {
        bail!("{name} comes under {licence}, which is not among the licences that may be used");
    }
    Ok(())
}
