//! Whose workspace a request is about.

use std::sync::Arc;

use pythonide_link::{Refusal, RefusalKind, wire};
use tonic::Status;

use super::convert;
use crate::{files::Owner, runs::Runs, tenure::Tenure};

/// Knows whose workspaces this host keeps; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Owners {
    tenure: Arc<Tenure>,
    runs: Arc<Runs>,
}

impl Owners {
    pub(super) fn new(tenure: Arc<Tenure>, runs: Arc<Runs>) -> Self {
        Self { tenure, runs }
    }

    /// Whose workspace it is, if this host keeps it.
    pub(super) fn of(&self, of: Option<wire::Owner>) -> Result<Owner, Status> {
        let of = of.ok_or_else(|| Status::invalid_argument("the request names no owner"))?;
        let is_new = self.tenure.check(&of.username, of.fence)?;
        let owner = convert::owner(of)?;
        if is_new {
            self.runs.forget(&owner);
        }
        Ok(owner)
    }

    /// The user whose workspace it is, for what only users have.
    pub(super) fn user(&self, of: Option<wire::Owner>) -> Result<Owner, Status> {
        match self.of(of)? {
            user @ Owner::User { .. } => Ok(user),
            Owner::Shared { .. } => Err(Refusal::new(
                RefusalKind::Denied,
                "Programs run in somebody's own files.",
            )
            .into()),
        }
    }
}
