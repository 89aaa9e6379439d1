//! The agent of Amazon ECS, played by the test: what it is asked while programs live.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};

use pythonide_protocol::socket::EndCause;
use pythonide_testkit::{PATIENCE, product::Product};

/// What the agent does with a request, once it has been read.
type Answer = fn(&mut TcpStream, bool);

/// An agent, and the requests that come to it.
struct Agent {
    url: String,
    requests: Receiver<(String, serde_json::Value)>,
}

impl Agent {
    fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/api/1234", listener.local_addr().unwrap());
        let (told, requests) = channel();
        // Ends with the process of the tests.
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                hear(&mut connection, &told, answer);
                kept.push(connection);
            }
        });
        Self { url, requests }
    }

    fn asked(&self) -> serde_json::Value {
        let (line, body) = self.requests.recv_timeout(PATIENCE).expect("a request");
        assert_eq!(line, "PUT /api/1234/task-protection/v1/state HTTP/1.1");
        body
    }

    fn was_not_asked(&self) {
        if let Ok(request) = self.requests.try_recv() {
            panic!("{request:?}");
        }
    }
}

fn hear(connection: &mut TcpStream, told: &Sender<(String, serde_json::Value)>, answer: Answer) {
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with("\r\n\r\n") {
        connection.read_exact(&mut byte).unwrap();
        text.push(byte[0].into());
    }
    let head = text.to_lowercase();
    assert!(head.contains("content-type: application/json"), "{head}");
    let length = head.split("content-length: ").nth(1).expect("its length");
    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    connection.read_exact(&mut body).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let is_wanted = body["ProtectionEnabled"].as_bool().unwrap();
    let line = text.lines().next().unwrap().to_owned();
    answer(connection, is_wanted);
    told.send((line, body)).unwrap();
}

fn say(connection: &mut TcpStream, body: &str) {
    let length = body.len();
    let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    connection.write_all(text.as_bytes()).unwrap();
}

fn grant(connection: &mut TcpStream, is_wanted: bool) {
    let body = serde_json::json!({ "protection": {
        "ExpirationDate": "2030-01-01T00:00:00Z", "ProtectionEnabled": is_wanted,
        "TaskArn": "arn:aws:ecs:us-east-1:123456789012:task/class/1234",
    } });
    say(connection, &body.to_string());
}

fn fail(connection: &mut TcpStream, _: bool) {
    let body = serde_json::json!({ "failure": { "Reason": "TASK_NOT_VALID" } });
    say(connection, &body.to_string());
}

fn hang(_: &mut TcpStream, _: bool) {}

#[tokio::test]
async fn the_task_is_protected_while_a_program_lives() {
    let agent = Agent::start(grant);
    let product = Product::with(&["--ecs-agent", &agent.url]);
    let ada = product.sign_in("ada").await;
    agent.was_not_asked();
    let mut console = ada.run("ask.py", "input('? ')\n").await;
    let wanted = serde_json::json!({ "ProtectionEnabled": true, "ExpiresInMinutes": 10 });
    assert_eq!(agent.asked(), wanted);
    console.wait_for("? ").await;
    console.stop().await;
    assert_eq!(console.script_end().await.cause, EndCause::Stopped);
    assert_eq!(
        agent.asked(),
        serde_json::json!({ "ProtectionEnabled": false })
    );
    agent.was_not_asked();
}

#[tokio::test]
async fn an_agent_that_fails_or_hangs_is_told_of_once_and_hurts_no_program() {
    for answer in [fail as Answer, hang] {
        let agent = Agent::start(answer);
        let product = Product::with(&["--ecs-agent", &agent.url]);
        let ada = product.sign_in("ada").await;
        for name in ["one.py", "two.py"] {
            let mut console = ada.run(name, "print('hello')\n").await;
            assert_eq!(console.script_end().await.cause, EndCause::Finished);
        }
        assert_eq!(agent.asked()["ProtectionEnabled"], true);
        let told = || {
            product
                .log()
                .matches("the ECS agent does not protect the task")
                .count()
        };
        let start = std::time::Instant::now();
        while told() == 0 {
            assert!(start.elapsed() < PATIENCE, "{}", product.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mut console = ada.run("three.py", "print('hello')\n").await;
        assert_eq!(console.script_end().await.cause, EndCause::Finished);
        assert_eq!(told(), 1);
    }
}
