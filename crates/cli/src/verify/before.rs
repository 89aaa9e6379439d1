//! Makes what must persist, and notes it.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use pythonide_server::{
    ExposeSecret, Secret,
    app::users,
    domain::{Clock, EmailAddress, FullName, NewUser, Role, Username, password},
    store::Db,
};
use sha2::{Digest, Sha256};

use super::{
    client::{Client, Session},
    state::{Entry, OnDisk, State, User},
};

/// The student who tries it. Nobody else can be called so by accident.
const STUDENT: &str = "verify-persistence";

/// Signs in as the test student, makes files, and notes all that must be there after.
pub(super) async fn note(db: &Db, client: &Client, files: Option<&Path>) -> anyhow::Result<State> {
    let (username, password) = student(db).await?;
    let sign_in = async || {
        let signed_in = client.sign_in(&username, &password).await?;
        signed_in
            .context("the test student could not sign in: is that the server of this database?")
    };
    let (session, second) = (sign_in().await?, sign_in().await?);
    let now = Clock::system().now();
    let folder = format!("verify {}", now.format("%Y-%m-%d %H.%M.%S"));
    let histories = make(&session, &folder).await?;
    let home = files.map(|files| files.join("Local").join(&username));
    Ok(State {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        users: noted_users(db).await?,
        entries: noted_entries(&session, &folder, home.as_deref()).await?,
        histories,
        sessions: vec![session.cookie, second.cookie],
        username,
        password,
        folder,
    })
}

/// The test student, made or given a new password.
async fn student(db: &Db) -> anyhow::Result<(String, String)> {
    let username = Username::parse(STUDENT)?;
    let secret: Secret = password::generate(&mut rand::rng()).into();
    let clock = Clock::system();
    let is_there = users::all(db)
        .await?
        .iter()
        .any(|user| user.username == username);
    if is_there {
        users::reset_password(db, &clock, &username, &secret).await?;
    } else {
        let new = NewUser {
            full_name: FullName::parse("Verify Persistence")?,
            username: username.clone(),
            email: None,
            role: Role::Student,
        };
        users::add(db, &clock, new, &secret, None).await?;
    }
    Ok((username.to_string(), secret.expose_secret().to_owned()))
}

/// Makes files and folders with whatever names and contents students have; returns the histories.
async fn make(session: &Session, folder: &str) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    session.make_folder(folder).await?;
    let at = |name: &str| format!("{folder}/{name}");
    let odd_names = [
        "main.py",
        "with space and 'quotes\" & more.txt",
        "Grüße, 世界 🐍.py",
        ".hidden",
        "-rf",
        "no suffix",
    ];
    for name in odd_names {
        session
            .save(&at(name), &format!("# {name}\n"), None)
            .await?;
    }
    session
        .save(&at(&"n".repeat(200)), "a long name\n", None)
        .await?;
    session.save(&at("empty.txt"), "", None).await?;
    session
        .save(&at("windows.txt"), "one\r\ntwo\r\n", None)
        .await?;
    let all_bytes: Vec<u8> = (0..=255).cycle().take(64 << 10).collect();
    session.upload(&at("binary.bin"), all_bytes).await?;
    // Of a hash's first byte, so that no block is like another.
    let byte = |at: u32| at.wrapping_mul(2_654_435_761).to_be_bytes()[0];
    let large: Vec<u8> = (0..5 << 20).map(byte).collect();
    session.upload(&at("large.bin"), large).await?;
    session.make_folder(&at("empty folder")).await?;
    let mut nested = folder.to_owned();
    for depth in 1..=12 {
        nested = format!("{nested}/level {depth}");
        session.make_folder(&nested).await?;
    }
    session
        .save(&format!("{nested}/deep.py"), "print('deep')\n", None)
        .await?;
    let path = at("history.py");
    let mut texts = Vec::new();
    let mut base: Option<String> = None;
    for step in 1..=5 {
        let text = format!("print({step})\n");
        base = Some(session.save(&path, &text, base.as_deref()).await?);
        texts.push(text);
    }
    Ok(BTreeMap::from([(path, texts)]))
}

/// All users, by name.
pub(super) async fn noted_users(db: &Db) -> anyhow::Result<BTreeMap<String, User>> {
    let noted = users::all(db).await?.into_iter().map(|user| {
        let noted = User {
            role: user.role.as_str().to_owned(),
            uid: user.uid.get(),
            is_active: user.is_active,
            full_name: user.full_name.as_str().to_owned(),
            email: user
                .email
                .as_ref()
                .map(EmailAddress::as_str)
                .map(str::to_owned),
        };
        (user.username.to_string(), noted)
    });
    Ok(noted.collect())
}

/// Everything at and beneath `folder`, by path; of what cannot be read, nothing.
pub(super) async fn noted_entries(
    session: &Session,
    folder: &str,
    home: Option<&Path>,
) -> anyhow::Result<BTreeMap<String, Entry>> {
    let mut noted = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Some(listed) = session.list(&folder).await? else {
            continue;
        };
        for entry in listed["entries"].as_array().into_iter().flatten() {
            let name = entry["name"].as_str().unwrap_or_default();
            let path = format!("{folder}/{name}");
            let is_folder = entry["kind"] == "folder";
            let content = if is_folder {
                folders.push(path.clone());
                None
            } else {
                let Some(bytes) = session.download(&path).await? else {
                    continue;
                };
                Some(format!("{:x}", HexOf(&Sha256::digest(bytes))))
            };
            noted.insert(
                path.clone(),
                Entry {
                    content,
                    size: entry["size"].as_u64().unwrap_or_default(),
                    modified: entry["modified_at"].as_str().unwrap_or_default().to_owned(),
                    on_disk: home.and_then(|home| OnDisk::of(&home.join(&path))),
                },
            );
        }
    }
    Ok(noted)
}

struct HexOf<'bytes>(&'bytes [u8]);

impl std::fmt::LowerHex for HexOf<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
