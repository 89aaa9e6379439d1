//! Running programs.
//!
//! ```text
//! Runs (who has which program) ── start ──► Program (one task per run)
//!                                             ├─ keeper: starts it confined, watches, ends it
//!                                             ├─ terminal: what it prints goes to the log, what is typed to it
//!                                             └─ events: what its runtime tells
//! readers (any number) ◄── Log (numbered bytes, bounded) ◄─┘
//! ```
//!
//! A workspace has one program at a time. It belongs to the host, not to a browser: readers come
//! and go.

mod admission;
mod disk;
mod end;
mod keeper;
mod launch;
mod life;
mod log;
mod pace;
mod plots;
mod program;
mod records;
mod registry;
mod temporary;
mod told;
mod transcripts;

use std::sync::Arc;

use tokio::sync::watch;

pub(crate) use admission::Admission;
pub(crate) use end::{Cause, End, Mark};
pub(crate) use keeper::Keeper;
pub(crate) use launch::Launcher;
pub(crate) use log::{Log, Part, Reader};
pub(crate) use pace::Turns;
pub(crate) use plots::{Plot, PlotRoom};
pub(crate) use program::{Asked, Program, RunState};
pub(crate) use records::Records;
pub(crate) use registry::{Current, Runs};
pub(crate) use temporary::{open_folders, prepare as prepare_temporary_folders};
pub(crate) use transcripts::Transcripts;

use crate::files::{Owner, Quotas};

/// What all runs of a host share.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) launcher: Launcher,
    pub(crate) keeper: Keeper,
    pub(crate) admission: Arc<Admission>,
    pub(crate) turns: Turns,
    pub(crate) plot_room: Arc<PlotRoom>,
    pub(crate) records: Arc<Records>,
    pub(crate) transcripts: Transcripts,
    pub(crate) quotas: Quotas,
    /// Each write that goes on holds a receiver.
    pub(crate) writes: watch::Sender<()>,
}

impl House {
    /// Marks the end of a user's script, and makes it durable knowledge.
    fn script_is_over(self: &Arc<Self>, owner: &Owner, program: &Program, end: End) {
        let (run, record) = (program.id, program.record(owner.username(), end.clone()));
        program.log.mark(Mark::ScriptEnded(end));
        // The student need not wait for the disk to read on the screen what is there already.
        self.write_behind(move |house| house.records.keep(run, record));
    }

    /// Keeps what a run that has ended printed.
    fn keep_output(self: &Arc<Self>, owner: Owner, program: Arc<Program>) {
        // The next run need not wait for the disk.
        self.write_behind(move |house| {
            house.transcripts.save(&owner, &program);
            program.is_kept.send_replace(true);
        });
    }

    /// Makes it durable knowledge that a run was lost with its host: nothing else remains of it but that it began.
    fn is_lost(self: &Arc<Self>, owner: &Owner, program: &Program) {
        let record = program.record(owner.username(), End::unseen(Cause::HostLost));
        let run = program.id;
        self.write_behind(move |house| house.records.keep_if_new(run, record));
    }

    /// Has `write` done by a thread that may wait for the disk. Only the end of this host waits for it.
    fn write_behind(self: &Arc<Self>, write: impl FnOnce(&Self) + Send + 'static) {
        let (house, going_on) = (Arc::clone(self), self.writes.subscribe());
        tokio::task::spawn_blocking(move || {
            write(&house);
            drop(going_on);
        });
    }

    /// Waits until all is written.
    async fn has_written(&self) {
        self.writes.closed().await;
    }
}
