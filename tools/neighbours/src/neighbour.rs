//! A student who works while others flood the product.

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use pythonide_measure::{output::progress, stats::Samples};
use pythonide_protocol::http::{SaveText, SavedView, TextView};
use pythonide_testkit::{browser::Browser, product::Product, student::Student};
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;

/// The neighbour's username.
pub(crate) const NEIGHBOUR: &str = "alice";
const HELLO: &str = "print(\"hi\")\n";
/// A text of a size that students write.
const TEXT: &str = "# A line of a program, as long as many are.\n";
const TEXT_LINES: usize = 100;
/// Size of the file that is downloaded, in bytes.
const FILE_BYTES: usize = 100 << 10;
/// How long an answer may take. One that takes longer counts as failed, with this time.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Failures after which a phase ends, so that a product that answers nobody is measured in bounded time.
const MAX_FAILURES: usize = 3;

/// What the neighbour does, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Action {
    /// From the message that starts `print("hi")` to the first byte of output.
    Run,
    /// A `PUT` of a text, until it is durable.
    Save,
    /// A `GET` of that text.
    Open,
    /// A `GET` of a file of 100 KB, until its last byte.
    Download,
}

impl Action {
    pub(crate) const ALL: [Self; 4] = [Self::Run, Self::Save, Self::Open, Self::Download];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Save => "save",
            Self::Open => "open",
            Self::Download => "download",
        }
    }
}

/// Times of one action.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times {
    pub(crate) samples: Samples,
    /// Actions that failed or took longer than ten seconds. They are samples of ten seconds.
    pub(crate) failures: usize,
}

/// Times of all actions, in the order of [`Action::ALL`].
pub(crate) type AllTimes = [Times; 4];

#[derive(Debug)]
pub(crate) struct Neighbour {
    student: Student,
    /// Version of the text, and how often it was saved.
    version: Option<String>,
    saves: usize,
}

impl Neighbour {
    /// Signs in and puts the files there that the actions use.
    pub(crate) async fn enter(product: &Product) -> anyhow::Result<Self> {
        let student = Student::enter(product, NEIGHBOUR, None).await;
        student.write("hello.py", HELLO).await?;
        let uploaded = student
            .browser
            .upload("file.bin", vec![1; FILE_BYTES], true)
            .await;
        if let Err((status, code)) = uploaded {
            bail!("the file to download could not be uploaded: {status} {code}");
        }
        Ok(Self {
            student,
            version: None,
            saves: 0,
        })
    }

    /// Does everything so many times, and adds the times.
    pub(crate) async fn work(&mut self, count: usize, times: &mut AllTimes) -> anyhow::Result<()> {
        let mut failures = 0;
        for _ in 0..count {
            for (action, times) in Action::ALL.into_iter().zip(times.iter_mut()) {
                let done = tokio::time::timeout(TIMEOUT, self.act(action)).await;
                let failure = match done {
                    Ok(Ok(time)) => {
                        times.samples.push_time(time);
                        continue;
                    }
                    Ok(Err(failure)) => format!("{failure:#}"),
                    Err(_) => format!("no answer within {TIMEOUT:?}"),
                };
                progress(format_args!("  {} failed: {failure}", action.name()));
                times.samples.push_time(TIMEOUT);
                times.failures += 1;
                failures += 1;
                if failures == MAX_FAILURES {
                    return Ok(());
                }
                self.recover(action).await?;
            }
        }
        Ok(())
    }

    async fn act(&mut self, action: Action) -> anyhow::Result<Duration> {
        match action {
            Action::Run => self.run().await,
            Action::Save => self.save().await,
            Action::Open => self.open().await,
            Action::Download => self.download().await,
        }
    }

    async fn run(&mut self) -> anyhow::Result<Duration> {
        let outcome = self.student.run("hello.py", TIMEOUT, 100).await?;
        ensure!(outcome.text() == "hi\n", "hello.py printed {outcome:?}");
        outcome.first()
    }

    async fn save(&mut self) -> anyhow::Result<Duration> {
        self.saves += 1;
        let body = SaveText {
            text: self.text(),
            base: self.version.clone(),
        };
        let start = Instant::now();
        let saved: SavedView = send(self.request(Method::PUT, "text", "notes.txt").json(&body))
            .await?
            .json()
            .await?;
        let time = start.elapsed();
        self.version = Some(saved.version);
        Ok(time)
    }

    async fn open(&mut self) -> anyhow::Result<Duration> {
        let start = Instant::now();
        let found: TextView = send(self.request(Method::GET, "text", "notes.txt"))
            .await?
            .json()
            .await?;
        let time = start.elapsed();
        ensure!(found.text == self.text(), "the text is not what was saved");
        Ok(time)
    }

    async fn download(&mut self) -> anyhow::Result<Duration> {
        let start = Instant::now();
        let bytes = send(self.request(Method::GET, "content", "file.bin"))
            .await?
            .bytes()
            .await?;
        let time = start.elapsed();
        ensure!(bytes.len() == FILE_BYTES, "{} bytes came", bytes.len());
        Ok(time)
    }

    /// Makes the neighbour ready to go on after a failure: with another page, or with the version that is there.
    async fn recover(&mut self, failed: Action) -> anyhow::Result<()> {
        match failed {
            Action::Run => {
                let page = Student::try_at(self.student.browser.clone());
                let page = tokio::time::timeout(TIMEOUT, page).await;
                self.student = page.context("no other page could be opened in time")??;
            }
            Action::Save => {
                let found = send(self.request(Method::GET, "text", "notes.txt")).await;
                self.version = match found {
                    Ok(found) => Some(found.json::<TextView>().await?.version),
                    Err(_) => None,
                };
            }
            Action::Open | Action::Download => {}
        }
        Ok(())
    }

    fn text(&self) -> String {
        format!("{}# Saved {} times.\n", TEXT.repeat(TEXT_LINES), self.saves)
    }

    fn request(&self, method: Method, route: &str, path: &str) -> RequestBuilder {
        let browser: &Browser = &self.student.browser;
        browser
            .request(method, &browser.home(route))
            .query(&[("path", path)])
            .timeout(TIMEOUT)
    }
}

/// The answer, if it is a success.
async fn send(request: RequestBuilder) -> anyhow::Result<Response> {
    let response = request.send().await?;
    let status = response.status();
    ensure!(status.is_success(), "{status}");
    Ok(response)
}
