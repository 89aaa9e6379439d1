//! What an attack leaves in mallory's home: dealt with by the server, and then gone for the next one.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, bail};
use pythonide_protocol::http::FolderView;
use pythonide_testkit::browser::Browser;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use tokio::time::timeout;

use super::bed::{Bed, MALLORY};
use crate::process::{command, run};

/// What the server may take for one request.
const WITHIN: Duration = Duration::from_secs(20);
/// How much of one file is taken.
const BYTES: usize = 8 << 20;
/// How many entries are tried.
const ENTRIES: usize = 60;
/// How deep folders are looked into.
const DEPTH: usize = 2;

/// Lists the home, takes a part of each file and deletes everything. Whatever is there, the server
/// answers in time, and never that something of its own went wrong.
pub(super) async fn try_all(mallory: &Browser) -> Result<(), String> {
    let tried = async {
        look_into(mallory, "", DEPTH).await?;
        let now = list(mallory, "").await?;
        for entry in now.iter().flat_map(|folder| &folder.entries).take(ENTRIES) {
            let path = serde_json::json!({ "path": entry.name });
            let request = mallory.request(Method::POST, &mallory.home("deletions"));
            sent(request.json(&path), "delete", &entry.name).await?;
        }
        anyhow::Ok(())
    };
    tried.await.map_err(|error| format!("{error:#}"))
}

async fn look_into(mallory: &Browser, folder: &str, depth: usize) -> anyhow::Result<()> {
    let view = list(mallory, folder).await?;
    for entry in view.iter().flat_map(|view| &view.entries).take(ENTRIES) {
        let path = match folder {
            "" => entry.name.clone(),
            folder => format!("{folder}/{}", entry.name),
        };
        for route in ["content", "text"] {
            let request = mallory.request(Method::GET, &mallory.home(route));
            let answer = sent(request.query(&[("path", &path)]), route, &path).await?;
            take(answer)
                .await
                .with_context(|| format!("{route} of {path:?}"))?;
        }
        if depth > 1 {
            Box::pin(look_into(mallory, &path, depth - 1)).await?;
        }
    }
    Ok(())
}

/// A folder's entries, or nothing where the server refuses in order, as for what is none.
async fn list(mallory: &Browser, folder: &str) -> anyhow::Result<Option<FolderView>> {
    let request = mallory.request(Method::GET, &mallory.home("folder"));
    let answer = sent(request.query(&[("path", folder)]), "list", folder).await?;
    if answer.status() != StatusCode::OK {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&answer.text().await?)?))
}

async fn sent(request: RequestBuilder, what: &str, path: &str) -> anyhow::Result<Response> {
    let answer = timeout(WITHIN, request.send())
        .await
        .with_context(|| format!("{what} {path:?}: no answer within {WITHIN:?}"))??;
    if answer.status().is_server_error() && answer.status() != StatusCode::INSUFFICIENT_STORAGE {
        bail!("{what} {path:?}: answered with {}", answer.status());
    }
    Ok(answer)
}

async fn take(mut answer: Response) -> anyhow::Result<()> {
    let mut count = 0;
    let taking = async {
        // A file that changes meanwhile may break off.
        while let Ok(Some(bytes)) = answer.chunk().await {
            count += bytes.len();
            if count > BYTES {
                break;
            }
        }
    };
    timeout(WITHIN, taking)
        .await
        .context("never comes to its end")
}

/// Empties mallory's home and trash, however deep and whatever their modes.
pub(super) fn clean(bed: &Bed) -> anyhow::Result<()> {
    let files = bed.product.data().join("files");
    let hidden = std::fs::read_dir(&files)?
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| entry.path().join("trash/Local").join(MALLORY));
    let folders: Vec<PathBuf> = hidden
        .chain([bed.product.home(MALLORY)])
        .filter(|folder| folder.is_dir())
        .collect();
    let owner = bed.uid(MALLORY)?;
    let mut find = command("find", &[]);
    find.args(&folders).args(["-mindepth", "1", "-delete"]);
    run(find)?;
    // She may have shut herself out.
    for folder in &folders {
        use std::os::unix::fs::{PermissionsExt, chown};
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
        if rustix::process::geteuid().is_root() {
            chown(folder, Some(owner), Some(owner))?;
        }
    }
    Ok(())
}
