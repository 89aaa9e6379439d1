//! What a page does: requests with the session's cookie, and the socket.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use pythonide_protocol::{
    PROTOCOL,
    http::{FolderView, SaveText, SavedView, TextView},
    socket::{End, FRAME_HEADER_BYTES, FromBrowser, FromServer, Mark, RunState, RunView},
};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};
use uuid::Uuid;

/// Nothing that a test waits for takes so long.
const WITHIN: Duration = Duration::from_secs(30);

/// A signed-in page.
#[derive(Clone)]
pub(crate) struct Browser {
    client: reqwest::Client,
    url: String,
    pub(crate) username: String,
    pub(crate) cookie: String,
}

impl Browser {
    pub(crate) async fn sign_in(url: &str, username: &str, password: &str) -> Self {
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
        }
    }

    /// A page that nobody has signed in to.
    pub(crate) fn stranger(url: &str) -> Self {
        let (username, cookie) = (String::new(), "pythonide=none".to_owned());
        Self {
            client: reqwest::Client::new(),
            url: url.to_owned(),
            username,
            cookie,
        }
    }

    /// The same page at a server that has started again elsewhere.
    pub(crate) fn at(self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.url))
            .header("cookie", &self.cookie)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// The path of a route of the own home.
    pub(crate) fn home(&self, route: &str) -> String {
        format!("/api/trees/home:{}/{route}", self.username)
    }

    pub(crate) async fn save(
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
    pub(crate) async fn write(&self, path: &str, text: &str) {
        let base = self.read(path).await.ok().map(|found| found.version);
        self.save(path, text, base.as_deref()).await.unwrap();
    }

    pub(crate) async fn read(&self, path: &str) -> Result<TextView, (StatusCode, String)> {
        answer(
            self.request(Method::GET, &self.home("text"))
                .query(&[("path", path)]),
        )
        .await
    }

    pub(crate) async fn names(&self, path: &str) -> Vec<String> {
        let folder: FolderView = answer(
            self.request(Method::GET, &self.home("folder"))
                .query(&[("path", path)]),
        )
        .await
        .unwrap();
        folder.entries.into_iter().map(|entry| entry.name).collect()
    }

    pub(crate) async fn post(
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

    pub(crate) async fn upload(
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

    pub(crate) async fn download(&self, path: &str) -> Vec<u8> {
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
    pub(crate) async fn socket(&self) -> Socket {
        let mut request = format!("{}/api/socket", self.url.replace("http:", "ws:"))
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("cookie", self.cookie.parse().unwrap());
        let (stream, _) = connect_async(request).await.unwrap();
        let mut socket = Socket { stream };
        socket.send(FromBrowser::Hello { protocol: PROTOCOL }).await;
        let welcome = socket.next().await;
        assert!(
            matches!(welcome, Heard::Message(FromServer::Welcome { .. })),
            "{welcome:?}"
        );
        socket
    }

    /// Saves a program, runs it, and watches it.
    pub(crate) async fn run(&self, path: &str, source: &str) -> Console {
        self.write(path, source).await;
        Console::start(self.socket().await, path).await
    }
}

/// The body of a success, or the status and code of a problem.
pub(crate) async fn answer<T: serde::de::DeserializeOwned>(
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

/// What comes on the socket.
#[derive(Debug)]
pub(crate) enum Heard {
    Message(FromServer),
    Output {
        stream: u32,
        offset: u64,
        bytes: Vec<u8>,
    },
    Closed(Option<u16>),
}

/// An open socket.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    pub(crate) async fn send(&mut self, message: FromBrowser) {
        let text = serde_json::to_string(&message).unwrap();
        self.stream.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn next(&mut self) -> Heard {
        timeout(WITHIN, self.receive()).await.expect("nothing came")
    }

    async fn receive(&mut self) -> Heard {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Heard::Message(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Binary(frame))) => {
                    let (header, bytes) = frame.split_at(FRAME_HEADER_BYTES);
                    return Heard::Output {
                        stream: u32::from_be_bytes(header[..4].try_into().unwrap()),
                        offset: u64::from_be_bytes(header[4..].try_into().unwrap()),
                        bytes: bytes.to_vec(),
                    };
                }
                Some(Ok(Message::Close(frame))) => {
                    return Heard::Closed(frame.map(|frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed(None),
            }
        }
    }
}

/// A program's console, as a page shows it.
pub(crate) struct Console {
    pub(crate) socket: Socket,
    pub(crate) run: Uuid,
    pub(crate) output: Vec<u8>,
    /// The offset of the first byte in `output`.
    pub(crate) from: u64,
    pub(crate) marks: Vec<(u64, Mark)>,
    pub(crate) state: RunState,
    pub(crate) is_over: bool,
    acknowledges: bool,
}

impl Console {
    /// Starts what is saved at `path`.
    pub(crate) async fn start(mut socket: Socket, path: &str) -> Self {
        let path = path.to_owned();
        socket
            .send(FromBrowser::Start {
                request: 1,
                path,
                columns: 80,
                rows: 24,
            })
            .await;
        let run = loop {
            match socket.next().await {
                Heard::Message(FromServer::RunStarted { request: 1, run }) => break run,
                Heard::Message(FromServer::Program { .. }) => {}
                other => panic!("{other:?}"),
            }
        };
        Self::attach(socket, &run, 0).await
    }

    /// Shows a run that is there, from an offset on.
    pub(crate) async fn attach(mut socket: Socket, run: &RunView, from: u64) -> Self {
        socket
            .send(FromBrowser::Attach {
                stream: 7,
                run: run.id,
                from,
            })
            .await;
        Self {
            socket,
            run: run.id,
            output: Vec::new(),
            from,
            marks: Vec::new(),
            state: run.state,
            is_over: false,
            acknowledges: true,
        }
    }

    /// From now on shows nothing of what comes.
    pub(crate) fn stop_acknowledging(&mut self) {
        self.acknowledges = false;
    }

    /// Takes the next thing that comes, keeping books: no byte twice, none missing.
    pub(crate) async fn step(&mut self) {
        let Ok(heard) = timeout(WITHIN, self.socket.receive()).await else {
            panic!("nothing more came after {}", self.text());
        };
        match heard {
            Heard::Output {
                stream: 7,
                offset,
                bytes,
            } => {
                assert_eq!(
                    offset,
                    self.from + self.output.len() as u64,
                    "a byte is missing or comes twice"
                );
                self.output.extend_from_slice(&bytes);
                if self.acknowledges {
                    let offset = self.from + self.output.len() as u64;
                    self.socket
                        .send(FromBrowser::Acknowledge { stream: 7, offset })
                        .await;
                }
            }
            Heard::Message(FromServer::Attached {
                stream: 7,
                from,
                lost,
            }) => {
                if self.output.is_empty() {
                    self.from = from;
                } else {
                    assert_eq!((from, lost), (self.from + self.output.len() as u64, 0));
                }
            }
            Heard::Message(FromServer::Mark {
                stream: 7,
                offset,
                mark,
            }) => self.marks.push((offset, mark)),
            Heard::Message(FromServer::LogEnded { stream: 7 }) => self.is_over = true,
            Heard::Message(FromServer::Program { run: Some(run) }) if run.id == self.run => {
                self.state = run.state;
            }
            Heard::Message(FromServer::Program { .. }) => {}
            other => panic!("{other:?} after {}", self.text()),
        }
    }

    /// Waits until the output has `text`, and returns all of it so far.
    pub(crate) async fn wait_for(&mut self, text: &str) -> String {
        while !self.text().contains(text) {
            assert!(
                !self.is_over,
                "the log ended without {text:?}:\n{}",
                self.text()
            );
            self.step().await;
        }
        self.text()
    }

    /// Waits until the script has ended.
    pub(crate) async fn script_end(&mut self) -> End {
        loop {
            if let Some(Mark::ScriptEnded { end }) = self.marks.first().map(|(_, mark)| mark) {
                return end.clone();
            }
            self.step().await;
        }
    }

    /// Waits until the log is complete.
    pub(crate) async fn log_end(&mut self) -> String {
        while !self.is_over {
            self.step().await;
        }
        self.text()
    }

    pub(crate) async fn type_in(&mut self, data: &str) {
        let data = data.to_owned();
        self.socket
            .send(FromBrowser::Input {
                run: self.run,
                data,
            })
            .await;
    }

    pub(crate) async fn stop(&mut self) {
        self.socket.send(FromBrowser::Stop { run: self.run }).await;
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    /// What the script itself printed, up to its end.
    pub(crate) fn script_output(&self) -> String {
        let end = self
            .marks
            .first()
            .map_or(self.output.len() as u64, |(offset, _)| offset - self.from);
        String::from_utf8_lossy(&self.output[..usize::try_from(end).unwrap()]).into_owned()
    }
}
