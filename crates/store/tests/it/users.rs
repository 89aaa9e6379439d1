//! Accounts, and uids that are given once.

use std::collections::HashSet;

use chrono::TimeDelta;
use pythonide_domain::{NewUser, Role, Uid, User, UserId};
use pythonide_store::users::{self, UserDetails, UserFilter};
use pythonide_store::{StoreError, Unique};
use pythonide_testdb::TestDatabase;

use crate::build::{after_noon, class, join, names, new_user, noon, student, user, username};

on_both_engines! {
    a_user_is_read_back_as_stored,
    a_user_who_is_not_there_is_none,
    a_username_is_taken_once,
    two_inserts_at_once_get_different_uids,
    the_same_username_at_once_is_given_to_one,
    a_uid_is_not_given_again_after_its_user_is_deleted,
    an_insert_that_is_rolled_back_leaves_nothing,
    no_user_is_made_when_all_uids_are_given,
    users_are_paged_in_the_order_of_their_usernames,
    users_are_filtered_by_class_role_and_activity,
    a_password_is_set_and_kept_under_a_better_hash,
    a_password_is_changed_only_by_who_knows_the_one_it_has,
    the_time_of_a_password_is_kept_when_only_its_hash_is_better,
    a_sign_in_is_held_only_for_the_password_that_was_verified_and_who_is_active,
    the_costliest_hash_of_an_older_installation_is_found,
    a_user_is_made_inactive_and_active_again,
    details_of_a_user_are_changed,
    changing_a_user_who_is_not_there_says_so,
}

async fn a_user_is_read_back_as_stored(database: &TestDatabase) {
    let db = database.db();
    let new = NewUser {
        username: username("ada"),
        full_name: "Ada Lovelace 🐍 עדה".parse().unwrap(),
        email: Some("ada@example.org".parse().unwrap()),
        role: Role::Professor,
    };
    let now = after_noon(TimeDelta::microseconds(123_456));
    let mut tx = db.begin().await.unwrap();
    let made = users::insert(&mut tx, new.clone(), Some("hash"), now)
        .await
        .unwrap();
    assert_eq!(
        users::by_id(&mut tx, made.id).await.unwrap().as_ref(),
        Some(&made)
    );
    assert_eq!(
        users::by_id(db, made.id).await.unwrap(),
        None,
        "seen before it was committed"
    );
    tx.commit().await.unwrap();

    let User {
        id,
        username,
        full_name,
        email,
        role,
        uid,
        is_active,
        created_at,
    } = made.clone();
    assert_eq!(
        NewUser {
            username,
            full_name,
            email,
            role
        },
        new
    );
    assert_eq!((uid.get(), is_active, created_at), (Uid::MIN, true, now));
    assert_eq!(users::by_id(db, id).await.unwrap().as_ref(), Some(&made));
    assert_eq!(
        users::by_username(db, &made.username)
            .await
            .unwrap()
            .as_ref(),
        Some(&made)
    );
    let with_hash = users::password_hash_of(db, &made.username).await.unwrap();
    assert_eq!(with_hash, Some((made, Some("hash".into()))));
}

async fn a_user_who_is_not_there_is_none(database: &TestDatabase) {
    let db = database.db();
    assert_eq!(users::by_id(db, UserId::new(noon())).await.unwrap(), None);
    assert_eq!(
        users::by_username(db, &username("ada")).await.unwrap(),
        None
    );
    assert_eq!(
        users::password_hash_of(db, &username("ada")).await.unwrap(),
        None
    );
}

async fn a_username_is_taken_once(database: &TestDatabase) {
    let db = database.db();
    student(db, "ada").await;
    let mut tx = db.begin().await.unwrap();
    let again = users::insert(&mut tx, new_user("ada", Role::Student), None, noon()).await;
    let Err(StoreError::Conflict { what }) = again else {
        panic!("{again:?}")
    };
    assert_eq!(what, Unique::Username);
}

async fn two_inserts_at_once_get_different_uids(database: &TestDatabase) {
    let db = database.db();
    let made = tokio::join!(
        student(db, "ada"),
        student(db, "bob"),
        student(db, "carl"),
        student(db, "dora"),
    );
    let uids = HashSet::from([made.0.uid, made.1.uid, made.2.uid, made.3.uid]);
    assert_eq!(
        uids,
        (20_000_u32..20_004)
            .map(|uid| Uid::try_from(uid).unwrap())
            .collect()
    );
}

async fn the_same_username_at_once_is_given_to_one(database: &TestDatabase) {
    let insert = async |db: &pythonide_store::Db| {
        let mut tx = db.begin().await?;
        users::insert(&mut tx, new_user("ada", Role::Student), None, noon()).await?;
        tx.commit().await
    };
    // Two servers, each with connections of its own.
    let other = database.connect().await;
    let outcomes = tokio::join!(insert(database.db()), insert(&other));
    let (lost, won): (Vec<_>, Vec<_>) = [outcomes.0, outcomes.1]
        .into_iter()
        .partition(Result::is_err);
    assert_eq!((lost.len(), won.len()), (1, 1));
    assert!(
        matches!(
            lost[0],
            Err(StoreError::Conflict {
                what: Unique::Username
            })
        ),
        "{lost:?}"
    );
}

async fn a_uid_is_not_given_again_after_its_user_is_deleted(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let mut tx = db.begin().await.unwrap();
    assert!(users::delete(&mut tx, ada.id).await.unwrap());
    assert!(!users::delete(&mut tx, ada.id).await.unwrap());
    tx.commit().await.unwrap();
    let same_name = student(db, "ada").await;
    assert_ne!(same_name.uid, ada.uid);
    assert_ne!(same_name.id, ada.id);
}

async fn an_insert_that_is_rolled_back_leaves_nothing(database: &TestDatabase) {
    let db = database.db();
    let mut tx = db.begin().await.unwrap();
    let dropped = users::insert(&mut tx, new_user("ada", Role::Student), None, noon())
        .await
        .unwrap();
    drop(tx);
    assert_eq!(users::by_id(db, dropped.id).await.unwrap(), None);
    assert_eq!(
        student(db, "bob").await.uid,
        dropped.uid,
        "a uid nobody ever had"
    );
}

async fn no_user_is_made_when_all_uids_are_given(database: &TestDatabase) {
    crate::schema::run(database, "UPDATE uid_counter SET next_uid = 59999").await;
    let last = student(database.db(), "ada").await;
    assert_eq!(last.uid.get(), Uid::MAX);
    let mut tx = database.db().begin().await.unwrap();
    let none = users::insert(&mut tx, new_user("bob", Role::Student), None, noon()).await;
    assert!(matches!(none, Err(StoreError::UidsExhausted)), "{none:?}");
}

async fn users_are_paged_in_the_order_of_their_usernames(database: &TestDatabase) {
    let db = database.db();
    // By bytes: '-' before '.' before digits before '_' before letters, whatever the server's language.
    let sorted = ["a", "a-b", "a.b", "a1", "a_b", "ab", "b"];
    for name in ["ab", "b", "a", "a_b", "a1", "a.b", "a-b"] {
        student(db, name).await;
    }
    let mut seen: Vec<User> = Vec::new();
    for size in [3, 3, 1, 0] {
        let after = seen.last().map(|user| &user.username);
        let page = users::list(db, UserFilter::default(), after, 3)
            .await
            .unwrap();
        assert_eq!(page.len(), size);
        seen.extend(page);
    }
    assert_eq!(names(&seen), sorted);
    assert_eq!(users::count(db, UserFilter::default()).await.unwrap(), 7);
}

async fn users_are_filtered_by_class_role_and_activity(database: &TestDatabase) {
    let db = database.db();
    let (first, second) = (class(db, "First").await, class(db, "Second").await);
    let ada = student(db, "ada").await;
    let bob = student(db, "bob").await;
    let prof = user(db, "prof", Role::Professor).await;
    for (class, user) in [
        (&first, &ada),
        (&first, &prof),
        (&second, &bob),
        (&second, &ada),
    ] {
        join(db, class, user).await;
    }
    let mut tx = db.begin().await.unwrap();
    users::set_active(&mut tx, bob.id, false, noon())
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let all = UserFilter::default();
    for (filter, expected) in [
        (all, vec!["ada", "bob", "prof"]),
        (
            UserFilter {
                class: Some(first.id),
                ..all
            },
            vec!["ada", "prof"],
        ),
        (
            UserFilter {
                class: Some(second.id),
                ..all
            },
            vec!["ada", "bob"],
        ),
        (
            UserFilter {
                role: Some(Role::Student),
                ..all
            },
            vec!["ada", "bob"],
        ),
        (
            UserFilter {
                is_active: Some(false),
                ..all
            },
            vec!["bob"],
        ),
        (
            UserFilter {
                is_active: Some(true),
                ..all
            },
            vec!["ada", "prof"],
        ),
        (
            UserFilter {
                class: Some(first.id),
                role: Some(Role::Student),
                ..all
            },
            vec!["ada"],
        ),
        (
            UserFilter {
                class: Some(first.id),
                role: Some(Role::Admin),
                ..all
            },
            vec![],
        ),
    ] {
        let listed = users::list(db, filter, None, 10).await.unwrap();
        assert_eq!(names(&listed), expected, "{filter:?}");
        let count = users::count(db, filter).await.unwrap();
        assert_eq!(
            usize::try_from(count).unwrap(),
            expected.len(),
            "{filter:?}"
        );
    }
}

async fn a_password_is_set_and_kept_under_a_better_hash(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let hash = async || {
        users::password_hash_of(db, &ada.username)
            .await
            .unwrap()
            .unwrap()
            .1
    };
    assert_eq!(hash().await, None);
    let mut tx = db.begin().await.unwrap();
    assert!(
        users::set_password_hash(&mut tx, ada.id, "bcrypt", noon())
            .await
            .unwrap()
    );
    assert!(
        users::replace_password_hash(&mut tx, ada.id, "bcrypt", "argon2", noon())
            .await
            .unwrap()
    );
    assert!(
        !users::replace_password_hash(&mut tx, ada.id, "bcrypt", "late", noon())
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert_eq!(hash().await.as_deref(), Some("argon2"));
}

async fn a_password_is_changed_only_by_who_knows_the_one_it_has(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let later = after_noon(TimeDelta::hours(1));
    let mut tx = db.begin().await.unwrap();
    users::set_password_hash(&mut tx, ada.id, "old", noon())
        .await
        .unwrap();
    for is_changed in [true, false] {
        let changed = users::change_password_hash(&mut tx, ada.id, "old", "new", later).await;
        assert_eq!(changed.unwrap(), is_changed);
    }
    tx.commit().await.unwrap();
    let query = "SELECT COUNT(*) FROM users WHERE password_hash = 'new' AND password_changed_at = updated_at
                    AND updated_at > created_at";
    assert_eq!(crate::schema::number(database, query).await, 1);
}

async fn the_time_of_a_password_is_kept_when_only_its_hash_is_better(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let later = after_noon(TimeDelta::hours(1));
    let mut tx = db.begin().await.unwrap();
    users::set_password_hash(&mut tx, ada.id, "old", noon())
        .await
        .unwrap();
    users::replace_password_hash(&mut tx, ada.id, "old", "new", later)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let query = "SELECT COUNT(*) FROM users WHERE password_changed_at = created_at AND updated_at > created_at";
    assert_eq!(crate::schema::number(database, query).await, 1);
}

async fn a_sign_in_is_held_only_for_the_password_that_was_verified_and_who_is_active(
    database: &TestDatabase,
) {
    let ada = student(database.db(), "ada").await;
    let mut tx = database.db().begin().await.unwrap();
    users::set_password_hash(&mut tx, ada.id, "old", noon())
        .await
        .unwrap();
    let is_held = async |tx: &mut _, hash| users::hold_sign_in(tx, ada.id, hash).await.unwrap();
    assert!(is_held(&mut tx, "old").await);
    users::set_password_hash(&mut tx, ada.id, "new", noon())
        .await
        .unwrap();
    assert!(!is_held(&mut tx, "old").await);
    assert!(is_held(&mut tx, "new").await);
    users::set_active(&mut tx, ada.id, false, noon())
        .await
        .unwrap();
    assert!(!is_held(&mut tx, "new").await);
}

async fn the_costliest_hash_of_an_older_installation_is_found(database: &TestDatabase) {
    let db = database.db();
    student(db, "ada").await;
    let mut tx = db.begin().await.unwrap();
    let new = new_user("ben", Role::Student);
    users::insert(&mut tx, new, Some("$argon2id$v=19$m=19456"), noon())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(users::costliest_bcrypt(db).await.unwrap(), None);
    for (name, hash) in [("cleo", "$2b$12$salt"), ("dan", "$2y$05$salt")] {
        let mut tx = db.begin().await.unwrap();
        let new = new_user(name, Role::Student);
        users::insert(&mut tx, new, Some(hash), noon())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(users::costliest_bcrypt(db).await.unwrap(), Some(12));
}

async fn a_user_is_made_inactive_and_active_again(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    for is_active in [false, true] {
        let mut tx = db.begin().await.unwrap();
        assert!(
            users::set_active(&mut tx, ada.id, is_active, noon())
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        assert_eq!(
            users::by_id(db, ada.id).await.unwrap().unwrap().is_active,
            is_active
        );
    }
}

async fn details_of_a_user_are_changed(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let details = UserDetails {
        full_name: "Ada L.".parse().unwrap(),
        email: Some("a@b.c".parse().unwrap()),
        role: Role::Admin,
    };
    let mut tx = db.begin().await.unwrap();
    assert!(
        users::update(&mut tx, ada.id, &details, noon())
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let UserDetails {
        full_name,
        email,
        role,
    } = details;
    let changed = User {
        full_name,
        email,
        role,
        ..ada
    };
    assert_eq!(users::by_id(db, changed.id).await.unwrap(), Some(changed));
}

async fn changing_a_user_who_is_not_there_says_so(database: &TestDatabase) {
    let mut tx = database.db().begin().await.unwrap();
    let nobody = UserId::new(noon());
    let details = UserDetails {
        full_name: "X".parse().unwrap(),
        email: None,
        role: Role::Admin,
    };
    assert!(
        !users::set_password_hash(&mut tx, nobody, "hash", noon())
            .await
            .unwrap()
    );
    assert!(
        !users::change_password_hash(&mut tx, nobody, "old", "new", noon())
            .await
            .unwrap()
    );
    assert!(
        !users::set_active(&mut tx, nobody, true, noon())
            .await
            .unwrap()
    );
    assert!(
        !users::update(&mut tx, nobody, &details, noon())
            .await
            .unwrap()
    );
}
