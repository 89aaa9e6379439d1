//! What a page does on the socket: the socket itself, and a program's console.

use futures::{SinkExt, StreamExt};
use pythonide_protocol::{
    problem::Problem,
    socket::{End, FRAME_HEADER_BYTES, FromBrowser, FromServer, Mark, RunState, RunView},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Error, Message, handshake::client::Request},
};
use uuid::Uuid;

use crate::PATIENCE;

/// The stream of a console, which is the only one on its socket.
const STREAM: u32 = 7;

/// What comes on the socket.
#[derive(Debug)]
pub enum Heard {
    /// A message.
    Message(FromServer),
    /// What a program printed.
    Output {
        /// Of which stream.
        stream: u32,
        /// The offset of the first byte.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Nothing more will come.
    Closed(Option<u16>),
}

/// An open socket.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Opens it and greets.
    pub(crate) async fn open(request: Request, protocol: u16) -> Self {
        let mut socket = Self::connect(request).await.unwrap();
        socket.send(FromBrowser::Hello { protocol }).await;
        let welcome = socket.next().await;
        assert!(
            matches!(welcome, Heard::Message(FromServer::Welcome { .. })),
            "{welcome:?}"
        );
        socket
    }

    /// Opens it, where that may fail.
    pub(crate) async fn connect(request: Request) -> Result<Self, Error> {
        // As browsers do: a message waits for no answer to the one before.
        let is_sent_at_once = true;
        let (stream, _) = connect_async_with_config(request, None, is_sent_at_once).await?;
        Ok(Self { stream })
    }

    /// Sends a message.
    pub async fn send(&mut self, message: FromBrowser) {
        self.try_send(&message).await.unwrap();
    }

    /// The same, where the connection may be gone.
    pub async fn try_send(&mut self, message: &FromBrowser) -> Result<(), Error> {
        let text = serde_json::to_string(message).unwrap();
        self.stream.send(Message::text(text)).await
    }

    /// Goes as a page does that is told to: behind all that was sent.
    pub async fn leave(mut self) {
        let gone = async {
            // One that is gone already need not be closed.
            if self.stream.close(None).await.is_ok() {
                while let Some(Ok(_)) = self.stream.next().await {}
            }
        };
        let _ = timeout(PATIENCE, gone).await;
    }

    /// Sends any text.
    pub async fn send_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// What comes next, which is soon.
    pub async fn next(&mut self) -> Heard {
        timeout(PATIENCE, self.receive())
            .await
            .expect("nothing came")
    }

    /// The same, however long it takes.
    pub async fn receive(&mut self) -> Heard {
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

/// Returns output as text, without the prompt's switches of bracketed paste.
pub fn shown(output: &[u8]) -> String {
    String::from_utf8_lossy(output)
        .replace("\u{1b}[?2004h", "")
        .replace("\u{1b}[?2004l\r", "")
}

/// A program's console, as a page shows it.
#[derive(Debug)]
pub struct Console {
    /// The socket.
    pub socket: Socket,
    /// The run.
    pub run: Uuid,
    /// What was printed.
    pub output: Vec<u8>,
    /// The offset of the first byte in `output`.
    pub from: u64,
    /// What happened, and at which offset.
    pub marks: Vec<(u64, Mark)>,
    /// How the run stands.
    pub state: RunState,
    /// Whether the log is complete.
    pub is_over: bool,
    acknowledges: bool,
}

impl Console {
    /// Starts what is saved at `path`.
    pub async fn start(socket: Socket, path: &str) -> Self {
        match Self::try_start(socket, path).await {
            Ok(console) => console,
            Err(problem) => panic!("{path} could not be started: {problem:?}"),
        }
    }

    /// The same, where it may be refused.
    pub async fn try_start(mut socket: Socket, path: &str) -> Result<Self, Problem> {
        let path = path.to_owned();
        socket
            .send(FromBrowser::Start {
                request: 1,
                stream: STREAM,
                path,
                columns: 80,
                rows: 24,
            })
            .await;
        let run = loop {
            match socket.next().await {
                Heard::Message(FromServer::RunStarted { request: 1, run }) => break run,
                Heard::Message(FromServer::Problem {
                    request: Some(1),
                    problem,
                    ..
                }) => return Err(problem),
                Heard::Message(FromServer::Program { .. }) => {}
                other => panic!("{other:?}"),
            }
        };
        Ok(Self::over(socket, &run, 0))
    }

    /// Shows a run that is there, from an offset on.
    pub async fn attach(mut socket: Socket, run: &RunView, from: u64) -> Self {
        socket
            .send(FromBrowser::Attach {
                stream: STREAM,
                run: run.id,
                from,
            })
            .await;
        Self::over(socket, run, from)
    }

    fn over(socket: Socket, run: &RunView, from: u64) -> Self {
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
    pub fn stop_acknowledging(&mut self) {
        self.acknowledges = false;
    }

    /// Takes the next thing that comes, keeping books: no byte twice, none missing.
    pub async fn step(&mut self) {
        let Ok(heard) = timeout(PATIENCE, self.socket.receive()).await else {
            panic!("nothing more came after {}", self.text());
        };
        match heard {
            Heard::Output {
                stream: STREAM,
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
                        .send(FromBrowser::Acknowledge {
                            stream: STREAM,
                            offset,
                        })
                        .await;
                }
            }
            Heard::Message(FromServer::Attached {
                stream: STREAM,
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
                stream: STREAM,
                offset,
                mark,
            }) => self.marks.push((offset, mark)),
            Heard::Message(FromServer::LogEnded { stream: 7 }) => self.is_over = true,
            Heard::Message(FromServer::Program { run: Some(run) }) if run.id == self.run => {
                self.state = run.state;
            }
            // A page would go now; one that stays is heard a little longer.
            Heard::Message(FromServer::Program { .. } | FromServer::Leave) => {}
            other => panic!("{other:?} after {}", self.text()),
        }
    }

    /// Waits until the output has `text`, and returns all of it so far.
    pub async fn wait_for(&mut self, text: &str) -> String {
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
    pub async fn script_end(&mut self) -> End {
        loop {
            let end = self.marks.iter().find_map(|(_, mark)| match mark {
                Mark::ScriptEnded { end } => Some(end.clone()),
                _ => None,
            });
            if let Some(end) = end {
                return end;
            }
            self.step().await;
        }
    }

    /// Waits until the log is complete.
    pub async fn log_end(&mut self) -> String {
        while !self.is_over {
            self.step().await;
        }
        self.text()
    }

    /// Types.
    pub async fn type_in(&mut self, data: &str) {
        let data = data.to_owned();
        self.socket
            .send(FromBrowser::Input {
                run: self.run,
                data,
            })
            .await;
    }

    /// Asks for the program's end.
    pub async fn stop(&mut self) {
        self.socket.send(FromBrowser::Stop { run: self.run }).await;
    }

    /// What was printed, as [`shown`].
    pub fn text(&self) -> String {
        shown(&self.output)
    }

    /// What the script itself printed, up to its end.
    pub fn script_output(&self) -> String {
        let end = self
            .marks
            .iter()
            .find(|(_, mark)| matches!(mark, Mark::ScriptEnded { .. }))
            .map_or(self.output.len() as u64, |(offset, _)| offset - self.from);
        String::from_utf8_lossy(&self.output[..usize::try_from(end).unwrap()]).into_owned()
    }
}
