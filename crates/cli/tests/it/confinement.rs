//! What a program must not be able to do. (The large corpus of attacks is another suite.)

use pythonide_protocol::socket::EndCause;

use crate::product::Product;

/// Runs a program that prints `refused` for each thing that it could not do.
async fn refused(product: &Product, what: &str) -> String {
    let source = format!(
        "def attempt(f):\n    try:\n        print('DONE', f())\n    except OSError as e:\n        print('refused', e.errno)\n{what}"
    );
    let mut console = product.sign_in("ada").await.run("attack.py", &source).await;
    let end = console.script_end().await;
    assert_eq!(end.cause, EndCause::Finished, "{}", console.text());
    console.script_output()
}

#[tokio::test]
async fn no_ip_socket_can_be_made() {
    for product in Product::in_both_worlds() {
        let output = refused(
            &product,
            "import socket\n\
             attempt(lambda: socket.socket(socket.AF_UNIX))\n\
                 attempt(lambda: socket.socket(socket.AF_INET))\n\
             attempt(lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))\n\
             attempt(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))\n\
             attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))\n\
             attempt(lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM))\n",
        )
        .await;
        assert_eq!(output, "refused 1\r\n".repeat(6));
    }
}

#[tokio::test]
async fn neither_a_classmates_files_nor_ours_can_be_reached() {
    for product in Product::in_both_worlds() {
        let ben = product.sign_in("ben").await;
        ben.write("secret.py", "password = 1\n").await;
        let (home, data) = (product.home("ben"), product.data().to_owned());
        let output = refused(
            &product,
            &format!(
                "import os\nhome, data = {home:?}, {data:?}\n\
                 attempt(lambda: open(home + '/secret.py').read())\n\
                 attempt(lambda: os.listdir(home))\n\
                 attempt(lambda: os.remove(home + '/secret.py'))\n\
                 attempt(lambda: os.chmod(home, 0o777))\n\
                 attempt(lambda: os.listdir(data + '/database'))\n\
                 attempt(lambda: open(data + '/database/secret-key').read())\n\
                 attempt(lambda: os.listdir(data + '/files/Local'))\n\
                 attempt(lambda: os.listdir(data + '/link'))\n\
                 attempt(lambda: open(data + '/files/Local/x', 'w'))\n\
                 attempt(lambda: open('/etc/shadow').read())\n\
                 import socket\n\
                 attempt(lambda: socket.socket(socket.AF_UNIX).connect(data + '/link/host.sock'))\n"
            ),
        )
        .await;
        assert_eq!(output.matches("refused").count(), 11, "{output}");
        assert!(!output.contains("DONE"), "{output}");
        assert_eq!(ben.read("secret.py").await.unwrap().text, "password = 1\n");
    }
}

#[tokio::test]
async fn our_processes_show_nothing_and_cannot_be_signalled() {
    for product in Product::in_both_worlds() {
        let (host, server) = (product.part("host"), product.part("server"));
        let output = refused(
            &product,
            &format!(
                "import os, signal\nfor pid in ({host}, {server}, os.getppid()):\n    \
                 attempt(lambda: open(f'/proc/{{pid}}/environ').read())\n    \
                 attempt(lambda: open(f'/proc/{{pid}}/mem', 'rb').read(1))\n    \
                 attempt(lambda: os.listdir(f'/proc/{{pid}}/fd'))\n    \
                 attempt(lambda: os.kill(pid, signal.SIGTERM))\n"
            ),
        )
        .await;
        assert!(!output.contains("DONE"), "{output}");
        assert_eq!(output.matches("refused").count(), 12, "{output}");
    }
}

#[tokio::test]
async fn nothing_but_its_own_is_left_to_a_program() {
    for product in Product::in_both_worlds() {
        let source = "import os\nprint(sorted(os.environ))\nprint(sorted(int(fd) for fd in os.listdir('/proc/self/fd'))[:5])\n\
                      status = open('/proc/self/status').read()\n\
                      print([line.split() for line in status.splitlines() if line.startswith(('CapPrm', 'CapEff', 'NoNewPrivs', 'Seccomp:'))])\n";
        let mut console = product.sign_in("ada").await.run("self.py", source).await;
        console.script_end().await;
        let text = console.script_output();
        assert!(
            !text.contains("IDE_") && !text.contains("DATABASE"),
            "{text}"
        );
        assert!(text.contains("[0, 1, 2, 3, 4]"), "{text}");
        assert!(
            text.contains("['CapPrm:', '0000000000000000'], ['CapEff:', '0000000000000000']"),
            "{text}"
        );
        assert!(
            text.contains("['NoNewPrivs:', '1'], ['Seccomp:', '2']"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn nothing_of_a_run_is_left_when_it_is_over() {
    for product in Product::in_both_worlds() {
        let source = "import os, tempfile, time\nopen(os.path.join(tempfile.gettempdir(), 'left'), 'w').write('x')\n\
                      os.makedirs(tempfile.gettempdir() + '/deep/000'); os.chmod(tempfile.gettempdir() + '/deep', 0)\n\
                      if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(600)\n    os._exit(0)\n\
                      import code; raise SystemExit\n";
        let mut console = product.sign_in("ada").await.run("leave.py", source).await;
        console.wait_for(">>> ").await;
        console.type_in("exit()\n").await;
        console.log_end().await;
        assert_eq!(
            crate::programs::programs_of(&product, "ada"),
            Vec::<String>::new()
        );
        assert_eq!(
            std::fs::read_dir(product.data().join("host/tmp"))
                .unwrap()
                .count(),
            0
        );
        let files = std::fs::read_dir(format!("/proc/{}/fd", product.part("host"))).unwrap();
        let terminals = files
            .filter_map(|file| std::fs::read_link(file.unwrap().path()).ok())
            .filter(|file| file.ends_with("ptmx"));
        assert_eq!(terminals.count(), 0);
    }
}

#[tokio::test]
async fn the_server_has_no_rights_that_it_does_not_need() {
    let product = Product::start();
    let status =
        |part| std::fs::read_to_string(format!("/proc/{}/status", product.part(part))).unwrap();
    assert!(status("server").contains("NoNewPrivs:\t1"));
    if rustix::process::geteuid().is_root() {
        assert!(status("server").contains("Uid:\t19999\t19999\t19999\t19999"));
        assert!(status("server").contains("CapEff:\t0000000000000000"));
    }
    let environment =
        std::fs::read_to_string(format!("/proc/{}/environ", product.part("host"))).unwrap();
    assert!(
        !environment.contains("DATABASE_URL") && !environment.contains("SECRET"),
        "{environment}"
    );
}

#[tokio::test]
async fn a_classmates_terminal_and_shared_memory_are_out_of_reach() {
    for product in Product::in_both_worlds() {
        let source = "import os\nprint(os.ttyname(0))\nopen('/dev/tty', 'w').write('mine')\n\
                      try: open('/dev/shm/ben', 'w').write('secret')\nexcept OSError: pass\ninput('? ')\n";
        let mut ben = product
            .sign_in("ben")
            .await
            .run("terminal.py", source)
            .await;
        let text = ben.wait_for("? ").await;
        assert!(text.contains("mine"), "{text}");
        let terminal = text.lines().next().unwrap().to_owned();
        let output = refused(
            &product,
            &format!(
                "attempt(lambda: open({terminal:?}).read(1))\n\
                 attempt(lambda: open({terminal:?}, 'w').write('from ada'))\n\
                 attempt(lambda: open('/dev/shm/ben').read())\n"
            ),
        )
        .await;
        assert_eq!(output.matches("refused").count(), 3, "{output}");
        ben.type_in("\n").await;
        assert!(!ben.wait_for(">>> ").await.contains("from ada"));
        ben.type_in("exit()\n").await;
        ben.log_end().await;
        assert!(!std::path::Path::new("/dev/shm/ben").exists());
    }
}
