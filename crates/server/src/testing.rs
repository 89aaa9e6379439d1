//! What the tests of this crate begin with.

use clap::Parser;
use pythonide_domain::{Class, ClassId, Clock, FullName, Membership, NewUser, Role, User};
use pythonide_store::{
    DatabaseUrl, Db, classes,
    sessions::{self, NewSession},
    users,
};
use tempfile::TempDir;

use crate::{settings::ServerSettings, state::App};

#[derive(Debug, Parser)]
struct Settings {
    #[command(flatten)]
    settings: ServerSettings,
}

/// A server's state over a database of its own, and no host.
#[derive(Debug)]
pub(crate) struct TestApp {
    pub(crate) app: App,
    /// A student of `class`.
    pub(crate) ada: User,
    /// Its professor.
    pub(crate) noor: User,
    pub(crate) class: Class,
    /// Where the database is, for another process.
    pub(crate) url: DatabaseUrl,
    _folder: TempDir,
}

impl TestApp {
    /// Signs a user in; returns what the browser sends along.
    pub(crate) async fn cookie(&self, user: &User) -> String {
        let (token, token_hash) = self.app.tokens.make();
        let now = self.app.clock.now();
        let new = NewSession {
            token_hash,
            user: user.id,
            created_at: now,
            expires_at: now + self.app.session_idle(),
            ends_at: now + self.app.session_total(),
            user_agent: None,
            address: None,
        };
        let mut tx = self.app.db.begin().await.unwrap();
        sessions::insert(&mut tx, new).await.unwrap();
        tx.commit().await.unwrap();
        format!("pythonide={token}")
    }

    /// Another user of a class, or of none.
    pub(crate) async fn user(&self, name: &str, role: Role, class: Option<ClassId>) -> User {
        user(&self.app.db, &self.app.clock, name, role, class).await
    }
}

pub(crate) async fn test_app() -> TestApp {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("db").display());
    let url: DatabaseUrl = url.parse().unwrap();
    let db = Db::open(&url, 4).await.unwrap();
    db.migrate().await.unwrap();
    let clock = Clock::system();
    let class = Some(ClassId::DEFAULT);
    let (ada, noor) = (
        user(&db, &clock, "ada", Role::Student, class).await,
        user(&db, &clock, "noor", Role::Professor, class).await,
    );
    let class = classes::by_id(&db, ClassId::DEFAULT).await.unwrap();
    let link = format!("unix:{}", folder.path().join("nobody").display());
    let key = "0123456789abcdef0123456789abcdef".parse().unwrap();
    let app = App::new(
        db,
        (&link.parse().unwrap(), None),
        clock,
        &key,
        Settings::parse_from(["server"]).settings,
    )
    .unwrap();
    TestApp {
        app,
        ada,
        noor,
        class: class.unwrap(),
        url,
        _folder: folder,
    }
}

async fn user(db: &Db, clock: &Clock, name: &str, role: Role, class: Option<ClassId>) -> User {
    let username = name.parse().unwrap();
    let new = NewUser {
        full_name: FullName::from(&username),
        username,
        email: None,
        role,
    };
    let mut tx = db.begin().await.unwrap();
    let user = users::insert(&mut tx, new, None, clock.now())
        .await
        .unwrap();
    if let Some(class) = class {
        let user = user.id;
        let membership = Membership { class, user };
        classes::add_member(&mut tx, membership).await.unwrap();
    }
    tx.commit().await.unwrap();
    user
}
