//! The stream of programs that a server watches.

use std::{collections::HashMap, sync::Arc};

use async_stream::stream;
use futures::{
    Stream, StreamExt,
    stream::{AbortHandle, BoxStream, SelectAll, abortable},
};
use pythonide_link::wire::{self, watched::Told};
use tonic::{Status, Streaming};

use super::{convert::program_view, owners::Owners};
use crate::runs::{Current, Runs};

/// Watches of one server at once: more than it can have pages.
const MOST: usize = 65_536;

/// Watches what a server asks for until it asks no more.
pub(super) fn carry_out(
    owners: Owners,
    runs: Arc<Runs>,
    mut requests: Streaming<wire::WatchRequest>,
) -> impl Stream<Item = Result<wire::Watched, Status>> + Send {
    stream! {
        let mut watches = SelectAll::<BoxStream<'static, wire::Watched>>::new();
        let mut handles = HashMap::<u64, AbortHandle>::new();
        loop {
            tokio::select! {
                request = requests.message() => {
                    let Ok(Some(wire::WatchRequest { watch, owner })) = request else {
                        return;
                    };
                    let Some(owner) = owner else {
                        if let Some(handle) = handles.remove(&watch) {
                            handle.abort();
                        }
                        continue;
                    };
                    if handles.len() >= MOST || handles.contains_key(&watch) {
                        yield Err(Status::invalid_argument("there are too many watches, or two by one number"));
                        return;
                    }
                    let told = begin(owners.clone(), Arc::clone(&runs), owner);
                    let told = told.map(move |told| wire::Watched { watch, told: Some(told) });
                    let (told, handle) = abortable(told);
                    handles.insert(watch, handle);
                    watches.push(told.boxed());
                }
                Some(told) = watches.next() => {
                    if let Some(Told::Refused(_) | Told::Ended(_)) = told.told {
                        handles.remove(&told.watch);
                    }
                    yield Ok(told);
                }
            }
        }
    }
}

/// All that is told of one watch. A disk that hangs while the last program is looked for holds up no other.
fn begin(owners: Owners, runs: Arc<Runs>, owner: wire::Owner) -> impl Stream<Item = Told> + Send {
    stream! {
        let current = match owners.user(Some(owner)) {
            Ok(user) => runs.watch(&user).await,
            Err(status) => {
                yield Told::Refused(status.into());
                return;
            }
        };
        for await told in watch(current) {
            yield told;
        }
        yield Told::Ended(wire::Done {});
    }
}

/// Tells of a workspace's program, now and at each change, until the workspace is given up.
fn watch(mut current: Current) -> impl Stream<Item = Told> + Send {
    let told = |run| Told::Program(wire::Program { run });
    stream! {
        loop {
            let program = current.borrow_and_update().clone();
            let Some(program) = program else {
                yield told(None);
                if current.changed().await.is_err() {
                    return;
                }
                continue;
            };
            let mut states = program.states();
            loop {
                states.mark_unchanged();
                yield told(Some(program_view(&program)));
                tokio::select! {
                    changed = current.changed() => match changed {
                        Ok(()) => break,
                        Err(_) => return,
                    },
                    Ok(()) = states.changed() => {}
                }
            }
        }
    }
}
