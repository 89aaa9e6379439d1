//! What survives when a part of the product dies.

use pythonide_protocol::socket::{EndCause, RunState};
use rustix::process::{Pid, Signal, kill_process};

use crate::{browser::Console, product::Product, programs::programs_of};

fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

/// Waits until the product answers fully again.
async fn until_ready(product: &Product) {
    for _ in 0..200 {
        let answer = reqwest::get(format!("{}/ready", product.url)).await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        // Nothing tells from outside when it will be; this is what a load balancer does.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it does not get ready again");
}

#[tokio::test]
async fn a_host_that_dies_takes_its_programs_along_and_says_so_and_loses_no_file() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut console = ada.run("ask.py", "print('before')\ninput('? ')\n").await;
    console.wait_for("? ").await;
    kill(product.part("host"));
    let end = console.script_end().await;
    assert_eq!(end.cause, EndCause::HostLost);
    assert_eq!(console.log_end().await, "before\r\n? ");
    until_ready(&product).await;
    assert_eq!(programs_of(&product, "ada"), Vec::<String>::new());
    assert_eq!(
        ada.read("ask.py").await.unwrap().text,
        "print('before')\ninput('? ')\n"
    );
    // The same page goes on.
    let mut console = Console::start(console.socket, "ask.py").await;
    console.wait_for("? ").await;
}

#[tokio::test]
async fn a_program_whose_host_died_is_still_the_last_and_says_so_to_a_page_that_comes_later() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut before = ada.run("before.py", "print('of before')\n").await;
    before.wait_for(">>> ").await;
    before.stop().await;
    before.log_end().await;
    let mut console = ada.run("ask.py", "print('before')\ninput('? ')\n").await;
    console.wait_for("? ").await;
    kill(product.part("host"));
    assert_eq!(console.script_end().await.cause, EndCause::HostLost);
    assert_eq!(console.log_end().await, "before\r\n? ");
    until_ready(&product).await;

    let (socket, run) = ada.program().await;
    assert_eq!((run.id, run.state), (console.run, RunState::Ended));
    let mut later = Console::attach(socket, &run, 0).await;
    assert_eq!(later.script_end().await.cause, EndCause::HostLost);
    assert_eq!(later.log_end().await, "");

    let recorded = ada.recorded(2).await;
    let causes: Vec<_> = recorded
        .iter()
        .map(|run| (run.path.as_str(), run.cause.as_str()))
        .collect();
    assert_eq!(causes, [("ask.py", "host_lost"), ("before.py", "finished")]);
    assert_eq!(recorded[0].id, console.run);
}

#[tokio::test]
async fn a_run_that_is_over_while_its_prompt_is_lost_with_the_host_is_recorded_as_it_ended() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut console = ada.run("hello.py", "print('hello')\n").await;
    console.wait_for(">>> ").await;
    ada.recorded(1).await;
    kill(product.part("host"));
    console.log_end().await;
    until_ready(&product).await;
    let mut console = Console::start(console.socket, "hello.py").await;
    console.wait_for(">>> ").await;
    let causes: Vec<_> = ada
        .recorded(2)
        .await
        .into_iter()
        .map(|run| run.cause)
        .collect();
    assert_eq!(causes, ["finished", "finished"]);
}

#[tokio::test]
async fn a_program_outlives_its_server() {
    let mut product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut console = ada
        .run("ask.py", "print('before')\nprint('got', input('? '))\n")
        .await;
    console.wait_for("? ").await;
    let (run, host) = (console.run, product.part("host"));
    kill(product.part("server"));
    product.find_server_again();
    assert_eq!(product.part("host"), host);
    let ada = ada.at(&product.url);
    let (socket, found) = ada.program().await;
    assert_eq!((found.id, found.state), (run, RunState::Running));
    // From the byte where the old connection was.
    let mut console = Console::attach(socket, &found, console.output.len() as u64).await;
    console.type_in("it\n").await;
    assert!(console.wait_for("got it").await.starts_with("it\r\ngot it"));
}

#[tokio::test]
async fn a_product_that_is_stopped_tells_the_programs_why_and_keeps_the_files() {
    let mut product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.write("main.py", "kept").await;
    let mut console = ada.run("ask.py", "input('? ')\n").await;
    console.wait_for("? ").await;
    product.restart();
    let ada = product.sign_in("ada").await;
    assert_eq!(ada.read("main.py").await.unwrap().text, "kept");
    assert_eq!(programs_of(&product, "ada"), Vec::<String>::new());
}

#[tokio::test]
async fn a_product_that_is_asked_to_stop_may_let_programs_go_on_and_takes_no_new_ones() {
    let mut product = Product::with(&["--drain-minutes", "5"]);
    let ada = product.sign_in("ada").await;
    let mut console = ada.run("ask.py", "print('got', input('? '))\n").await;
    console.wait_for("? ").await;
    product.ask_to_stop();
    let ben = product.sign_in("ben").await;
    ben.write("hello.py", "input()\n").await;
    loop {
        match Console::try_start(ben.socket().await, "hello.py").await {
            // The signal has not arrived yet.
            Ok(mut console) => {
                console.type_in("\n").await;
                console.script_end().await;
            }
            Err(problem) => {
                assert!(problem.title.contains("about to restart"), "{problem:?}");
                break;
            }
        }
    }
    console.type_in("an answer\n").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
    console.wait_for("got an answer").await;
    // When the last program has ended there is nothing left to wait for.
    console.type_in("exit()\n").await;
    product.wait();
}

#[tokio::test]
async fn both_parts_end_when_what_started_them_is_killed() {
    let mut product = Product::start();
    let parts = [product.part("host"), product.part("server")];
    product.kill();
    for part in parts {
        let process = rustix::process::pidfd_open(
            Pid::from_raw(part).unwrap(),
            rustix::process::PidfdFlags::empty(),
        );
        // Gone already, or about to be.
        let Ok(process) = process else { continue };
        let mut waiting = [rustix::event::PollFd::new(
            &process,
            rustix::event::PollFlags::IN,
        )];
        let within = rustix::event::Timespec {
            tv_sec: 20,
            tv_nsec: 0,
        };
        assert_eq!(rustix::event::poll(&mut waiting, Some(&within)).unwrap(), 1);
    }
    product.restart();
    product.sign_in("ada").await;
}

#[tokio::test]
async fn readiness_tells_which_part_is_away() {
    let product = Product::start();
    let ready: serde_json::Value = reqwest::get(format!("{}/ready", product.url))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(ready, serde_json::json!({ "database": "ok", "host": "ok" }));
    let health = reqwest::get(format!("{}/health", product.url))
        .await
        .unwrap();
    assert_eq!(health.text().await.unwrap(), "ok");
}

#[tokio::test]
async fn the_output_of_the_last_run_is_there_after_a_restart() {
    let mut product = Product::start();
    let mut console = product
        .sign_in("ada")
        .await
        .run("kept.py", "print('what was printed')\nint('x')\n")
        .await;
    console.script_end().await;
    console.wait_for(">>> ").await;
    console.stop().await;
    console.log_end().await;
    let marks = console.marks.clone();
    // It is written after the page was told, and a restart is orderly.
    product.restart();
    let (socket, run) = product.sign_in("ada").await.program().await;
    assert_eq!((run.path.as_str(), run.state), ("kept.py", RunState::Ended));
    let mut again = Console::attach(socket, &run, 0).await;
    assert_eq!(again.log_end().await, console.text());
    assert_eq!(again.marks, marks);
}
