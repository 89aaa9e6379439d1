//! `pythonide import-legacy`: users and files of an older installation.

mod report;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use pythonide_host::files::{
    Owner, Root,
    adoption::{Adopted, Adoption, OldHomes},
    homes,
};
use pythonide_sandbox::Identity;
use pythonide_server::{
    DatabaseSettings, ExposeSecret, SHARED_UID, Secret,
    app::legacy::{self, Outcome, Person},
    domain::{ClassName, Clock, User},
    store::{self, DatabaseUrl, Db},
};

use crate::{
    DataFolder,
    data::Data,
    database::{self, Purpose},
    users::cause,
};

/// Brings users and files over from an older installation.
///
/// Accounts come from the table users (username, email, password_hash, full_name, role, is_active) of
/// its PostgreSQL database, files from the folders Local/NAME of its folder of files.
///
/// Passwords go on to work: their bcrypt hashes are kept until each user signs in, and a better hash
/// after that. Accounts that are here already are left as they are, with their passwords; whoever
/// cannot sign in there cannot here. New users join the class. Files are copied, durably, and never
/// over something that differs; links and devices are left out and reported. Where the old folder of
/// files is this installation's own, files stay in place and are given to their users.
///
/// The old database and, unless they stay in place, the old files are only read. It can be run again:
/// what is done already is not done again, and files that are missing here come again. Run it where
/// the files are mounted, as the host's user, while nobody works in the old installation.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pythonide import-legacy --database postgresql://ide@old-db/ide --files /mnt/old --dry-run
  pythonide import-legacy --database postgresql://ide@old-db/ide --files /mnt/efs \\
      --into-files /mnt/efs --database-url postgresql://ide@db/pythonide --class 'CS 101'
A password may come from PGPASSWORD or the whole address from LEGACY_DATABASE_URL, so that no list
of processes shows it.")]
pub(crate) struct ImportLegacy {
    /// The old database: postgresql://user:password@host:5432/name.
    #[arg(
        long = "database",
        env = "LEGACY_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    old_database: Secret,
    /// The old folder of files, with Local/NAME in it.
    #[arg(long = "files", value_name = "DIR")]
    old_files: PathBuf,
    /// The folder of all students' files here; in the data folder when nothing is set.
    #[arg(long, env = "EFS_MOUNT_PATH", value_name = "DIR")]
    into_files: Option<PathBuf>,
    /// The class they join, made if it is missing; the default one otherwise.
    #[arg(long, value_parser = crate::users::class_name)]
    class: Option<ClassName>,
    /// Shows what would change, and changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    data: DataFolder,
}

/// What was done about one person.
struct Brought {
    person: Person,
    /// Whether the home was made, or its owner or mode set.
    home_changed: bool,
    files: Adopted,
}

impl ImportLegacy {
    #[tokio::main(flavor = "current_thread")]
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        // Not by clap, which would repeat a wrong one, with its password.
        let url: DatabaseUrl = self.old_database.expose_secret().parse()?;
        let old_homes = OldHomes::open(&self.old_files).with_context(|| {
            let folder = self.old_files.join("Local");
            format!("could not open the old homes, {}", folder.display())
        })?;
        let old_users = store::legacy::users(&url).await?;

        let data = crate::users::local_data(&self.database, &self.data)?;
        let files = self.files_here(data.as_ref())?;
        let in_place = old_homes
            .are_those_in(&files)
            .with_context(|| format!("could not compare with {}", files.display()))?;
        let purpose = if self.dry_run {
            Purpose::Reading
        } else {
            Purpose::Writing
        };
        let opened = database::open(&self.database, data.as_ref(), purpose).await?;
        let people = self.bring_accounts(&opened.db, old_users).await;
        // SQLite folds its journal into the file when the last connection closes.
        opened.db.close().await;
        let brought = self.bring_files(people?, &old_homes, &files, in_place)?;
        report::tell(&brought, self.dry_run, self.json)
    }

    fn files_here(&self, data: Option<&Data>) -> anyhow::Result<PathBuf> {
        match (&self.into_files, data) {
            (Some(files), _) => Ok(files.clone()),
            (None, Some(data)) => Ok(data.files()),
            (None, None) => bail!("where are the files? Give --into-files or EFS_MOUNT_PATH"),
        }
    }

    async fn bring_accounts(
        &self,
        db: &Db,
        old: Vec<store::legacy::LegacyUser>,
    ) -> anyhow::Result<Vec<Person>> {
        let mut people = legacy::plan(db, old).await.map_err(cause)?;
        if !self.dry_run {
            legacy::carry_out(db, &Clock::system(), &mut people, self.class.as_ref())
                .await
                .map_err(cause)
                .context("nothing was changed")?;
        }
        Ok(people)
    }

    fn bring_files(
        &self,
        people: Vec<Person>,
        old: &OldHomes,
        files: &Path,
        in_place: bool,
    ) -> anyhow::Result<Vec<Brought>> {
        let mut synced = homes::Synced::default();
        let root = if self.dry_run {
            files
                .exists()
                .then(|| Root::open(files))
                .transpose()
                .with_context(|| format!("could not open {}", files.display()))?
        } else {
            let root;
            (root, synced) = make_homes(files, &people)
                .and_then(|made| old.are_those_in(files).map(|_| made))
                .with_context(|| format!("could not go through {}", files.display()))?;
            Some(root)
        };
        let bring = |person: Person| {
            let username = match &person.outcome {
                Outcome::Make(newcomer) => newcomer.user.username.to_string(),
                Outcome::Made(user) | Outcome::There(user) => user.username.to_string(),
                Outcome::Refused(_) => String::new(),
            };
            let faulty = format!("{username}: ");
            let problem = synced
                .problems
                .iter()
                .find_map(|problem| problem.strip_prefix(&faulty));
            let files = match (&person.outcome, problem) {
                (Outcome::Refused(_), _) => Adopted::default(),
                (_, Some(problem)) => Adopted {
                    problems: vec![format!("the new home: {problem}")],
                    ..Adopted::default()
                },
                (_, None) => Adoption {
                    old,
                    old_name: &person.old_name,
                    root: root.as_ref(),
                    username: &username,
                    owner: account(&person).map(identity),
                    in_place,
                    dry_run: self.dry_run,
                }
                .carry_out(),
            };
            Brought {
                home_changed: synced.made.contains(&username) || synced.mended.contains(&username),
                person,
                files,
            }
        };
        Ok(people.into_iter().map(bring).collect())
    }
}

/// Makes and mends the homes of all who have an account, as `users sync-directories` does.
fn make_homes(files: &Path, people: &[Person]) -> std::io::Result<(Root, homes::Synced)> {
    let shared = Owner::Shared {
        identity: Identity::of(SHARED_UID),
    };
    let owners: Vec<_> = people
        .iter()
        .filter_map(account)
        .map(|user| Owner::User {
            username: user.username.to_string(),
            identity: identity(user),
        })
        .collect();
    homes::lay_out(files, &shared)?;
    let root = Root::open(files)?;
    // Who runs this wants the files of that installation to be these users'.
    let synced = homes::sync(&root, &owners, |_| true)?;
    Ok((root, synced))
}

fn account(person: &Person) -> Option<&User> {
    match &person.outcome {
        Outcome::Made(user) | Outcome::There(user) => Some(user),
        Outcome::Make(_) | Outcome::Refused(_) => None,
    }
}

fn identity(user: &User) -> Identity {
    Identity::of(user.uid.get())
}
