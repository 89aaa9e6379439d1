//! An older installation's files come over: whole, to their owners, over nothing.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    time::{Duration, SystemTime},
};

use crate::{
    adoption::Old,
    command_line::text,
    product::{fresh_folder, pythonide},
};

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[tokio::test]
async fn files_are_copied_whole_and_nothing_is_followed_or_overwritten() {
    let old = Old::with_people().await;
    let home = old.home("amal");
    fs::create_dir_all(home.join("lists/deep")).unwrap();
    for (name, content, mode) in [
        ("dice.py", "print(6)", 0o640),
        ("tool", "#!/bin/sh", 0o4755),
        ("lists/deep/größe 🎲.txt", "tief", 0o444),
        (".hidden", "", 0o600),
        ("lists/mine.py", "old", 0o644),
        ("lists/other", "a file", 0o644),
        (".pythonide-save-x", "left over", 0o644),
    ] {
        fs::write(home.join(name), content).unwrap();
        fs::set_permissions(home.join(name), Permissions::from_mode(mode)).unwrap();
    }
    fs::write(home.join("big"), vec![7; 3_000_000]).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_hours(400_000);
    let dice = fs::File::open(home.join("dice.py")).unwrap();
    dice.set_modified(long_ago).unwrap();
    fs::set_permissions(home.join("lists/deep"), Permissions::from_mode(0o500)).unwrap();
    symlink("/etc/passwd", home.join("passwd")).unwrap();
    symlink("/etc", home.join("lists/etc")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        home.join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    symlink(&home, old.files.path().join("Local/zuri")).unwrap();

    let folder = fresh_folder();
    let new = folder.path().join("files/Local/amal");
    fs::create_dir_all(new.join("lists/other")).unwrap();
    fs::write(new.join("lists/mine.py"), "new").unwrap();
    if is_root() {
        for path in ["lists", "lists/other", "lists/mine.py"] {
            chown(new.join(path), Some(20_000), Some(20_000)).unwrap();
        }
    }
    // A data folder begins with its database.
    fs::create_dir(folder.path().join("database")).unwrap();
    symlink("/etc", new.join("big")).unwrap();
    let before = old.everything().await;
    let (ok, output, error) = old.import(folder.path(), &[]);
    assert!(ok, "{error}");
    assert_eq!(
        output,
        "made     amal (student): files: 4 copied\n\
         \u{20}        left alone, for it differs: big\n\
         \u{20}        left alone, for it differs: lists/mine.py\n\
         \u{20}        left alone, for it differs: lists/other\n\
         \u{20}        left out: .pythonide-save-x (a name that is kept for this program)\n\
         \u{20}        left out: lists/etc (a link)\n\
         \u{20}        left out: passwd (a link)\n\
         \u{20}        left out: pipe (a pipe)\n\
         made     ines (professor): no files\n\
         made     zuri (student, may not sign in): no files\n\
         \u{20}        left out: the home, which is a link or no folder\n\
         Accounts: 3 made, 0 there already, 0 refused.\n\
         Files: 4 copied, 0 given to their users in place, 0 as they must be already.\n"
    );
    assert!(
        old.everything().await == before,
        "the old files were written"
    );

    for (name, content, mode) in [
        ("dice.py", Some("print(6)"), 0o640),
        ("tool", Some("#!/bin/sh"), 0o755),
        ("lists/deep", None, 0o500),
        ("lists/deep/größe 🎲.txt", Some("tief"), 0o444),
        (".hidden", Some(""), 0o600),
        ("lists/mine.py", Some("new"), 0o644),
    ] {
        let found = new.join(name).symlink_metadata().unwrap();
        assert_eq!(found.mode() & 0o7777, mode, "{name}");
        if let Some(content) = content {
            assert_eq!(
                fs::read_to_string(new.join(name)).unwrap(),
                content,
                "{name}"
            );
        }
        if is_root() {
            assert_eq!((found.uid(), found.gid()), (20_000, 20_000), "{name}");
        }
    }
    let dice = new.join("dice.py").metadata().unwrap();
    assert_eq!(dice.modified().unwrap(), long_ago);
    assert_eq!(new.metadata().unwrap().mode() & 0o7777, 0o700);
    let mut names: Vec<_> = fs::read_dir(&new)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, [".hidden", "big", "dice.py", "lists", "tool"]);

    let (ok, output, _) = old.import(folder.path(), &[]);
    assert!(ok && output.ends_with("Nothing was changed.\n"), "{output}");
}

#[tokio::test]
async fn files_in_the_same_folder_stay_and_are_given_to_their_users() {
    let old = Old::with_people().await;
    let home = old.home("amal");
    fs::create_dir(home.join("lists")).unwrap();
    fs::write(home.join("lists/one.py"), "1").unwrap();
    fs::write(home.join("two.py"), "2").unwrap();
    let outside = old.files.path().join("outside.py");
    fs::write(&outside, "not theirs").unwrap();
    fs::hard_link(&outside, home.join("linked.py")).unwrap();
    symlink(&outside, home.join("symlinked.py")).unwrap();
    if is_root() {
        for path in ["", "lists", "lists/one.py", "two.py"] {
            chown(home.join(path), Some(1_234), Some(1_234)).unwrap();
        }
    }
    let before = (
        home.join("two.py").metadata().unwrap().ino(),
        outside.metadata().unwrap().uid(),
    );
    let folder = fresh_folder();
    let files = old
        .files
        .path()
        .join("../")
        .join(old.files.path().file_name().unwrap());
    let into = ["--into-files", files.to_str().unwrap()];
    let (ok, output, error) = old.import(folder.path(), &into);
    assert!(ok, "{error}");
    if is_root() {
        assert!(
            output.starts_with(
                "made     amal (student): files: 3 given in place\n\
                 \u{20}        left out: linked.py (a file with other names)\n\
                 \u{20}        left out: symlinked.py (a link)\n"
            ),
            "{output}"
        );
        for path in ["", "lists", "lists/one.py", "two.py"] {
            let found = home.join(path).metadata().unwrap();
            assert_eq!((found.uid(), found.gid()), (20_000, 20_000), "{path}");
        }
    }
    let after = (
        home.join("two.py").metadata().unwrap().ino(),
        outside.metadata().unwrap().uid(),
    );
    assert_eq!(after, before);
    assert_eq!(home.metadata().unwrap().mode() & 0o7777, 0o700);
    assert!(!folder.path().join("files").exists());
    let (ok, output, _) = old.import(folder.path(), &into);
    assert!(ok && output.ends_with("Nothing was changed.\n"), "{output}");
}

#[tokio::test]
async fn a_dry_run_tells_what_would_be_done_and_does_nothing() {
    let old = Old::with_people().await;
    fs::create_dir(old.home("amal").join("lists")).unwrap();
    fs::write(old.home("amal").join("lists/one.py"), "1").unwrap();
    symlink("/etc/passwd", old.home("amal").join("passwd")).unwrap();
    let before = old.everything().await;
    let folder = fresh_folder();
    let (ok, output, error) = old.import(folder.path(), &["--dry-run", "--class", "New"]);
    assert!(ok, "{error}");
    assert_eq!(
        output,
        "made     amal (student): files: 1 copied\n\
         \u{20}        left out: passwd (a link)\n\
         made     ines (professor): no files\n\
         made     zuri (student, may not sign in): no files\n\
         Accounts: 3 would be made, 0 there already, 0 refused.\n\
         Files: 1 would be copied, 0 would be given to their users in place, 0 as they must be already.\n\
         Nothing was changed.\n"
    );
    assert!(old.everything().await == before);
    assert!(!folder.path().join("files").exists());
    assert_eq!(
        text(&pythonide(folder.path(), &["users", "list", "--json"])).1,
        "[]\n"
    );
    let files = old.files.path().to_str().unwrap();
    let (ok, _, _) = old.import(folder.path(), &["--dry-run", "--into-files", files]);
    assert!(ok && old.everything().await == before);
}

#[tokio::test]
async fn homes_within_homes_are_refused() {
    let old = Old::with_people().await;
    let folder = fresh_folder();
    let within = old.home("amal");
    let (ok, _, error) = old.import(folder.path(), &["--into-files", within.to_str().unwrap()]);
    assert!(
        !ok && error.contains("cannot be within each other"),
        "{error}"
    );
    assert!(fs::read_dir(within).unwrap().next().is_none());
}
