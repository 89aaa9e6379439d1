use super::*;
use proptest::prelude::*;

#[test]
fn paths_that_people_use_are_taken_as_they_are() {
    let deepest = vec!["d"; TreePath::MAX_DEPTH].join("/");
    let longest_name = "x".repeat(255);
    for path in [
        "",
        "main.py",
        "week 1/ex 2.py",
        ".hidden",
        "...",
        "..a",
        "a\\b",
        "🐍/σχέδιο.py",
        "תרגיל/שלום.py",
        "مشروع\u{200f}.py",
        "-rf",
        " ",
        &deepest,
        &longest_name,
    ] {
        assert_eq!(TreePath::parse(path).unwrap().as_str(), path);
    }
}

#[test]
fn paths_that_could_do_harm_are_refused_with_their_reason() {
    use PathProblem::{
        ControlCharacter, DirectionControl, Dots, EmptyName, NameTooLong, Reserved, TooDeep,
        TooLong,
    };
    let too_deep = vec!["d"; 65].join("/");
    let too_long = vec!["x".repeat(200); 21].join("/");
    let long_name = format!("a/{}é", "x".repeat(254));
    for (path, problem) in [
        ("/", EmptyName),
        ("/etc/passwd", EmptyName),
        ("a/", EmptyName),
        ("a//b", EmptyName),
        (".", Dots(".".into())),
        ("..", Dots("..".into())),
        ("a/../b", Dots("..".into())),
        ("a/./b", Dots(".".into())),
        ("a\0b", ControlCharacter),
        ("a\nb", ControlCharacter),
        ("a\u{85}b", ControlCharacter),
        ("\u{202e}yp.exe", DirectionControl('\u{202e}')),
        ("a/\u{2066}b", DirectionControl('\u{2066}')),
        ("\u{202a}", DirectionControl('\u{202a}')),
        ("\u{2069}", DirectionControl('\u{2069}')),
        (".pythonide", Reserved),
        ("a/.pythonide-trash/b", Reserved),
        (&too_deep, TooDeep),
        (&too_long, TooLong),
        (&long_name, NameTooLong),
    ] {
        assert_eq!(TreePath::parse(path), Err(problem), "{path:?}");
    }
}

#[test]
fn the_reason_names_the_invisible_character() {
    let problem = TreePath::parse("a\u{202e}b").unwrap_err();
    assert!(problem.to_string().contains("U+202E"), "{problem}");
}

#[test]
fn a_path_knows_its_name_parent_and_folders() {
    let path = TreePath::parse("a/b/c.py").unwrap();
    assert_eq!(path.name(), Some("c.py"));
    assert_eq!(path.names().collect::<Vec<_>>(), ["a", "b", "c.py"]);
    assert_eq!(path.parent().unwrap().as_str(), "a/b");
    assert_eq!(
        TreePath::parse("a").unwrap().parent(),
        Some(TreePath::root())
    );
    assert_eq!(TreePath::root().parent(), None);
    assert_eq!(TreePath::root().name(), None);
    assert_eq!(TreePath::root().names().count(), 0);
}

#[test]
fn only_a_single_name_can_be_joined() {
    let folder = TreePath::parse("a").unwrap();
    assert_eq!(folder.join("b").unwrap().as_str(), "a/b");
    assert_eq!(TreePath::root().join("b").unwrap().as_str(), "b");
    for name in ["", "b/c", "/b", "..", ".pythonide"] {
        assert!(folder.join(name).is_err(), "{name:?}");
        assert!(TreePath::root().join(name).is_err(), "{name:?}");
    }
}

#[test]
fn being_within_goes_by_whole_names() {
    let within = |path: &str, folder: &str| {
        TreePath::parse(path)
            .unwrap()
            .is_within(&TreePath::parse(folder).unwrap())
    };
    assert!(within("a/b", "a") && within("a", "a") && within("a", "") && within("", ""));
    assert!(!within("ab", "a") && !within("a", "a/b") && !within("", "a"));
}

#[test]
fn a_tree_is_read_back_from_its_text() {
    for text in ["shared", "home:ada"] {
        assert_eq!(text.parse::<Tree>().unwrap().to_string(), text);
    }
    for text in [
        "", "home", "home:", "home:..", "home:a/b", "shared:x", "Shared", "public", "home:a:b",
    ] {
        assert!(text.parse::<Tree>().is_err(), "{text:?}");
    }
}

proptest! {
    #[test]
    fn a_parsed_path_never_leaves_its_tree(text in "(\\PC|[./\\x00\u{202e}]){0,40}") {
        if let Ok(path) = TreePath::parse(&text) {
            prop_assert_eq!(path.as_str(), &text);
            prop_assert!(!text.starts_with('/') && !text.contains('\0'));
            prop_assert!(path.names().all(|name| name != "." && name != ".."));
            prop_assert_eq!(path.names().collect::<Vec<_>>().join("/"), text);
        }
    }

    #[test]
    fn parent_undoes_join(folder in "[a-z]{1,5}(/[a-z]{1,5}){0,5}", name in "[a-z.]{3,8}") {
        let folder = TreePath::parse(&folder).unwrap();
        if let Ok(path) = folder.join(&name) {
            prop_assert_eq!(path.parent(), Some(folder.clone()));
            prop_assert_eq!(path.name(), Some(name.as_str()));
            prop_assert!(path.is_within(&folder));
        }
    }
}
