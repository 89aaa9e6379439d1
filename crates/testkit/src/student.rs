//! A student at a page, for tools: runs one program after another on one socket and takes the times.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use pythonide_protocol::socket::{End, FromBrowser, FromServer, Mark};
use tokio::time::{Instant as Deadline, timeout_at};
use uuid::Uuid;

use crate::{
    browser::Browser,
    product::Product,
    socket::{Heard, Socket, shown},
};

/// How long a program may take to end that was told to.
const ENDS_WITHIN: Duration = Duration::from_secs(30);

/// A student with an open page.
#[derive(Debug)]
pub struct Student {
    /// Its requests.
    pub browser: Browser,
    socket: Socket,
    /// Of the last request, and of its stream.
    number: u32,
    /// What was started last and may still be there.
    run: Option<Uuid>,
    /// Whether a start is not answered yet.
    is_starting: bool,
}

/// What came of a program.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// From the request to the first byte of output.
    pub first: Option<Duration>,
    /// From the request to the word that the script has ended.
    pub whole: Duration,
    /// How it ended.
    pub end: End,
    /// The last of what it printed.
    pub output: Vec<u8>,
    /// How much it printed.
    pub bytes: u64,
}

impl Outcome {
    /// The output that was kept, with plain line ends.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).replace("\r\n", "\n")
    }

    /// From the request to the first byte, which must have come.
    pub fn first(&self) -> anyhow::Result<Duration> {
        self.first.context("the program printed nothing")
    }
}

impl Student {
    /// Signs in and opens a page.
    pub async fn enter(product: &Product, username: &str, protocol: Option<u16>) -> Self {
        let mut browser = product.sign_in(username).await;
        browser.protocol = protocol.unwrap_or(browser.protocol);
        Self::at(browser).await
    }

    /// Opens a page of a user who has signed in.
    pub async fn at(browser: Browser) -> Self {
        let socket = browser.socket().await;
        Self::over(browser, socket)
    }

    /// The same, where the server may refuse it or answer nothing.
    pub async fn try_at(browser: Browser) -> anyhow::Result<Self> {
        let mut socket = browser.try_socket().await?;
        let protocol = browser.protocol;
        socket.try_send(&FromBrowser::Hello { protocol }).await?;
        match socket.receive().await {
            Heard::Message(FromServer::Welcome { .. }) => Ok(Self::over(browser, socket)),
            other => bail!("the server did not welcome the page: {other:?}"),
        }
    }

    fn over(browser: Browser, socket: Socket) -> Self {
        Self {
            browser,
            socket,
            number: 0,
            run: None,
            is_starting: false,
        }
    }

    /// Saves a program over whatever is there.
    pub async fn write(&self, path: &str, text: &str) -> anyhow::Result<()> {
        let base = self.browser.read(path).await.ok().map(|now| now.version);
        match self.browser.save(path, text, base.as_deref()).await {
            Ok(_) => Ok(()),
            Err((status, code)) => bail!("{path} could not be saved: {status} {code}"),
        }
    }

    /// Starts a program and watches until the script has ended, keeping the last `keep` bytes.
    pub async fn run(
        &mut self,
        path: &str,
        within: Duration,
        keep: usize,
    ) -> anyhow::Result<Outcome> {
        self.watch(path, within, keep, |_| {}).await
    }

    /// The same, telling of every piece of output.
    pub async fn watch(
        &mut self,
        path: &str,
        within: Duration,
        keep: usize,
        mut see: impl FnMut(&[u8]),
    ) -> anyhow::Result<Outcome> {
        let due = Deadline::now() + within;
        let start = Instant::now();
        self.start(path).await?;
        let (mut first, mut output, mut count) = (None, Vec::new(), 0);
        loop {
            let heard = timeout_at(due, self.socket.receive()).await;
            let heard = heard.with_context(|| {
                let seen = String::from_utf8_lossy(&output).into_owned();
                format!("{path} has not ended after {within:?}; it printed: {seen:?}")
            })?;
            match heard {
                Heard::Message(FromServer::RunStarted { request, run })
                    if request == self.number =>
                {
                    (self.run, self.is_starting) = (Some(run.id), false);
                    // As a page does: what the program before prints is shown no more.
                    let stream = self.number - 1;
                    self.socket
                        .try_send(&FromBrowser::Detach { stream })
                        .await?;
                }
                Heard::Output {
                    stream,
                    offset,
                    bytes,
                } if stream == self.number => {
                    first.get_or_insert_with(|| start.elapsed());
                    count = offset + bytes.len() as u64;
                    self.socket
                        .try_send(&FromBrowser::Acknowledge {
                            stream,
                            offset: count,
                        })
                        .await?;
                    see(&bytes);
                    output.extend_from_slice(&bytes);
                    let excess = output.len().saturating_sub(keep);
                    output.drain(..excess);
                }
                Heard::Message(FromServer::Mark {
                    stream,
                    mark: Mark::ScriptEnded { end },
                    ..
                }) if stream == self.number => {
                    return Ok(Outcome {
                        first,
                        whole: start.elapsed(),
                        end,
                        output,
                        bytes: count,
                    });
                }
                Heard::Message(FromServer::LogEnded { stream }) if stream == self.number => {
                    bail!("{path}: the log ended without the script's end")
                }
                Heard::Message(FromServer::Problem {
                    request,
                    stream,
                    problem,
                }) if request == Some(self.number) || stream == Some(self.number) => {
                    bail!("{path}: {}", problem.title)
                }
                Heard::Closed(code) => bail!("{path}: the socket was closed ({code:?})"),
                _ => {}
            }
        }
    }

    /// Types a line at the prompt, and waits until `answer` comes.
    pub async fn ask(&mut self, line: &str, answer: &str, within: Duration) -> anyhow::Result<()> {
        let run = self.run.context("there is no program to talk to")?;
        let due = Deadline::now() + within;
        let data = format!("{line}\n");
        self.socket
            .try_send(&FromBrowser::Input { run, data })
            .await?;
        let mut output = Vec::new();
        loop {
            let heard = timeout_at(due, self.socket.receive()).await;
            match heard.with_context(|| format!("no answer to {line} within {within:?}"))? {
                Heard::Output { stream, bytes, .. } if stream == self.number => {
                    output.extend(bytes);
                    if shown(&output).contains(answer) {
                        return Ok(());
                    }
                }
                Heard::Message(FromServer::LogEnded { stream }) if stream == self.number => {
                    bail!("the program has ended");
                }
                Heard::Closed(code) => bail!("the socket was closed ({code:?})"),
                _ => {}
            }
        }
    }

    /// Ends what was started last, if it is there, and waits until nothing of it is.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        let due = Deadline::now() + ENDS_WITHIN;
        if let Some(run) = self.run {
            self.socket.try_send(&FromBrowser::Stop { run }).await?;
        } else if !self.is_starting {
            return Ok(());
        }
        loop {
            let heard = timeout_at(due, self.socket.receive()).await;
            match heard.context("a program that was stopped has not ended")? {
                Heard::Message(FromServer::RunStarted { request, run })
                    if request == self.number =>
                {
                    (self.run, self.is_starting) = (Some(run.id), false);
                    self.socket
                        .try_send(&FromBrowser::Stop { run: run.id })
                        .await?;
                }
                Heard::Message(FromServer::LogEnded { stream }) if stream == self.number => break,
                Heard::Message(FromServer::Problem { request, .. })
                    if request == Some(self.number) =>
                {
                    break;
                }
                Heard::Output {
                    stream,
                    offset,
                    bytes,
                } if stream == self.number => {
                    let offset = offset + bytes.len() as u64;
                    self.socket
                        .try_send(&FromBrowser::Acknowledge { stream, offset })
                        .await?;
                }
                Heard::Closed(code) => bail!("the socket was closed ({code:?})"),
                _ => {}
            }
        }
        (self.run, self.is_starting) = (None, false);
        Ok(())
    }

    async fn start(&mut self, path: &str) -> anyhow::Result<()> {
        self.number += 1;
        (self.run, self.is_starting) = (None, true);
        let start = FromBrowser::Start {
            request: self.number,
            stream: self.number,
            path: path.to_owned(),
            columns: 80,
            rows: 24,
        };
        Ok(self.socket.try_send(&start).await?)
    }
}
