//! The tables of limits in `docs/security.md` name every route, socket message and link call.

use anyhow::{Context, bail};
use serde_json::Value;

use crate::process::root;

/// Fails for what the tables do not name.
pub(crate) fn check() -> anyhow::Result<()> {
    let read = |path: &str| {
        std::fs::read_to_string(root().join(path)).with_context(|| format!("could not read {path}"))
    };
    let page = read("docs/security.md")?;
    let names = [
        routes(&read("docs/openapi.json")?)?,
        messages(&read("web/src/generated/socket.ts")?)?,
        calls(&read("crates/link/proto/host.proto")?)?,
    ];
    let missing = missing(&page, names.concat());
    if !missing.is_empty() {
        bail!(
            "docs/security.md has no limits for {}; add each to its table",
            missing.join(", ")
        );
    }
    Ok(())
}

fn missing(page: &str, names: Vec<String>) -> Vec<String> {
    let is_missing = |name: &String| !page.contains(&format!("`{name}`"));
    names.into_iter().filter(is_missing).collect()
}

fn routes(openapi: &str) -> anyhow::Result<Vec<String>> {
    const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];
    let document: Value = serde_json::from_str(openapi)?;
    let paths = document["paths"].as_object().context("no paths")?;
    let of_path = |(path, operations): (&String, &Value)| {
        let methods = METHODS
            .iter()
            .filter(|method| operations.get(method).is_some());
        methods
            .map(|method| format!("{} {path}", method.to_uppercase()))
            .collect::<Vec<_>>()
    };
    Ok(paths.iter().flat_map(of_path).collect())
}

/// The values of `"type"` in the union of the messages that browsers send.
fn messages(typescript: &str) -> anyhow::Result<Vec<String>> {
    let (_, union) = typescript
        .split_once("export type FromBrowser =")
        .context("no type FromBrowser")?;
    let union = union.split("export type").next().unwrap_or_default();
    let types = union.split(r#""type": ""#).skip(1);
    Ok(types
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect())
}

fn calls(proto: &str) -> anyhow::Result<Vec<String>> {
    let calls: Vec<_> = proto
        .lines()
        .filter_map(|line| line.trim().strip_prefix("rpc ")?.split('(').next())
        .map(str::to_owned)
        .collect();
    anyhow::ensure!(!calls.is_empty(), "no rpc in the link's file");
    Ok(calls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_the_page_lacks_is_missing() {
        let names = [
            routes(r#"{"paths": {"/api/a": {"get": {}, "put": {}, "parameters": []}}}"#).unwrap(),
            messages("export type FromBrowser = { \"type\": \"hello\" } | { \"type\": \"stop\" };")
                .unwrap(),
            calls("service Host {\n  rpc ReadLog(A) returns (B);\n  rpc Beat(A) returns (B);\n}")
                .unwrap(),
        ];
        let page = "| `GET /api/a` | `hello` | `ReadLog` |";
        assert_eq!(
            missing(page, names.concat()),
            ["PUT /api/a", "stop", "Beat"]
        );
    }
}
