//! `pythonide server`

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use clap::Args;
use pythonide_sandbox::{Identity, service};
use pythonide_server::{
    App, DatabaseSettings, SERVER_UID, SecretKey, ServerSettings, app,
    domain::{Clock, Role},
    link::{LinkAddresses, LinkKey, LinkKeySettings},
    store::Db,
};

use crate::{database, host::shutdown, logging::LogSettings, output};

/// Starts a server: accounts, sessions, and the browser's side. It has no files and is not root; it
/// asks a host for files and programs.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  DATABASE_URL=postgresql://ide:password@db:5432/pythonide IDE_SECRET_KEY=… \\
    pythonide server --listen 0.0.0.0:8080 --link unix:/run/pythonide/host.sock")]
pub(crate) struct Server {
    #[command(flatten)]
    settings: ServerSettings,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Where hosts are; several with commas between. A name that stands for several addresses is looked up every five
    /// seconds, and each is a host. What other servers know of this one learns from the database.
    #[arg(long, env = "IDE_LINK", value_name = "unix:PATH | tcp:NAME:PORT")]
    link: LinkAddresses,
    #[command(flatten)]
    link_key: LinkKeySettings,
    /// Brings the database to this version first.
    #[arg(long, env = "IDE_MIGRATE")]
    migrate: bool,
    /// Makes a class to try the product with, if there is no user yet, and prints its passwords once.
    #[arg(long, env = "IDE_DEMO")]
    demo: bool,
    /// The folder of the SQLite database and the session key, where these are kept beside the server.
    #[arg(long, env = "IDE_DATABASE_DIR", hide = true)]
    database_folder: Option<PathBuf>,
    /// The process to end with: that of `pythonide serve`.
    #[arg(long, env = "IDE_PARENT", hide = true)]
    parent: Option<u32>,
    #[command(flatten)]
    log: LogSettings,
}

impl Server {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        self.log.start()?;
        // Read before the confinement, under which only what is named below can be.
        let url = database::url(&self.database, None)?;
        let key = self.given_key()?;
        let link_key = self.link_key.read()?;
        let has_one_host = matches!(self.link.as_slice(), [only] if !only.is_name());
        if url.folder().is_some() && !has_one_host {
            bail!("with SQLite there is one host: give --link its one address, or use PostgreSQL");
        }
        let keeps = service::Keeps {
            identity: Identity::of(SERVER_UID),
            readable: ["/etc", "/usr/share", "/proc", "/dev/urandom"]
                .map(PathBuf::from)
                .into(),
            writable: self
                .database_folder
                .iter()
                .cloned()
                .chain(url.folder())
                .collect(),
        };
        service::confine(&keeps).context("the server could not give up its rights")?;
        service::hide()?;
        if let Some(parent) = self.parent {
            service::end_with(parent)?;
        }
        self.serve(&url, key, link_key.as_ref())
    }

    #[tokio::main]
    async fn serve(
        self,
        url: &pythonide_server::store::DatabaseUrl,
        key: Option<SecretKey>,
        link_key: Option<&LinkKey>,
    ) -> anyhow::Result<()> {
        let key = match key {
            Some(key) => key,
            None => self.kept_key()?,
        };
        let patience = Duration::from_secs(self.settings.database_wait.into());
        let db = Db::open_within(url, self.database.database_connections, patience).await?;
        if self.migrate {
            db.migrate().await?;
        }
        let clock = Clock::system();
        if self.demo {
            tell_demo(&app::demo::make_if_empty(&db, &clock).await?);
        }
        let is_behind_tls = self.settings.is_behind_tls();
        let app = App::new(db, (&self.link, link_key), clock, &key, self.settings)?;
        let running = pythonide_server::serve(app).await?;
        if is_behind_tls {
            output::note(
                "Browsers must come over HTTPS, by a proxy in front; on a trusted network without one, give --plain-http.",
            );
        }
        if let Some(address) = running.metrics_address() {
            output::line(format_args!("metrics on http://{address}/metrics"));
        }
        output::line(format_args!("listening on http://{}", running.address()));
        std::io::stdout().flush()?;
        running.until(shutdown()?).await;
        Ok(())
    }

    fn given_key(&self) -> anyhow::Result<Option<SecretKey>> {
        if let Some(file) = &self.settings.secret_key_file {
            return Ok(Some(read_key(file)?));
        }
        if self.settings.secret_key.is_none() && self.settings.is_public() {
            bail!(
                "IDE_SECRET_KEY is not set, without which sessions would end with this process; \
                 make a key with: openssl rand -hex 32"
            );
        }
        Ok(self.settings.secret_key.clone())
    }

    /// The key of an installation that was not given one: kept beside its database.
    fn kept_key(&self) -> anyhow::Result<SecretKey> {
        let Some(folder) = &self.database_folder else {
            bail!("IDE_SECRET_KEY is not set; make a key with: openssl rand -hex 32");
        };
        let path = folder.join("secret-key");
        if !path.exists() {
            // Whole or not at all: with half a key no server would ever start again.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(app::tokens::random_secret().as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path)
                .with_context(|| format!("could not make {}", path.display()))?;
        }
        read_key(&path)
    }
}

fn read_key(path: &Path) -> anyhow::Result<SecretKey> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    text.trim()
        .parse()
        .with_context(|| format!("{} holds no usable key", path.display()))
}

fn tell_demo(people: &[(pythonide_server::domain::Username, Role, String)]) {
    if people.is_empty() {
        return;
    }
    output::line("A class to try it with. These passwords are shown this once:");
    for (username, role, password) in people {
        output::line(format_args!(
            "  {:<10} {:<10} {password}",
            username.as_str(),
            role.as_str()
        ));
    }
}
