//! The programs that this server watches at one host, all in one call.

use std::{
    collections::HashMap,
    mem,
    pin::pin,
    sync::{Arc, Mutex},
};

use async_stream::stream;
use futures::{Stream, TryStreamExt};
use pythonide_link::{
    HostClient,
    wire::{self, watched::Told},
};
use tokio::sync::{Notify, watch};
use tonic::Status;

use super::lock;

/// A program now, or why it is not watched.
type Answer = Result<wire::Program, Status>;

/// What is watched at one host.
#[derive(Debug)]
pub(super) struct Watching {
    host: HostClient,
    call: Mutex<Option<Arc<Call>>>,
}

impl Watching {
    pub(super) fn new(host: HostClient) -> Self {
        Self {
            host,
            call: Mutex::default(),
        }
    }

    /// An owner's program, now and at each change; of changes that come faster than they are taken, the last. It ends when
    /// the host has given the workspace up, and after an error.
    pub(super) fn watch(&self, owner: &wire::Owner) -> impl Stream<Item = Answer> + Send + use<> {
        let mut watch = self.begin(owner);
        stream! {
            while watch.told.changed().await.is_ok() {
                let told = watch.told.borrow_and_update().clone();
                if let Some(answer) = told {
                    yield answer;
                }
            }
        }
    }

    fn begin(&self, owner: &wire::Owner) -> Watch {
        let mut call = lock(&self.call);
        loop {
            let current = call.get_or_insert_with(|| Call::start(self.host.clone()));
            if let Some(watch) = Call::begin(current, owner.clone()) {
                return watch;
            }
            *call = None;
        }
    }
}

/// A call of the host. It ends with the last of its watches, or with the host.
#[derive(Debug, Default)]
struct Call {
    watches: Mutex<Watches>,
    /// There is something to ask.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Watches {
    /// The watch that began last.
    last: u64,
    told: HashMap<u64, watch::Sender<Option<Answer>>>,
    /// What the host is still to be asked: of each watch at most that it begins or that it is let go.
    unsent: Vec<wire::WatchRequest>,
    is_over: bool,
}

/// Lets its watch go when it is dropped.
#[derive(Debug)]
struct Watch {
    number: u64,
    told: watch::Receiver<Option<Answer>>,
    call: Arc<Call>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.call.let_go(self.number);
    }
}

impl Call {
    fn start(mut host: HostClient) -> Arc<Self> {
        let call = Arc::<Self>::default();
        let requests = Arc::clone(&call).requests();
        let told = async move { Ok(host.watch_programs(requests).await?.into_inner()) };
        tokio::spawn(Arc::clone(&call).carry_out(told));
        call
    }

    /// Begins a watch, if the call is not over.
    fn begin(call: &Arc<Self>, owner: wire::Owner) -> Option<Watch> {
        let mut watches = lock(&call.watches);
        if watches.is_over {
            return None;
        }
        watches.last += 1;
        let number = watches.last;
        let (sender, told) = watch::channel(None);
        watches.told.insert(number, sender);
        watches.unsent.push(wire::WatchRequest {
            watch: number,
            owner: Some(owner),
        });
        drop(watches);
        call.changed.notify_one();
        Some(Watch {
            number,
            told,
            call: Arc::clone(call),
        })
    }

    fn let_go(&self, number: u64) {
        let mut watches = lock(&self.watches);
        let is_begun = watches.unsent.iter().all(|asked| asked.watch != number);
        watches.unsent.retain(|asked| asked.watch != number);
        if watches.told.remove(&number).is_some() && is_begun {
            watches.unsent.push(wire::WatchRequest {
                watch: number,
                owner: None,
            });
        }
        drop(watches);
        self.changed.notify_one();
    }

    /// Tells what the host says until it says no more.
    async fn carry_out<T: Stream<Item = Result<wire::Watched, Status>>>(
        self: Arc<Self>,
        told: impl Future<Output = Result<T, Status>>,
    ) {
        let told = match told.await {
            Ok(told) => self.tell(told).await,
            Err(status) => Err(status),
        };
        let watches = {
            let mut watches = lock(&self.watches);
            watches.is_over = true;
            mem::take(&mut watches.told)
        };
        let status = told
            .err()
            .unwrap_or_else(|| Status::unavailable("the host watches no more"));
        for told in watches.into_values() {
            told.send_replace(Some(Err(status.clone())));
        }
    }

    async fn tell(
        &self,
        told: impl Stream<Item = Result<wire::Watched, Status>>,
    ) -> Result<(), Status> {
        let mut told = pin!(told);
        while let Some(wire::Watched { watch, told }) = told.try_next().await? {
            let answer = match told {
                Some(Told::Program(program)) => Some(Ok(program)),
                Some(Told::Refused(refused)) => Some(Err(refused.into())),
                Some(Told::Ended(_)) | None => None,
            };
            let is_last = !matches!(answer, Some(Ok(_)));
            let mut watches = lock(&self.watches);
            // It may have been let go meanwhile.
            if let (Some(sender), Some(_)) = (watches.told.get(&watch), &answer) {
                sender.send_replace(answer);
            }
            if is_last {
                watches.told.remove(&watch);
            }
        }
        Ok(())
    }

    fn requests(self: Arc<Self>) -> impl Stream<Item = wire::WatchRequest> + Send {
        stream! {
            loop {
                let (unsent, is_over) = self.to_ask();
                for request in unsent {
                    yield request;
                }
                if is_over {
                    return;
                }
                self.changed.notified().await;
            }
        }
    }

    /// What the host is to be asked now, and whether that is all.
    fn to_ask(&self) -> (Vec<wire::WatchRequest>, bool) {
        let mut watches = lock(&self.watches);
        if watches.last > 0 && watches.told.is_empty() {
            watches.is_over = true;
        }
        (mem::take(&mut watches.unsent), watches.is_over)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::ready, time::Duration};

    use futures::{
        StreamExt,
        stream::{self, BoxStream},
    };
    use tokio::{
        sync::mpsc,
        task::{JoinHandle, spawn},
        time::timeout,
    };
    use tokio_stream::wrappers::ReceiverStream;

    use super::*;

    /// The other end of a call.
    struct Host {
        asked: BoxStream<'static, wire::WatchRequest>,
        says: mpsc::Sender<Result<wire::Watched, Status>>,
        call: JoinHandle<()>,
    }

    impl Host {
        fn of(call: &Arc<Call>) -> Self {
            let (says, said) = mpsc::channel(8);
            let asked = Arc::clone(call).requests().boxed();
            let told = ready(Ok(ReceiverStream::new(said)));
            let call = spawn(Arc::clone(call).carry_out(told));
            Self { asked, says, call }
        }

        /// The next watch that is asked for, and whether it begins.
        async fn asked(&mut self) -> Option<(u64, bool)> {
            let asked = timeout(Duration::from_secs(20), self.asked.next()).await;
            let asked = asked.expect("something to be asked, or the end");
            asked.map(|asked| (asked.watch, asked.owner.is_some()))
        }

        async fn says(&self, watch: u64, told: Told) {
            let told = Some(told);
            self.says
                .send(Ok(wire::Watched { watch, told }))
                .await
                .unwrap();
        }
    }

    fn begin(call: &Arc<Call>) -> Option<Watch> {
        Call::begin(call, wire::Owner::default())
    }

    async fn told(watch: &mut Watch) -> Option<Answer> {
        watch.told.changed().await.ok()?;
        watch.told.borrow_and_update().clone()
    }

    #[tokio::test]
    async fn a_call_ends_with_the_last_of_its_watches_and_takes_no_more() {
        let call = Arc::<Call>::default();
        let (first, second) = (begin(&call), begin(&call));
        let mut host = Host::of(&call);
        assert_eq!(host.asked().await, Some((1, true)));
        assert_eq!(host.asked().await, Some((2, true)));
        drop(first);
        assert_eq!(host.asked().await, Some((1, false)));
        drop(second);
        assert_eq!(host.asked().await, Some((2, false)));
        assert_eq!(host.asked().await, None);
        assert!(begin(&call).is_none());
    }

    #[tokio::test]
    async fn a_watch_that_was_let_go_before_it_was_asked_for_is_never_asked_for() {
        let call = Arc::<Call>::default();
        drop(begin(&call));
        let _second = begin(&call);
        let mut host = Host::of(&call);
        assert_eq!(host.asked().await, Some((2, true)));
    }

    #[tokio::test]
    async fn a_watch_that_is_refused_or_ends_leaves_the_others() {
        let call = Arc::<Call>::default();
        let [mut refused, mut ended, mut goes_on] = [(); 3].map(|()| begin(&call).unwrap());
        let host = Host::of(&call);
        host.says(1, Told::Refused(Status::not_found("no").into()))
            .await;
        let answer = told(&mut refused).await.unwrap();
        assert_eq!(answer.unwrap_err().message(), "no");
        assert!(told(&mut refused).await.is_none());
        host.says(2, Told::Ended(wire::Done {})).await;
        assert!(told(&mut ended).await.is_none());
        host.says(3, Told::Program(wire::Program::default())).await;
        assert!(told(&mut goes_on).await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_host_that_goes_tells_every_watch_why_and_the_call_is_over() {
        let call = Arc::<Call>::default();
        let mut watches = [begin(&call).unwrap(), begin(&call).unwrap()];
        let host = Host::of(&call);
        let gone = Err(Status::unavailable("it broke off"));
        host.says.send(gone).await.unwrap();
        for watch in &mut watches {
            let answer = told(watch).await.unwrap();
            assert_eq!(answer.unwrap_err().message(), "it broke off");
        }
        host.call.await.unwrap();
        assert!(begin(&call).is_none());
    }

    #[tokio::test]
    async fn a_host_that_cannot_be_asked_tells_so() {
        let call = Arc::<Call>::default();
        let mut watch = begin(&call).unwrap();
        let nobody = Err::<stream::Empty<_>, _>(Status::unavailable("nobody is there"));
        Arc::clone(&call).carry_out(ready(nobody)).await;
        let answer = told(&mut watch).await.unwrap();
        assert_eq!(answer.unwrap_err().message(), "nobody is there");
    }
}
