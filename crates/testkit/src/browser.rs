//! What a page does by HTTP: requests with the session's cookie.

use std::time::Duration;

use pythonide_protocol::{
    PROTOCOL,
    http::{FolderView, RunRecordList, RunRecordView, SaveText, SavedView, TextView},
    socket::{FromServer, RunView},
};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::{
    Error, client::IntoClientRequest, handshake::client::Request,
};

pub use crate::socket::{Console, Heard, Socket};

/// A signed-in page.
#[derive(Debug, Clone)]
pub struct Browser {
    client: reqwest::Client,
    url: String,
    /// Who it is.
    pub username: String,
    /// The session's cookie, `name=value`.
    pub cookie: String,
    /// The version of the socket's conversation.
    pub protocol: u16,
}

impl Browser {
    /// Signs in.
    pub async fn sign_in(url: &str, username: &str, password: &str) -> Self {
        let client = reqwest::Client::new();
        let body = serde_json::json!({ "username": username, "password": password });
        let response = client
            .post(format!("{url}/api/session"))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(
            response.status(),
            StatusCode::OK,
            "{username} could not sign in"
        );
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self {
            client,
            url: url.to_owned(),
            username: username.to_owned(),
            cookie,
            protocol: PROTOCOL,
        }
    }

    /// A page that nobody has signed in to.
    pub fn stranger(url: &str) -> Self {
        let (username, cookie) = (String::new(), "pythonide=none".to_owned());
        Self {
            client: reqwest::Client::new(),
            url: url.to_owned(),
            username,
            cookie,
            protocol: PROTOCOL,
        }
    }

    /// The same page at a server that has started again elsewhere.
    #[must_use]
    pub fn at(self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self
        }
    }

    /// A request with the cookie.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.url))
            .header("cookie", &self.cookie)
    }

    /// Gets a path.
    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// The own runs that are over and recorded, the newest first, once there are that many.
    pub async fn recorded(&self, count: usize) -> Vec<RunRecordView> {
        // A record is durable before the database has it, and nothing tells a page when that is.
        for _ in 0..600 {
            let runs: RunRecordList = answer(self.request(Method::GET, &self.home("runs")))
                .await
                .unwrap();
            if runs.runs.len() >= count {
                return runs.runs;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("fewer than {count} runs are recorded");
    }

    /// The path of a route of the own home.
    pub fn home(&self, route: &str) -> String {
        format!("/api/trees/home:{}/{route}", self.username)
    }

    /// Saves a text of the own home, made from the version `base`.
    pub async fn save(
        &self,
        path: &str,
        text: &str,
        base: Option<&str>,
    ) -> Result<SavedView, (StatusCode, String)> {
        let body = SaveText {
            text: text.to_owned(),
            base: base.map(str::to_owned),
        };
        let request = self
            .request(Method::PUT, &self.home("text"))
            .query(&[("path", path)])
            .json(&body);
        answer(request).await
    }

    /// Saves over whatever is there.
    pub async fn write(&self, path: &str, text: &str) {
        let base = self.read(path).await.ok().map(|found| found.version);
        self.save(path, text, base.as_deref()).await.unwrap();
    }

    /// A text of the own home.
    pub async fn read(&self, path: &str) -> Result<TextView, (StatusCode, String)> {
        answer(
            self.request(Method::GET, &self.home("text"))
                .query(&[("path", path)]),
        )
        .await
    }

    /// The names in a folder of the own home.
    pub async fn names(&self, path: &str) -> Vec<String> {
        let folder: FolderView = answer(
            self.request(Method::GET, &self.home("folder"))
                .query(&[("path", path)]),
        )
        .await
        .unwrap();
        folder.entries.into_iter().map(|entry| entry.name).collect()
    }

    /// Posts to a route of the own home.
    pub async fn post(
        &self,
        route: &str,
        body: serde_json::Value,
    ) -> Result<String, (StatusCode, String)> {
        let response = self
            .request(Method::POST, &self.home(route))
            .json(&body)
            .send()
            .await
            .unwrap();
        text_or_code(response).await
    }

    /// Uploads a file to the own home.
    pub async fn upload(
        &self,
        path: &str,
        bytes: Vec<u8>,
        replace: bool,
    ) -> Result<SavedView, (StatusCode, String)> {
        let replace = if replace { "true" } else { "false" };
        let request = self.request(Method::PUT, &self.home("content"));
        answer(
            request
                .query(&[("path", path), ("replace", replace)])
                .body(bytes),
        )
        .await
    }

    /// Downloads a file of the own home.
    pub async fn download(&self, path: &str) -> Vec<u8> {
        let request = self
            .request(Method::GET, &self.home("content"))
            .query(&[("path", path)]);
        request
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap()
            .bytes()
            .await
            .unwrap()
            .to_vec()
    }

    /// Opens the socket and greets.
    pub async fn socket(&self) -> Socket {
        Socket::open(self.upgrade(), self.protocol).await
    }

    /// Opens the socket, where that may fail, and does not greet.
    pub async fn try_socket(&self) -> Result<Socket, Error> {
        Socket::connect(self.upgrade()).await
    }

    /// Opens the socket, and the program that it is told of: as a page that comes later finds them.
    pub async fn program(&self) -> (Socket, RunView) {
        let mut socket = self.socket().await;
        loop {
            if let Heard::Message(FromServer::Program { run: Some(run) }) = socket.next().await {
                return (socket, run);
            }
        }
    }

    fn upgrade(&self) -> Request {
        let mut request = format!("{}/api/socket", self.url.replace("http:", "ws:"))
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("cookie", self.cookie.parse().unwrap());
        request
    }

    /// Saves a program, runs it, and watches it.
    pub async fn run(&self, path: &str, source: &str) -> Console {
        self.write(path, source).await;
        Console::start(self.socket().await, path).await
    }
}

/// The body of a success, or the status and code of a problem.
pub async fn answer<T: serde::de::DeserializeOwned>(
    request: RequestBuilder,
) -> Result<T, (StatusCode, String)> {
    let text = text_or_code(request.send().await.unwrap()).await?;
    Ok(serde_json::from_str(&text).unwrap())
}

async fn text_or_code(response: Response) -> Result<String, (StatusCode, String)> {
    let status = response.status();
    let text = response.text().await.unwrap();
    if status.is_success() {
        return Ok(text);
    }
    let problem: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    assert!(
        problem["request_id"].is_string(),
        "a problem names its request: {text}"
    );
    Err((status, problem["code"].as_str().unwrap_or(&text).to_owned()))
}
