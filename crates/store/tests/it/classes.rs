//! Classes and who is in them.

use pythonide_domain::{ClassId, ClassName, Membership, Role, UserId};
use pythonide_store::{StoreError, classes};
use pythonide_testdb::TestDatabase;

use crate::build::{class, join, names, noon, student, user, username};

on_both_engines! {
    one_class_is_there_from_the_first_migration,
    a_class_is_made_once,
    the_same_class_at_once_is_made_once,
    a_member_is_added_once_and_removed_once,
    nobody_joins_a_class_that_is_not_there,
    a_professor_teaches_the_students_of_a_shared_class_and_nobody_else,
    students_of_a_class_are_paged,
    the_classes_of_a_user_are_listed_by_name,
    hints_are_on_until_a_class_of_the_user_has_them_off,
}

async fn one_class_is_there_from_the_first_migration(database: &TestDatabase) {
    let db = database.db();
    let all = classes::all(db).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].id, all[0].name.as_str()),
        (ClassId::DEFAULT, "Class")
    );
    assert_eq!(
        classes::by_id(db, ClassId::DEFAULT).await.unwrap().as_ref(),
        all.first()
    );
    assert_eq!(
        classes::by_id(db, ClassId::new(noon())).await.unwrap(),
        None
    );
}

async fn a_class_is_made_once(database: &TestDatabase) {
    let db = database.db();
    let made = class(db, "Python 7b").await;
    assert_eq!(class(db, "Python 7b").await, made);
    assert_eq!(
        classes::by_name(db, &made.name).await.unwrap(),
        Some(made.clone())
    );
    assert_eq!(classes::by_id(db, made.id).await.unwrap(), Some(made));
    let other: ClassName = "Python 7c".parse().unwrap();
    assert_eq!(classes::by_name(db, &other).await.unwrap(), None);
    assert_eq!(class(db, "Class").await.id, ClassId::DEFAULT);
}

async fn the_same_class_at_once_is_made_once(database: &TestDatabase) {
    let other = database.connect().await;
    let made = tokio::join!(class(database.db(), "Python"), class(&other, "Python"));
    assert_eq!(made.0, made.1);
}

async fn a_member_is_added_once_and_removed_once(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let membership = Membership {
        class: ClassId::DEFAULT,
        user: ada.id,
    };
    let mut tx = db.begin().await.unwrap();
    assert!(!classes::is_member(&mut tx, membership).await.unwrap());
    assert!(classes::add_member(&mut tx, membership).await.unwrap());
    assert!(!classes::add_member(&mut tx, membership).await.unwrap());
    assert!(classes::is_member(&mut tx, membership).await.unwrap());
    assert!(classes::remove_member(&mut tx, membership).await.unwrap());
    assert!(!classes::remove_member(&mut tx, membership).await.unwrap());
    assert!(!classes::is_member(&mut tx, membership).await.unwrap());
}

async fn nobody_joins_a_class_that_is_not_there(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    for membership in [
        Membership {
            class: ClassId::new(noon()),
            user: ada.id,
        },
        Membership {
            class: ClassId::DEFAULT,
            user: UserId::new(noon()),
        },
    ] {
        let mut tx = db.begin().await.unwrap();
        let refused = classes::add_member(&mut tx, membership).await;
        let Err(StoreError::MissingReference { statement }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(statement, "ADD_MEMBER");
    }
}

async fn a_professor_teaches_the_students_of_a_shared_class_and_nobody_else(
    database: &TestDatabase,
) {
    let db = database.db();
    let (seven, eight) = (class(db, "Seven").await, class(db, "Eight").await);
    let professor = user(db, "prof", Role::Professor).await;
    let colleague = user(db, "colleague", Role::Professor).await;
    let admin = user(db, "admin", Role::Admin).await;
    let (ada, bob) = (student(db, "ada").await, student(db, "bob").await);
    for member in [&professor, &colleague, &admin, &ada] {
        join(db, &seven, member).await;
    }
    join(db, &eight, &bob).await;

    for (actor, other, expected) in [
        (&professor, &ada, true),
        (&colleague, &ada, true),
        (&professor, &bob, false),
        (&professor, &colleague, false),
        (&professor, &professor, false),
        (&ada, &professor, false),
        (&ada, &ada, false),
        (&admin, &ada, false),
    ] {
        let teaches = classes::teaches(db, actor.id, other.id).await.unwrap();
        assert_eq!(
            teaches, expected,
            "{} and {}",
            actor.username, other.username
        );
    }
}

async fn students_of_a_class_are_paged(database: &TestDatabase) {
    let db = database.db();
    let seven = class(db, "Seven").await;
    for name in ["carl", "ada", "bob"] {
        let student = student(db, name).await;
        join(db, &seven, &student).await;
    }
    student(db, "dora").await;
    let professor = user(db, "aaron", Role::Professor).await;
    join(db, &seven, &professor).await;

    let first = classes::students_of(db, seven.id, None, 2).await.unwrap();
    assert_eq!(names(&first), ["ada", "bob"]);
    let second = classes::students_of(db, seven.id, Some(&username("bob")), 2)
        .await
        .unwrap();
    assert_eq!(names(&second), ["carl"]);
}

async fn the_classes_of_a_user_are_listed_by_name(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    for name in ["Seven", "Eight"] {
        let class = class(db, name).await;
        join(db, &class, &ada).await;
    }
    let classes = classes::classes_of(db, ada.id).await.unwrap();
    let names: Vec<_> = classes.iter().map(|class| class.name.as_str()).collect();
    assert_eq!(names, ["Eight", "Seven"]);
}

async fn hints_are_on_until_a_class_of_the_user_has_them_off(database: &TestDatabase) {
    let db = database.db();
    let (ada, bob) = (student(db, "ada").await, student(db, "bob").await);
    let (seven, eight) = (class(db, "Seven").await, class(db, "Eight").await);
    assert!(seven.hints);
    assert!(classes::hints_of(db, ada.id).await.unwrap(), "in no class");
    join(db, &seven, &ada).await;
    join(db, &eight, &ada).await;
    join(db, &seven, &bob).await;
    let set = async |hints| {
        let mut tx = db.begin().await.unwrap();
        let changed = classes::set_hints(&mut tx, eight.id, hints).await.unwrap();
        tx.commit().await.unwrap();
        changed
    };
    for (hints, changes) in [(true, false), (false, true), (false, false), (true, true)] {
        assert_eq!(set(hints).await, changes, "{hints}");
        let found = classes::by_id(db, eight.id).await.unwrap().unwrap();
        assert_eq!(found.hints, hints);
        assert_eq!(classes::hints_of(db, ada.id).await.unwrap(), hints);
        assert!(classes::hints_of(db, bob.id).await.unwrap());
    }
    let mut tx = db.begin().await.unwrap();
    let nowhere = ClassId::new(noon());
    assert!(!classes::set_hints(&mut tx, nowhere, false).await.unwrap());
}
