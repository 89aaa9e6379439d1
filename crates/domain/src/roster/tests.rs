use super::*;
use proptest::prelude::*;

fn good(text: &str) -> Vec<RosterRow> {
    parse(text.as_bytes()).unwrap().rows
}

/// The problems as a person reads them.
fn bad(text: &str) -> Vec<String> {
    parse(text.as_bytes())
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_full_row_is_read_into_its_columns() {
    let rows = good(
        "username,full_name,email,role,password\n\
         ada,Ada Lovelace,ada@example.org,professor,correct horse\n",
    );
    let [row] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    assert_eq!(row.line, 2);
    assert_eq!(row.username.as_str(), "ada");
    assert_eq!(row.full_name.as_ref().unwrap().as_str(), "Ada Lovelace");
    assert_eq!(row.email.as_ref().unwrap().as_str(), "ada@example.org");
    assert_eq!(row.role, Some(Role::Professor));
    assert_eq!(
        row.password.as_ref().unwrap().expose_secret(),
        "correct horse"
    );
    assert!(!format!("{row:?}").contains("horse"));
}

#[test]
fn only_the_username_is_needed_and_the_rest_has_defaults() {
    let rows = good("username\nAda\nbob\n");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].username.as_str(), "ada");
    assert_eq!(rows[0].role, None);
    assert!(rows[0].full_name.is_none() && rows[0].email.is_none() && rows[0].password.is_none());
}

#[test]
fn columns_come_in_any_order_and_case() {
    let rows = good("Full Name,ROLE, UserName \nAda Lovelace,Student,ada\n");
    assert_eq!(rows[0].full_name.as_ref().unwrap().as_str(), "Ada Lovelace");
    assert_eq!(rows[0].username.as_str(), "ada");
}

#[test]
fn every_spreadsheets_separators_and_line_ends_are_understood() {
    for separator in [",", ";", "\t"] {
        for line_end in ["\n", "\r\n", "\r"] {
            for mark in ["", "\u{feff}"] {
                // A tab is no part of anybody's name, even within quotes.
                let comma = if separator == "\t" { "," } else { separator };
                let text = format!(
                    "{mark}username{separator}full_name{line_end}\
                     ada{separator}\"Lovelace{comma} Ada\"{line_end}{line_end}\
                     {separator}{line_end}  {line_end}\
                     bob{separator}\"Bob \"\"B\"\" Babbage\""
                );
                let rows = good(&text);
                let names: Vec<_> = rows
                    .iter()
                    .map(|row| row.full_name.as_ref().unwrap().to_string())
                    .collect();
                assert_eq!(
                    names,
                    [&format!("Lovelace{comma} Ada"), "Bob \"B\" Babbage"],
                    "{text:?}"
                );
                assert_eq!([rows[0].line, rows[1].line], [2, 6], "{text:?}");
            }
        }
    }
}

#[test]
fn every_bad_row_is_reported_with_its_line() {
    assert_eq!(
        bad("username,email,role,password\r\n\
             ada,ada@example.org,student,correct horse\r\n\
             b b,nobody,king,short\r\n\
             \r\n\
             ,x@example.org,,\r\n\
             ADA,,,\r\n\
             carl,,,,extra\r\n"),
        [
            "line 3, username: a username is made of the letters a to z, digits, dots, hyphens and \
             underscores, not ' '",
            "line 3, email: \"nobody\" is not an e-mail address, such as ada@example.org",
            "line 3, role: a role is one of student, professor, admin, not \"king\"",
            "line 3, password: a password needs at least 8 characters",
            "line 5, username: the username is missing",
            "line 6, username: ada is already on line 2",
            "line 7: there are more cells than columns",
        ]
    );
}

#[test]
fn a_bad_header_is_reported_by_name() {
    assert_eq!(
        bad("username,grade,username\nada,1,b\n"),
        [
            "line 1: \"grade\" is not a column; the columns are username, full_name, email, role, password",
            "line 1, username: this column comes twice",
        ]
    );
    assert_eq!(
        bad("\n\nname\nada\n")[1],
        "line 3: there is no column named \"username\""
    );
    assert_eq!(bad(""), ["line 1: the file is empty"]);
    assert_eq!(bad(" \n\n"), ["line 1: the file is empty"]);
    assert_eq!(bad("username\n"), ["line 1: there is nobody in the list"]);
}

#[test]
fn an_open_quotation_mark_is_reported_where_it_opens() {
    assert_eq!(
        bad("username,full_name\nada,\"Ada\nbob,Bob\ncarl,Carl\n"),
        ["line 2: a cell goes over several lines; is a quotation mark not closed?"]
    );
}

#[test]
fn another_encoding_is_one_problem_with_advice() {
    for bytes in [
        &b"username,full_name\nada,Jos\xe9\nbob,\xe9\n"[..],
        b"\xff\xfeu\0s\0",
    ] {
        let problems = parse(bytes).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.contains("CSV UTF-8"));
    }
    assert_eq!(
        parse(b"username,full_name\r\nada,Jos\xe9\r\n").unwrap_err()[0].line,
        2
    );
}

#[test]
fn a_list_longer_than_a_school_is_refused() {
    let list = |people: usize| {
        let names = (0..people).map(|number| format!("u{number}"));
        std::iter::once("username".to_owned())
            .chain(names)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(good(&list(MAX_ROWS)).len(), MAX_ROWS);
    assert_eq!(
        bad(&list(MAX_ROWS + 3)),
        ["line 5002: a list has at most 5000 people"]
    );
}

#[test]
fn no_password_is_repeated_in_a_problem() {
    assert!(
        !bad("username,password\nada,hunter2\n")
            .concat()
            .contains("hunter2")
    );
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn no_text_of_the_format_makes_it_panic_or_lose_a_line(
        text in "(username|role|ada|bob|\"|,|;|\t|\r|\n| |é|\u{feff}){0,60}"
    ) {
        let last = 1 + u64::try_from(text.len()).unwrap();
        match parse(text.as_bytes()) {
            Ok(roster) => prop_assert!(roster.rows.iter().all(|row| row.line <= last)),
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|problem| (1..=last).contains(&problem.line)));
            }
        }
    }

    #[test]
    fn a_row_is_found_on_the_line_where_it_was_written(
        blank in proptest::collection::vec(0_usize..3, 1..30),
        line_end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
    ) {
        let mut text = format!("username{line_end}");
        let (mut line, mut expected) = (1_u64, Vec::new());
        for (number, blank) in blank.into_iter().enumerate() {
            text = format!("{text}{}u{number}{line_end}", line_end.repeat(blank));
            line += 1 + u64::try_from(blank).unwrap();
            expected.push(line);
        }
        let lines: Vec<u64> = good(&text).iter().map(|row| row.line).collect();
        prop_assert_eq!(lines, expected);
    }
}
