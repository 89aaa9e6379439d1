//! What a program may use up, and what is said when it has.

use std::time::{Duration, Instant};

use pythonide_protocol::socket::EndCause;
use tokio::time::timeout;

use crate::{product::Product, programs::programs_of};

#[tokio::test]
async fn processor_time_counts_and_waiting_does_not() {
    let product = Product::with(&["--run-cpu-seconds", "1"]);
    let ada = product.sign_in("ada").await;
    let end = ada
        .run("loop.py", "while True:\n    pass\n")
        .await
        .script_end()
        .await;
    assert_eq!((end.cause, end.limit), (EndCause::ProcessorTime, Some(1)));
    assert!(end.cpu_ms >= 900, "{end:?}");
    let mut console = ada
        .run(
            "wait.py",
            "import time\ntime.sleep(1.5)\nprint(input('? '))\n",
        )
        .await;
    console.wait_for("? ").await;
    console.type_in("still here\n").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
}

#[tokio::test]
async fn processor_time_of_children_counts_too() {
    let product = Product::with(&["--run-cpu-seconds", "1"]);
    let source = "import os\nfor _ in range(3):\n    if os.fork() == 0:\n        while True: pass\nos.wait()\n";
    let end = product
        .sign_in("ada")
        .await
        .run("forks.py", source)
        .await
        .script_end()
        .await;
    assert_eq!(end.cause, EndCause::ProcessorTime);
    assert_eq!(programs_of(&product, "ada"), Vec::<String>::new());
}

#[tokio::test]
async fn sigxcpu_is_the_time_limit() {
    let product = Product::start();
    // The kernel counts whole ticks, so its signal may come before the measured time is over.
    let source = "import os, signal\nos.kill(os.getpid(), signal.SIGXCPU)\n";
    let mut console = product.sign_in("ada").await.run("kill.py", source).await;
    let end = console.script_end().await;
    let text = console.text();
    assert_eq!(
        (end.cause, end.limit),
        (EndCause::ProcessorTime, Some(60)),
        "{text}"
    );
    assert_eq!((end.exit_code, end.signal), (None, None));
}

#[tokio::test]
async fn a_program_makes_way_for_the_servers_and_for_others_once_it_uses_much() {
    let niceness =
        "import os, signal, time\ndef niceness(): return os.getpriority(os.PRIO_PROCESS, 0)\n";
    let loops = "print('begins', niceness())\nwhile niceness() < 13: pass\nprint('makes way')\n";
    // Nobody tells a program how nice it has become, so it looks again and again.
    let forks = "for _ in range(9):\n    if os.fork() == 0:\n        signal.pause()\n\
                 while os.sched_getscheduler(0) != os.SCHED_IDLE: time.sleep(0.01)\n\
                 print('makes way', os.times().user < 0.1)\n\
                 try: os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))\n\
                 except PermissionError: print('for good')\nos._exit(0)\n";
    for product in Product::in_both_worlds() {
        let ada = product.sign_in("ada").await;
        let mut console = ada.run("loops.py", &format!("{niceness}{loops}")).await;
        assert_eq!(console.script_end().await.cause, EndCause::Finished);
        assert_eq!(console.script_output(), "begins 3\r\nmakes way\r\n");
        let mut console = ada.run("forks.py", &format!("{niceness}{forks}")).await;
        console.wait_for("makes way True\r\nfor good").await;
    }
}

#[tokio::test]
async fn memory_ends_in_pythons_own_error() {
    let product = Product::with(&["--run-memory-mb", "128"]);
    let mut console = product
        .sign_in("ada")
        .await
        .run("big.py", "x = bytearray(1_000_000_000)\n")
        .await;
    let end = console.script_end().await;
    assert_eq!((end.cause, end.limit), (EndCause::Memory, Some(128 << 20)));
    console.wait_for("MemoryError").await;
}

#[tokio::test]
async fn a_prompt_follows_when_variables_fill_the_memory_to_the_brim() {
    let product = Product::with(&["--run-memory-mb", "128"]);
    let ada = product.sign_in("ada").await;
    // Each size leaves another remainder.
    for size in [1, 40, 900, 4_000, 5_000, 5_100, 17_000, 100_000, 900_000] {
        let source = format!("words = []\nwhile True:\n    words.append(chr(97) * {size})\n");
        let mut console = ada.run("grows.py", &source).await;
        let end = console.script_end().await;
        assert_eq!(
            end.cause,
            EndCause::Memory,
            "{size}: {}",
            console.script_output()
        );
        console.wait_for(">>> ").await;
        console.type_in("print('holds', len(words) > 9)\n").await;
        console.wait_for("holds True").await;
        let statement = format!("for n in range(10**9): words.append(chr(97) * {size})\n\n");
        console.type_in(&statement).await;
        console.wait_for("MemoryError\r\n>>> ").await;
        console.type_in("print('still', len(words) > 9)\n").await;
        console.wait_for("still True").await;
        assert!(
            console.script_output().contains("    words.append("),
            "{size}"
        );
    }
}

#[tokio::test]
async fn memory_of_all_processes_together_is_limited() {
    let product = Product::with(&["--run-memory-mb", "200"]);
    let source = "import os, time\nfor _ in range(5):\n    if os.fork() == 0:\n        x = bytearray(80_000_000)\n        \
                  time.sleep(60)\ntime.sleep(60)\n";
    let end = product
        .sign_in("ada")
        .await
        .run("many.py", source)
        .await
        .script_end()
        .await;
    assert_eq!((end.cause, end.limit), (EndCause::Memory, Some(200 << 20)));
    assert_eq!(programs_of(&product, "ada"), Vec::<String>::new());
}

#[tokio::test]
async fn output_is_limited_and_what_was_printed_last_stays() {
    let product = Product::with(&["--run-output-mb", "1"]);
    let mut console = product
        .sign_in("ada")
        .await
        .run("flood.py", "while True:\n    print('flood')\n")
        .await;
    let end = console.script_end().await;
    assert_eq!((end.cause, end.limit), (EndCause::Output, Some(1 << 20)));
    assert!(console.output.len() < 2 << 20);
}

#[tokio::test]
async fn fork_bombs_are_recognised_and_told_as_that() {
    let tree = "import os, signal\nwhile True:\n    try:\n        if os.fork() != 0:\n            signal.pause()\n    \
                except OSError:\n        pass\n";
    let chain = "import os, time\nif os.fork() == 0:\n    while True:\n        try:\n            if os.fork() != 0:\n                os._exit(0)\n        except OSError:\n            pass\ntime.sleep(60)\n";
    for product in Product::in_both_worlds() {
        let (ada, ben) = (product.sign_in("ada").await, product.sign_in("ben").await);
        for source in [tree, chain] {
            let (began, before) = (Instant::now(), last_process());
            let mut bomb = ada.run("bomb.py", source).await;
            let mut hello = ben.run("hello.py", "print('hello')\n").await;
            assert_eq!(hello.script_end().await.cause, EndCause::Finished);
            let recognised = timeout(Duration::from_secs(20), bomb.script_end()).await;
            if let Ok(end) = recognised {
                assert_eq!((end.cause, end.limit), (EndCause::Forks, None), "{source}");
            } else {
                // Beside programs that compute, as under `--stress`, a bomb is given so little that it is none.
                let made = last_process().saturating_sub(before);
                assert!(made < 60 * began.elapsed().as_secs(), "{made}: {source}");
                bomb.stop().await;
            }
            // Comes when nothing of it is left.
            bomb.log_end().await;
        }
    }
}

/// The number that the kernel gave last to a process or thread.
fn last_process() -> u64 {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap();
    load.split_ascii_whitespace()
        .next_back()
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn many_short_processes_and_a_pool_are_no_fork_bomb() {
    let sequence =
        "import subprocess\nfor _ in range(1000):\n    subprocess.run(['true'], check=True)\n";
    let pool = "import multiprocessing, os\nif __name__ == '__main__':\n    for _ in range(5):\n        \
                with multiprocessing.Pool(8) as pool:\n            pool.map(abs, range(10_000))\n";
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    for source in [sequence, pool] {
        let mut console = ada.run("busy.py", source).await;
        let end = console.script_end().await;
        let said = console.script_output();
        assert_eq!(end.cause, EndCause::Finished, "{source}: {said}");
    }
}

#[tokio::test]
async fn one_process_or_thread_too_many_is_told_as_that_and_with_its_line() {
    let product = Product::with(&["--run-processes", "12"]);
    let ada = product.sign_in("ada").await;
    for source in [
        "import os, time\nwhile True:\n    if os.fork() == 0:\n        time.sleep(9)\n        os._exit(0)\n",
        "import subprocess\nall = []\nwhile True: all.append(subprocess.Popen(['sleep', '9']))\n",
        "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=[2]).start()\n",
    ] {
        let mut console = ada.run("many.py", source).await;
        let end = console.script_end().await;
        let told = (end.cause, end.limit, end.line);
        assert_eq!(told, (EndCause::Processes, Some(12), Some(3)), "{source}");
        console.wait_for(">>> ").await;
    }
    let source = "import os\nr, w = os.pipe()\nos.set_blocking(r, False)\nos.read(r, 1)\n";
    let end = ada.run("pipe.py", source).await.script_end().await;
    assert_eq!((end.cause, end.line), (EndCause::Error, Some(4)));
}

#[tokio::test]
async fn a_file_can_only_grow_to_its_limit() {
    let product = Product::with(&["--run-file-mb", "1"]);
    let source = "f = open('big', 'wb')\nf.write(bytes(2_000_000))\n";
    let mut console = product.sign_in("ada").await.run("write.py", source).await;
    let end = console.script_end().await;
    assert_eq!((end.cause, end.limit), (EndCause::Disk, Some(1 << 20)));
    console.wait_for("File too large").await;
}

#[tokio::test]
async fn sigxfsz_is_the_file_limit() {
    let product = Product::with(&["--run-file-mb", "1"]);
    // Other programs than Python do not ignore the signal.
    let source = "import os, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n\
                  os.execvp('head', ['head', '-c', '2000000', '/dev/urandom'])\n";
    let ada = product.sign_in("ada").await;
    let source =
        format!("import os\nos.dup2(os.open('big', os.O_CREAT | os.O_WRONLY), 1)\n{source}");
    let end = ada.run("grow.py", &source).await.script_end().await;
    assert_eq!((end.cause, end.limit), (EndCause::Disk, Some(1 << 20)));
    assert_eq!((end.exit_code, end.signal), (None, None));
}

#[tokio::test]
async fn a_home_that_grows_too_large_ends_the_program_and_says_so() {
    let product = Product::with(&["--home-mb", "8", "--home-files", "300"]);
    let ada = product.sign_in("ada").await;
    for source in [
        // Many bytes, many names, and many bytes without a name.
        "import itertools\nfor n in itertools.count():\n    open(f'part{n % 30}', 'wb').write(bytes(1 << 20))\n",
        "import itertools, os\nfor n in itertools.count():\n    open(f'{os.environ[\"TMPDIR\"]}/{n % 1000}', 'w')\n",
        "import itertools, os\nf = open('gone', 'wb')\nos.unlink('gone')\nfor n in itertools.count():\n    \
         f.seek(n % 30 << 20)\n    f.write(bytes(1 << 20))\n",
    ] {
        let end = ada.run("fill.py", source).await.script_end().await;
        assert_eq!(
            (end.cause, end.limit),
            (EndCause::Disk, Some(8 << 20)),
            "{source}"
        );
        assert_eq!(end.exit_code, None);
        for entry in std::fs::read_dir(product.home("ada")).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
    let mut console = ada.run("hello.py", "print('hello')\n").await;
    assert_eq!(console.script_end().await.cause, EndCause::Finished);
}

#[tokio::test]
async fn files_without_a_name_count_once_whoever_has_them_open() {
    let product = Product::with(&["--home-mb", "8"]);
    let ada = product.sign_in("ada").await;
    let file = "def nameless():\n    f = open(f'gone{os.getpid()}', 'wb')\n    os.unlink(f.name)\n    f.write(bytes(3 << 20))\n    \
                f.flush()\n    return f\n";
    let work = "import os, time\ndef work(seconds):\n    end = time.monotonic() + seconds\n    while time.monotonic() < end:\n        pass\n";
    let shared = format!(
        "{work}{file}f = nameless()\nfor _ in range(4):\n    if os.fork() == 0:\n        work(1.5)\n        os._exit(0)\nwork(1.5)\n"
    );
    let end = ada.run("shared.py", &shared).await.script_end().await;
    assert_eq!(end.cause, EndCause::Finished, "{end:?}");
    let each = format!(
        "{work}{file}for _ in range(4):\n    if os.fork() == 0:\n        f = nameless()\n        work(20)\n        os._exit(0)\nwork(20)\n"
    );
    let end = ada.run("each.py", &each).await.script_end().await;
    assert_eq!(end.cause, EndCause::Disk, "{end:?}");
}

#[tokio::test]
async fn memory_that_no_process_has_mapped_counts_too() {
    let product = Product::with(&["--run-memory-mb", "128", "--run-open-files", "4096"]);
    let ada = product.sign_in("ada").await;
    let sockets = "import socket, time\npairs = []\nwhile True:\n    try:\n        a, b = socket.socketpair()\n    except OSError:\n        \
                   time.sleep(600)\n    a.setblocking(False)\n    pairs += [a, b]\n    try:\n        while True:\n            \
                   a.send(bytes(1 << 16))\n    except BlockingIOError:\n        pass\n";
    let pages = "import mmap, time\nmaps = []\nwhile True:\n    m = mmap.mmap(-1, 1 << 30, flags=mmap.MAP_PRIVATE | \
                 mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ)\n    maps.append(m)\n    for at in range(0, 1 << 30, 1 << 21):\n        \
                 m[at]\n";
    for source in [sockets, pages] {
        let end = ada.run("much.py", source).await.script_end().await;
        assert_eq!(end.cause, EndCause::Memory, "{source}");
    }
}

#[tokio::test]
async fn what_processes_share_after_a_fork_counts_once() {
    let product = Product::with(&["--run-memory-mb", "256"]);
    let source = "import os, time\nx = bytearray(100_000_000)\nchildren = []\nfor _ in range(6):\n    pid = os.fork()\n    \
                  if pid == 0:\n        end = time.monotonic() + 1.5\n        while time.monotonic() < end:\n            \
                  x[7]\n        os._exit(0)\n    children.append(pid)\nfor pid in children:\n    os.waitpid(pid, 0)\n";
    let mut console = product.sign_in("ada").await.run("share.py", source).await;
    let end = console.script_end().await;
    assert_eq!(end.cause, EndCause::Finished, "{end:?}");
}
