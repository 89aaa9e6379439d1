//! Requests that are about somebody's workspace.

use crate::wire::{
    InputRequest, LogBegin, MoveRequest, Owner, PathRequest, PlotRequest, ReadTextRequest,
    ReadVersionRequest, ReleaseRequest, ResizeRequest, RestoreRequest, RestoreVersionRequest,
    RunRequest, SaveTextRequest, StartRunRequest, UploadBegin,
};

/// A request that names the owner of a workspace.
pub trait OfWorkspace: Clone {
    /// Whose it is.
    fn owner(&self) -> Owner;
    /// Names the owner as the host is to be told.
    fn set_owner(&mut self, owner: Owner);
}

impl OfWorkspace for Owner {
    fn owner(&self) -> Owner {
        self.clone()
    }

    fn set_owner(&mut self, owner: Owner) {
        *self = owner;
    }
}

macro_rules! of_workspace {
    ($($request:ty),+ $(,)?) => {$(
        impl OfWorkspace for $request {
            fn owner(&self) -> Owner {
                self.owner.clone().unwrap_or_default()
            }

            fn set_owner(&mut self, owner: Owner) {
                self.owner = Some(owner);
            }
        }
    )+};
}

of_workspace!(
    InputRequest,
    LogBegin,
    MoveRequest,
    PathRequest,
    PlotRequest,
    ReadTextRequest,
    ReadVersionRequest,
    ReleaseRequest,
    ResizeRequest,
    RestoreRequest,
    RestoreVersionRequest,
    RunRequest,
    SaveTextRequest,
    StartRunRequest,
    UploadBegin,
);
