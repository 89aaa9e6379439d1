//! The terminal of a program, driven by keystrokes.

use pythonide_protocol::socket::EndCause;

use crate::product::Product;

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
