//! What a browser does, for the test student.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::output;

/// Talks to a server.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
}

/// A sign-in.
#[derive(Debug, Clone)]
pub(super) struct Session {
    client: Client,
    username: String,
    /// `name=value`.
    pub(super) cookie: String,
}

impl Client {
    pub(super) fn new(url: &str) -> Self {
        Self {
            http: reqwest::Client::new(),
            url: url.trim_end_matches('/').to_owned(),
        }
    }

    /// Signs in; `None` when the name or the password is refused.
    pub(super) async fn sign_in(
        &self,
        username: &str,
        password: &str,
    ) -> anyhow::Result<Option<Session>> {
        let answer = loop {
            let answer = self
                .http
                .post(format!("{}/api/session", self.url))
                .json(&json!({ "username": username, "password": password }))
                .send()
                .await
                .with_context(|| format!("no server answers at {}", self.url))?;
            let Some(pause) = pause(&answer) else {
                break answer;
            };
            output::note(format_args!(
                "Signed in too often in a short time; going on in {} seconds.",
                pause.as_secs()
            ));
            tokio::time::sleep(pause).await;
        };
        if answer.status() == StatusCode::UNAUTHORIZED {
            return Ok(None);
        }
        let answer = answer.error_for_status()?;
        let cookie = answer
            .headers()
            .get("set-cookie")
            .and_then(|cookie| cookie.to_str().ok())
            .and_then(|cookie| cookie.split(';').next())
            .context("the server set no cookie")?;
        Ok(Some(self.session(username, cookie)))
    }

    /// A session of which the cookie is known.
    pub(super) fn session(&self, username: &str, cookie: &str) -> Session {
        Session {
            client: self.clone(),
            username: username.to_owned(),
            cookie: cookie.to_owned(),
        }
    }
}

/// How long the server asks to wait, if it does; more than a minute is no pause any more.
fn pause(answer: &reqwest::Response) -> Option<Duration> {
    if answer.status() != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let seconds = answer.headers().get("retry-after")?.to_str().ok()?;
    let seconds = seconds.parse().ok().filter(|seconds| *seconds <= 60)?;
    Some(Duration::from_secs(seconds))
}

impl Session {
    /// Whether it still is one, of the same user.
    pub(super) async fn is_alive(&self) -> anyhow::Result<bool> {
        let url = format!("{}/api/session", self.client.url);
        let answer = self.send(self.client.http.get(url)).await?;
        if answer.status() != StatusCode::OK {
            return Ok(false);
        }
        let session: Value = answer.json().await?;
        Ok(session["user"]["username"] == self.username.as_str())
    }

    pub(super) async fn make_folder(&self, path: &str) -> anyhow::Result<()> {
        let request = self
            .tree(Method::POST, "folders")
            .json(&json!({ "path": path }));
        self.done(request, path).await?;
        Ok(())
    }

    /// Saves a text; returns its version.
    pub(super) async fn save(
        &self,
        path: &str,
        text: &str,
        base: Option<&str>,
    ) -> anyhow::Result<String> {
        let request = self
            .tree(Method::PUT, "text")
            .query(&[("path", path)])
            .json(&json!({ "text": text, "base": base }));
        let saved: Value = self.done(request, path).await?.json().await?;
        let version = saved["version"].as_str();
        Ok(version.context("the server named no version")?.to_owned())
    }

    pub(super) async fn upload(&self, path: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        let request = self.tree(Method::PUT, "content").query(&[("path", path)]);
        self.done(request.body(bytes), path).await?;
        Ok(())
    }

    pub(super) async fn delete(&self, path: &str) -> anyhow::Result<()> {
        let request = self
            .tree(Method::POST, "deletions")
            .json(&json!({ "path": path }));
        self.done(request, path).await?;
        Ok(())
    }

    /// The bytes of a file; `None` when it is not there.
    pub(super) async fn download(&self, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let request = self.tree(Method::GET, "content").query(&[("path", path)]);
        self.found(request, path, async |answer| {
            Ok(answer.bytes().await?.to_vec())
        })
        .await
    }

    /// A folder's entries by the name; `None` when it is not there.
    pub(super) async fn list(&self, path: &str) -> anyhow::Result<Option<Value>> {
        let request = self.tree(Method::GET, "folder").query(&[("path", path)]);
        self.found(request, path, async |answer| Ok(answer.json().await?))
            .await
    }

    /// The texts that a file had, the oldest first.
    pub(super) async fn history(&self, path: &str) -> anyhow::Result<Vec<String>> {
        let request = self.tree(Method::GET, "versions").query(&[("path", path)]);
        let list: Value = self.done(request, path).await?.json().await?;
        let mut texts = Vec::new();
        for version in list["versions"].as_array().into_iter().flatten().rev() {
            let version = version["version"].as_str().unwrap_or_default();
            let request = self
                .tree(Method::GET, &format!("versions/{version}"))
                .query(&[("path", path)]);
            let text = self
                .found(request, path, async |answer| {
                    Ok(answer.json::<Value>().await?)
                })
                .await?;
            texts.extend(text.and_then(|text| Some(text["text"].as_str()?.to_owned())));
        }
        Ok(texts)
    }

    fn tree(&self, method: Method, route: &str) -> RequestBuilder {
        let url = format!(
            "{}/api/trees/home:{}/{route}",
            self.client.url, self.username
        );
        self.client.http.request(method, url)
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<reqwest::Response> {
        let answer = request.header("cookie", &self.cookie).send().await;
        answer.with_context(|| format!("no server answers at {}", self.client.url))
    }

    async fn done(&self, request: RequestBuilder, path: &str) -> anyhow::Result<reqwest::Response> {
        let answer = self.send(request).await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let problem: Value = answer.json().await.unwrap_or_default();
        let title = problem["title"].as_str().unwrap_or("no reason given");
        bail!("the server refused {path:?} ({status}): {title}")
    }

    async fn found<T>(
        &self,
        request: RequestBuilder,
        path: &str,
        read: impl AsyncFnOnce(reqwest::Response) -> anyhow::Result<T>,
    ) -> anyhow::Result<Option<T>> {
        let answer = self.send(request).await?;
        match answer.status() {
            StatusCode::OK => Ok(Some(read(answer).await?)),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            status => bail!("the server does not give {path:?}: {status}"),
        }
    }
}
