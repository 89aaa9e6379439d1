//! `pythonide doctor`

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use pythonide_host::Python;
use pythonide_sandbox::{
    Separation,
    probe::{self, Trial},
};
use pythonide_server::{
    DatabaseSettings,
    store::{Db, Schema, StoreError},
};
use rustix::fs::{Access, access};
use serde::Serialize;

use crate::{database, output};

/// Tries what this machine can do, each thing for real, and says what follows from it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  pythonide doctor --python /opt/class/bin/python3 --files /mnt/efs"
)]
pub(crate) struct Doctor {
    #[command(flatten)]
    database: DatabaseSettings,
    /// The folder of all students' files.
    #[arg(long, env = "EFS_MOUNT_PATH", value_name = "DIR")]
    files: Option<PathBuf>,
    /// The interpreter of the class.
    #[arg(
        long,
        env = "IDE_PYTHON",
        value_name = "PATH",
        default_value = "/usr/bin/python3"
    )]
    python: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Finding {
    subject: &'static str,
    holds: bool,
    /// Without it a host refuses to start for others than the person at the machine.
    needed: bool,
    seen: String,
}

impl Doctor {
    #[tokio::main(flavor = "current_thread")]
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let program = std::env::current_exe().context("could not find this binary")?;
        let mut findings = layers(&program);
        findings.push(python(&self.python));
        if let Some(files) = &self.files {
            findings.push(folder_of_files(files));
        }
        if self.database.database_url.is_some() || self.database.database_url_file.is_some() {
            findings.push(self.database().await);
        }
        if self.json {
            output::json(&findings)?;
        } else {
            for Finding {
                subject,
                holds,
                needed,
                seen,
            } in &findings
            {
                let word = match (holds, needed) {
                    (true, _) => "holds",
                    (false, true) => "MISSING",
                    (false, false) => "absent",
                };
                output::line(format_args!("{word:<8} {subject:<12} {seen}"));
            }
        }
        if findings
            .iter()
            .any(|finding| finding.needed && !finding.holds)
        {
            bail!("this machine is below the minimum: a host starts on loopback only");
        }
        Ok(())
    }

    async fn database(&self) -> Finding {
        let tried = async {
            let url = database::url(&self.database, None)?;
            let db = Db::open(&url, 1).await?;
            db.ping().await?;
            anyhow::Ok((url.to_string(), db.check_schema().await))
        };
        let (holds, seen) = match tried.await {
            // A server migrates it, or `pythonide migrate`.
            Ok((url, Ok(Schema::Same) | Err(StoreError::OlderSchema { .. }))) => {
                (true, format!("{url} answers"))
            }
            Ok((url, Ok(Schema::Newer { database, program }))) => (
                true,
                format!(
                    "{url} answers; its schema {database} is newer than {program}, and can be used"
                ),
            ),
            Ok((url, Err(error))) => (false, format!("{url} answers, but {error}")),
            Err(error) => (false, format!("{error:#}")),
        };
        Finding {
            subject: "database",
            holds,
            needed: true,
            seen,
        }
    }
}

fn layers(program: &Path) -> Vec<Finding> {
    let separation = probe::separation(program);
    let landlock = probe::attempt(program, Trial::Landlock).fault;
    let seccomp = probe::attempt(program, Trial::Seccomp).fault;
    let namespaces = probe::attempt(program, Trial::Namespaces).fault;
    vec![
        Finding {
            subject: "separation",
            holds: separation != Separation::Nothing,
            needed: true,
            seen: match separation {
                Separation::Uid => "a uid for each student: this is root",
                Separation::Landlock => "Landlock keeps the programs of one user apart",
                Separation::Nothing => {
                    "not root and no Landlock: programs could reach each other's files"
                }
            }
            .to_owned(),
        },
        Finding {
            subject: "seccomp",
            holds: seccomp.is_none(),
            needed: true,
            seen: seccomp.unwrap_or_else(|| "programs cannot make an IP socket".to_owned()),
        },
        Finding {
            subject: "landlock",
            holds: landlock.is_none(),
            needed: separation == Separation::Landlock,
            seen: landlock.map_or_else(
                || "programs reach only what they are given".to_owned(),
                |fault| {
                    format!("{fault}; programs can read and, in /tmp, write what all users can")
                },
            ),
        },
        Finding {
            subject: "namespaces",
            holds: namespaces.is_none(),
            needed: false,
            seen: namespaces.map_or_else(
                || "programs see nothing of this machine but themselves".to_owned(),
                |fault| format!("{fault}; programs see which other processes exist"),
            ),
        },
    ]
}

fn python(path: &Path) -> Finding {
    match Python::find(path) {
        Ok(python) => {
            let found = reachable("python", path);
            let seen = format!("{} {}", python.version(), found.seen);
            Finding { seen, ..found }
        }
        Err(error) => {
            let seen = format!("{} does not start: {error}", path.display());
            Finding {
                subject: "python",
                holds: false,
                needed: true,
                seen,
            }
        }
    }
}

/// Of a place, and what to do about it.
const OUT_OF_REACH: &str = "where students cannot get (chmod o+x on the way)";

/// The folder of all files, or where the host will make it.
fn folder_of_files(path: &Path) -> Finding {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if path.exists() {
        return reachable("files", &path);
    }
    let there = path.ancestors().find(|folder| folder.exists());
    let there = there.unwrap_or(Path::new("/"));
    let can_make = access(there, Access::WRITE_OK).is_ok();
    // What is in a folder is reached through it.
    let can_reach = pythonide_host::is_reachable(&there.join("."));
    let follows = match (can_make, can_reach) {
        (false, _) => "which is not there, and which this user may not make".to_owned(),
        (true, false) => format!("which the host makes {OUT_OF_REACH}"),
        (true, true) => "which the host makes".to_owned(),
    };
    Finding {
        subject: "files",
        holds: can_make && can_reach,
        needed: true,
        seen: format!("at {}, {follows}", path.display()),
    }
}

/// Tries to get there as a student would.
fn reachable(subject: &'static str, path: &Path) -> Finding {
    let holds = pythonide_host::is_reachable(path);
    let seen = if holds {
        "which students can reach"
    } else {
        OUT_OF_REACH
    };
    Finding {
        subject,
        holds,
        needed: true,
        seen: format!("at {}, {seen}", path.display()),
    }
}
