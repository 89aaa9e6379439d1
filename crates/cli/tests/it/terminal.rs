//! The terminal of a program, driven by keystrokes.

use pythonide_protocol::socket::EndCause;
use pythonide_testkit::screen::Screen;

use crate::{
    browser::{Browser, Console},
    product::Product,
};

/// `Ctrl-S`: stops the output of a terminal with flow control.
const STOP_KEY: &str = "\x13";
/// `Ctrl-Q`: starts it again.
const START_KEY: &str = "\x11";

#[tokio::test]
async fn ctrl_s_does_not_freeze_output() {
    for product in Product::in_both_worlds() {
        let source = "import sys, termios\n\
            print('reads')\n\
            print('got', len(sys.stdin.readline()))\n\
            modes = termios.tcgetattr(0)\n\
            modes[0] |= termios.IXON\n\
            termios.tcsetattr(0, termios.TCSANOW, modes)\n\
            print('reads again')\n\
            print('got', len(sys.stdin.readline()))\n";
        let mut console = product.sign_in("ada").await.run("keys.py", source).await;
        console.wait_for("reads\r\n").await;
        console.type_in(&format!("{STOP_KEY}a\n")).await;
        console.wait_for("got 3\r\n").await;
        // The program has switched flow control on: the terminal takes both keys.
        console.wait_for("reads again\r\n").await;
        console
            .type_in(&format!("{STOP_KEY}{START_KEY}bcd\n"))
            .await;
        console.wait_for("got 4\r\n").await;
        assert_eq!(console.script_end().await.cause, EndCause::Finished);
        console.wait_for(">>> ").await;
        console
            .type_in("print('flow control:', termios.tcgetattr(0)[0] & termios.IXON)\n")
            .await;
        console.wait_for("flow control: 0\r\n").await;
    }
}

const BACKSPACE: &str = "\x7f";
const HOME: &str = "\x1b[H";
const ERASE_LINE: &str = "\x15";

/// Ways to begin a line that `input()` goes on with, which all show `Name: `.
const BEGINNINGS: [&str; 13] = [
    "print('Name: ', end='')\nx = input()\n",
    "print('Name: ', end='', flush=True)\nx = input()\n",
    "print('Your\\nName: ', end='')\nx = input()\n",
    "print('Name', end='')\nx = input(': ')\n",
    "x = input('Name: ')\n",
    "import sys\nsys.stdout.write('Name: ')\nx = input()\n",
    "import sys\nprint('Name: ', end='', file=sys.stderr)\nx = input()\n",
    "import os\nos.write(1, b'Name: ')\nx = input()\n",
    "import os\nos.system(\"printf 'Name: '\")\nx = input()\n",
    "print('100%\\rName: ', end='')\nx = input()\n",
    "print('\\x1b[1;31mName: \\x1b[0m', end='')\nx = input()\n",
    "x = input('\\x1b[1;31mName: \\x1b[0m')\n",
    "print('\\x1b[1;31mName', end='')\nx = input('\\x1b[0m: ')\n",
];

/// Has the library of line editing ring the bell when it waits for keys.
const RINGS_THE_BELL: &str = "import ctypes, os\n\
    ring = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: os.write(1, b'\\a'))\n\
    hook = ctypes.c_void_p.in_dll(ctypes.CDLL('libreadline.so.8'), 'rl_pre_input_hook')\n\
    hook.value = ctypes.cast(ring, ctypes.c_void_p).value\n";
const BELL: &str = "\x07";

/// Runs `source`, types `keys` when it waits for them, and returns the console after the script's end.
async fn typed(ada: &Browser, source: &str, keys: &str) -> Console {
    let source = format!("{RINGS_THE_BELL}{source}print([x])\n");
    let mut console = ada.run("line.py", &source).await;
    console.wait_for(BELL).await;
    console.type_in(keys).await;
    let end = console.script_end().await;
    assert_eq!(end.cause, EndCause::Finished, "{}", console.text());
    console
}

/// The last rows of the screen that the script left.
fn last_rows(console: &Console, count: usize) -> Vec<String> {
    let rows = Screen::of(&console.script_output()).rows();
    rows[rows.len().saturating_sub(count)..].to_vec()
}

#[tokio::test]
async fn line_editing_leaves_what_was_printed() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let erases = BACKSPACE.repeat(9);
    for source in BEGINNINGS {
        for (keys, line, value) in [
            (format!("Ann{erases}Bo\n"), "Name: Bo", "['Bo']"),
            (format!("nn{HOME}A\n"), "Name: Ann", "['Ann']"),
            (format!("Ann{ERASE_LINE}Eve\n"), "Name: Eve", "['Eve']"),
        ] {
            let console = typed(&ada, source, &keys).await;
            let rows = last_rows(&console, 2);
            assert_eq!(
                rows,
                [line, value],
                "{source} {:?}",
                console.script_output()
            );
        }
    }
}

#[tokio::test]
async fn a_plain_line_is_printed_as_python_does() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    for source in &BEGINNINGS[..9] {
        let console = typed(&ada, source, "Ada\n").await;
        let output = console.script_output().replace(BELL, "");
        let (_, line) = output.split_once("Name").unwrap();
        assert_eq!(line, ": Ada\r\n['Ada']\r\n", "{source}");
    }
}

#[tokio::test]
async fn wide_characters_before_the_cursor_keep_their_columns() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    for source in [
        "print('名前: ', end='')\nx = input()\n",
        "x = input('\\x1b[32m名前: \\x1b[0m')\n",
    ] {
        let keys = format!("子{HOME}花x{BACKSPACE}\n");
        let console = typed(&ada, source, &keys).await;
        let output = console.script_output();
        assert_eq!(
            last_rows(&console, 2),
            ["名前: 花子", "['花子']"],
            "{output:?}"
        );
    }
}

#[tokio::test]
async fn a_long_line_wraps_at_the_screens_edge() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let much = "0123456789".repeat(15);
    for source in [
        "x = input('\\x1b[1;31mName: \\x1b[0m')\n",
        "print('\\x1b[1;31mName: \\x1b[0m', end='')\nx = input()\n",
        "print('Name: ', end='')\nx = input()\n",
    ] {
        let keys = format!("{much}{HOME}A\n");
        let console = typed(&ada, source, &keys).await;
        let line = format!("Name: A{much}");
        let (first, second) = line.split_at(80);
        let value = format!("['A{much}']");
        let (third, fourth) = value.split_at(80);
        let output = console.script_output();
        assert_eq!(
            last_rows(&console, 4),
            [first, second, third, fourth],
            "{output:?}"
        );
    }
    // The printed part alone takes two rows.
    let source = "print('\\x1b[31m' + '0123456789' * 8 + 'Name: \\x1b[0m', end='')\nx = input()\n";
    let console = typed(&ada, source, &format!("nn{HOME}A\n")).await;
    let first = "0123456789".repeat(8);
    let output = console.script_output();
    assert_eq!(
        last_rows(&console, 3),
        [first.as_str(), "Name: Ann", "['Ann']"],
        "{output:?}"
    );
}

#[tokio::test]
async fn the_prompt_follows_an_unfinished_line() {
    let product = Product::start();
    let mut console = product.sign_in("ada").await.run("empty.py", "").await;
    console.wait_for(">>> ").await;
    console.type_in("print('un' + 'finished', end='')\n").await;
    console.wait_for("unfinished>>> ").await;
    console
        .type_in(&format!("rint('do' + 'ne'){HOME}p\n"))
        .await;
    let text = console.wait_for("done\r\n>>> ").await;
    let rows = Screen::of(&text).rows();
    assert!(
        rows.contains(&"unfinished>>> print('do' + 'ne')".to_owned()),
        "{rows:?}"
    );
}

#[tokio::test]
async fn ctrl_c_reaches_a_program_that_reads_lines() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let source =
        "print('Name: ', end='')\ntry: input()\nexcept KeyboardInterrupt: print(' interrupted')\n";
    let mut console = ada.run("line.py", source).await;
    console.wait_for("Name: ").await;
    console.type_in("An").await;
    console.wait_for("Name: An").await;
    console.type_in("\x03").await;
    console.wait_for(" interrupted\r\n").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
}
