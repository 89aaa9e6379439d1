//! Programs: those of others and our own, run and talked to.

use std::process::Command;

use pythonide_protocol::socket::{EndCause, FromBrowser, FromServer, Mark, RunState};

use pythonide_testkit::processes;

use crate::{
    browser::{Console, Heard},
    product::{Product, python},
};

const EXAMPLES: &str = "/usr/share/doc/python3.11/examples/demo";

/// What a terminal shows of `python3 FILE`.
fn in_a_terminal(file: &str) -> String {
    let output = Command::new("script")
        .args([
            "--quiet",
            "--return",
            "--command",
            &format!("{} {file}", python()),
            "/dev/null",
        ])
        .env("TERM", "xterm-256color")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// `unittest` tells how long its tests took.
fn without_times(output: &str) -> String {
    let lines = output.lines().map(|line| match line.split_once(" in ") {
        Some((what, _)) if what.starts_with("Ran ") => what,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn programs_that_nobody_here_wrote_print_what_they_print_in_a_terminal() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    for name in [
        "beer.py",
        "eiffel.py",
        "markov.py",
        "queens.py",
        "vector.py",
    ] {
        let file = format!("{EXAMPLES}/{name}");
        let source = std::fs::read_to_string(&file).unwrap();
        let mut console = ada.run(name, &source).await;
        let end = console.script_end().await;
        assert_eq!(end.cause, EndCause::Finished, "{name}: {}", console.text());
        let (here, there) = (console.script_output(), in_a_terminal(&file));
        assert_eq!(without_times(&here), without_times(&there), "{name}");
    }
}

#[tokio::test]
async fn a_full_screen_program_can_be_watched_and_steered() {
    let product = Product::start();
    let source = std::fs::read_to_string(format!("{EXAMPLES}/life.py")).unwrap();
    let mut console = product.sign_in("ada").await.run("life.py", &source).await;
    console.wait_for("R)andom fill").await;
    console.type_in("r").await;
    console.wait_for("*").await;
    console.type_in("q").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
}

#[tokio::test]
async fn a_program_asks_and_is_answered_and_then_its_variables_can_be_talked_to() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut console = ada
        .run("hello.py", "name = input('Who? ')\nprint('Hello', name)\n")
        .await;
    console.wait_for("Who? ").await;
    console.type_in("Ada\n").await;
    let end = console.script_end().await;
    assert_eq!((end.cause, end.exit_code), (EndCause::Finished, Some(0)));
    assert_eq!(console.script_output(), "Who? Ada\r\nHello Ada\r\n");
    console.wait_for(">>> ").await;
    console.type_in("name.upper()\n").await;
    console.wait_for("'ADA'").await;
    // Completion and history, as in any terminal.
    console.type_in("nam\t[0]\n").await;
    console.wait_for("'A'").await;
    console.type_in("40 + 2\n").await;
    console.wait_for("42\r\n").await;
    console.type_in("\u{1b}[A\n").await;
    let text = console.wait_for("42\r\n>>> 40 + 2\r\n42\r\n").await;
    assert_eq!(console.state, RunState::Prompt, "{text}");
    console.type_in("exit()\n").await;
    // The log and the program's state are told each on its own way.
    console.log_end().await;
    while console.state != RunState::Ended {
        console.step().await;
    }
}

#[tokio::test]
async fn a_table_is_read_a_picture_saved_and_a_neighbour_imported() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.post("folders", serde_json::json!({ "path": "homework" }))
        .await
        .unwrap();
    ada.write("homework/rolls.csv", "side,count\n1,96\n2,104\n")
        .await;
    ada.write("homework/helpers.py", "def double(x):\n    return 2 * x\n")
        .await;
    let source = "import pandas, helpers\nimport matplotlib.pyplot as plt\n\
                  rolls = pandas.read_csv('rolls.csv')\nprint(helpers.double(rolls['count'].sum()))\n\
                  plt.bar(rolls.side, rolls['count'])\nplt.savefig('rolls.png')\n";
    let mut console = ada.run("homework/dice.py", source).await;
    let end = console.script_end().await;
    assert_eq!(end.cause, EndCause::Finished, "{}", console.text());
    assert_eq!(console.script_output(), "400\r\n");
    assert!(
        ada.download("homework/rolls.png")
            .await
            .starts_with(b"\x89PNG")
    );
    assert_eq!(
        ada.names("homework").await,
        ["dice.py", "helpers.py", "rolls.csv", "rolls.png"]
    );
}

#[tokio::test]
async fn a_hundred_thousand_lines_arrive_whole_and_in_order() {
    let product = Product::start();
    let mut console = product
        .sign_in("ada")
        .await
        .run("count.py", "for n in range(100_000):\n    print(n)\n")
        .await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
    let expected = (0..100_000)
        .map(|number| number.to_string() + "\r\n")
        .collect::<String>();
    assert!(
        console.script_output() == expected,
        "{} bytes came",
        console.output.len()
    );
}

#[tokio::test]
async fn an_error_is_printed_as_python_prints_it_and_its_line_is_told() {
    let product = Product::start();
    let mut console = product
        .sign_in("ada")
        .await
        .run("wrong.py", "def f():\n    return 1 / 0\n\nf()\n")
        .await;
    let end = console.script_end().await;
    assert_eq!(
        (end.cause, end.exit_code, end.line),
        (EndCause::Error, Some(1), Some(2))
    );
    let expected = "Traceback (most recent call last):\r\n  File \"wrong.py\", line 4, in <module>\r\n    f()\r\n  \
                    File \"wrong.py\", line 2, in f\r\n    return 1 / 0\r\n           ~~^~~\r\n\
                    ZeroDivisionError: division by zero\r\n";
    assert_eq!(console.script_output(), expected);
}

#[tokio::test]
async fn the_students_own_module_is_found_before_one_of_the_library() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.write("code.py", "answer = 'mine'\n").await;
    let mut console = ada
        .run(
            "main.py",
            "import code\nprint(code.answer, __name__, __file__[-8:])\n",
        )
        .await;
    console.wait_for("mine __main__ /main.py").await;
    console.wait_for(">>> ").await;
}

#[tokio::test]
async fn the_exit_status_is_told() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    for (source, cause, code) in [
        ("import sys; sys.exit(3)", EndCause::Error, Some(3)),
        ("import sys; sys.exit(0)", EndCause::Finished, Some(0)),
        ("raise SystemExit('no coffee')", EndCause::Error, Some(1)),
        ("import os; os._exit(9)", EndCause::Error, Some(9)),
        ("if True print(1)", EndCause::Error, Some(1)),
    ] {
        let end = ada.run("exit.py", source).await.script_end().await;
        assert_eq!((end.cause, end.exit_code), (cause, code), "{source}");
    }
    let end = ada
        .run(
            "exit.py",
            "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        )
        .await
        .script_end()
        .await;
    assert_eq!(
        (end.cause, end.signal.as_deref()),
        (EndCause::Error, Some("SIGSEGV"))
    );
}

#[tokio::test]
async fn control_c_interrupts_the_program() {
    let product = Product::start();
    let source = "print('waiting')\nwhile True:\n    pass\n";
    let mut console = product.sign_in("ada").await.run("loop.py", source).await;
    console.wait_for("waiting").await;
    console.type_in("\u{3}").await;
    assert_eq!(console.script_end().await.cause, EndCause::Stopped);
    console.wait_for("KeyboardInterrupt").await;
    console.wait_for(">>> ").await;
}

#[tokio::test]
async fn stop_ends_a_flood_and_everything_that_it_started() {
    let product = Product::start();
    let source = "import os, signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n\
                  if os.fork() == 0:\n    os.setsid()\n    signal.pause()\n\
                  while True:\n    print('flood')\n";
    let mut console = product.sign_in("ada").await.run("flood.py", source).await;
    console.wait_for("flood").await;
    // As a page that is busy drawing.
    console.stop_acknowledging();
    console.stop().await;
    while console.state != RunState::Ended {
        console.step().await;
    }
    assert_eq!(programs_of(&product, "ada"), Vec::<String>::new());
}

#[tokio::test]
async fn stop_ends_the_prompt_too_and_says_so() {
    let product = Product::start();
    let mut console = product
        .sign_in("ada")
        .await
        .run("one.py", "print(1)\n")
        .await;
    console.wait_for(">>> ").await;
    console.stop().await;
    console.log_end().await;
    let Some((_, Mark::PromptEnded { end })) = console.marks.last() else {
        panic!("{:?}", console.marks)
    };
    assert_eq!(end.cause, EndCause::Stopped);
}

#[tokio::test]
async fn a_script_that_was_stopped_never_shows_a_prompt() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let source = "n = 0\nwhile True:\n    n += 1\n    print('flood', n)\n";
    for _ in 0..30 {
        let mut console = ada.run("flood.py", source).await;
        console.wait_for("flood 100").await;
        console.stop().await;
        assert!(!console.log_end().await.contains(">>>"));
    }
}

#[tokio::test]
async fn the_next_program_starts_as_soon_as_the_end_of_the_last_can_be_read() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.write("next.py", "print('next')\n").await;
    let next = ada.socket().await;
    // It takes a while to remove.
    let source = "import os, tempfile\nfolder = tempfile.mkdtemp()\n\
                  for n in range(20_000):\n    open(f'{folder}/{n}', 'x').close()\nos._exit(0)\n";
    let mut console = ada.run("litter.py", source).await;
    console.script_end().await;
    let mut next = Console::try_start(next, "next.py").await.unwrap();
    next.wait_for("next").await;
}

#[tokio::test]
async fn what_is_typed_first_at_a_prompt_is_all_there() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut console = ada.run("first.py", "word = 'first'\n").await;
    console.wait_for(">>> ").await;
    console.type_in("\u{3}").await;
    console.wait_for("KeyboardInterrupt\r\n>>> ").await;
    console
        .type_in("word.upp\t.center(9, '-')\nword[::-1]\n")
        .await;
    let text = console.wait_for("'tsrif'").await;
    assert!(
        text.contains(">>> word.upper().center(9, '-')\r\n'--FIRST--'\r\n>>> "),
        "{text}"
    );
    assert_eq!(text.matches("word[::-1]").count(), 1, "shown once: {text}");
}

#[tokio::test]
async fn a_script_that_forks_has_one_end_and_one_prompt() {
    let product = Product::start();
    let source = "import os\nif os.fork():\n    os.wait()\nprint('end')\n";
    let mut console = product.sign_in("ada").await.run("fork.py", source).await;
    console.wait_for(">>> ").await;
    assert_eq!(console.script_output(), "end\r\nend\r\n");
    console.type_in("exit()\n").await;
    console.log_end().await;
    assert_eq!(console.text(), "end\r\nend\r\n>>> exit()\r\n");
    assert_eq!(console.marks.len(), 2);
}

#[tokio::test]
async fn what_a_program_prints_last_is_never_lost() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let source =
        "import os, sys\nsys.stdout.write('x' * 20_000 + 'end')\nsys.stdout.flush()\nos._exit(0)\n";
    for _ in 0..10 {
        let mut console = ada.run("last.py", source).await;
        assert!(console.log_end().await.ends_with("xend"));
        assert_eq!(console.output.len(), 20_003);
    }
}

#[tokio::test]
async fn a_page_that_is_loaded_again_finds_the_output_and_the_program() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut console = ada
        .run("ask.py", "print('before')\nprint('got', input('? '))\n")
        .await;
    console.wait_for("? ").await;
    drop(console);
    let (socket, run) = ada.program().await;
    assert_eq!(
        (run.path.as_str(), run.state),
        ("ask.py", RunState::Running)
    );
    let mut console = Console::attach(socket, &run, 0).await;
    assert_eq!(console.wait_for("? ").await, "before\r\n? ");
    console.type_in("it\n").await;
    console.wait_for("got it").await;
}

#[tokio::test]
async fn two_pages_show_the_same_program_and_either_can_answer() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut first = ada.run("ask.py", "print('got', input('? '))\n").await;
    first.wait_for("? ").await;
    let (socket, run) = ada.program().await;
    let mut second = Console::attach(socket, &run, 0).await;
    second.type_in("it\n").await;
    first.wait_for("got it").await;
    second.wait_for("got it").await;
}

#[tokio::test]
async fn a_script_that_runs_is_not_replaced_and_a_prompt_is() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut first = ada.run("ask.py", "input('? ')\n").await;
    first.wait_for("? ").await;
    let mut socket = ada.socket().await;
    let start = |request| FromBrowser::Start {
        request,
        stream: request,
        path: "ask.py".to_owned(),
        columns: 80,
        rows: 24,
    };
    socket.send(start(5)).await;
    loop {
        match socket.next().await {
            Heard::Message(FromServer::Problem {
                request: Some(5),
                problem,
                ..
            }) => {
                assert_eq!(problem.title, "ask.py is still running. Stop it first.");
                break;
            }
            Heard::Message(FromServer::Program { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    first.type_in("\n").await;
    first.wait_for(">>> ").await;
    socket.send(start(6)).await;
    first.log_end().await;
    let Some((_, Mark::PromptEnded { end })) = first.marks.last() else {
        panic!("{:?}", first.marks)
    };
    assert_eq!(end.cause, EndCause::Replaced);
}

#[tokio::test]
async fn the_console_has_the_size_of_the_page() {
    let product = Product::start();
    let source =
        "import os\nprint(os.get_terminal_size())\ninput()\nprint(os.get_terminal_size())\n";
    let mut console = product.sign_in("ada").await.run("size.py", source).await;
    console.wait_for("columns=80, lines=24").await;
    let run = console.run;
    console
        .socket
        .send(FromBrowser::Resize {
            run,
            columns: 100,
            rows: 0,
        })
        .await;
    console.type_in("\n").await;
    console.wait_for("columns=100, lines=1)").await;
}

#[tokio::test]
async fn a_long_line_at_the_prompt_is_as_wide_as_the_page() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let source = "import sys\nprint('ready', flush=True)\nsys.stdin.readline()\n";
    let word = "a".repeat(80);
    for (columns, has_two_rows) in [(100, false), (60, true)] {
        let mut console = ada.run("wide.py", source).await;
        console.wait_for("ready").await;
        let run = console.run;
        let resize = FromBrowser::Resize {
            run,
            columns,
            rows: 24,
        };
        console.socket.send(resize).await;
        console.type_in("\n").await;
        console.wait_for(">>> ").await;
        // Ctrl-A goes to its beginning, with an arrow up for each row of it.
        console.type_in(&format!("len('{word}')\u{1}\n")).await;
        let text = console.wait_for("80\r\n>>> ").await;
        assert_eq!(text.contains("\u{1b}[A"), has_two_rows, "{text:?}");
    }
}

/// The command lines of the processes of a student's program.
pub(crate) fn programs_of(product: &Product, username: &str) -> Vec<String> {
    use std::os::unix::fs::MetadataExt;
    let uid = product.home(username).metadata().unwrap().uid();
    processes::descendants(product.part("host"))
        .into_iter()
        .filter(|pid| processes::is_program(*pid) && processes::is_alive(*pid))
        .filter(|pid| processes::uid(*pid) == Some(uid))
        .map(|pid| processes::command(pid).join(" "))
        .collect()
}
