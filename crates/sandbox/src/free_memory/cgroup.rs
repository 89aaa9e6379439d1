//! Memory cgroups of both versions: which this process is in, what they may have, and what they have.
//!
//! `/proc/self/cgroup` names the cgroup of each hierarchy, and `/proc/self/mountinfo` says where a hierarchy is mounted and
//! from which cgroup on. In a container that is mostly the container's own one: then those above it cannot be seen.

use std::{
    fs::{self, File},
    io,
    path::{Component, Path, PathBuf},
};

use super::{MAX_FILE, droppable, lacks, read, value_of};

/// A cgroup's limits and its use.
#[derive(Debug)]
pub(super) struct Group {
    version: Version,
    limits: Vec<File>,
    usage: File,
    stat: File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// A hierarchy that may control memory.
#[derive(Debug, PartialEq, Eq)]
struct Hierarchy {
    version: Version,
    mounted_at: PathBuf,
    /// The cgroup that is seen there.
    root: PathBuf,
}

impl Group {
    /// The cgroup in `folder`; `None` where it doesn't control memory, as the root of version 2.
    fn open(version: Version, folder: &Path) -> io::Result<Option<Self>> {
        let (limits, usage): (&[_], _) = match version {
            Version::One => (&["memory.limit_in_bytes"], "memory.usage_in_bytes"),
            // Beyond `high` the kernel slows processes down.
            Version::Two => (&["memory.max", "memory.high"], "memory.current"),
        };
        let open = |name: &&str| match File::open(folder.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        };
        let limits: Vec<File> = limits
            .iter()
            .filter_map(|name| open(name).transpose())
            .collect::<io::Result<_>>()?;
        let (usage, stat) = (open(&usage)?, open(&"memory.stat")?);
        let (false, Some(usage), Some(stat)) = (limits.is_empty(), usage, stat) else {
            return Ok(None);
        };
        Ok(Some(Self {
            version,
            limits,
            usage,
            stat,
        }))
    }

    /// Memory that can still be taken in it, in bytes; `None` where it has no limit below `machine` bytes.
    pub(super) fn free(
        &self,
        machine: u64,
        buffer: &mut [u8; MAX_FILE],
    ) -> io::Result<Option<u64>> {
        let mut limit = machine;
        for file in &self.limits {
            // "max" is none, and neither is what version 1 writes for it, which is beyond all memory.
            limit = limit.min(read(file, buffer)?.trim().parse().unwrap_or(u64::MAX));
        }
        let stat = read(&self.stat, buffer)?;
        limit = limit.min(self.version.hierarchical_limit(stat));
        if limit >= machine {
            return Ok(None);
        }
        let reclaimable = self.version.reclaimable(stat);
        let reclaimable = reclaimable.ok_or_else(|| lacks("inactive_file"))?;
        let usage = read(&self.usage, buffer)?.trim().parse::<u64>();
        let held = usage
            .map_err(io::Error::other)?
            .saturating_sub(droppable(reclaimable));
        Ok(Some(limit.saturating_sub(held)))
    }
}

impl Version {
    /// The tightest limit of the cgroups above it, also of those that a container doesn't see. Version 2 doesn't tell it.
    fn hierarchical_limit(self, stat: &str) -> u64 {
        let limit = match self {
            Self::One => value_of(stat, "hierarchical_memory_limit"),
            Self::Two => None,
        };
        limit.unwrap_or(u64::MAX)
    }

    /// Caches in it and in all beneath. Not `cache` or `file`: files on a tmpfs are part of those, and stay in memory.
    fn reclaimable(self, stat: &str) -> Option<u64> {
        let value = |name| value_of(stat, name);
        match self {
            Self::One => Some(value("total_inactive_file")? + value("total_active_file")?),
            // Linux shows the last one since 4.5.
            Self::Two => Some(
                value("inactive_file")?
                    + value("active_file")?
                    + value("slab_reclaimable").unwrap_or(0),
            ),
        }
    }
}

/// The memory cgroup of this process and all above it that can be seen.
pub(super) fn of_this_process() -> io::Result<Vec<Group>> {
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    let own = match fs::read_to_string("/proc/self/cgroup") {
        // A kernel without cgroups.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    find(&mounts, &own)
}

fn find(mounts: &str, own: &str) -> io::Result<Vec<Group>> {
    let mut groups = Vec::new();
    for hierarchy in mounts.lines().filter_map(Hierarchy::parse) {
        let Some(path) = path_in(own, hierarchy.version) else {
            continue;
        };
        for folder in hierarchy.folders(Path::new(path)) {
            groups.extend(Group::open(hierarchy.version, &folder)?);
        }
    }
    Ok(groups)
}

/// The cgroup of the memory controller that `/proc/self/cgroup` names.
fn path_in(own: &str, version: Version) -> Option<&str> {
    own.lines().find_map(|line| {
        // Number, controllers, path; the path may hold colons.
        let mut parts = line.splitn(3, ':');
        let (number, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
        let is_it = match version {
            Version::One => controllers.split(',').any(|name| name == "memory"),
            Version::Two => number == "0" && controllers.is_empty(),
        };
        is_it.then_some(path)
    })
}

impl Hierarchy {
    /// Reads a line of mountinfo (proc(5)); `None` for any other mount.
    fn parse(line: &str) -> Option<Self> {
        let (mount, kind) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(3);
        let (root, mounted_at) = (unescaped(mount.next()?), unescaped(mount.next()?));
        let mut kind = kind.split(' ');
        let version = match (kind.next()?, kind.nth(1)?) {
            ("cgroup2", _) => Version::Two,
            ("cgroup", options) if options.split(',').any(|name| name == "memory") => Version::One,
            _ => return None,
        };
        Some(Self {
            version,
            mounted_at,
            root,
        })
    }

    /// Where the cgroup `path` is seen, and those above it. One outside of what is mounted is taken for the mounted one.
    fn folders(&self, path: &Path) -> Vec<PathBuf> {
        let beneath = path.strip_prefix(&self.root).ok();
        let is_plain = |part| matches!(part, Component::Normal(_));
        let beneath = beneath.filter(|beneath| beneath.components().all(is_plain));
        let folder = match beneath {
            Some(beneath) => self.mounted_at.join(beneath),
            None => self.mounted_at.clone(),
        };
        let folders = folder.ancestors();
        let folders = folders.take_while(|folder| folder.starts_with(&self.mounted_at));
        folders.map(Path::to_owned).collect()
    }
}

/// The kernel writes blanks and the like as `\` and three octal digits.
fn unescaped(field: &str) -> PathBuf {
    let mut text = field.to_owned();
    for (escape, letter) in [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ] {
        text = text.replace(escape, letter);
    }
    text.into()
}

#[cfg(test)]
mod tests;
