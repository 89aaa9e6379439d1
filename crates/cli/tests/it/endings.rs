//! The orderly end of a program: its files are written out, and its exit handlers run.

use pythonide_protocol::socket::EndCause;

use crate::{
    browser::{Browser, Console},
    product::Product,
};

const LINE: &str = "Ana;9\n";

/// Runs a script that leaves `scores.txt` open, with `rest` after the write, up to `seen`.
async fn run_unclosed(ada: &Browser, rest: &str, seen: &str) -> Console {
    let source = format!("f = open('scores.txt', 'w')\nf.write('Ana;9\\n')\n{rest}");
    let mut console = ada.run("scores.py", &source).await;
    console.wait_for(seen).await;
    console
}

fn scores(product: &Product) -> String {
    std::fs::read_to_string(product.home("ada").join("scores.txt")).unwrap()
}

#[tokio::test]
async fn an_unclosed_file_is_on_disk_when_the_end_is_shown() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut console = run_unclosed(&ada, "print('saved')\n", "saved").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
    assert_eq!(scores(&product), LINE);
}

#[tokio::test]
async fn a_file_written_at_the_prompt_is_on_disk_before_the_next_prompt() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut console = run_unclosed(&ada, "", ">>> ").await;
    console
        .type_in("_ = f.write('Ben;7\\n'); print('wro' + 'te')\n")
        .await;
    console.wait_for("wrote\r\n>>> ").await;
    assert_eq!(scores(&product), "Ana;9\nBen;7\n");
}

#[tokio::test]
async fn a_stop_at_the_prompt_runs_exit_handlers() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let handler = "import atexit; atexit.register(lambda: print('good', 'bye', file=f))\n";
    let mut console = run_unclosed(&ada, handler, ">>> ").await;
    console.stop().await;
    console.log_end().await;
    assert_eq!(scores(&product), "Ana;9\ngood bye\n");
}

#[tokio::test]
async fn a_prompt_that_is_being_made_ready_ends_in_order() {
    const TIMES: usize = 40;
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let source = "import atexit\natexit.register(lambda: open('ends.txt', 'a').write('.'))\n";
    for number in 0..TIMES {
        let mut console = ada.run("ends.py", source).await;
        console.script_end().await;
        // Each time a little later: an answer takes as long as a part of what a prompt needs.
        for _ in 0..number % 8 {
            ada.names("").await;
        }
        console.stop().await;
        console.log_end().await;
    }
    // No handler runs of a program that is ended by force.
    let ends = std::fs::read_to_string(product.home("ada").join("ends.txt")).unwrap();
    assert_eq!(ends.len(), TIMES);
}

#[tokio::test]
async fn the_next_run_finds_what_the_replaced_prompt_wrote() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let handler = "import atexit; atexit.register(lambda: print('good', 'bye', file=f))\n";
    let _prompt = run_unclosed(&ada, handler, ">>> ").await;
    let mut next = ada
        .run("next.py", "print(open('scores.txt').read().split())\n")
        .await;
    next.wait_for("['Ana;9', 'good', 'bye']").await;
}

#[tokio::test]
async fn a_stopped_script_keeps_its_files() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    for rest in [
        "input('wai' + 'ts')\n",
        // It swallows the interrupt.
        "print('wai' + 'ts')\nwhile True:\n    try:\n        input()\n    except BaseException: pass\n",
        "print('wai' + 'ts')\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass\n",
    ] {
        let mut console = run_unclosed(&ada, rest, "waits").await;
        console.stop().await;
        assert_eq!(
            console.script_end().await.cause,
            EndCause::Stopped,
            "{rest}"
        );
        console.log_end().await;
        assert_eq!(scores(&product), LINE, "{rest}");
    }
}

#[tokio::test]
async fn a_script_out_of_processor_time_keeps_its_files() {
    let product = Product::with(&["--run-cpu-seconds", "1"]);
    let ada = product.sign_in("ada").await;
    let mut console = run_unclosed(&ada, "print('loops')\nwhile True: pass\n", "loops").await;
    assert_eq!(console.script_end().await.cause, EndCause::ProcessorTime);
    console.log_end().await;
    assert_eq!(scores(&product), LINE);
}

#[tokio::test]
async fn a_prompt_that_refuses_to_end_is_ended_by_force() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let mut console = run_unclosed(&ada, "", ">>> ").await;
    console.type_in("while True:\n  try:\n    print('bu' + 'sy'); input()\n  except BaseException: pass\n\n").await;
    console.wait_for("busy").await;
    console.stop().await;
    console.log_end().await;
    assert_eq!(scores(&product), LINE);
}

#[tokio::test]
async fn a_file_that_does_not_fit_at_the_end_is_reported() {
    let product = Product::with(&["--run-file-mb", "1"]);
    let ada = product.sign_in("ada").await;
    let source = "f = open('big.bin', 'wb')\nf.write(bytes(1 << 20))\nf.write(b'one more')\n";
    let mut console = ada.run("big.py", source).await;
    assert_eq!(console.script_end().await.cause, EndCause::Disk);
    let output = console.script_output();
    assert!(output.contains("could not write 'big.bin'"), "{output}");
}
