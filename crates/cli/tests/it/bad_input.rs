//! Programs and requests that are not as they should be: each ends in a clear sentence.

use pythonide_protocol::{
    problem::ProblemCode,
    socket::{End, EndCause, FromBrowser, FromServer, RunState},
};
use pythonide_testkit::processes;
use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    browser::{Browser, Console, Heard, Socket},
    product::Product,
};

/// Puts a file of any bytes into the home.
async fn upload(ada: &Browser, name: &str, bytes: Vec<u8>) {
    let path = format!("{}?path={name}", ada.home("content"));
    let answer = ada.request(Method::PUT, &path).body(bytes).send().await;
    assert!(answer.unwrap().status().is_success(), "{name}");
}

async fn run(ada: &Browser, name: &str) -> (End, String) {
    let mut console = Console::start(ada.socket().await, name).await;
    let end = console.script_end().await;
    (end, console.script_output())
}

fn start(request: u32, path: &str) -> FromBrowser {
    FromBrowser::Start {
        request,
        stream: request,
        path: path.to_owned(),
        columns: 80,
        rows: 24,
    }
}

/// What a start is answered with: the run's state and place in line, or the code and the sentence of a refusal.
async fn answer(
    socket: &mut Socket,
    number: u32,
) -> Result<(RunState, Option<u32>), (ProblemCode, String)> {
    loop {
        match socket.next().await {
            Heard::Message(FromServer::RunStarted { request, run }) if request == number => {
                return Ok((run.state, run.position));
            }
            Heard::Message(FromServer::Problem {
                request, problem, ..
            }) if request == Some(number) => return Err((problem.code, problem.title)),
            Heard::Closed(code) => panic!("closed: {code:?}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_script_that_is_not_utf_8_is_named_by_python_and_runs_when_it_says_so() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    upload(&ada, "latin.py", b"print('\xe9')\n".to_vec()).await;
    let (end, output) = run(&ada, "latin.py").await;
    assert_eq!((end.cause, end.line), (EndCause::Error, Some(1)));
    assert!(output.contains("SyntaxError"), "{output}");
    let words =
        "Non-UTF-8 code starting with '\\xe9' in file latin.py on line 1, but no encoding declared";
    assert!(output.contains(words), "{output}");
    let declared = b"# -*- coding: latin-1 -*-\nprint('\xe9')\n".to_vec();
    upload(&ada, "declared.py", declared).await;
    let (end, output) = run(&ada, "declared.py").await;
    assert_eq!(end.cause, EndCause::Finished, "{output}");
    assert_eq!(output, "é\r\n");
}

#[tokio::test]
async fn an_empty_script_finishes_and_one_of_five_megabytes_runs() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    upload(&ada, "empty.py", Vec::new()).await;
    let (end, output) = run(&ada, "empty.py").await;
    assert_eq!((end.cause, output.as_str()), (EndCause::Finished, ""));
    let mut long = "# a comment that goes on and on\n".repeat(5 << 15);
    long.push_str("print('the end')\n");
    assert!(long.len() > 5 << 20);
    upload(&ada, "long.py", long.into_bytes()).await;
    let (end, output) = run(&ada, "long.py").await;
    assert_eq!(end.cause, EndCause::Finished, "{output}");
    assert_eq!(output, "the end\r\n");
}

#[tokio::test]
async fn a_script_that_is_deleted_while_it_starts_runs_or_is_missed_in_clear_words() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut seen = [false; 2];
    for number in 0..20_u32 {
        let name = format!("gone{number}.py");
        ada.write(&name, "print('here')\n").await;
        let file = product.home("ada").join(&name);
        let mut socket = ada.socket().await;
        socket.send(start(1, &name)).await;
        if number % 2 == 0 {
            std::fs::remove_file(&file).unwrap();
        }
        match answer(&mut socket, 1).await {
            Ok(_) => {}
            Err((code, _)) => {
                assert_eq!(code, ProblemCode::NotFound);
                seen[0] = true;
                continue;
            }
        }
        let _ = std::fs::remove_file(&file);
        let mut output = Vec::new();
        let end = loop {
            match socket.next().await {
                Heard::Output { bytes, .. } => output.extend(bytes),
                Heard::Message(FromServer::Mark { mark, .. }) => {
                    if let pythonide_protocol::socket::Mark::ScriptEnded { end } = mark {
                        break end;
                    }
                }
                Heard::Closed(code) => panic!("closed: {code:?}"),
                Heard::Message(_) => {}
            }
        };
        let output = String::from_utf8_lossy(&output).into_owned();
        let is_clear = match end.cause {
            EndCause::Finished => output.starts_with("here"),
            EndCause::Error => output.contains("can't open file"),
            _ => false,
        };
        assert!(is_clear, "{end:?}: {output}");
        seen[1] = true;
    }
    assert_eq!(seen, [true, true]);
}

#[tokio::test]
async fn a_syntax_error_is_told_with_its_line() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    upload(&ada, "wrong.py", b"print('fine')\nif True\n".to_vec()).await;
    let (end, output) = run(&ada, "wrong.py").await;
    assert_eq!((end.cause, end.line), (EndCause::Error, Some(2)));
    assert!(output.contains("SyntaxError: expected ':'"), "{output}");
    assert!(!output.contains("fine"), "{output}");
}

#[tokio::test]
async fn what_is_no_file_is_not_started() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let home = product.home("ada");
    ada.write("main.py", "").await;
    std::fs::create_dir(home.join("folder.py")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", home.join("link.py")).unwrap();
    let mut socket = ada.socket().await;
    for (request, path, expected) in [
        (1, "folder.py", ProblemCode::NotAFile),
        (2, "link.py", ProblemCode::NotAFile),
        (3, "nothing.py", ProblemCode::NotFound),
        (4, "", ProblemCode::BadName),
        (5, "../ben/main.py", ProblemCode::BadName),
    ] {
        socket.send(start(request, path)).await;
        let (code, sentence) = answer(&mut socket, request).await.unwrap_err();
        assert_eq!(code, expected, "{path:?}");
        assert!(!sentence.is_empty(), "{path:?}");
    }
}

#[tokio::test]
async fn at_a_full_host_a_program_waits_in_line_and_is_told_its_place() {
    let product = Product::with(&["--runs", "1"]);
    let ada = product.sign_in("ada").await;
    let mut first = ada.run("ask.py", "input('? ')\n").await;
    first.wait_for("? ").await;
    let ben = product.sign_in("ben").await;
    ben.write("hello.py", "print('hello')\n").await;
    let mut socket = ben.socket().await;
    socket.send(start(1, "hello.py")).await;
    assert_eq!(
        answer(&mut socket, 1).await,
        Ok((RunState::Queued, Some(1)))
    );
    first.stop().await;
    loop {
        if let Heard::Output { bytes, .. } = socket.next().await {
            assert!(bytes.starts_with(b"hello"));
            break;
        }
    }
}

#[tokio::test]
async fn a_run_that_is_stopped_while_it_waits_in_line_is_recorded_too() {
    let product = Product::with(&["--runs", "1"]);
    let ada = product.sign_in("ada").await;
    let mut first = ada.run("ask.py", "input('? ')\n").await;
    first.wait_for("? ").await;
    let ben = product.sign_in("ben").await;
    let mut waiting = ben.run("hello.py", "print('hello')\n").await;
    waiting.stop().await;
    assert_eq!(waiting.script_end().await.cause, EndCause::Stopped);
    let recorded = ben.recorded(1).await;
    assert_eq!(
        (recorded[0].id, recorded[0].cause.as_str()),
        (waiting.run, "stopped")
    );
}

#[tokio::test]
async fn while_the_host_ends_or_is_gone_a_start_waits_or_is_refused_in_words_and_then_works() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.write("hello.py", "print('hello')\n").await;
    let mut request = 0;
    for signal in [Signal::TERM, Signal::KILL] {
        let mut socket = ada.socket().await;
        let host = product.part("host");
        kill_process(Pid::from_raw(host).unwrap(), signal).unwrap();
        loop {
            request += 1;
            socket.send(start(request, "hello.py")).await;
            match answer(&mut socket, request).await {
                Ok(_) if product.part("host") != host => break,
                // The signal has not arrived yet.
                Ok(_) | Err((ProblemCode::ProgramRunning, _)) => {}
                Err((ProblemCode::Busy | ProblemCode::HostUnavailable, sentence)) => {
                    assert!(sentence.ends_with('.'), "{sentence}");
                }
                Err(other) => panic!("{signal:?}: {other:?}"),
            }
            // What a person does who is told to try again in a moment.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_console_without_size_does_no_harm() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let source = "import os\ninput('? ')\nprint(*os.get_terminal_size())\n";
    let mut console = ada.run("size.py", source).await;
    console.wait_for("? ").await;
    let (run, columns, rows) = (console.run, 0, 0);
    let resize = FromBrowser::Resize { run, columns, rows };
    console.socket.send(resize).await;
    console.type_in("\n").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
    assert!(console.script_output().ends_with("1 1\r\n"));
}

#[tokio::test]
async fn ten_megabytes_that_are_pasted_reach_a_program_that_reads() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let source = "import sys, termios\nmodes = termios.tcgetattr(0)\nmodes[3] &= ~termios.ECHO\n\
                  termios.tcsetattr(0, termios.TCSANOW, modes)\nprint('ready')\ncount = 0\n\
                  for line in sys.stdin:\n    if line == 'end\\n':\n        break\n    count += len(line)\nprint(count)\n";
    let mut console = ada.run("read.py", source).await;
    console.wait_for("ready").await;
    let part = "pasted, and pasted, and pasted!\n".repeat(2 << 10);
    for _ in 0..160 {
        console.type_in(&part).await;
    }
    console.type_in("end\n").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
    let expected = format!("{}\r\n", part.len() * 160);
    assert!(console.script_output().ends_with(&expected));
}

#[tokio::test]
async fn ten_megabytes_that_nobody_reads_are_refused_in_words_and_hold_up_no_stop() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let source = "import time\nprint('ready')\ntime.sleep(600)\n";
    let mut console = ada.run("deaf.py", source).await;
    console.wait_for("ready").await;
    let part = "nobody reads this line of thirty\n".repeat(1900);
    let run = console.run;
    for _ in 0..160 {
        let data = part.clone();
        console.socket.send(FromBrowser::Input { run, data }).await;
    }
    console.socket.send(FromBrowser::Stop { run }).await;
    let mut refused = 0;
    loop {
        match console.socket.next().await {
            Heard::Message(FromServer::Problem { problem, .. }) => {
                assert_eq!(problem.code, ProblemCode::Busy);
                assert!(problem.title.contains("not reading"), "{}", problem.title);
                refused += 1;
            }
            Heard::Message(FromServer::LogEnded { .. }) => break,
            Heard::Closed(code) => panic!("closed: {code:?}"),
            Heard::Message(_) | Heard::Output { .. } => {}
        }
    }
    assert!((100..160).contains(&refused), "{refused}");
}

#[tokio::test]
async fn a_terminal_that_is_closed_and_opened_again_keeps_nobody_busy() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let source = "import os, time\nname = os.ttyname(0)\nprint('ready', flush=True)\ninput()\n\
                  for number in (0, 1, 2):\n    os.close(number)\ntime.sleep(0.3)\n\
                  again = [os.open(name, os.O_RDWR) for _ in range(3)]\ntime.sleep(600)\n";
    let mut console = ada.run("reopen.py", source).await;
    console.wait_for("ready").await;
    let run = console.run;
    for _ in 0..4 {
        let data = "nobody reads this\n".repeat(3000);
        console.socket.send(FromBrowser::Input { run, data }).await;
    }
    // Of one after another none waits for a host that is busy with nothing.
    let ben = product.sign_in("ben").await;
    for _ in 0..20 {
        let mut console = ben.run("hello.py", "print('hello')\n").await;
        assert_eq!(console.script_end().await.cause, EndCause::Finished);
    }
    // And it comes to rest.
    let host = product.part("host");
    let mut rested = 0;
    for _ in 0..50 {
        let before = processes::processor_ticks(host);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        rested += i32::from(processes::processor_ticks(host) <= before + 1);
    }
    assert!(rested > 25, "{rested} of 50");
}

#[tokio::test]
async fn a_script_that_has_closed_its_streams_still_has_a_prompt() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    for closing in [
        "import os; os.close(0)",
        "import sys; sys.stdin.close()",
        "import os; os.dup2(os.open(os.devnull, os.O_RDONLY), 0)",
        "import os; os.closerange(0, 3)",
        // Long enough for the host to see that nobody has the terminal open.
        "import os, time; os.closerange(0, 3); time.sleep(0.3)",
        "import os, time; os.closerange(0, 3); time.sleep(0.3); os.open('/dev/tty', os.O_RDWR)",
        "import os; os.dup2(os.open('out.txt', os.O_CREAT | os.O_WRONLY), 1)",
    ] {
        let source = format!("print('bye', flush=True)\n{closing}\n");
        let mut console = ada.run("closes.py", &source).await;
        assert_eq!(
            console.script_end().await.cause,
            EndCause::Finished,
            "{closing}"
        );
        assert_eq!(console.script_output(), "bye\r\n", "{closing}");
        console.wait_for(">>> ").await;
        console.type_in("6 * 7\n").await;
        console.wait_for("42\r\n>>> ").await;
    }
}

#[tokio::test]
async fn a_stop_that_is_sent_ten_times_stops_once() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut console = ada
        .run("loop.py", "print('on')\nwhile True:\n    pass\n")
        .await;
    console.wait_for("on").await;
    for _ in 0..10 {
        console.stop().await;
    }
    assert_eq!(console.script_end().await.cause, EndCause::Stopped);
    console.log_end().await;
    // The next one is not stopped by what came late.
    ada.write("hello.py", "print('hello')\n").await;
    let mut console = Console::start(console.socket, "hello.py").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
}

#[tokio::test]
async fn a_browser_that_stops_reading_holds_up_no_other_page() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let source = "print('x' * 100_000)\n".repeat(20) + "print('the end')\n";
    let mut first = ada.run("flood.py", &source).await;
    first.stop_acknowledging();
    // Another page of hers reads all of it, after the time that a page is waited for.
    let (socket, run) = ada.program().await;
    let mut second = Console::attach(socket, &run, 0).await;
    assert_eq!(second.script_end().await.cause, EndCause::Finished);
    second.wait_for("the end").await;
    // And of others' pages none is held up meanwhile.
    let ben = product.sign_in("ben").await;
    let mut console = ben.run("hello.py", "print('hello')\n").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
}
