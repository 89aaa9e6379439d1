//! The owner and mode of everything in the data folder: what belongs to the server, to the host, and to students.

use std::{os::unix::fs::MetadataExt, path::Path};

use serde_json::json;

use crate::product::Product;

/// An entry below a folder of the table.
#[derive(Debug)]
struct Entry {
    path: String,
    is_folder: bool,
    mode: u32,
    uid: u32,
}

/// A path, the modes of folders and of files at and below it, and their owner.
struct Expected(&'static str, u32, u32, Uid);

#[derive(Clone, Copy)]
enum Uid {
    Server,
    Host,
    SharedFiles,
    Student,
}

/// The longest path that fits counts.
#[rustfmt::skip]
const EXPECTED: &[Expected] = &[
    Expected("database", 0o700, 0o600, Uid::Server),
    // Students' programs pass through, and list nothing.
    Expected("files", 0o711, 0, Uid::SharedFiles),
    Expected("files/.pythonide", 0o711, 0, Uid::Host),
    Expected("files/.pythonide/runs", 0o700, 0o600, Uid::Host),
    Expected("files/.pythonide/transcripts", 0o700, 0o600, Uid::Host),
    Expected("files/.pythonide/versions", 0o700, 0o600, Uid::Host),
    Expected("files/.pythonide/trash/Local/ada", 0o700, 0o600, Uid::Student),
    Expected("files/.pythonide/trash/shared", 0o700, 0o600, Uid::SharedFiles),
    Expected("files/Local", 0o711, 0, Uid::Host),
    Expected("files/Local/ada", 0o700, 0o644, Uid::Student),
    Expected("files/shared", 0o755, 0o644, Uid::SharedFiles),
    Expected("host", 0o711, 0, Uid::Host),
    Expected("host/host.lock", 0, 0o600, Uid::Host),
    // Read by programs.
    Expected("host/matplotlib", 0o755, 0o644, Uid::Host),
    Expected("host/runtime", 0o755, 0o644, Uid::Host),
    Expected("host/runtime/bin/whoami", 0, 0o755, Uid::Host),
];
/// Files of the test itself, and the link's socket.
const IGNORED: [&str; 3] = ["log", "roster.csv", "link"];

fn walk(folder: &Path, root: &Path, found: &mut Vec<Entry>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // A file that is just being written gets its own name.
        let Ok(status) = path.symlink_metadata() else {
            continue;
        };
        let name = path.strip_prefix(root).unwrap();
        if IGNORED.iter().any(|ignored| name.starts_with(ignored)) {
            continue;
        }
        found.push(Entry {
            path: name.display().to_string(),
            is_folder: status.is_dir(),
            mode: status.mode() & 0o7777,
            uid: status.uid(),
        });
        if status.is_dir() {
            walk(&path, root, found);
        }
    }
}

#[tokio::test]
async fn every_mode_in_the_data_folder_is_as_stated() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let saved = ada.save("a.txt", "one", None).await.unwrap();
    let version = Some(saved.version.as_str());
    ada.save("a.txt", "two", version).await.unwrap();
    ada.upload("b.bin", vec![1], false).await.unwrap();
    let deleted = json!({ "path": "b.bin" });
    ada.post("deletions", deleted).await.unwrap();
    let mut console = ada.run("c.py", "print('hello')\n").await;
    console.script_end().await;
    console.stop().await;
    console.log_end().await;
    let student = product.home("ada").metadata().unwrap().uid();

    let mut found = Vec::new();
    walk(product.data(), product.data(), &mut found);
    let has = |part: &str| found.iter().any(|entry| entry.path.contains(part));
    assert!(has("transcripts/ada") && has("objects/") && has("trash/Local/ada/"));
    let wrong: Vec<_> = found
        .iter()
        .filter(|entry| {
            let fits = EXPECTED
                .iter()
                .filter(|one| Path::new(&entry.path).starts_with(one.0));
            let Some(Expected(_, folder, file, uid)) = fits.max_by_key(|one| one.0.len()) else {
                return true;
            };
            let uid = match uid {
                Uid::Server => pythonide_server::SERVER_UID,
                Uid::Host => 0,
                Uid::SharedFiles => pythonide_server::SHARED_UID,
                Uid::Student => student,
            };
            // It lies in the trash with the mode that it had.
            let is_deleted = entry.path.contains("trash") && entry.path.ends_with("/entry");
            let mode = if entry.is_folder { *folder } else { *file };
            (entry.mode != mode && !is_deleted) || entry.uid != uid
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
