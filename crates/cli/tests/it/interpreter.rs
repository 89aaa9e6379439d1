//! A program finds what `python3 FILE` would find, though its interpreter was there before it.

use std::process::Command;

use pythonide_protocol::socket::{EndCause, Mark};
use pythonide_testkit::processes;

use crate::{
    browser::Console,
    product::{Product, python},
};

/// What the page explained beneath the output.
fn hints(console: &Console) -> Vec<&str> {
    let marks = console.marks.iter();
    marks
        .filter_map(|(_, mark)| match mark {
            Mark::Hint { text } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// What the class's Python prints when it runs `source` itself, in a terminal.
fn bare(name: &str, source: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), source).unwrap();
    let command = format!("{} {name}", python());
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(folder.path())
        .env_clear()
        .envs([
            ("PATH", "/usr/bin:/bin"),
            ("HOME", "/"),
            ("LANG", "C.UTF-8"),
            ("TERM", "xterm-256color"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ])
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn what_a_script_sees_of_its_interpreter_is_what_python_itself_shows() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    for (number, source) in [
        "import sys\nprint(sys.argv, sys.flags, sys.dont_write_bytecode, sys.getrecursionlimit())\n",
        "import sys\nfor s in (sys.stdin, sys.stdout, sys.stderr):\n    \
         print(s.name, s.mode, s.encoding, s.errors, s.line_buffering, s.write_through, s.isatty())\n",
        "import sys\nprint(sorted(m for m in sys.modules if not m.startswith(('_', 'warnings', 'pythonide_runtime'))))\n",
        "print(sorted(globals()))\nprint(__name__, __doc__, __spec__, __annotations__, __package__)\n",
        "import os, signal\nprint([(s, str(signal.getsignal(s))[:20]) for s in (2, 13, 15, 17, 1)])\n",
        "import atexit\nclass A:\n    def __del__(self): print('gone')\na = A()\natexit.register(print, 'bye')\nimport os; os.close(3) if os.path.exists('/proc/self/fd/3') else None\n",
        "import threading, time\ndef late():\n    time.sleep(0.05); print('thread')\nthreading.Thread(target=late).start()\nprint('main')\nimport os; os.close(3) if os.path.exists('/proc/self/fd/3') else None\n",
        "import warnings\nprint(warnings.filters)\n",
        "import decimal, locale, sys, threading\nprint(decimal.getcontext(), locale.setlocale(locale.LC_ALL))\n\
         print([(t.name, t.daemon) for t in threading.enumerate()], sys.getswitchinterval(), sys.gettrace(), sys.excepthook, sys.displayhook, sys.unraisablehook)\n",
        "import logging\nprint(logging.root, logging.root.handlers, logging.lastResort)\n",
        "import gc\nprint(gc.isenabled(), gc.get_threshold(), gc.callbacks, gc.garbage)\n",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("same{number}.py");
        let mut console = ada.run(&name, source).await;
        console.script_end().await;
        assert_eq!(console.script_output(), bare(&name, source), "{source}");
    }
}

#[tokio::test]
async fn random_numbers_are_different_in_each_run() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let source =
        "import random, numpy, numpy.random\nprint(random.random(), numpy.random.rand())\n";
    let mut seen = std::collections::HashSet::new();
    for run in 0..4 {
        let mut console = ada.run(&format!("r{run}.py"), source).await;
        console.script_end().await;
        seen.extend(
            console
                .script_output()
                .split_whitespace()
                .map(str::to_owned),
        );
    }
    assert_eq!(seen.len(), 8, "{seen:?}");
}

#[tokio::test]
async fn children_of_a_program_are_made_in_every_way_that_python_has() {
    let source = "import multiprocessing, os, subprocess, sys\n\
        def double(n): return 2 * n\n\
        if __name__ == '__main__':\n    \
            for way in ('fork', 'spawn'):\n        \
                with multiprocessing.get_context(way).Pool(2) as pool:\n            \
                    print(way, pool.map(double, [1, 2, 3]))\n    \
            print(subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True, text=True).stdout)\n    \
            print(os.waitstatus_to_exitcode(os.system('exit 3')))\n";
    // Pools need semaphores, which are in the program's own shared memory where it has one.
    for product in Product::in_both_worlds() {
        let mut console = product.sign_in("ada").await.run("ways.py", source).await;
        let end = console.script_end().await;
        let text = console.script_output();
        assert_eq!(end.cause, EndCause::Finished, "{text}");
        for line in ["fork [2, 4, 6]", "spawn [2, 4, 6]", "42", "3"] {
            assert!(text.contains(line), "{text}");
        }
    }
}

#[tokio::test]
async fn an_interpreter_that_dies_is_replaced_and_nobody_notices() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let ben = product.sign_in("ben").await;
    let mut console = ada.run("ask.py", "print('hello', input('? '))\n").await;
    console.wait_for("? ").await;
    for pid in processes::descendants(product.part("host")) {
        if processes::command(pid)
            .iter()
            .any(|word| word.ends_with("zygote.py"))
            && !processes::is_program(pid)
        {
            // One of them may go with another.
            let _ = Command::new("kill")
                .args(["-KILL", &pid.to_string()])
                .status();
        }
    }
    let mut other = ben.run("hello.py", "print('here')\n").await;
    assert_eq!(other.script_end().await.cause, EndCause::Finished);
    console.type_in("again\n").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
    assert!(console.script_output().contains("hello again"));
}

#[tokio::test]
async fn an_error_is_explained_beneath_the_traceback_and_at_the_prompt() {
    let product = Product::start();
    let mut console = product
        .sign_in("ada")
        .await
        .run("wrong.py", "colour = 'red'\nprint(color)\n")
        .await;
    let end = console.script_end().await;
    assert_eq!((end.cause, end.line), (EndCause::Error, Some(2)));
    console.wait_for(">>> ").await;
    console.type_in("1 / 0\n").await;
    console.wait_for("ZeroDivisionError").await;
    console.type_in("print('more')\n").await;
    console.wait_for("more\r\n").await;
    assert_eq!(
        hints(&console),
        [
            "There is no “color” here. Did you mean “colour”?",
            "Nothing can be divided by 0. Check the number before dividing."
        ]
    );
}

#[tokio::test]
async fn an_error_of_the_students_own_gets_no_hint() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    for source in [
        "raise KeyError('no such student')\n",
        "raise EOFError()\n",
        "raise ConnectionError('bad')\n",
        "import email\nemail.find()\n",
    ] {
        ada.write("email.py", "def find(): raise KeyError('Ana')\n")
            .await;
        let mut console = ada.run("own.py", source).await;
        assert_eq!(console.script_end().await.cause, EndCause::Error);
        console.wait_for(">>> ").await;
        assert_eq!(hints(&console), Vec::<&str>::new(), "{source}");
    }
}

#[tokio::test]
async fn a_module_that_opens_windows_is_explained() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    for (source, name) in [("import turtle\n", "turtle"), ("import pygame\n", "pygame")] {
        let mut console = ada.run("window.py", source).await;
        console.script_end().await;
        console.wait_for(">>> ").await;
        let sentence = format!(
            "{name} opens a window, and programs here have none. They can print text, ask with input() and show figures \
             of matplotlib."
        );
        assert_eq!(hints(&console), [sentence]);
    }
}

#[tokio::test]
async fn figures_are_shown_whether_asked_for_or_left_open() {
    let product = Product::start();
    let source = "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()\nplt.figure()\nplt.plot([3, 2])\n\
                  plt.savefig('kept.png')\n";
    let ada = product.sign_in("ada").await;
    let mut console = ada.run("draw.py", source).await;
    let end = console.script_end().await;
    assert_eq!(end.cause, EndCause::Finished, "{}", console.text());
    let plots = |mark: &Mark| matches!(mark, Mark::Plot { media_type, .. } if media_type == "image/svg+xml");
    assert_eq!(
        console.marks.iter().filter(|(_, mark)| plots(mark)).count(),
        2
    );
    assert!(product.home("ada").join("kept.png").exists());
}

#[tokio::test]
async fn figures_beyond_those_there_is_room_for_are_told_of_once() {
    let product = Product::start();
    let source = "import matplotlib.pyplot as plt\nfor n in range(103):\n    plt.figure(figsize=(1, 1))\n    plt.show()\n";
    let ada = product.sign_in("ada").await;
    let mut console = ada.run("many.py", source).await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
    let is_plot = |mark: &Mark| matches!(mark, Mark::Plot { .. });
    let shown = console.marks.iter().filter(|(_, mark)| is_plot(mark));
    assert_eq!(shown.count(), 100);
    let [hint] = hints(&console)[..] else {
        panic!("{:?}", console.marks);
    };
    assert!(hint.contains("at most 100 figures"), "{hint}");
}

#[tokio::test]
async fn packages_are_shared_with_others_however_a_program_imports_them() {
    // Loaded by a program itself they take 60 MB.
    const MOST: u64 = 25 << 20;
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    ada.write("tables.py", "import pandas\n").await;
    product.wait_until_warm();
    for (source, typed) in [
        (
            "import tables\n",
            "print(tables.pandas.DataFrame().shape)\n",
        ),
        (
            "import importlib\ntable = importlib.import_module('pandas')\n",
            "print(table.DataFrame().shape)\n",
        ),
        (
            "input()\n",
            "\nimport pandas; print(pandas.DataFrame().shape)\n",
        ),
    ] {
        let mut console = ada.run("ways.py", source).await;
        console.type_in(typed).await;
        console.wait_for("(0, 0)").await;
        let programs = product.processes().into_iter();
        let held: Vec<_> = programs
            .filter(|pid| processes::is_program(*pid))
            .map(processes::private)
            .collect();
        assert!(
            matches!(held[..], [some] if some > 0 && some < MOST),
            "{source:?} holds {held:?}"
        );
    }
}

#[tokio::test]
async fn a_package_that_was_loaded_beforehand_comes_whole() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    // Their C parts look their own Python parts up, and do not import them.
    let source = "import json\ntry:\n    json.loads('{')\nexcept json.JSONDecodeError as error:\n    print('told:', error.pos)\n\
                  import sys\nprint('json.decoder' in sys.modules)\n";
    for source in [source.to_owned(), format!("import numpy\n{source}")] {
        let mut console = ada.run("whole.py", &source).await;
        assert_eq!(console.script_end().await.cause, EndCause::Finished);
        assert_eq!(console.script_output(), "told: 1\r\nTrue\r\n");
    }
}
