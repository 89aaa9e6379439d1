//! Whether an attack has left anything behind or changed anything of ours.

use std::{
    collections::BTreeSet,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use pythonide_testkit::processes;

use super::bed::{Bed, MALLORY, SECRET, SECRET_FILE};

/// Folders that everybody can write to.
const OPEN_FOLDERS: [&str; 3] = ["/dev/shm", "/tmp", "/var/tmp"];
/// How deep such a folder is looked into.
const DEPTH: usize = 4;
/// What is on its way when an attack has ended must have ended by then.
const SETTLES_WITHIN: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Connections that are kept for the next request come and go.
const DESCRIPTORS_MORE: usize = 12;

/// How everything was before.
#[derive(Debug)]
pub(super) struct Before {
    parts: Vec<Part>,
    left: BTreeSet<PathBuf>,
}

#[derive(Debug)]
struct Part {
    name: &'static str,
    pid: i32,
    descriptors: usize,
}

impl Before {
    pub(super) fn look(bed: &Bed) -> Self {
        let parts = ["host", "server", "keeper"];
        let parts = parts
            .into_iter()
            .flat_map(|name| pids(bed, name).into_iter().map(move |pid| (name, pid)))
            .map(|(name, pid)| Part {
                name,
                pid,
                descriptors: processes::descriptors(pid),
            });
        Self {
            parts: parts.collect(),
            left: left_in_open_folders(bed),
        }
    }

    /// What is not as it was, once all that was on its way has ended.
    pub(super) async fn harm(&self, bed: &Bed) -> Vec<String> {
        let due = Instant::now() + SETTLES_WITHIN;
        loop {
            let harm = self.harm_now(bed);
            if harm.is_empty() || Instant::now() > due {
                return harm;
            }
            // There is no event to wait for: processes of others end unseen.
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn harm_now(&self, bed: &Bed) -> Vec<String> {
        let mut harm = Vec::new();
        for Part {
            name,
            pid,
            descriptors,
        } in &self.parts
        {
            if !processes::is_alive(*pid) {
                harm.push(format!("the {name} has ended"));
            }
            let now = processes::descriptors(*pid);
            if now > descriptors + DESCRIPTORS_MORE {
                harm.push(format!(
                    "the {name} has {now} descriptors, not {descriptors}"
                ));
            }
        }
        harm.extend(programs_left(bed));
        let left = left_in_open_folders(bed);
        harm.extend(
            left.difference(&self.left)
                .map(|path| format!("{} is left", path.display())),
        );
        let scratch = std::fs::read_dir(bed.scratch().join("tmp"));
        // Alice's program has one.
        let folders = scratch.map_or(0, |folder| folder.flatten().count());
        if folders > 1 {
            harm.push(format!(
                "{folders} folders of programs are in the scratch folder"
            ));
        }
        harm.extend(secret_changed(bed));
        harm
    }
}

fn pids(bed: &Bed, name: &str) -> Vec<i32> {
    let is_it = |pid: &i32| {
        processes::command(*pid)
            .get(1)
            .is_some_and(|word| word == name)
    };
    bed.product.processes().into_iter().filter(is_it).collect()
}

/// Mallory's processes. Where students are no users of their own, they are told by the mark that all
/// programs carry, and by the folder that they are in.
fn programs_left(bed: &Bed) -> Option<String> {
    let uid = bed.uid(MALLORY).ok()?;
    let home = bed.product.home(MALLORY);
    let neighbours = bed.neighbours().unwrap_or_default();
    let is_hers = |pid: &i32| {
        processes::uid(*pid) == Some(uid)
            && (bed.has_uids()
                || processes::directory(*pid).is_some_and(|at| at.starts_with(&home))
                || processes::is_program(*pid) && !neighbours.contains(pid))
    };
    let left: Vec<_> = processes::all().into_iter().filter(is_hers).collect();
    if left.is_empty() {
        return None;
    }
    let commands = left.iter().map(|pid| processes::command(*pid).join(" "));
    let commands: BTreeSet<_> = commands.collect();
    Some(format!(
        "{} processes of hers are left: {commands:?}",
        left.len()
    ))
}

/// What belongs to mallory in folders that everybody can write to, as the product and as programs see
/// them.
fn left_in_open_folders(bed: &Bed) -> BTreeSet<PathBuf> {
    let Ok(uid) = bed.uid(MALLORY) else {
        return BTreeSet::new();
    };
    let mut seen = BTreeSet::new();
    let mut left = BTreeSet::new();
    let viewers = [pids(bed, "host"), pids(bed, "keeper")].concat();
    for (viewer, folder) in viewers
        .iter()
        .flat_map(|pid| OPEN_FOLDERS.map(|folder| (*pid, folder)))
    {
        let at = processes::seen_by(viewer, folder);
        let Ok(found) = at.metadata() else { continue };
        if seen.insert((found.dev(), found.ino())) {
            collect(&at, uid, bed.product.data(), DEPTH, &mut left);
        }
    }
    left
}

fn collect(folder: &Path, uid: u32, but: &Path, depth: usize, left: &mut BTreeSet<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let Ok(found) = path.symlink_metadata() else {
            continue;
        };
        if path.file_name() == but.file_name() {
            continue;
        }
        if found.uid() == uid {
            left.insert(path);
        } else if found.is_dir() && depth > 1 {
            collect(&path, uid, but, depth - 1, left);
        }
    }
}

fn secret_changed(bed: &Bed) -> Option<String> {
    let path = bed.product.home(super::bed::ALICE).join(SECRET_FILE);
    let text = std::fs::read_to_string(&path);
    let is_same = text.as_ref().is_ok_and(|text| text == SECRET);
    let uid = path.symlink_metadata().map(|found| found.uid()).ok();
    let is_hers = uid.is_some() && uid == bed.uid(super::bed::ALICE).ok();
    (!is_same || !is_hers).then(|| format!("alice's file is {text:?} of {uid:?}"))
}
