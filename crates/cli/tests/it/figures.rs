//! Figures: matplotlib in programs that did not start with it.

use pythonide_protocol::socket::EndCause;

use crate::product::Product;

/// Prints the files that matplotlib finds in its folder.
const LIST: &str = "import os\nfolder = os.environ['MPLCONFIGDIR']\n\
                    print(os.path.isdir(folder) and os.listdir(folder))\n";

/// The ways to load pyplot in an interpreter that has not loaded the packages.
const WAYS: [&str; 5] = [
    "import drawing\n",
    "import importlib\nimportlib.import_module('matplotlib.pyplot')\n",
    "exec('import matplotlib.pyplot')\n",
    "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import matplotlib.pyplot'], check=True)\n",
    "__import__('pylab')\n",
];

#[tokio::test]
async fn matplotlib_reads_the_font_cache_silently() {
    for product in Product::in_both_worlds() {
        let ada = product.sign_in("ada").await;
        // Until an interpreter has made the list of fonts, programs have none to read.
        loop {
            let mut console = ada.run("list.py", LIST).await;
            assert_eq!(console.script_end().await.cause, EndCause::Finished);
            if console.script_output().contains("fontlist") {
                break;
            }
        }
        ada.write("drawing.py", "import matplotlib.pyplot as plt\n")
            .await;
        for source in WAYS {
            let mut console = ada.run("light.py", source).await;
            let end = console.script_end().await;
            assert_eq!(end.cause, EndCause::Finished, "{}", console.text());
            assert_eq!(console.script_output(), "", "{source}");
        }
        let mut console = ada.run("prompt.py", "").await;
        console.wait_for(">>> ").await;
        for line in ["import matplotlib.pyplot as plt", "from pylab import *"] {
            console.type_in(&format!("{line}\n")).await;
        }
        console.type_in("print('lo' + 'aded')\n").await;
        let text = console.wait_for("loaded\r\n").await;
        assert!(!text.contains("font"), "{text}");
    }
}

#[tokio::test]
async fn matplotlib_lists_the_fonts_silently() {
    for product in Product::in_both_worlds() {
        // A folder of its own, as before an interpreter has made the list.
        let source = "import os\nos.environ['MPLCONFIGDIR'] = os.environ['TMPDIR'] + '/own'\n\
                      import subprocess, sys\n\
                      subprocess.run([sys.executable, '-c', 'import matplotlib.pyplot'], check=True)\n";
        let mut console = product.sign_in("ada").await.run("own.py", source).await;
        assert_eq!(console.script_end().await.cause, EndCause::Finished);
        assert_eq!(console.script_output(), "");
    }
}
