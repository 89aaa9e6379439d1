//! The class's Python.

use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;

/// An interpreter and what belongs to it.
#[derive(Debug, Clone)]
pub struct Python {
    pub(crate) path: PathBuf,
    about: About,
}

#[derive(Debug, Clone, Deserialize)]
struct About {
    version: String,
    prefix: PathBuf,
    base_prefix: PathBuf,
}

const ASK: &str = "import json, platform, sys; print(json.dumps({'version': platform.python_version(), \
                   'prefix': sys.prefix, 'base_prefix': sys.base_prefix}))";

impl Python {
    /// Asks the interpreter at `path` about itself.
    ///
    /// # Errors
    /// When it does not start or does not answer like a Python 3.
    pub fn find(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let output = Command::new(&path)
            .env_clear()
            .args(["-I", "-c", ASK])
            .output()?;
        if !output.status.success() {
            return Err(io::Error::other(
                String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            ));
        }
        Ok(Self {
            path,
            about: serde_json::from_slice(&output.stdout)?,
        })
    }

    /// Its version, like `3.11.2`.
    pub fn version(&self) -> &str {
        &self.about.version
    }

    /// The folders that it and its packages are read from.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        vec![self.about.prefix.clone(), self.about.base_prefix.clone()]
    }

    /// The folder of its own programs, like `pip`.
    pub(crate) fn scripts(&self) -> PathBuf {
        self.about.prefix.join("bin")
    }
}
