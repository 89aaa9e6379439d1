//! A student who runs programs: talks to them through lost connections, and checks each byte that they print.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pythonide_protocol::socket::{EndCause, FromBrowser};
use pythonide_testkit::browser::Browser;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{sync::watch, task::block_in_place, time::sleep};

use super::{
    books::{Act, Books, Wrong},
    console::{Console, Ended, Run},
    installation::Holders,
    transcript::Kind,
};

/// What was typed and is not echoed by then did not arrive.
const ECHOED_WITHIN: Duration = Duration::from_millis(1500);
/// One student's programs.
#[derive(Debug)]
pub(super) struct Programmer {
    number: usize,
    username: String,
    console: Console,
    books: Arc<Books>,
    holders: Arc<Holders>,
    chance: StdRng,
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
            username: browser.username.clone(),
            console: Console::new(number, browser, Arc::clone(&books), !seed),
            books,
            holders,
            chance: StdRng::seed_from_u64(seed),
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
            if let Some(mut run) = self.console.start(kind).await {
                let ended = self.live(&mut run, kind, until).await;
                self.judge(&run, &ended);
            }
            let pause = self.span(300, 2000);
            sleep(pause).await;
        }
    }

    /// Talks to a program until its time is over, and then lets it end.
    async fn live(&mut self, run: &mut Run, kind: Kind, until: Instant) -> Result<(), Ended> {
        // All students share one thread.
        let host = block_in_place(|| self.holders.holder(&self.username));
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
                    self.username,
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
                    self.console.listen(run, thinks).await?;
                }
                Kind::Counts => {
                    // It prints all the time.
                    let books = Arc::clone(&self.books);
                    let doing = books.begin(Act::Talk, self.number);
                    let printed = run.transcript.len();
                    let doing = self
                        .console
                        .until(run, doing, |run| run.transcript.len() > printed)
                        .await?;
                    doing.done();
                    let looks_away = Instant::now() + self.span(200, 1500);
                    self.console.listen(run, looks_away).await?;
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
            .console
            .until(run, doing, |run| run.transcript.is_asking())
            .await?;
        loop {
            let before = run.transcript.len();
            let data = format!("{line}\n");
            let input = FromBrowser::Input { run: run.id, data };
            self.console.send(&input).await;
            let typed = Instant::now();
            // It may have gone with the connection; what is echoed has arrived.
            let is_lost = |run: &Run| {
                let since = run.attached.map(|attached| attached.max(typed));
                run.transcript.len() == before
                    && since.is_some_and(|since| since.elapsed() > ECHOED_WITHIN)
            };
            doing = self
                .console
                .until(run, doing, |run| {
                    run.transcript.len() > before || is_lost(run)
                })
                .await?;
            if run.transcript.len() > before {
                break;
            }
            doing.failed("what was typed is not echoed");
            run.transcript.typed_again(line);
        }
        doing = self
            .console
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
        let doing = self
            .console
            .until(run, doing, |run| run.end.is_some())
            .await?;
        doing.done();
        self.say(run, "6 * 7").await
    }

    async fn stop(&mut self, run: &mut Run) -> Result<(), Ended> {
        // How Python ends is not known to the byte.
        run.transcript.script_ended();
        let books = Arc::clone(&self.books);
        let mut doing = books.begin(Act::Talk, self.number);
        loop {
            self.console.send(&FromBrowser::Stop { run: run.id }).await;
            let again = Instant::now() + ECHOED_WITHIN;
            doing = self
                .console
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
            let what = format!("{}: {broken}", self.username);
            self.books.wrong(Wrong::OutputBroken, what);
        }
        if matches!(ended, Err(Ended::Never)) {
            let what = format!("{} could not talk to a program", self.username);
            self.books.wrong(Wrong::NeverAgain, what);
        }
    }

    fn span(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.chance.random_range(least..most))
    }
}
