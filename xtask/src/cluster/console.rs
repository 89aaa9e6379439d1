//! A student's console: starts programs and reads what they print, through lost connections.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pythonide_protocol::{
    PROTOCOL,
    problem::ProblemCode,
    socket::{End, EndCause, FromBrowser, FromServer, Mark},
};
use pythonide_testkit::{
    browser::Browser,
    socket::{Heard, Socket},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{
    books::{Act, Books, Doing, Wrong},
    transcript::{Kind, Transcript},
};

/// Then something is wrong for good.
const WORKS_WITHIN: Duration = Duration::from_mins(1);
/// A request that is not answered by then is made again.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);
/// So long a page waits for a connection.
const CONNECTS_WITHIN: Duration = Duration::from_secs(2);
/// The session has ended.
const SIGNED_OUT: u16 = 4001;

/// One student's console.
#[derive(Debug)]
pub(super) struct Console {
    number: usize,
    browser: Browser,
    books: Arc<Books>,
    chance: StdRng,
    /// Of the last stream.
    stream: u32,
    socket: Option<Socket>,
    /// The program that the server has last told of.
    running: Option<Uuid>,
}

/// A program that was started.
pub(super) struct Run {
    pub(super) id: Uuid,
    pub(super) transcript: Transcript,
    stream: u32,
    /// Since when its output comes on the socket that there is.
    pub(super) attached: Option<Instant>,
    pub(super) end: Option<End>,
    pub(super) is_over: bool,
}

/// Why a conversation went no further.
pub(super) enum Ended {
    /// The program is over.
    Over,
    /// Nothing more will work.
    Never,
}

impl Console {
    pub(super) fn new(number: usize, browser: Browser, books: Arc<Books>, seed: u64) -> Self {
        Self {
            number,
            browser,
            books,
            chance: StdRng::seed_from_u64(seed),
            stream: 0,
            socket: None,
            running: None,
        }
    }

    /// Starts a program, however often that takes, and waits until it prints.
    pub(super) async fn start(&mut self, kind: Kind) -> Option<Run> {
        let books = Arc::clone(&self.books);
        let mut doing = books.begin(Act::Talk, self.number);
        loop {
            self.connect(None).await;
            self.stream += 1;
            let start = FromBrowser::Start {
                request: self.stream,
                stream: self.stream,
                path: kind.path().to_owned(),
                columns: 80,
                rows: 24,
            };
            let answer = self.answer_to_start(&start).await;
            if let Ok(id) = answer {
                let mut run = Run {
                    id,
                    transcript: Transcript::new(kind),
                    stream: self.stream,
                    attached: Some(Instant::now()),
                    end: None,
                    is_over: false,
                };
                books.count(|counts| counts.programs += 1);
                let begun = self
                    .until(&mut run, doing, |run| run.transcript.len() > 0)
                    .await;
                match begun {
                    // Python says so, and its user runs it again.
                    Ok(begun) if run.transcript.is_of_failed_disk() => {
                        self.send(&FromBrowser::Stop { run: id }).await;
                        doing = begun;
                        doing.failed("its file could not be read");
                        self.pause(200, 600).await;
                        continue;
                    }
                    Ok(begun) => {
                        begun.done();
                        return Some(run);
                    }
                    // It went with its host before it began.
                    Err(Ended::Over) => return None,
                    Err(Ended::Never) => {}
                }
                let what = format!("{}'s program printed nothing", self.browser.username);
                books.wrong(Wrong::NeverAgain, what);
                return None;
            }
            doing.failed(&answer.err().unwrap_or_default());
            if doing.lasts() > WORKS_WITHIN {
                let what = format!("{} could not start a program", self.browser.username);
                books.wrong(Wrong::NeverAgain, what);
                return None;
            }
            self.pause(200, 600).await;
        }
    }

    /// Returns the program, or why there is none.
    async fn answer_to_start(&mut self, start: &FromBrowser) -> Result<Uuid, String> {
        let socket = self.socket.as_mut().ok_or("no connection")?;
        if let Err(error) = socket.try_send(start).await {
            self.socket = None;
            return Err(error.to_string());
        }
        loop {
            let heard = timeout(ANSWERED_WITHIN, socket.receive()).await;
            match heard.unwrap_or(Heard::Closed(None)) {
                Heard::Message(FromServer::Program { run }) => {
                    self.running = run.map(|run| run.id);
                }
                Heard::Message(FromServer::RunStarted { request, run })
                    if request == self.stream =>
                {
                    return Ok(run.id);
                }
                Heard::Message(FromServer::Problem {
                    request: Some(request),
                    problem,
                    ..
                }) if request == self.stream => {
                    if problem.code == ProblemCode::Internal {
                        let what = format!("{}, starting: {problem:?}", self.browser.username);
                        self.books.wrong(Wrong::InternalError, what);
                    }
                    // One that was started, and the answer was lost: the page shows it, and its user ends it.
                    if problem.code == ProblemCode::ProgramRunning
                        && let Some(run) = self.running
                        && socket.try_send(&FromBrowser::Stop { run }).await.is_err()
                    {
                        self.socket = None;
                    }
                    return Err(format!("{problem:?}"));
                }
                Heard::Closed(code) => {
                    self.socket = None;
                    return Err(format!("the connection was closed ({code:?})"));
                }
                _ => {}
            }
        }
    }

    /// Listens until a moment.
    pub(super) async fn listen(&mut self, run: &mut Run, until: Instant) -> Result<(), Ended> {
        while Instant::now() < until {
            self.step(run, until - Instant::now()).await;
            if run.is_over {
                return Err(Ended::Over);
            }
        }
        Ok(())
    }

    /// Listens until something is so.
    pub(super) async fn until<'a>(
        &mut self,
        run: &mut Run,
        mut doing: Doing<'a>,
        is_so: impl Fn(&Run) -> bool,
    ) -> Result<Doing<'a>, Ended> {
        while !is_so(run) {
            if run.is_over {
                return Err(Ended::Over);
            }
            if doing.lasts() > WORKS_WITHIN {
                return Err(Ended::Never);
            }
            let was_attached = run.attached.is_some();
            self.step(run, Duration::from_millis(500)).await;
            if was_attached && run.attached.is_none() {
                doing.failed("the connection broke");
            }
        }
        Ok(doing)
    }

    /// Takes the next thing that comes, if it comes soon; connects again where that is needed.
    async fn step(&mut self, run: &mut Run, within: Duration) {
        if self.socket.is_none() {
            run.attached = None;
            self.connect(Some(run)).await;
        }
        let Some(socket) = self.socket.as_mut() else {
            return;
        };
        let Ok(heard) = timeout(within, socket.receive()).await else {
            return;
        };
        match heard {
            Heard::Output {
                stream,
                offset,
                bytes,
            } if stream == run.stream => {
                run.transcript.add(offset, &bytes);
                let offset = offset + bytes.len() as u64;
                self.send(&FromBrowser::Acknowledge { stream, offset })
                    .await;
            }
            Heard::Message(FromServer::Attached { stream, from, lost }) if stream == run.stream => {
                run.transcript.attached(from, lost);
                run.attached = Some(Instant::now());
            }
            Heard::Message(FromServer::Mark {
                stream,
                mark: Mark::ScriptEnded { end } | Mark::PromptEnded { end },
                ..
            }) if stream == run.stream => {
                run.transcript.script_ended();
                run.end = Some(end);
            }
            Heard::Message(FromServer::LogEnded { stream }) if stream == run.stream => {
                run.is_over = true;
            }
            Heard::Message(FromServer::Problem {
                stream: Some(stream),
                problem,
                ..
            }) if stream == run.stream => match problem.code {
                // As a page shows it: its host is gone.
                ProblemCode::NoSuchRun => {
                    run.end = Some(lost());
                    run.is_over = true;
                }
                ProblemCode::Internal => {
                    let what = format!("{}, reading: {problem:?}", self.browser.username);
                    self.books.wrong(Wrong::InternalError, what);
                    self.socket = None;
                }
                _ => self.socket = None,
            },
            Heard::Message(FromServer::Program { run }) => {
                self.running = run.map(|run| run.id);
            }
            Heard::Message(FromServer::Leave) => {
                if let Some(socket) = self.socket.take() {
                    socket.leave().await;
                }
            }
            Heard::Closed(_) => self.socket = None,
            _ => {}
        }
    }

    /// What cannot be sent is noticed when nothing comes back.
    pub(super) async fn send(&mut self, message: &FromBrowser) {
        if let Some(socket) = &mut self.socket
            && socket.try_send(message).await.is_err()
        {
            self.socket = None;
        }
    }

    /// Connects if there is no connection, however often that takes, and looks at a program again.
    async fn connect(&mut self, run: Option<&mut Run>) {
        if self.socket.is_some() {
            return;
        }
        let books = Arc::clone(&self.books);
        let mut doing = books.begin(Act::Connect, self.number);
        while doing.lasts() < WORKS_WITHIN {
            if let Some(socket) = self.greeted().await {
                self.socket = Some(socket);
                books.count(|counts| counts.connections += 1);
                if let Some(run) = run {
                    self.stream += 1;
                    run.stream = self.stream;
                    let attach = FromBrowser::Attach {
                        stream: self.stream,
                        run: run.id,
                        from: run.transcript.next(),
                    };
                    self.send(&attach).await;
                }
                return doing.done();
            }
            doing.failed("no connection");
            self.pause(50, 300).await;
        }
        let what = format!("{} could not connect", self.browser.username);
        books.wrong(Wrong::NeverAgain, what);
    }

    async fn greeted(&self) -> Option<Socket> {
        let opened = timeout(CONNECTS_WITHIN, self.browser.try_socket()).await;
        let mut socket = opened.ok()?.ok()?;
        let hello = FromBrowser::Hello { protocol: PROTOCOL };
        socket.try_send(&hello).await.ok()?;
        match timeout(CONNECTS_WITHIN, socket.receive()).await.ok()? {
            Heard::Message(FromServer::Welcome { .. }) => Some(socket),
            Heard::Closed(Some(SIGNED_OUT)) => {
                let what = format!("{}, connecting", self.browser.username);
                self.books.wrong(Wrong::SessionLost, what);
                None
            }
            _ => None,
        }
    }

    async fn pause(&mut self, least: u64, most: u64) {
        sleep(Duration::from_millis(self.chance.random_range(least..most))).await;
    }
}

/// What a page shows of a program that nobody knows any more.
fn lost() -> End {
    End {
        cause: EndCause::HostLost,
        exit_code: None,
        signal: None,
        line: None,
        wall_ms: 0,
        cpu_ms: 0,
        peak_memory_bytes: 0,
        limit: None,
    }
}
