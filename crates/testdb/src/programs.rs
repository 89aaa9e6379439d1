//! Where PostgreSQL's programs are, and how to run them: they refuse to work for root.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

/// PostgreSQL as it is installed on this machine.
#[derive(Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
    /// Whose rights the server gets; `None` for ours.
    owner: Option<Owner>,
}

#[derive(Debug, Clone, Copy)]
struct Owner {
    uid: u32,
    gid: u32,
}

const MISSING: &str = "the tests need PostgreSQL, which is not installed; \
                       install it with: apt-get install postgresql-15";

impl Programs {
    /// Finds the newest version under `/usr/lib/postgresql`, else what is on the PATH.
    pub(crate) fn find() -> Result<Self, String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folder = find_in(Path::new("/usr/lib/postgresql"), &path).ok_or(MISSING)?;
        let owner = if rustix::process::geteuid().is_root() {
            Some(
                postgres_user()
                    .ok_or("PostgreSQL does not run for root, and there is no user postgres")?,
            )
        } else {
            None
        };
        Ok(Self { folder, owner })
    }

    /// Gives a folder to the user that the server will run as.
    pub(crate) fn give(&self, folder: &Path) -> std::io::Result<()> {
        self.owner.map_or(Ok(()), |owner| {
            chown(folder, Some(owner.uid), Some(owner.gid))
        })
    }

    /// Returns the words that run a program as that user.
    pub(crate) fn words(&self, program: &str) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(Owner { uid, gid }) = self.owner {
            let (uid, gid) = (format!("--reuid={uid}"), format!("--regid={gid}"));
            words.extend(["setpriv".into(), uid, gid, "--clear-groups".into()]);
        }
        words.push(self.folder.join(program).display().to_string());
        words
    }

    /// Runs a program to its end, and returns what it said if it failed.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let words = self.words(program);
        let output = Command::new(&words[0])
            .args(&words[1..])
            .args(arguments)
            .current_dir("/")
            .output()
            .map_err(|error| format!("could not run {program}: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!(
            "{program} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

fn find_in(versions: &Path, path: &OsStr) -> Option<PathBuf> {
    newest_of(versions).or_else(|| std::env::split_paths(path).find(|folder| is_whole(folder)))
}

/// Debian has a folder for each major version.
fn newest_of(versions: &Path) -> Option<PathBuf> {
    fs::read_dir(versions)
        .ok()?
        .filter_map(Result::ok)
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path(),
            ))
        })
        .map(|(version, path)| (version, path.join("bin")))
        .filter(|(_, folder)| is_whole(folder))
        .max_by_key(|(version, _)| *version)
        .map(|(_, folder)| folder)
}

fn is_whole(folder: &Path) -> bool {
    folder.join("initdb").exists() && folder.join("postgres").exists()
}

fn postgres_user() -> Option<Owner> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut numbers = line.split(':').skip(2).map(str::parse);
    Some(Owner {
        uid: numbers.next()?.ok()?,
        gid: numbers.next()?.ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(folder: &Path, programs: &[&str]) {
        fs::create_dir_all(folder).unwrap();
        for program in programs {
            fs::write(folder.join(program), "").unwrap();
        }
    }

    #[test]
    fn the_newest_whole_installation_is_used_and_else_the_path() {
        let root = tempfile::tempdir().unwrap();
        let (versions, elsewhere) = (root.path().join("postgresql"), root.path().join("bin"));
        assert_eq!(find_in(&versions, elsewhere.as_os_str()), None);
        install(&elsewhere, &["initdb", "postgres"]);
        assert_eq!(
            find_in(&versions, elsewhere.as_os_str()),
            Some(elsewhere.clone())
        );
        install(&versions.join("9/bin"), &["initdb", "postgres"]);
        install(&versions.join("15/bin"), &["initdb", "postgres"]);
        install(&versions.join("16/bin"), &["psql"]);
        assert_eq!(
            find_in(&versions, elsewhere.as_os_str()),
            Some(versions.join("15/bin"))
        );
    }
}
