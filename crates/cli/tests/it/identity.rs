//! A program knows its user by the student's name, in every world.

use pythonide_protocol::socket::EndCause;

use crate::product::Product;

/// Prints the name of the student, once for each way to ask for it.
const SOURCE: &str = "\
import getpass, grp, os, pathlib, pwd
open('mine.txt', 'w').close()
mine = pathlib.Path('mine.txt')
del os.environ['LOGNAME'], os.environ['USER']
account = pwd.getpwuid(os.getuid())
print(account.pw_name, account.pw_uid == os.getuid(), account.pw_gid == os.getgid())
print(account.pw_dir == os.environ['HOME'] == os.getcwd(), account == pwd.getpwnam('ada'))
print([entry.pw_name for entry in pwd.getpwall() if entry.pw_uid == os.getuid()])
print(mine.owner(), mine.group(), grp.getgrgid(os.getgid()) == grp.getgrnam('ada'))
print(os.getlogin(), getpass.getuser(), os.path.expanduser('~ada') == os.getcwd())
print(pathlib.Path('~ada').expanduser() == pathlib.Path.home(), pwd.getpwuid(0).pw_name)
for wrong in (lambda: pwd.getpwnam('nobody-has-this'), lambda: pwd.getpwuid(54321), lambda: pwd.getpwuid('a')):
    try:
        print(wrong())
    except (KeyError, TypeError) as error:
        print(type(error).__name__, error)
os.environ['USER'] = 'somebody'
print(getpass.getuser(), os.getlogin())
";

const PRINTED: [&str; 11] = [
    "ada True True",
    "True True",
    "['ada']",
    "ada ada True",
    "ada ada True",
    "True root",
    "KeyError \"getpwnam(): name not found: 'nobody-has-this'\"",
    "KeyError 'getpwuid(): uid not found: 54321'",
    "TypeError uid should be integer, not str",
    "somebody ada",
    "",
];

#[tokio::test]
async fn a_program_knows_its_user_by_name() {
    for product in Product::in_all_worlds() {
        let world = product.world();
        let ada = product.sign_in("ada").await;
        let mut console = ada.run("name.py", SOURCE).await;
        let end = console.script_end().await;
        assert_eq!(
            end.cause,
            EndCause::Finished,
            "{world:?}: {}",
            console.text()
        );
        assert_eq!(console.script_output(), PRINTED.join("\r\n"), "{world:?}");
        let source = "import os, subprocess, sys\n\
            print(os.popen('whoami; whoami --version | head -c 6').read())\n\
            print(subprocess.run([sys.executable, '-c', 'import getpass; print(getpass.getuser())'], \
            capture_output=True, text=True).stdout)\n";
        let mut console = ada.run("whoami.py", source).await;
        console.script_end().await;
        let expected = "ada\r\nwhoami\r\nada\r\n\r\n";
        assert_eq!(console.script_output(), expected, "{world:?}");
    }
}
