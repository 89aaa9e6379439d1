//! A product with an attacker, mallory, and her neighbour, alice.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, ensure};
use pythonide_testkit::{
    processes,
    product::{Product, Setup, World},
};
use reqwest::Method;
use serde_json::json;

use pythonide_testkit::student::Student;

/// What her programs may use: little, so that she is soon at the end of it. Of processor time so much that a slow machine
/// too gets to the end of the rest first.
const LIMITS: [&str; 16] = [
    "--run-cpu-seconds",
    "10",
    "--run-memory-mb",
    "256",
    "--run-processes",
    "32",
    "--run-output-mb",
    "4",
    "--run-file-mb",
    "16",
    "--run-open-files",
    "128",
    "--home-mb",
    "256",
    "--home-files",
    "5000",
];
pub(super) const MALLORY: &str = "mallory";
pub(super) const ALICE: &str = "alice";
pub(super) const SECRET_FILE: &str = "secret.txt";
pub(super) const SECRET: &str = "alice has 97 points\n";
const SHARED_FOLDER: &str = "Handouts";
/// Says hello, and leaves words for the other student wherever that can be done.
const HELLO: &str = include_str!("hello.py");
/// How long a neighbour may wait for her program, on a machine that just recovers.
const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// A running product and the two of them.
#[derive(Debug)]
pub(super) struct Bed {
    pub(super) product: Product,
    pub(super) mallory: Student,
    pub(super) alice: Student,
}

impl Bed {
    /// Starts everything, alice's program included.
    pub(super) async fn start(
        binary: &Path,
        python: &Path,
        world: World,
        protocol: Option<u16>,
    ) -> anyhow::Result<Self> {
        let mut setup = Setup::new(binary.to_owned(), python.to_owned())
            .with(&LIMITS)
            .within(world);
        let members = [
            (MALLORY, "student"),
            (ALICE, "student"),
            ("noor", "professor"),
        ];
        let members = members.map(|(name, role)| (name.to_owned(), role));
        setup.classes = vec![("CS 101".to_owned(), members.into())];
        let product = setup.start();
        let noor = product.sign_in("noor").await;
        let made = noor
            .request(Method::POST, "/api/trees/shared/folders")
            .json(&json!({ "path": SHARED_FOLDER }))
            .send()
            .await?;
        ensure!(
            made.status().is_success(),
            "no folder for all could be made"
        );
        let notes = noor
            .request(Method::PUT, "/api/trees/shared/text")
            .query(&[("path", format!("{SHARED_FOLDER}/notes.txt"))])
            .json(&json!({ "text": "for all\n" }))
            .send()
            .await?;
        ensure!(notes.status().is_success(), "nothing could be handed out");
        let mut mallory = Student::enter(&product, MALLORY, protocol).await;
        let mut alice = Student::enter(&product, ALICE, protocol).await;
        alice.write(SECRET_FILE, SECRET).await?;
        // What only the first program of all makes is there before any attack.
        for student in [&mut mallory, &mut alice] {
            student.write("hello.py", HELLO).await?;
            student.run("hello.py", HELLO_WITHIN * 3, 100).await?;
        }
        mallory.stop().await?;
        Ok(Self {
            product,
            mallory,
            alice,
        })
    }

    /// Whether mallory's processes are a user's of their own.
    pub(super) fn has_uids(&self) -> bool {
        self.product.world().has_uids()
    }

    /// The user that the processes of a student are.
    pub(super) fn uid(&self, username: &str) -> anyhow::Result<u32> {
        Ok(self.product.home(username).metadata()?.uid())
    }

    /// Alice's processes.
    pub(super) fn neighbours(&self) -> anyhow::Result<Vec<i32>> {
        let (uid, home) = (self.uid(ALICE)?, self.product.home(ALICE));
        let is_hers = |pid: &i32| {
            processes::uid(*pid) == Some(uid)
                && (self.has_uids() || processes::directory(*pid).is_some_and(|at| at == home))
        };
        Ok(processes::all().into_iter().filter(is_hers).collect())
    }

    /// What mallory's programs are told about the place they are in.
    pub(super) fn facts(&self) -> anyhow::Result<String> {
        let data = self.product.data();
        let inner = |pid| processes::inner_pid(pid).unwrap_or(pid);
        let neighbour = *self
            .neighbours()?
            .first()
            .context("alice has no program any more")?;
        let port = self.product.url.rsplit(':').next().unwrap_or_default();
        let facts = json!({
            "files": data.join("files"),
            "home": self.product.home(MALLORY),
            "neighbour": self.product.home(ALICE),
            "neighbour_uid": self.uid(ALICE)?,
            "neighbour_pid": inner(neighbour),
            "data": data,
            "link": data.join("link/host.sock"),
            "port": port.parse::<u16>()?,
            "scratch": self.scratch(),
            "shared": data.join("files").join(SHARED_FOLDER),
            "world": if self.has_uids() { "uid" } else { "landlock" },
            "namespaces": !matches!(self.product.world(), World::Container | World::ContainerOfOldKernel),
            "landlock": self.product.world() != World::ContainerOfOldKernel,
            "host_pid": inner(self.product.part("host")),
            "server_pid": inner(self.product.part("server")),
        });
        Ok(facts.to_string())
    }

    /// The folder of what need not last.
    pub(super) fn scratch(&self) -> PathBuf {
        self.product.data().join("host")
    }

    /// Alice's prompt answers, her file is hers, and her next program starts.
    pub(super) async fn ask_alice(&mut self) -> anyhow::Result<()> {
        let prompt = self.alice.ask("1+1", "\r\n2\r\n", HELLO_WITHIN).await;
        prompt.context("alice's prompt")?;
        let read = self.alice.browser.read(SECRET_FILE).await;
        let text = read.map_err(|(status, code)| {
            anyhow::anyhow!("alice's file cannot be read: {status} {code}")
        });
        ensure!(text?.text == SECRET, "alice's file has changed");
        let hello = self.alice.run("hello.py", HELLO_WITHIN, 100).await;
        let hello = hello.context("alice's next program")?;
        ensure!(
            hello.text() == "hello\n",
            "alice's next program printed {:?}",
            hello.text()
        );
        Ok(())
    }
}
