//! Several machines with a `serve` each, over one PostgreSQL and one folder of files; hosts that are known by a name.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use pythonide_protocol::socket::{EndCause, RunState};
use pythonide_testkit::{
    PATIENCE,
    browser::{Browser, Console},
    part::Part,
    product::{PASSWORD, python},
};
use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use crate::site::{Site, free_port};

const TALK: &str = "print('you said', input('? '))\nprint('then', input('? '))\n";

struct Machines {
    site: Site,
    parts: Vec<Part>,
}

impl Machines {
    async fn start(count: usize) -> Self {
        let mut this = Self {
            site: Site::of(&["ada"]).await,
            parts: Vec::new(),
        };
        for number in 0..count {
            let mut command = this.serve(number);
            command.args(["--link-listen", "tcp:127.0.0.1:0", "--drain-minutes", "5"]);
            let machine = Part::start(&mut command, "listening on ");
            this.parts.push(machine);
        }
        this
    }

    fn serve(&self, number: usize) -> Command {
        let mut command = self.site.command();
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--python", &python()])
            .arg("--data")
            .arg(self.site.folder.path().join(format!("machine-{number}")))
            .env("EFS_MOUNT_PATH", self.site.files());
        command
    }
}

async fn until_ended(part: &mut Part) -> bool {
    let start = Instant::now();
    loop {
        if let Some(status) = part.ended() {
            return status.success();
        }
        assert!(start.elapsed() < PATIENCE, "it ends by itself");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_program_is_reached_through_every_machine_and_outlives_the_server_of_its_own() {
    let mut all = Machines::start(2).await;
    let ada = Browser::sign_in(&all.parts[0].address, "ada", PASSWORD).await;
    let mut first = ada.run("talk.py", TALK).await;
    first.wait_for("? ").await;
    let holder = all.parts.iter().position(|one| !one.programs().is_empty());
    let holder = holder.expect("a machine holds the program");
    let (here, elsewhere) = (
        ada.clone().at(&all.parts[holder].address),
        ada.clone().at(&all.parts[1 - holder].address),
    );
    let from = first.from + first.output.len() as u64;
    let (socket, run) = elsewhere.program().await;
    assert_eq!(run.state, RunState::Running);
    let mut other = Console::attach(socket, &run, from).await;
    other.type_in("one\n").await;
    other.wait_for("you said one").await;
    first.wait_for("you said one").await;
    elsewhere.write("note.txt", "from the other machine").await;
    assert_eq!(
        here.read("note.txt").await.unwrap().text,
        "from the other machine"
    );

    // The machine is replaced: its server goes at once, its program may go on, and is reached from the other.
    all.parts[holder].signal(Signal::TERM);
    let ready = format!("{}/ready", all.parts[holder].address);
    let refused = async || reqwest::get(&ready).await.is_err();
    let start = Instant::now();
    while !refused().await {
        assert!(
            start.elapsed() < PATIENCE,
            "its server takes nobody any more"
        );
        sleep(Duration::from_millis(50)).await;
    }
    other.type_in("two\n").await;
    assert_eq!(other.script_end().await.cause, EndCause::Finished);
    assert!(other.text().contains("then two"));
    elsewhere.write("note.txt", "afterwards").await;
    let mut next = elsewhere.run("next.py", "print('next')\ninput()\n").await;
    next.wait_for("next").await;
    assert_eq!(all.parts[1 - holder].programs().len(), 1);
    assert!(until_ended(&mut all.parts[holder]).await);
    assert_eq!(elsewhere.read("note.txt").await.unwrap().text, "afterwards");
    next.type_in("\n").await;
    assert_eq!(next.script_end().await.cause, EndCause::Finished);
}

#[tokio::test]
async fn every_host_that_a_name_stands_for_is_found_also_when_it_comes_later() {
    if !rustix::process::geteuid().is_root() {
        // Nobody else can let a name stand for several addresses here.
        return;
    }
    let all = Machines::start(0).await;
    let port = free_port();
    let [one, other] = ["127.0.0.1", "127.0.0.2"].map(|host| format!("tcp:{host}:{port}"));
    let names = all.site.folder.path().join("hosts");
    std::fs::write(&names, "127.0.0.1 hosts.test\n").unwrap();
    let (_one, _other) = (
        Part::start(&mut all.site.host("one", &one), "ready at "),
        Part::start(&mut all.site.host("other", &other), "ready at "),
    );
    // A name server of its own, as it were.
    let within = all.site.command();
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-c"])
        .arg("mount --bind \"$0\" /etc/hosts && exec \"$@\"")
        .arg(&names)
        .arg(within.get_program())
        .envs(
            within
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .args([
            "server",
            "--listen",
            "127.0.0.1:0",
            "--metrics",
            "127.0.0.1:0",
        ])
        .args(["--migrate", "--link", &format!("tcp:hosts.test:{port}")]);
    let server = Part::start(&mut command, "metrics on ");
    let is_up = async |address: &str| {
        let line = format!("pythonide_host_up{{host=\"{address}\"}} 1");
        let start = Instant::now();
        loop {
            let text = reqwest::get(&server.address).await.unwrap();
            let text = text.text().await.unwrap();
            if text.lines().any(|found| found == line) {
                return text;
            }
            assert!(start.elapsed() < PATIENCE, "{text}");
            sleep(Duration::from_millis(100)).await;
        }
    };
    let text = is_up(&one).await;
    assert!(
        !text.contains(&other),
        "nobody has said that there is another: {text}"
    );
    std::fs::write(&names, "127.0.0.1 hosts.test\n127.0.0.2 hosts.test\n").unwrap();
    is_up(&other).await;
}

#[tokio::test]
async fn machines_that_cannot_share_say_so_instead_of_starting() {
    let all = Machines::start(0).await;
    let said = |command: &mut Command| {
        let output = command.stderr(Stdio::piped()).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let listen = ["--link-listen", "tcp:127.0.0.1:0"];
    let without_key = said(all.serve(0).args(listen).env_remove("IDE_LINK_KEY"));
    assert!(
        without_key.contains("the same IDE_LINK_KEY"),
        "{without_key}"
    );
    let on_sqlite = said(all.serve(1).args(listen).env_remove("DATABASE_URL"));
    assert!(
        on_sqlite.contains("with SQLite there is one machine"),
        "{on_sqlite}"
    );
    let unix = said(all.serve(2).args(["--link-listen", "unix:/run/host.sock"]));
    assert!(unix.contains("give it tcp:ADDR:PORT"), "{unix}");
}
