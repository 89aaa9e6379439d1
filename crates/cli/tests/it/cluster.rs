//! Two servers and two hosts over one PostgreSQL and one folder of files, without stickiness.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use pythonide_protocol::{
    problem::Problem,
    socket::{EndCause, FromBrowser, FromServer, RunState},
};
use pythonide_testkit::{
    PATIENCE,
    browser::{Browser, Console, Heard},
    part::Part,
    product::PASSWORD,
};
use rustix::process::Signal;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::site::{Site, free_port};

struct Cluster {
    site: Site,
    hosts: Vec<Part>,
    servers: Vec<Part>,
}

impl Cluster {
    async fn start() -> Self {
        let mut cluster = Self {
            site: Site::of(&["ada", "ben"]).await,
            hosts: Vec::new(),
            servers: Vec::new(),
        };
        for number in 0..2 {
            let host = Part::start(&mut cluster.host(number), "ready at ");
            cluster.hosts.push(host);
        }
        for number in 0..2 {
            let server = cluster.start_server(number);
            cluster.servers.push(server);
        }
        cluster
    }

    fn host(&self, number: usize) -> Command {
        self.host_at(number, "tcp:127.0.0.1:0")
    }

    fn host_at(&self, number: usize, link: &str) -> Command {
        let mut command = self.site.host(&format!("host-{number}"), link);
        command.args(["--drain-minutes", "5"]);
        command
    }

    fn start_server(&self, number: usize) -> Part {
        let link = &self.hosts[number].address;
        let mut command = self.site.command();
        command.args(["server", "--listen", "127.0.0.1:0", "--link", link]);
        Part::start(&mut command, "listening on ")
    }

    fn home(&self, path: &str) -> PathBuf {
        self.site.files().join("Local/ada").join(path)
    }

    async fn sign_in(&self, username: &str) -> Browser {
        Browser::sign_in(&self.servers[0].address, username, PASSWORD).await
    }

    /// Which host holds the only program that there is, and the other.
    fn host_and_other(&self) -> (usize, usize) {
        let host = self
            .hosts
            .iter()
            .position(|host| !host.programs().is_empty());
        let host = host.expect("a host holds the program");
        (host, 1 - host)
    }
}

/// Tries until it works, as a page does.
async fn until_it_works<T, E: std::fmt::Debug>(
    mut attempt: impl AsyncFnMut() -> Result<T, E>,
) -> (T, Duration) {
    let start = Instant::now();
    loop {
        match attempt().await {
            Ok(done) => return (done, start.elapsed()),
            Err(error) if start.elapsed() > PATIENCE => panic!("{error:?}"),
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// A program that adds a letter to a file every 20 milliseconds.
const TICKS: &str = "import time\nprint('on', flush=True)\nwith open('ticks.txt', 'a', buffering=1) as file:\n    \
                     while True:\n        file.write('.')\n        file.flush()\n        time.sleep(0.02)\n";

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |found| found.len())
}

#[tokio::test]
async fn a_program_is_reached_through_every_server_from_the_byte_where_one_was() {
    let cluster = Cluster::start().await;
    let ada = cluster.sign_in("ada").await;
    let source = "while True:\n    print('you said', input('? '))\n";
    let mut first = ada.run("talk.py", source).await;
    first.wait_for("? ").await;
    first.type_in("one\n").await;
    first.wait_for("you said one").await;
    // The same session, at the other server.
    let elsewhere = ada.clone().at(&cluster.servers[1].address);
    let (socket, run) = elsewhere.program().await;
    assert_eq!((run.id, run.state), (first.run, RunState::Running));
    let from = first.from + first.output.len() as u64;
    let mut second = Console::attach(socket, &run, from).await;
    second.type_in("two\n").await;
    second.wait_for("you said two").await;
    first.wait_for("you said two").await;
    let (one, other) = (&first.output, &second.output);
    let seen = usize::try_from(from - first.from).unwrap();
    assert!(one[seen..].starts_with(&other[..one.len() - seen]) || other.starts_with(&one[seen..]));
    // What one server saves the other reads.
    elsewhere.write("note.txt", "from there").await;
    assert_eq!(ada.read("note.txt").await.unwrap().text, "from there");
}

#[tokio::test]
async fn what_a_killed_host_kept_comes_to_the_other_and_nothing_that_was_saved_is_lost() {
    let mut cluster = Cluster::start().await;
    let ada = cluster.sign_in("ada").await;
    ada.write("main.py", "saved before").await;
    let mut console = ada.run("loop.py", TICKS).await;
    console.wait_for("on").await;
    let (host, other) = cluster.host_and_other();
    cluster.hosts[host].kill();
    let ((), took) = until_it_works(async || {
        let base = ada.read("main.py").await?.version;
        ada.save("main.py", "saved after", Some(&base))
            .await
            .map(drop)
    })
    .await;
    assert!(took < PATIENCE, "{took:?}");
    assert_eq!(ada.read("main.py").await.unwrap().text, "saved after");
    // The page is told that its program went with its host.
    assert_eq!(console.script_end().await.cause, EndCause::HostLost);
    let mut console = ada.run("hello.py", "print('hello')\ninput()\n").await;
    console.wait_for("hello").await;
    assert_eq!(cluster.hosts[other].programs().len(), 1);
}

#[tokio::test]
async fn a_host_that_hangs_writes_nothing_once_another_has_its_workspaces() {
    let cluster = Cluster::start().await;
    let ada = cluster.sign_in("ada").await;
    let mut console = ada.run("ticks.py", TICKS).await;
    console.wait_for("on").await;
    let (host, _) = cluster.host_and_other();
    cluster.hosts[host].signal(Signal::STOP);
    let (_, _) =
        until_it_works(async || ada.save("late.txt", "by the other host", None).await).await;
    // The program lives, for nobody could end it, but it does nothing.
    assert_eq!(cluster.hosts[host].programs().len(), 1);
    let ticks = size(&cluster.home("ticks.txt"));
    sleep(Duration::from_millis(500)).await;
    assert_eq!(size(&cluster.home("ticks.txt")), ticks);
    // When it wakes up it learns that it was declared dead.
    cluster.hosts[host].signal(Signal::CONT);
    until("its program ends", || {
        cluster.hosts[host].programs().is_empty()
    })
    .await;
    assert_eq!(size(&cluster.home("ticks.txt")), ticks);
    assert_eq!(
        ada.read("late.txt").await.unwrap().text,
        "by the other host"
    );
    // And is a host like any other again.
    let ben = cluster.sign_in("ben").await;
    for browser in [&ada, &ben] {
        let mut console = browser.run("hello.py", "print('hello')\n").await;
        assert_eq!(console.script_end().await.cause, EndCause::Finished);
    }
}

#[tokio::test]
async fn a_host_that_is_asked_to_stop_lets_its_program_go_on_and_gives_away_what_it_can() {
    let mut cluster = Cluster::start().await;
    let ada = cluster.sign_in("ada").await;
    let source = "print('you said', input('? '))\n";
    let mut console = ada.run("ask.py", source).await;
    console.wait_for("? ").await;
    let (host, other) = cluster.host_and_other();
    cluster.hosts[host].signal(Signal::TERM);
    // Whoever has no program there is at the other host before long, and notices nothing.
    let ben = cluster.sign_in("ben").await;
    until_it_works(async || {
        ben.save("hello.py", "print('hello')\ninput()\n", None)
            .await
    })
    .await;
    let (mut elsewhere, _) = until_it_works(async || {
        // Until the server has heard of the other host, this one says that it is about to end.
        let mut elsewhere = Console::try_start(ben.socket().await, "hello.py").await?;
        elsewhere.wait_for("hello").await;
        Ok::<_, Problem>(elsewhere)
    })
    .await;
    assert_eq!(cluster.hosts[other].programs().len(), 1);
    // The program goes on, and so do its owner's files.
    console.type_in("something\n").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
    assert!(console.text().contains("you said something"));
    ada.write("note.txt", "saved meanwhile").await;
    // The next one is at the other host, and then the old one has nothing left to wait for.
    let mut next = ada.run("next.py", "print('next')\ninput()\n").await;
    next.wait_for("next").await;
    assert_eq!(cluster.hosts[other].programs().len(), 2);
    assert_eq!(ada.read("note.txt").await.unwrap().text, "saved meanwhile");
    let start = Instant::now();
    let status = loop {
        if let Some(status) = cluster.hosts[host].ended() {
            break status;
        }
        assert!(start.elapsed() < PATIENCE, "it ends by itself");
        sleep(Duration::from_millis(50)).await;
    };
    assert!(status.success());
    for (console, line) in [(&mut elsewhere, "a\n"), (&mut next, "b\n")] {
        console.type_in(line).await;
        assert_eq!(console.script_end().await.cause, EndCause::Finished);
    }
}

#[tokio::test]
async fn programs_stand_still_while_no_server_is_there_and_go_on_when_one_is() {
    let mut cluster = Cluster::start().await;
    let ada = cluster.sign_in("ada").await;
    let mut console = ada.run("ticks.py", TICKS).await;
    console.wait_for("on").await;
    let run = console.run;
    cluster.servers.clear();
    let ticks = cluster.home("ticks.txt");
    let stands_still = || {
        let before = size(&ticks);
        std::thread::sleep(Duration::from_millis(200));
        size(&ticks) == before
    };
    until("it stands still", stands_still).await;
    let before = size(&ticks);
    for number in 0..2 {
        let server = cluster.start_server(number);
        cluster.servers.push(server);
    }
    until("it goes on", || size(&ticks) > before).await;
    let mut socket = ada.at(&cluster.servers[1].address).socket().await;
    socket.send(FromBrowser::Stop { run }).await;
    until("it is stopped", || {
        cluster.hosts.iter().all(|host| host.programs().is_empty())
    })
    .await;
}

#[tokio::test]
async fn a_server_is_ready_while_any_host_answers_and_tells_of_each() {
    let mut cluster = Cluster::start().await;
    let mut watched = cluster.site.command();
    let link = cluster.hosts[0].address.clone();
    watched.args(["server", "--listen", "127.0.0.1:0", "--link", &link]);
    watched.args(["--metrics", "127.0.0.1:0"]);
    let watched = Part::start(&mut watched, "metrics on ");
    let ready = format!("{}/ready", cluster.servers[0].address);
    let ready = async || reqwest::get(&ready).await.unwrap().status().as_u16();
    let told = async |line: String| {
        let text = reqwest::get(&watched.address).await.unwrap();
        let text = text.text().await.unwrap();
        if text.lines().any(|found| found.starts_with(&line)) {
            Ok(())
        } else {
            Err(text)
        }
    };
    for host in &cluster.hosts {
        let label = format!("{{host=\"{}\"", host.address);
        until_it_works(async || told(format!("pythonide_host_up{label}}} 1")).await).await;
        let programs = format!("pythonide_host_programs{label},state=\"running\"}} 0");
        until_it_works(async || told(programs.clone()).await).await;
    }
    assert_eq!(ready().await, 200);
    // Its own.
    cluster.hosts[0].kill();
    let down = format!("pythonide_host_up{{host=\"{link}\"}} 0");
    until_it_works(async || told(down.clone()).await).await;
    until_it_works(async || (ready().await == 200).then_some(()).ok_or("not ready")).await;
    cluster.hosts[1].kill();
    until_it_works(async || (ready().await == 503).then_some(()).ok_or("ready")).await;
}

#[tokio::test]
async fn two_hosts_of_one_address_or_one_scratch_folder_are_told_and_harm_nobody() {
    let cluster = Cluster::start().await;
    let ada = cluster.sign_in("ada").await;
    let mut console = ada.run("ask.py", "print('you said', input('? '))\n").await;
    console.wait_for("? ").await;
    let (host, _) = cluster.host_and_other();
    let output = cluster.host(host).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("another host works in it; each needs a scratch folder"),
        "{said}"
    );

    let own = format!("tcp:127.0.0.1:{}", free_port());
    let mut same = cluster.host_at(2, &own);
    same.args(["--advertise", &cluster.hosts[host].address]);
    let _same = Part::start(&mut same, "ready at ");
    let mut server = cluster.site.command();
    server.args(["server", "--listen", "127.0.0.1:0", "--link", &own]);
    let _server = Part::start(&mut server, "listening on ");
    let log = cluster.site.folder.path().join("log");
    until("it is told", || {
        let log = std::fs::read_to_string(&log).unwrap();
        log.contains("two hosts say that they are reached at")
    })
    .await;
    console.type_in("something\n").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
    assert!(console.text().contains("you said something"));
}

#[tokio::test]
async fn a_page_whose_host_answers_another_server_only_is_sent_there_and_its_program_goes_on() {
    let site = Site::of(&["ada"]).await;
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let relayed = format!("tcp:{}", port.local_addr().unwrap());
    let direct = format!("tcp:127.0.0.1:{}", free_port());
    let mut host = site.host("host", &direct);
    let _host = Part::start(host.args(["--advertise", &relayed]), "ready at ");
    let relay = tokio::spawn(relay(port, direct.clone()));
    let server_by = |link: &str| {
        let mut command = site.command();
        command.args(["server", "--listen", "127.0.0.1:0", "--link", link]);
        Part::start(&mut command, "listening on ")
    };
    let (near, far) = (server_by(&direct), server_by(&relayed));
    let ada = Browser::sign_in(&far.address, "ada", PASSWORD).await;
    let mut console = ada.run("ask.py", "print('you said', input('? '))\n").await;
    console.wait_for("? ").await;
    relay.abort();
    while !matches!(
        console.socket.next().await,
        Heard::Message(FromServer::Leave)
    ) {}
    let (socket, run) = ada.at(&near.address).program().await;
    assert_eq!((run.id, run.state), (console.run, RunState::Running));
    let mut console = Console::attach(socket, &run, 0).await;
    console.type_in("it\n").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
    assert!(console.text().contains("you said it"));
}

/// Passes all connections on to a link's address, until it is aborted.
async fn relay(port: TcpListener, to: String) {
    let to = to.strip_prefix("tcp:").unwrap();
    let mut connections = JoinSet::new();
    loop {
        let (mut from, _) = port.accept().await.unwrap();
        let mut there = TcpStream::connect(to).await.unwrap();
        connections.spawn(async move { copy_bidirectional(&mut from, &mut there).await });
    }
}
