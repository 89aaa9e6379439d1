//! The operator's commands, with all that they print.

use std::{
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::Path,
};

use pythonide_testkit::{
    container::{DOCKER_FILTER, RUNC},
    world::World,
};

use crate::product::{fresh_folder, pythonide, pythonide_with_input, pythonide_within};

/// Whether it succeeded, and what it printed.
pub(crate) fn text(output: &std::process::Output) -> (bool, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.success(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn an_excel_roster_is_taken_and_taking_it_again_changes_nothing() {
    let folder = fresh_folder();
    let roster = "\u{feff}Username;Full name;email;role\r\naruiz;Ana Ruiz;ana@example.org;\r\nnokafor;\"Okafor; Ngozi\";;professor\r\n";
    std::fs::write(folder.path().join("class.csv"), roster).unwrap();
    let import = |more: &[&str]| {
        text(&pythonide(
            folder.path(),
            &[&["users", "import", "class.csv"], more].concat(),
        ))
    };

    let (ok, output, _) = import(&["--dry-run"]);
    assert!(ok);
    assert_eq!(
        output,
        "create  aruiz\ncreate  nokafor\n2 would be created, 0 would be updated, 0 as they were.\n"
    );
    assert!(!folder.path().join("passwords.csv").exists());

    let (ok, output, error) = import(&["--class", "CS 101"]);
    assert!(ok, "{error}");
    assert!(output.ends_with("2 created, 0 updated, 0 as they were.\nThe new passwords are in passwords.csv, which only you can read.\n"), "{output}");
    let passwords = folder.path().join("passwords.csv");
    assert_eq!(passwords.metadata().unwrap().mode() & 0o777, 0o600);
    let passwords = std::fs::read_to_string(passwords).unwrap();
    assert_eq!(passwords.lines().count(), 3, "{passwords}");

    let (ok, output, _) = import(&["--class", "CS 101"]);
    assert!(ok);
    assert_eq!(output, "0 created, 0 updated, 2 as they were.\n");

    let (_, output, _) = text(&pythonide(folder.path(), &["users", "list"]));
    let lines: Vec<Vec<&str>> = output
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        lines,
        [
            vec!["aruiz", "student", "20000", "Ana", "Ruiz"],
            vec!["nokafor", "professor", "20001", "Okafor;", "Ngozi"],
        ]
    );
}

#[test]
fn a_roster_with_faults_names_every_line_and_changes_nothing() {
    let folder = fresh_folder();
    let roster =
        "username,role,password\nada,student,long enough\nada,,\n,student,\nb b,king,short\n";
    std::fs::write(folder.path().join("class.csv"), roster).unwrap();
    let (ok, output, error) = text(&pythonide(folder.path(), &["users", "import", "class.csv"]));
    assert!(!ok && output.is_empty(), "{output}");
    for line in [
        "line 3, username: ada is already on line 2",
        "line 4, username:",
        "line 5, username:",
        "line 5, role:",
        "line 5, password:",
    ] {
        assert!(error.contains(line), "{line} is missing in {error}");
    }
    assert!(
        error.ends_with("problem(s) in the list; nothing was changed\n"),
        "{error}"
    );
    let (_, output, _) = text(&pythonide(folder.path(), &["users", "list", "--json"]));
    assert_eq!(output, "[]\n");
}

#[test]
fn an_import_that_cannot_write_the_passwords_changes_nothing() {
    let folder = fresh_folder();
    std::fs::write(folder.path().join("class.csv"), "username\nada\n").unwrap();
    std::fs::write(folder.path().join("passwords.csv"), "already here").unwrap();
    let (ok, _, error) = text(&pythonide(folder.path(), &["users", "import", "class.csv"]));
    assert!(!ok && error.contains("passwords.csv"), "{error}");
    assert_eq!(
        std::fs::read_to_string(folder.path().join("passwords.csv")).unwrap(),
        "already here"
    );
    let (_, output, _) = text(&pythonide(folder.path(), &["users", "list", "--json"]));
    assert_eq!(output, "[]\n");
}

#[test]
fn existing_passwords_and_roles_stay_unless_the_list_says_otherwise() {
    let folder = fresh_folder();
    let run = |arguments: &[&str], input: &str| {
        text(&pythonide_with_input(folder.path(), arguments, input))
    };
    assert!(
        run(
            &[
                "users",
                "add",
                "noor",
                "--role",
                "professor",
                "--password-stdin"
            ],
            "the first password\n"
        )
        .0
    );
    std::fs::write(
        folder.path().join("class.csv"),
        "username,password,full_name\nnoor,another password,Noor\n",
    )
    .unwrap();
    let (_, output, _) = run(&["users", "import", "class.csv"], "");
    assert_eq!(
        output,
        "update  noor (name)\n0 created, 1 updated, 0 as they were.\n"
    );
    let (_, output, _) = run(
        &[
            "users",
            "import",
            "class.csv",
            "--reset-passwords",
            "--dry-run",
        ],
        "",
    );
    assert_eq!(
        output,
        "update  noor (password)\n0 would be created, 1 would be updated, 0 as they were.\n"
    );
    let (_, output, _) = run(&["users", "list"], "");
    assert!(output.contains("professor"), "{output}");
}

#[test]
fn a_user_cannot_be_made_twice_or_with_a_bad_name() {
    let folder = fresh_folder();
    let (ok, output, _) = text(&pythonide(folder.path(), &["users", "add", "ada"]));
    assert!(
        ok && output.starts_with("ada (student) can sign in.\nPassword, shown this once: "),
        "{output}"
    );
    let (ok, _, error) = text(&pythonide(folder.path(), &["users", "add", "ADA"]));
    assert!(
        !ok && error.contains("there is a user ada already"),
        "{error}"
    );
    let (ok, _, _) = text(&pythonide(folder.path(), &["users", "add", "../ada"]));
    assert!(!ok);
}

#[test]
fn homes_are_made_and_mended_and_those_of_nobody_are_reported_and_left() {
    let folder = fresh_folder();
    for name in ["ada", "ben"] {
        assert!(text(&pythonide(folder.path(), &["users", "add", name])).0);
    }
    let sync = || text(&pythonide(folder.path(), &["users", "sync-directories"]));
    let (ok, output, _) = sync();
    assert!(ok);
    assert_eq!(
        output,
        "made: ada\nmade: ben\n2 homes are as they must be.\n"
    );
    let homes = folder.path().join("files/Local");
    std::fs::create_dir(homes.join("gone")).unwrap();
    std::fs::write(homes.join("gone/work.py"), "1").unwrap();
    std::fs::set_permissions(
        homes.join("ada"),
        std::os::unix::fs::PermissionsExt::from_mode(0o777),
    )
    .unwrap();
    std::fs::remove_dir(homes.join("ben")).unwrap();
    std::fs::write(homes.join("ben"), "a file").unwrap();
    let (ok, output, error) = sync();
    assert!(!ok);
    assert_eq!(
        output,
        "owner or mode mended: ada\nof nobody, left alone: gone\nPROBLEM: ben: something else than a folder has that name\n1 homes are as they must be.\n"
    );
    assert!(error.contains("some homes could not be mended"));
    assert_eq!(
        std::fs::read_to_string(homes.join("gone/work.py")).unwrap(),
        "1"
    );
}

#[test]
fn off_loopback_a_server_needs_a_real_key_and_separated_students() {
    let folder = fresh_folder();
    let serve = |more: &[&str]| {
        text(&pythonide(
            folder.path(),
            &[&["serve", "--listen", "0.0.0.0:0"], more].concat(),
        ))
    };
    for (more, said) in [
        (&[][..], "IDE_SECRET_KEY is not set"),
        (&["--secret-key", "short"], "at least 32 characters"),
        (
            &["--secret-key", "your-production-secret-key-0123456789"],
            "the key of an example",
        ),
        (&["--allow-unseparated"], "listen on loopback with it"),
    ] {
        let (ok, _, error) = serve(more);
        assert!(!ok && error.contains(said), "{more:?}: {error}");
    }
}

#[test]
fn a_wrong_database_is_named_without_its_password() {
    let folder = fresh_folder();
    for url in [
        "mysql://ide:hunter22@db/x",
        "postgresql://ide:hunter22@127.0.0.1:1/x",
    ] {
        let (ok, _, error) = text(&pythonide(
            folder.path(),
            &["users", "list", "--database-url", url],
        ));
        assert!(
            !ok && !error.contains("hunter22") && !error.is_empty(),
            "{error}"
        );
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    let folder = fresh_folder();
    for command in [
        &["serve"][..],
        &["server"],
        &["host"],
        &["migrate"],
        &["import-legacy"],
        &["doctor"],
        &["users"],
        &["users", "activate"],
        &["users", "add"],
        &["users", "deactivate"],
        &["users", "import"],
        &["users", "list"],
        &["users", "reset-password"],
        &["users", "sync-directories"],
    ] {
        let (ok, output, _) = text(&pythonide(folder.path(), &[command, &["--help"]].concat()));
        assert!(ok && output.contains("Example"), "{command:?}: {output}");
    }
}

#[test]
fn the_doctor_tries_each_layer_and_says_what_holds() {
    let folder = fresh_folder();
    let output = pythonide(
        folder.path(),
        &["doctor", "--json", "--python", &crate::product::python()],
    );
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for finding in findings.as_array().unwrap() {
        assert_eq!(finding["holds"], true, "{finding}");
    }
    assert_eq!(findings.as_array().unwrap().len(), 5);
    let (ok, output, _) = text(&pythonide(
        folder.path(),
        &["doctor", "--python", "/nowhere/python3"],
    ));
    assert!(!ok && output.contains("MISSING  python"), "{output}");
}

#[test]
fn the_doctor_tells_whether_students_get_to_the_files_also_before_they_are_there() {
    let folder = fresh_folder();
    let shut = folder.path().join("shut");
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&shut)
        .unwrap();
    let python = crate::product::python();
    for (files, told) in [
        (folder.path().to_owned(), "which students can reach"),
        (
            folder.path().join("new/files"),
            "new/files, which the host makes",
        ),
        (shut.join("files"), "MISSING  files"),
    ] {
        let files = files.to_str().unwrap();
        let words = ["doctor", "--python", &python, "--files", files];
        let (_, output, error) = text(&pythonide(folder.path(), &words));
        assert!(output.contains(told), "{output}{error}");
    }
}

/// What the doctor sees in a world: each line without the interpreter's, and whether it is content.
fn doctor_within(world: World) -> (bool, String) {
    let folder = fresh_folder();
    let words = ["doctor", "--python", &crate::product::python()];
    let (ok, output, error) = text(&pythonide_within(world, folder.path(), &words));
    let layers: Vec<_> = output
        .lines()
        .filter(|line| !line.contains(" python "))
        .collect();
    assert_eq!(layers.len(), 4, "{output}{error}");
    (ok, layers.join("\n"))
}

#[test]
fn the_doctor_tells_what_holds_in_each_world_and_what_follows() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let uid = "holds    separation   a uid for each student: this is root\n\
               holds    seccomp      programs cannot make an IP socket\n";
    let landlock = "holds    landlock     programs reach only what they are given\n";
    let namespaces = "holds    namespaces   programs see nothing of this machine but themselves";
    let no_namespaces = "absent   namespaces   Operation not permitted (os error 1); programs see which other processes exist";
    assert_eq!(
        doctor_within(World::AsItIs),
        (true, format!("{uid}{landlock}{namespaces}"))
    );
    let one_user = "holds    separation   Landlock keeps the programs of one user apart\n\
                    holds    seccomp      programs cannot make an IP socket\n";
    assert_eq!(
        doctor_within(World::Plain),
        (true, format!("{one_user}{landlock}{namespaces}"))
    );
    // What makes containers is not needed for anything else in these tests.
    if [RUNC, DOCKER_FILTER]
        .iter()
        .any(|path| !Path::new(path).exists())
    {
        return;
    }
    assert_eq!(
        doctor_within(World::Container),
        (true, format!("{uid}{landlock}{no_namespaces}"))
    );
    let no_landlock = "absent   landlock     this kernel does not have it, or only an older one without all that is needed; \
                       programs can read and, in /tmp, write what all users can\n";
    assert_eq!(
        doctor_within(World::ContainerOfOldKernel),
        (true, format!("{uid}{no_landlock}{no_namespaces}"))
    );
}
