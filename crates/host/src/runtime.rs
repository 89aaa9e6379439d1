//! The Python package inside the student's interpreter, written where every student can read it.

use std::{
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../runtime"]
#[include = "*.py"]
#[include = "bin/*"]
#[exclude = "tests/*"]
struct Sources;

/// The folder of programs that students' programs find before the system's.
const PROGRAMS: &str = "bin";

/// The package on disk.
#[derive(Debug)]
pub(crate) struct Runtime {
    folder: PathBuf,
}

impl Runtime {
    /// Writes the package beneath `scratch`, over one of another version.
    pub(crate) fn write(scratch: &Path) -> io::Result<Self> {
        let folder = scratch.join("runtime");
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for name in Sources::iter() {
            let Some(source) = Sources::get(&name) else {
                continue;
            };
            let path = folder.join(name.as_ref());
            if let Some(parent) = path.parent() {
                std::fs::DirBuilder::new()
                    .recursive(true)
                    .mode(0o755)
                    .create(parent)?;
            }
            std::fs::write(&path, source.data)?;
            let is_program = name.starts_with(PROGRAMS);
            let mode = if is_program { 0o755 } else { 0o644 };
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))?;
        }
        Ok(Self { folder })
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of programs that go before the system's.
    pub(crate) fn programs(&self) -> PathBuf {
        self.folder.join(PROGRAMS)
    }

    /// The file that makes a zygote of an interpreter.
    pub(crate) fn zygote(&self) -> PathBuf {
        self.folder.join("zygote.py")
    }
}
