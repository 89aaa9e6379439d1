//! Pasted text: one block at the prompt, lines for `input()`.

use crate::{browser::Console, product::Product};

/// Pastes as a terminal does after a program has switched bracketed paste on, then presses Enter.
async fn paste(console: &mut Console, text: &str) {
    let text = text.replace('\n', "\r");
    console
        .type_in(&format!("\u{1b}[200~{text}\u{1b}[201~\r"))
        .await;
}

#[tokio::test]
async fn a_pasted_block_runs_in_order() {
    let product = Product::start();
    let mut console = product.sign_in("ada").await.run("x.py", "x = 20\n").await;
    console.wait_for(">>> ").await;
    let block = "class Dog:\n    def __init__(self, name):\n        self.name = name\n\n    \
                 def bark(self):\n\tif True:\n\n\t    return self.name + '!'\n\n\
                 # a comment\nDog('Rex').bark()\nfor n in range(2):\n    x += 1\nprint('x is', x)";
    paste(&mut console, &block.replace('\t', "        ")).await;
    console.wait_for("'Rex!'\r\nx is 22\r\n>>> ").await;
    // Typed lines still form a block of their own.
    console.type_in("if x:\r    print('typed')\r\r").await;
    console.wait_for("\r\ntyped\r\n>>> ").await;
    // The history brings the whole block back.
    paste(&mut console, "for n in range(2):\n\n    print('n', n)").await;
    console.wait_for("n 0\r\nn 1\r\n>>> ").await;
    console.type_in("\u{1b}[A\r").await;
    console.wait_for("n 1\r\n>>> ").await;
    while console.text().matches("n 0\r\nn 1\r\n>>> ").count() < 2 {
        console.step().await;
    }
    assert!(!console.text().contains("200~"), "{}", console.text());
}

#[tokio::test]
async fn a_pasted_block_ends_at_its_first_error() {
    let product = Product::start();
    let mut console = product.sign_in("ada").await.run("x.py", "x = 1\n").await;
    console.wait_for(">>> ").await;
    paste(
        &mut console,
        "print('be' + 'fore')\n1 / 0\nprint('af' + 'ter')",
    )
    .await;
    let text = console.wait_for("ZeroDivisionError").await;
    assert!(text.contains("before\r\nTraceback"), "{text}");
    console.wait_for("zero\r\n>>> ").await;
    paste(&mut console, "print('ne' + 'ver')\nx = = 2").await;
    console.wait_for("SyntaxError").await;
    console.type_in("print('more', x)\r").await;
    let text = console.wait_for("more 1\r\n").await;
    assert!(!text.contains("after") && !text.contains("never"), "{text}");
}

#[tokio::test]
async fn an_incomplete_paste_is_continued_by_typing() {
    let product = Product::start();
    let mut console = product.sign_in("ada").await.run("x.py", "x = 1\n").await;
    console.wait_for(">>> ").await;
    paste(&mut console, "numbers = [\n    1,\n\n    2,").await;
    console.wait_for("... ").await;
    console.type_in("3]\rsum(numbers)\r").await;
    console.wait_for("\r\n6\r\n>>> ").await;
}

#[tokio::test]
async fn input_gets_pasted_lines_one_by_one() {
    let product = Product::start();
    let ada = product.sign_in("ada").await;
    let source = "print([input(), input(), input()])\n";
    let mut console = ada.run("ask.py", source).await;
    console.type_in("one\rtwo\rthree\r").await;
    console.wait_for("['one', 'two', 'three']").await;
    console.wait_for(">>> ").await;
    // A program that reads at the prompt has bracketed paste off as well.
    console.type_in("answers = [input('? '), input()]\r").await;
    let raw = console.wait_for("\r\n? ").await;
    assert!(raw.ends_with("? "), "{raw}");
    console.type_in("four\rfive\r").await;
    console.wait_for(">>> ").await;
    console.type_in("answers\r").await;
    console.wait_for("['four', 'five']").await;
}
