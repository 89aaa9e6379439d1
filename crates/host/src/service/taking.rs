//! What a host does first with a workspace that comes to it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;
use tonic::Status;

use super::blocking;
use crate::{
    files::{self, Owner, Root},
    tenure::Held,
};

/// The workspaces that have come to this host, each with its fence, and whether they are taken over.
#[derive(Debug, Default)]
pub(super) struct Taking(Mutex<HashMap<Owner, (u64, IsTaken)>>);

/// Set when the workspace is taken over.
type IsTaken = Arc<OnceCell<()>>;

impl Taking {
    /// Completes when nothing can be finished any more that an earlier host has begun. Until then nothing is answered.
    pub(super) async fn once(&self, root: &Root, owner: &Owner, held: &Held) -> Result<(), Status> {
        let is_taken = self.of(owner, held.fence());
        let take = || {
            let (root, owner, held) = (root.clone(), owner.clone(), held.clone());
            blocking(move || files::take_over(&root.workspace(owner, held)?))
        };
        is_taken.get_or_try_init(take).await.map(drop)
    }

    fn of(&self, owner: &Owner, fence: u64) -> IsTaken {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, is_taken) = all.entry(owner.clone()).or_default();
        if *known < fence {
            (*known, *is_taken) = (fence, Arc::default());
        }
        Arc::clone(is_taken)
    }
}
