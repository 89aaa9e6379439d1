//! A student who writes: saves one text after another, and keeps a journal of what was acknowledged.

use std::{path::Path, sync::Arc, time::Duration};

use pythonide_protocol::http::{SaveText, SavedView, TextView};
use pythonide_testkit::browser::Browser;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use reqwest::Method;
use tokio::{sync::watch, time::sleep};

use super::{
    books::{Act, Books, Wrong},
    page::{Answer, ask},
};

/// Files that one student writes.
const FILES: usize = 4;
/// Then something is wrong for good.
const WORKS_WITHIN: Duration = Duration::from_mins(1);

/// One student's writing.
#[derive(Debug)]
pub(super) struct Editor {
    number: usize,
    browser: Browser,
    books: Arc<Books>,
    chance: StdRng,
    /// Of the text that is written next.
    text: u32,
    files: [Journal; FILES],
}

/// What was acknowledged of a file, which must be there.
#[derive(Debug, Default)]
struct Journal {
    text: String,
    /// `None` before the first save.
    version: Option<String>,
}

impl Editor {
    pub(super) fn new(number: usize, browser: Browser, books: Arc<Books>, seed: u64) -> Self {
        Self {
            number,
            browser,
            books,
            chance: StdRng::seed_from_u64(seed),
            text: 0,
            files: Default::default(),
        }
    }

    /// Writes until it is told to stop, and returns when nothing is on its way.
    pub(super) async fn write(mut self, stops: watch::Receiver<bool>) -> Self {
        while !*stops.borrow() {
            let file = self.chance.random_range(0..FILES);
            self.save(file).await;
            if self.chance.random_ratio(1, 4) {
                let file = self.chance.random_range(0..FILES);
                self.compare(file).await;
            }
            let pause = self.chance.random_range(200..1500);
            sleep(Duration::from_millis(pause)).await;
        }
        self
    }

    /// Reads all that was acknowledged, by the servers and from the disk.
    pub(super) async fn compare_all(&mut self, files: &Path) {
        for file in 0..FILES {
            self.compare(file).await;
            let path = files
                .join("Local")
                .join(&self.browser.username)
                .join(name(file));
            let there = std::fs::read_to_string(path).unwrap_or_default();
            if there != self.files[file].text {
                let what = format!("{} of {} on the disk", name(file), self.browser.username);
                self.books.wrong(Wrong::SaveLost, what);
            }
        }
    }

    async fn save(&mut self, file: usize) {
        let text = self.next_text(file);
        let books = Arc::clone(&self.books);
        let mut doing = books.begin(Act::Save, self.number);
        loop {
            let body = SaveText {
                text: text.clone(),
                base: self.files[file].version.clone(),
            };
            let request = self
                .browser
                .request(Method::PUT, &self.browser.home("text"))
                .query(&[("path", name(file))])
                .json(&body);
            match ask::<SavedView>(request).await {
                Answer::Done(saved) => {
                    self.files[file] = Journal {
                        text,
                        version: Some(saved.version),
                    };
                    books.count(|counts| counts.saves += 1);
                    return doing.done();
                }
                // Nothing was saved, and nothing is to be saved by and by.
                Answer::DiskFull => {
                    books.count(|counts| counts.saves_refused += 1);
                    return doing.done();
                }
                Answer::Later(why) => doing.failed(&why),
                Answer::Conflict => return self.settle(file, text, doing.failures()).await,
                answer => {
                    self.tell(&format!("saving {}", name(file)), answer);
                    doing.failed("an internal error");
                }
            }
            if doing.lasts() > WORKS_WITHIN {
                let what = format!("{} could not save {}", self.browser.username, name(file));
                return books.wrong(Wrong::NeverAgain, what);
            }
            self.pause().await;
        }
    }

    /// A save of an earlier try was done although it was not answered; or else somebody has lost something.
    async fn settle(&mut self, file: usize, text: String, failures: u32) {
        let Some(found) = self.read(file).await else {
            return;
        };
        if found.text != text || failures == 0 {
            let what = format!(
                "{} of {}: a conflict with nobody, after {failures} failures",
                name(file),
                self.browser.username
            );
            self.books.wrong(Wrong::SaveLost, what);
        }
        self.files[file] = Journal {
            text: found.text,
            version: Some(found.version),
        };
        self.books.count(|counts| counts.saves += 1);
    }

    /// Reads a file; it must be what was acknowledged last.
    async fn compare(&mut self, file: usize) {
        if self.files[file].version.is_none() {
            return;
        }
        let Some(found) = self.read(file).await else {
            return;
        };
        let journal = &self.files[file];
        if found.text == journal.text {
            return;
        }
        let wrong = if is_whole(&found.text) {
            Wrong::SaveLost
        } else {
            Wrong::SaveTorn
        };
        let what = format!(
            "{} of {}: {:?} instead of {:?}",
            name(file),
            self.browser.username,
            found.text.lines().next(),
            journal.text.lines().next()
        );
        self.books.wrong(wrong, what);
    }

    async fn read(&mut self, file: usize) -> Option<TextView> {
        let books = Arc::clone(&self.books);
        let mut doing = books.begin(Act::Read, self.number);
        loop {
            let request = self
                .browser
                .request(Method::GET, &self.browser.home("text"))
                .query(&[("path", name(file))]);
            match ask::<TextView>(request).await {
                Answer::Done(found) => {
                    books.count(|counts| counts.reads += 1);
                    doing.done();
                    return Some(found);
                }
                Answer::Later(why) => doing.failed(&why),
                Answer::NotFound => {
                    let what = format!("{} of {} is gone", name(file), self.browser.username);
                    books.wrong(Wrong::SaveLost, what);
                    return None;
                }
                answer => {
                    self.tell(&format!("reading {}", name(file)), answer);
                    doing.failed("an internal error");
                }
            }
            if doing.lasts() > WORKS_WITHIN {
                let what = format!("{} could not read {}", self.browser.username, name(file));
                books.wrong(Wrong::NeverAgain, what);
                return None;
            }
            self.pause().await;
        }
    }

    fn tell<T: std::fmt::Debug>(&self, doing: &str, answer: Answer<T>) {
        let (wrong, told) = match answer {
            Answer::SignedOut => (Wrong::SessionLost, String::new()),
            Answer::Internal(told) => (Wrong::InternalError, told),
            other => (Wrong::InternalError, format!("{other:?}")),
        };
        let what = format!("{}, {doing}: {told}", self.browser.username);
        self.books.wrong(wrong, what);
    }

    /// A text whose beginning and end say whose it is and which.
    fn next_text(&mut self, file: usize) -> String {
        self.text += 1;
        let mark = format!("# {} {} {}\n", self.browser.username, name(file), self.text);
        let lines = self.chance.random_range(0..400);
        let body = "print('a line of a program that is not run')\n".repeat(lines);
        format!("{mark}{body}{mark}")
    }

    async fn pause(&mut self) {
        let pause = self.chance.random_range(100..400);
        sleep(Duration::from_millis(pause)).await;
    }
}

fn name(file: usize) -> String {
    format!("work-{file}.py")
}

/// Whether a text ends as it begins.
fn is_whole(text: &str) -> bool {
    let mark = text.lines().next();
    mark.is_some() && mark == text.lines().next_back()
}
