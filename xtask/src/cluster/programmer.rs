//! A student who runs programs: talks to them through lost connections, and checks each byte that they print.

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
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use uuid::Uuid;

use super::{
    books::{Act, Books, Doing, Wrong},
    installation::Holders,
    transcript::{Kind, Transcript},
};

/// Then something is wrong for good.
const WORKS_WITHIN: Duration = Duration::from_mins(1);
/// What was typed and is not echoed by then did not arrive.
const ECHOED_WITHIN: Duration = Duration::from_secs(3);
/// A page asks so often whether its server is still there.
const ASKS_EVERY: Duration = Duration::from_secs(2);

/// One student's programs.
#[derive(Debug)]
pub(super) struct Programmer {
    number: usize,
    browser: Browser,
    books: Arc<Books>,
    holders: Arc<Holders>,
    chance: StdRng,
    /// Of the last stream.
    stream: u32,
    socket: Option<Socket>,
    /// The program that the server has last told of.
    running: Option<Uuid>,
}

/// A program that was started.
struct Run {
    id: Uuid,
    transcript: Transcript,
    stream: u32,
    /// Since when its output comes on the socket that there is.
    attached: Option<Instant>,
    end: Option<End>,
    is_over: bool,
}

/// Why a conversation went no further.
enum Ended {
    /// The program is over.
    Over,
    /// Nothing more will work.
    Never,
}

impl Programmer {
    pub(super) fn new(
        number: usize,
        browser: Browser,
        books: Arc<Books>,
        holders: Arc<Holders>,
        seed: u64,
    ) -> Self {
        Self {
            number,
            browser,
            books,
            holders,
            chance: StdRng::seed_from_u64(seed),
            stream: 0,
            socket: None,
            running: None,
        }
    }

    /// Runs one program after the other until it is told to stop. The programs are saved by then.
    pub(super) async fn program(mut self, stops: watch::Receiver<bool>) {
        while !*stops.borrow() {
            let kind = if self.chance.random_ratio(1, 2) {
                Kind::Talks
            } else {
                Kind::Counts
            };
            let until = Instant::now() + Duration::from_secs(self.chance.random_range(3..20));
            if let Some(mut run) = self.start(kind).await {
                let ended = self.live(&mut run, kind, until).await;
                self.judge(&run, &ended);
            }
            self.pause(300, 2000).await;
        }
    }

    /// Talks to a program until its time is over, and then lets it end.
    async fn live(&mut self, run: &mut Run, kind: Kind, until: Instant) -> Result<(), Ended> {
        let host = self.holders.holder(&self.browser.username);
        let outcome = self.talk(run, kind, until).await;
        if matches!(outcome, Err(Ended::Over)) {
            let cause = run.end.as_ref().map(|end| end.cause);
            let with_host = matches!(cause, Some(EndCause::HostLost | EndCause::HostShutdown));
            if with_host && self.holders.has_ended(host) {
                self.books
                    .count(|counts| counts.programs_ended_with_host += 1);
            } else {
                let what = format!(
                    "{}'s program at {host:?}: {:?} after {:?}",
                    self.browser.username,
                    run.end,
                    run.transcript.last_line()
                );
                self.books.wrong(Wrong::ProgramInterrupted, what);
            }
        }
        outcome
    }

    async fn talk(&mut self, run: &mut Run, kind: Kind, until: Instant) -> Result<(), Ended> {
        let mut line = 0;
        while Instant::now() < until {
            match kind {
                Kind::Talks => {
                    line += 1;
                    self.say(run, &format!("line {line}")).await?;
                    let thinks = Instant::now() + self.span(200, 2500);
                    self.listen(run, thinks).await?;
                }
                Kind::Counts => {
                    // It prints all the time.
                    let books = Arc::clone(&self.books);
                    let doing = books.begin(Act::Talk, self.number);
                    let printed = run.transcript.len();
                    let doing = self
                        .until(run, doing, |run| run.transcript.len() > printed)
                        .await?;
                    doing.done();
                    let looks_away = Instant::now() + self.span(200, 1500);
                    self.listen(run, looks_away).await?;
                }
            }
        }
        match kind {
            Kind::Talks => self.leave(run).await,
            Kind::Counts => self.stop(run).await,
        }
    }

    /// Types a line and waits for the answer.
    async fn say(&mut self, run: &mut Run, line: &str) -> Result<(), Ended> {
        let books = Arc::clone(&self.books);
        let mut doing = books.begin(Act::Talk, self.number);
        doing = self
            .until(run, doing, |run| run.transcript.is_asking())
            .await?;
        loop {
            let before = run.transcript.len();
            self.input(run, line).await;
            let typed = Instant::now();
            // It may have gone with the connection; what is echoed has arrived.
            let is_lost = |run: &Run| {
                let since = run.attached.map(|attached| attached.max(typed));
                run.transcript.len() == before
                    && since.is_some_and(|since| since.elapsed() > ECHOED_WITHIN)
            };
            doing = self
                .until(run, doing, |run| {
                    run.transcript.len() > before || is_lost(run)
                })
                .await?;
            if run.transcript.len() > before {
                break;
            }
            doing.failed("what was typed is not echoed");
        }
        doing = self
            .until(run, doing, |run| run.transcript.is_asking())
            .await?;
        doing.done();
        self.books.count(|counts| counts.lines_typed += 1);
        Ok(())
    }

    /// Lets the script end, and asks its prompt for something.
    async fn leave(&mut self, run: &mut Run) -> Result<(), Ended> {
        self.say(run, "end").await?;
        let books = Arc::clone(&self.books);
        let doing = books.begin(Act::Talk, self.number);
        let doing = self.until(run, doing, |run| run.end.is_some()).await?;
        doing.done();
        self.say(run, "6 * 7").await
    }

    async fn stop(&mut self, run: &mut Run) -> Result<(), Ended> {
        // How Python ends is not known to the byte.
        run.transcript.script_ended();
        let books = Arc::clone(&self.books);
        let mut doing = books.begin(Act::Talk, self.number);
        loop {
            self.send(run, &FromBrowser::Stop { run: run.id }).await;
            let again = Instant::now() + ECHOED_WITHIN;
            doing = self
                .until(run, doing, |run| {
                    run.is_over || (run.attached.is_some() && Instant::now() > again)
                })
                .await?;
            if run.is_over {
                doing.done();
                return Ok(());
            }
            doing.failed("it does not stop");
        }
    }

    /// The end is as it should be, and so is all that was printed.
    fn judge(&self, run: &Run, ended: &Result<(), Ended>) {
        self.books
            .count(|counts| counts.output_bytes += run.transcript.len() as u64);
        if let Err(broken) = run.transcript.check() {
            let what = format!("{}: {broken}", self.browser.username);
            self.books.wrong(Wrong::OutputBroken, what);
        }
        if matches!(ended, Err(Ended::Never)) {
            let what = format!("{} could not talk to a program", self.browser.username);
            self.books.wrong(Wrong::NeverAgain, what);
        }
    }

    /// Starts a program, however often that takes, and waits until it prints.
    async fn start(&mut self, kind: Kind) -> Option<Run> {
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
            let heard = timeout(Duration::from_secs(15), socket.receive()).await;
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
    async fn listen(&mut self, run: &mut Run, until: Instant) -> Result<(), Ended> {
        while Instant::now() < until {
            self.step(run, until - Instant::now()).await;
            if run.is_over {
                return Err(Ended::Over);
            }
        }
        Ok(())
    }

    /// Listens until something is so.
    async fn until<'a>(
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
                self.send(run, &FromBrowser::Acknowledge { stream, offset })
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
            Heard::Closed(_) => self.socket = None,
            _ => {}
        }
    }

    async fn input(&mut self, run: &Run, line: &str) {
        let data = format!("{line}\n");
        self.send(run, &FromBrowser::Input { run: run.id, data })
            .await;
    }

    /// What cannot be sent is noticed when nothing comes back.
    async fn send(&mut self, _: &Run, message: &FromBrowser) {
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
                    self.send(run, &attach).await;
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
        let opened = timeout(ASKS_EVERY, self.browser.try_socket()).await;
        let mut socket = opened.ok()?.ok()?;
        let hello = FromBrowser::Hello { protocol: PROTOCOL };
        socket.try_send(&hello).await.ok()?;
        match timeout(ASKS_EVERY, socket.receive()).await.ok()? {
            Heard::Message(FromServer::Welcome { .. }) => Some(socket),
            Heard::Closed(Some(4001)) => {
                let what = format!("{}, connecting", self.browser.username);
                self.books.wrong(Wrong::SessionLost, what);
                None
            }
            _ => None,
        }
    }

    fn span(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.chance.random_range(least..most))
    }

    async fn pause(&mut self, least: u64, most: u64) {
        let span = self.span(least, most);
        sleep(span).await;
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
