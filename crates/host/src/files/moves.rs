//! Renaming and moving.

use pythonide_link::RefusalKind;
use rustix::{
    fs::{AtFlags, RenameFlags, fsync, linkat, renameat, renameat_with, unlinkat},
    io::Errno,
};

use super::{
    Workspace,
    place::Place,
    refusals::{Doing, FileError, refuse},
    versions::Versions,
};

/// Moves what is at `from` to `to`, whose name must be free.
pub(crate) fn move_entry(workspace: &Workspace, from: &str, to: &str) -> Result<(), FileError> {
    if to
        .strip_prefix(from)
        .is_some_and(|rest| rest.starts_with('/'))
    {
        return refuse(
            RefusalKind::BadName,
            "A folder cannot be moved into itself.",
        );
    }
    workspace.as_owner(|| {
        let (from, to) = (workspace.place(from)?, workspace.place(to)?);
        rename_to_free(&from, &to)
    })?;
    Versions::of(workspace).moved(from, to)
}

/// Renames to a name that must be free, durably.
pub(super) fn rename_to_free(from: &Place, to: &Place) -> Result<(), FileError> {
    let renamed = renameat_with(
        &from.folder,
        &from.name,
        &to.folder,
        &to.name,
        RenameFlags::NOREPLACE,
    );
    let renamed = match renamed {
        // NFS knows no such rename.
        Err(Errno::INVAL) if to.look()?.is_none() => link_and_unlink(from, to),
        Err(Errno::INVAL) => Err(Errno::EXIST),
        other => other,
    };
    if renamed == Err(Errno::EXIST) {
        return refuse(
            RefusalKind::AlreadyExists,
            format!("“{}” is already there. Choose another name.", to.name),
        );
    }
    renamed.doing("move a file")?;
    fsync(&to.folder).doing("make a move durable")?;
    fsync(&from.folder).doing("make a move durable")
}

/// The same for file systems whose renames replace what is there: a program may have put something there since the look.
fn link_and_unlink(from: &Place, to: &Place) -> Result<(), Errno> {
    let empty = AtFlags::empty();
    match linkat(&from.folder, &from.name, &to.folder, &to.name, empty) {
        Ok(()) => unlinkat(&from.folder, &from.name, empty),
        // A folder, which has one name, and takes the place of an empty one at most; or there are no links.
        Err(Errno::PERM | Errno::OPNOTSUPP) => {
            renameat(&from.folder, &from.name, &to.folder, &to.name)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::files::temporary::tests::{host, workspace};

    #[test]
    fn where_renames_replace_what_is_there_ours_do_not() {
        let files = tempfile::tempdir().unwrap();
        let workspace = workspace(files.path(), &host(), 1);
        let home = workspace.home();
        fs::write(home.join("a.py"), "a").unwrap();
        fs::write(home.join("b.py"), "b").unwrap();
        fs::create_dir(home.join("full")).unwrap();
        fs::write(home.join("full/c.py"), "c").unwrap();
        fs::create_dir(home.join("empty")).unwrap();
        let rename = |from, to| {
            let place = |path| workspace.place(path).unwrap();
            link_and_unlink(&place(from), &place(to))
        };

        for (from, to) in [
            ("a.py", "b.py"),
            ("a.py", "full"),
            ("full", "b.py"),
            ("empty", "full"),
        ] {
            assert_eq!(rename(from, to), Err(Errno::EXIST), "{from} to {to}");
        }
        assert_eq!(fs::read_to_string(home.join("b.py")).unwrap(), "b");
        assert_eq!(fs::read_to_string(home.join("full/c.py")).unwrap(), "c");

        rename("a.py", "d.py").unwrap();
        rename("full", "moved").unwrap();
        assert!(!home.join("a.py").exists());
        assert_eq!(fs::read_to_string(home.join("d.py")).unwrap(), "a");
        assert_eq!(fs::read_to_string(home.join("moved/c.py")).unwrap(), "c");
    }
}
