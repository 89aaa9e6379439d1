//! `pythonide verify-persistence`, across a replacement of every process, and over what was tampered with.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Output,
};

use serde_json::Value;

use crate::product::{Product, pythonide};

/// An installation, and the notes of what must persist in it.
struct Noted {
    product: Product,
    /// What was made, on the disk.
    made: PathBuf,
}

impl Noted {
    fn new() -> Self {
        let product = Product::start();
        let noted = Self {
            made: PathBuf::new(),
            product,
        };
        let told = noted.run("before", &["--json"]);
        assert!(told.status.success(), "{}", text(&told));
        let told: Value = serde_json::from_slice(&told.stdout).unwrap();
        let home = noted.product.home(told["username"].as_str().unwrap());
        Self {
            made: home.join(told["folder"].as_str().unwrap()),
            ..noted
        }
    }

    fn run(&self, step: &str, more: &[&str]) -> Output {
        let state = self.product.data().join("persistence.json");
        let arguments = [
            "verify-persistence",
            "--url",
            &self.product.url,
            "--state",
            state.to_str().unwrap(),
            step,
        ];
        pythonide(self.product.data(), &[&arguments[..], more].concat())
    }

    /// What `after` finds fault with, by the line of its table.
    fn faults(&self) -> Vec<String> {
        let told = self.run("after", &["--json"]);
        let answer: Value = serde_json::from_slice(&told.stdout).unwrap();
        let lines = answer["lines"].as_array().unwrap();
        let faults = lines
            .iter()
            .filter(|line| !line["problems"].as_array().unwrap().is_empty());
        let faults: Vec<_> = faults
            .map(|line| line["what"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(told.status.success(), faults.is_empty(), "{}", text(&told));
        assert_eq!(answer["persisted"], faults.is_empty());
        faults
    }
}

fn text(output: &Output) -> String {
    let (told, noted) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(told).into_owned() + &String::from_utf8_lossy(noted)
}

#[tokio::test]
async fn everything_persists_when_every_process_is_replaced() {
    let mut noted = Noted::new();
    assert!(noted.made.join("level 1/level 2").is_dir());
    noted.product.restart();
    let told = noted.run("after", &[]);
    assert!(told.status.success(), "{}", text(&told));
    for line in [
        "users and roles",
        "sessions",
        "password",
        "names of files and folders",
        "contents",
        "times",
        "owners and modes",
        "versions of files",
    ] {
        let told = text(&told);
        let found = told.lines().find(|told| told.starts_with(line));
        assert!(found.unwrap().ends_with("persisted"), "{told}");
    }
    // The notes hold a password.
    let kept = noted.product.data().join("persistence.json");
    let mode = std::fs::metadata(&kept).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(noted.run("clean", &[]).status.success());
    assert!(!noted.made.exists() && !kept.exists());
    let again = noted.run("after", &[]);
    assert!(!again.status.success() && text(&again).contains("before"));
}

#[tokio::test]
async fn what_was_tampered_with_is_found_and_named() {
    let noted = Noted::new();
    assert!(noted.faults().is_empty());
    let at = |name: &str| noted.made.join(name);
    // A mode.
    set_mode(&at("main.py"), 0o600);
    assert_eq!(noted.faults(), ["owners and modes"]);
    set_mode(&at("main.py"), 0o644);
    // A byte, in the middle of the largest, and the time put back.
    let path = at("large.bin");
    let (bytes, modified) = (std::fs::read(&path).unwrap(), modified(&path));
    let mut changed = bytes.clone();
    changed[3 << 20] ^= 1;
    write_at(&path, &changed, modified);
    assert_eq!(noted.faults(), ["contents"]);
    write_at(&path, &bytes, modified);
    assert!(noted.faults().is_empty());
    // A file.
    std::fs::rename(at("empty.txt"), at("full.txt")).unwrap();
    assert_eq!(noted.faults(), ["names of files and folders"]);
    std::fs::rename(at("full.txt"), at("empty.txt")).unwrap();
    // Versions.
    let store = noted.product.data().join("files/.pythonide/versions");
    std::fs::rename(&store, store.with_extension("away")).unwrap();
    assert_eq!(noted.faults(), ["versions of files"]);
    std::fs::rename(store.with_extension("away"), &store).unwrap();
    assert!(noted.faults().is_empty());
    // A user.
    let away = ["users", "deactivate", "ben"];
    assert!(pythonide(noted.product.data(), &away).status.success());
    assert_eq!(noted.faults(), ["users and roles"]);
    let back = ["users", "activate", "ben"];
    assert!(pythonide(noted.product.data(), &back).status.success());
    // Sessions, with the password.
    let reset = ["users", "reset-password", "verify-persistence"];
    assert!(pythonide(noted.product.data(), &reset).status.success());
    assert_eq!(noted.faults(), ["sessions", "password"]);
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn modified(path: &Path) -> std::time::SystemTime {
    std::fs::metadata(path).unwrap().modified().unwrap()
}

fn write_at(path: &Path, bytes: &[u8], modified: std::time::SystemTime) {
    std::fs::write(path, bytes).unwrap();
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(modified).unwrap();
}
