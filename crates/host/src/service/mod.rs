//! What the link offers, as calls of `files` and `runs`. One short function a request.

mod beats;
mod changing;
mod convert;
mod log;
mod metrics;
mod owners;
mod taking;
mod watches;

use std::{pin::Pin, sync::Arc};

use futures::{Stream, StreamExt};
use pythonide_link::{Refusal, RefusalKind, wire};
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use crate::{
    files::{self, Base, FileError, Quotas, Root, Upkeep, Workspace},
    runs::{Asked, Cause, Plot, Program, Runs},
    tenure::{Held, Tenure},
};
use changing::Changing;
use convert::{program_view, saved, size, status, trash_item, version_view};
use owners::Owners;
use taking::Taking;

/// Answers a server's requests.
#[derive(Debug)]
pub(crate) struct Service {
    root: Root,
    runs: Arc<Runs>,
    changing: Changing,
    taking: Taking,
    quotas: Quotas,
    upkeep: Arc<Upkeep>,
    tenure: Arc<Tenure>,
    owners: Owners,
    /// Where servers elsewhere reach this host; empty where none do.
    address: String,
}

impl Service {
    pub(crate) fn new(root: Root, runs: Arc<Runs>, tenure: Arc<Tenure>, address: String) -> Self {
        let settings = &runs.launcher().settings;
        let quotas = runs.quotas();
        let upkeep = Arc::new(Upkeep::new(settings.trash_days, settings.home().bytes));
        let owners = Owners::new(Arc::clone(&tenure), Arc::clone(&runs));
        Self {
            root,
            runs,
            changing: Changing::default(),
            taking: Taking::default(),
            quotas,
            upkeep,
            tenure,
            owners,
            address,
        }
    }

    /// Does `work` with a workspace on a thread that may block.
    async fn look<T: Send + 'static>(
        &self,
        of: Option<wire::Owner>,
        work: impl FnOnce(&Workspace) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, Status> {
        let fence = of.as_ref().map_or(0, |of| of.fence);
        let owner = self.owners.of(of)?;
        let held = Held::new(&self.tenure, owner.username(), fence);
        self.taking.once(&self.root, &owner, &held).await?;
        let call = self.changing.call(&owner).await;
        let root = self.root.clone();
        blocking(move || {
            let _until_done = call;
            work(&root.workspace(owner, held)?)
        })
        .await
    }

    /// The same, for work that changes files: one at a time in a workspace.
    async fn change<T: Send + 'static>(
        &self,
        of: Option<wire::Owner>,
        work: impl FnOnce(&Workspace) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, Status> {
        let held = self.changing.change(&self.owners.of(of.clone())?).await;
        // The lock goes with the work: a request that is given up does not let the next one in.
        let (done, held, workspace) = self
            .look(of, move |workspace| {
                Ok((work(workspace)?, held, workspace.clone()))
            })
            .await?;
        if let Some(turn) = self.upkeep.turn(workspace.owner()) {
            // The one who asked need not wait for it; the next change does.
            tokio::task::spawn_blocking(move || {
                let _held = held;
                if let Err(error) = turn.carry_out(&workspace) {
                    tracing::error!(error = ?error, "could not clear up after an owner");
                }
            });
        }
        Ok(done)
    }

    /// The same, for work that writes a file.
    async fn save(
        &self,
        of: Option<wire::Owner>,
        work: impl FnOnce(&Workspace) -> Result<files::Saved, FileError> + Send + 'static,
    ) -> Answer<wire::Saved> {
        let upkeep = Arc::clone(&self.upkeep);
        let done = self.change(of, move |workspace| {
            let saved = work(workspace)?;
            upkeep.note(workspace.owner(), saved.put_aside);
            Ok(saved)
        });
        Ok(Response::new(saved(done.await?)))
    }

    async fn program(&self, of: Option<wire::Owner>, run: &str) -> Result<Arc<Program>, Status> {
        let user = self.owners.user(of)?;
        let run = run
            .parse()
            .map_err(|_| Status::invalid_argument("no run id"))?;
        Ok(self.runs.get(&user, run).await?)
    }
}

type Answer<T> = Result<Response<T>, Status>;
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl wire::host_server::Host for Service {
    type DownloadStream = Answers<wire::Chunk>;
    type WatchProgramsStream = Answers<wire::Watched>;
    type ReadLogStream = Answers<wire::LogPart>;

    async fn beat(&self, request: Request<wire::BeatRequest>) -> Answer<wire::BeatReply> {
        let reply = beats::answer(&self.tenure, &self.runs, request.into_inner()).await;
        Ok(Response::new(wire::BeatReply {
            address: self.address.clone(),
            ..reply
        }))
    }

    async fn release(&self, request: Request<wire::ReleaseRequest>) -> Answer<wire::Done> {
        let wire::ReleaseRequest { owner, for_start } = request.into_inner();
        let of = owner.unwrap_or_default();
        // Asked again by a server that could not give it to another then.
        if self.tenure.has_given_up(&of.username, of.fence) {
            return Ok(Response::new(wire::Done {}));
        }
        let owner = self.owners.of(Some(of.clone()))?;
        // What is being changed is changed first.
        let _held = self.changing.change(&owner).await;
        let given_up = || self.tenure.give_up(&of.username, of.fence);
        self.runs.give_up(&owner, for_start, given_up).await?;
        Ok(Response::new(wire::Done {}))
    }

    async fn check(&self, _: Request<wire::CheckRequest>) -> Answer<wire::CheckReply> {
        let root = self.root.clone();
        blocking(move || files::check_writable(&root)).await?;
        Ok(Response::new(wire::CheckReply {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            separation: self.runs.launcher().separation.as_str().to_owned(),
        }))
    }

    async fn list_folder(&self, request: Request<wire::PathRequest>) -> Answer<wire::Folder> {
        let wire::PathRequest { owner, path } = request.into_inner();
        self.look(owner, move |workspace| files::list(workspace, &path))
            .await
            .map(Response::new)
    }

    async fn make_folder(&self, request: Request<wire::PathRequest>) -> Answer<wire::Done> {
        let wire::PathRequest { owner, path } = request.into_inner();
        self.change(owner, move |workspace| files::make(workspace, &path))
            .await?;
        Ok(Response::new(wire::Done {}))
    }

    async fn read_text(&self, request: Request<wire::ReadTextRequest>) -> Answer<wire::Text> {
        let wire::ReadTextRequest {
            owner,
            path,
            max_bytes,
        } = request.into_inner();
        let (text, version) = self
            .look(owner, move |workspace| {
                files::read(workspace, &path, max_bytes)
            })
            .await?;
        Ok(Response::new(wire::Text { text, version }))
    }

    async fn save_text(&self, request: Request<wire::SaveTextRequest>) -> Answer<wire::Saved> {
        let wire::SaveTextRequest {
            owner,
            path,
            text,
            base,
        } = request.into_inner();
        let quotas = self.quotas.clone();
        let done = self.save(owner, move |workspace| {
            let base = base.as_deref().map_or(Base::New, Base::Version);
            files::save(workspace, &quotas, &path, &text, base)
        });
        done.await
    }

    async fn list_versions(&self, request: Request<wire::PathRequest>) -> Answer<wire::Versions> {
        let wire::PathRequest { owner, path } = request.into_inner();
        let versions = self.look(owner, move |workspace| {
            files::list_versions(workspace, &path)
        });
        Ok(Response::new(wire::Versions {
            versions: versions.await?.into_iter().map(version_view).collect(),
        }))
    }

    async fn read_version(&self, request: Request<wire::ReadVersionRequest>) -> Answer<wire::Text> {
        let wire::ReadVersionRequest {
            owner,
            path,
            version,
            max_bytes,
        } = request.into_inner();
        let (text, version) = self
            .look(owner, move |workspace| {
                let text = files::version_text(workspace, &path, &version, max_bytes)?;
                Ok((text, version))
            })
            .await?;
        Ok(Response::new(wire::Text { text, version }))
    }

    async fn restore_version(
        &self,
        request: Request<wire::RestoreVersionRequest>,
    ) -> Answer<wire::Saved> {
        let wire::RestoreVersionRequest {
            owner,
            path,
            version,
            base,
        } = request.into_inner();
        let quotas = self.quotas.clone();
        let done = self.save(owner, move |workspace| {
            let base = base.as_deref().map_or(Base::New, Base::Version);
            files::restore_version(workspace, &quotas, &path, &version, base)
        });
        done.await
    }

    async fn read_usage(&self, request: Request<wire::Owner>) -> Answer<wire::Usage> {
        let quotas = self.quotas.clone();
        let most = quotas.most();
        let used = self.look(Some(request.into_inner()), move |workspace| {
            quotas.measure(workspace)
        });
        let used = used.await?;
        Ok(Response::new(wire::Usage {
            bytes: used.bytes,
            files: used.entries,
            max_bytes: most.bytes,
            max_files: most.entries,
        }))
    }

    async fn list_trash(&self, request: Request<wire::Owner>) -> Answer<wire::Trash> {
        let (items, is_truncated) = self
            .look(Some(request.into_inner()), files::list_trash)
            .await?;
        Ok(Response::new(wire::Trash {
            items: items.into_iter().map(trash_item).collect(),
            is_truncated,
            kept_days: self.upkeep.trash_days,
        }))
    }

    async fn download(&self, request: Request<wire::PathRequest>) -> Answer<Self::DownloadStream> {
        let wire::PathRequest { owner, path } = request.into_inner();
        let mut download = self
            .look(owner, move |workspace| {
                files::Download::open(workspace, &path)
            })
            .await?;
        // Each piece is read when it is asked for: whoever reads slowly holds no thread.
        let pieces = async_stream::try_stream! {
            let size = Some(download.size);
            yield wire::Chunk { bytes: bytes::Bytes::new(), size };
            loop {
                let bytes;
                (download, bytes) = blocking(move || {
                    let bytes = download.read()?;
                    Ok((download, bytes))
                })
                .await?;
                if bytes.is_empty() {
                    break;
                }
                yield wire::Chunk { bytes, size: None };
            }
        };
        Ok(Response::new(pieces.boxed()))
    }

    async fn upload(&self, request: Request<Streaming<wire::UploadPart>>) -> Answer<wire::Saved> {
        use wire::upload_part::Part;
        let mut parts = request.into_inner();
        let Some(wire::UploadPart {
            part: Some(Part::Begin(begin)),
        }) = parts.message().await?
        else {
            return Err(Status::invalid_argument("an upload begins with its path"));
        };
        let wire::UploadBegin {
            owner,
            path,
            replace,
            max_bytes,
        } = begin;
        let quotas = self.quotas.clone();
        let mut upload = self
            .look(owner.clone(), move |workspace| {
                files::Upload::begin(workspace.clone(), quotas, path, replace, max_bytes)
            })
            .await?;
        loop {
            match parts.message().await?.and_then(|part| part.part) {
                Some(Part::Bytes(bytes)) => {
                    upload = blocking(move || upload.write(&bytes).map(|()| upload)).await?;
                }
                Some(Part::End(_)) => break,
                Some(Part::Begin(_)) | None => {
                    return Err(Status::cancelled("the upload broke off"));
                }
            }
        }
        self.save(owner, move |_| upload.end()).await
    }

    async fn r#move(&self, request: Request<wire::MoveRequest>) -> Answer<wire::Done> {
        let wire::MoveRequest { owner, from, to } = request.into_inner();
        self.change(owner, move |workspace| {
            files::move_entry(workspace, &from, &to)
        })
        .await?;
        Ok(Response::new(wire::Done {}))
    }

    async fn delete(&self, request: Request<wire::PathRequest>) -> Answer<wire::Deleted> {
        let wire::PathRequest { owner, path } = request.into_inner();
        let upkeep = Arc::clone(&self.upkeep);
        let discarded = self.change(owner, move |workspace| {
            let discarded = files::delete(workspace, &path)?;
            upkeep.note(workspace.owner(), discarded.put_aside);
            Ok(discarded)
        });
        Ok(Response::new(wire::Deleted {
            trash_id: discarded.await?.id.to_string(),
        }))
    }

    async fn restore(&self, request: Request<wire::RestoreRequest>) -> Answer<wire::Restored> {
        let wire::RestoreRequest { owner, trash_id } = request.into_inner();
        let id: Uuid = trash_id
            .parse()
            .map_err(|_| Status::invalid_argument("no id of the trash"))?;
        let path = self
            .change(owner, move |workspace| files::restore(workspace, id))
            .await?;
        Ok(Response::new(wire::Restored { path }))
    }

    async fn start_run(&self, request: Request<wire::StartRunRequest>) -> Answer<wire::RunStatus> {
        let wire::StartRunRequest {
            owner: of,
            path,
            columns,
            rows,
            hints,
        } = request.into_inner();
        // Nobody else has programs.
        self.owners.user(of.clone())?;
        let script = path.clone();
        let look = self.look(of, move |workspace| {
            files::ensure_file(workspace, &script)?;
            Ok(workspace.clone())
        });
        let workspace = look.await?;
        let asked = Asked {
            path,
            size: (size(columns)?, size(rows)?),
            hints,
        };
        let program = self.runs.start(&workspace, asked).await.map_err(status)?;
        Ok(Response::new(program_view(&program)))
    }

    async fn stop_run(&self, request: Request<wire::RunRequest>) -> Answer<wire::Done> {
        let wire::RunRequest { owner, run } = request.into_inner();
        self.program(owner, &run).await?.stop(Cause::Stopped).await;
        Ok(Response::new(wire::Done {}))
    }

    async fn send_input(&self, request: Request<wire::InputRequest>) -> Answer<wire::Done> {
        let wire::InputRequest { owner, run, data } = request.into_inner();
        self.program(owner, &run).await?.type_in(data).await?;
        Ok(Response::new(wire::Done {}))
    }

    async fn resize_run(&self, request: Request<wire::ResizeRequest>) -> Answer<wire::Done> {
        let wire::ResizeRequest {
            owner,
            run,
            columns,
            rows,
        } = request.into_inner();
        let program = self.program(owner, &run).await?;
        program
            .resize(size(columns)?, size(rows)?)
            .map_err(|source| {
                status(FileError::Failed {
                    doing: "resize a terminal",
                    source,
                })
            })?;
        Ok(Response::new(wire::Done {}))
    }

    async fn watch_programs(
        &self,
        request: Request<Streaming<wire::WatchRequest>>,
    ) -> Answer<Self::WatchProgramsStream> {
        let (owners, runs) = (self.owners.clone(), Arc::clone(&self.runs));
        let told = watches::carry_out(owners, runs, request.into_inner());
        Ok(Response::new(told.boxed()))
    }

    async fn read_log(
        &self,
        request: Request<Streaming<wire::LogRequest>>,
    ) -> Answer<Self::ReadLogStream> {
        use wire::log_request::Request as Asked;
        let mut requests = request.into_inner();
        let Some(wire::LogRequest {
            request: Some(Asked::Begin(begin)),
        }) = requests.message().await?
        else {
            return Err(Status::invalid_argument("reading begins with a run"));
        };
        let program = self.program(begin.owner, &begin.run).await?;
        let reader = program.log.read_from(begin.from);
        Ok(Response::new(log::read(reader, requests).boxed()))
    }

    async fn read_plot(&self, request: Request<wire::PlotRequest>) -> Answer<wire::Plot> {
        let wire::PlotRequest { owner, run, plot } = request.into_inner();
        let plot = self.program(owner, &run).await?.plots.get(plot);
        let Plot { media_type, bytes } = plot.ok_or_else(|| {
            Refusal::new(RefusalKind::NotFound, "The run has shown no such figure.")
        })?;
        Ok(Response::new(wire::Plot { media_type, bytes }))
    }

    async fn take_run_records(
        &self,
        request: Request<wire::RunRecordsTaken>,
    ) -> Answer<wire::RunRecords> {
        let taken = request.into_inner().runs;
        let told = self.runs.records().take(&taken).await;
        let records =
            told.map_err(|source| status(FileError::of_work("read the records of runs", source)))?;
        Ok(Response::new(wire::RunRecords { records }))
    }

    async fn read_metrics(&self, _: Request<wire::MetricsRequest>) -> Answer<wire::Metrics> {
        Ok(Response::new(wire::Metrics {
            metrics: metrics::read(&self.runs),
        }))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, Status> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Status::internal(error.to_string()))?
        .map_err(status)
}
