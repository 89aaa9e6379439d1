//! Copying a whole database from one engine to the other: exactly, all or nothing, over nobody.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use pythonide_domain::{ClassId, NewUser, Role, User};
use pythonide_store::audit::{self, NewAuditEntry};
use pythonide_store::runs::{self, Run};
use pythonide_store::sessions::{self, NewSession};
use pythonide_store::transfer::{self, Rows, TransferError};
use pythonide_store::users::{self, UserFilter};
use pythonide_store::{Db, Engine, classes};
use pythonide_testdb::TestDatabase;
use uuid::Uuid;

use crate::build::{after_noon, class, join, new_user, noon, student, user, username};
use crate::schema::{catalogue, number, run};

on_both_engines! {
    a_database_arrives_whole_at_both_engines,
    a_database_of_many_pages_arrives_whole,
    a_target_with_a_user_is_refused_and_left_as_it_is,
    a_target_in_use_without_users_is_refused,
    a_target_that_gave_uids_is_refused,
    a_source_of_another_schema_is_refused,
    a_target_of_an_older_schema_with_users_is_not_migrated,
    a_preview_counts_and_changes_nothing,
}

/// Every table with every column of both engines; a table that is added must be copied too.
#[tokio::test]
async fn every_table_and_column_of_the_catalogue_is_copied() {
    let known: BTreeMap<_, Vec<_>> = transfer::known()
        .map(|(table, columns)| (table.to_owned(), columns.iter().map(|&c| c.to_owned())))
        .map(|(table, columns)| (table, columns.collect()))
        .collect();
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let found: BTreeMap<String, Vec<String>> = catalogue(&database)
            .await
            .into_iter()
            .filter(|(table, _)| !transfer::NOT_COPIED.contains(&table.as_str()))
            .map(|(table, columns)| (table, columns.into_iter().map(|(name, _)| name).collect()))
            .collect();
        assert_eq!(found, known, "{}", database.db().engine());
    }
}

#[tokio::test]
async fn a_copy_that_fails_in_the_middle_leaves_nothing() {
    let source = TestDatabase::sqlite().await;
    fill(source.db()).await;
    // The last table but one has a text that PostgreSQL cannot hold.
    let entry = entry("user.created", "ada\0");
    let mut tx = source.db().begin().await.unwrap();
    audit::insert(&mut tx, entry).await.unwrap();
    tx.commit().await.unwrap();

    let target = TestDatabase::postgres().await;
    let refused = transfer::copy(source.db(), target.db()).await;
    assert!(
        matches!(refused, Err(TransferError::Target(_))),
        "{refused:?}"
    );
    assert_eq!(counts(target.db()).await, counts_of_new());
    let class = classes::by_id(target.db(), ClassId::DEFAULT).await.unwrap();
    assert_eq!(class.unwrap().name.as_str(), "Class");
    // And the target takes another copy.
    let other = TestDatabase::sqlite().await;
    student(other.db(), "ben").await;
    transfer::copy(other.db(), target.db()).await.unwrap();
}

#[tokio::test]
async fn a_time_that_an_engine_would_round_stops_the_copy() {
    let source = TestDatabase::sqlite().await;
    student(source.db(), "ada").await;
    run(
        &source,
        "UPDATE users SET created_at = '2023-11-14T22:13:20.123456789+00:00'",
    )
    .await;
    let target = TestDatabase::postgres().await;
    let refused = transfer::copy(source.db(), target.db()).await;
    assert!(
        matches!(refused, Err(TransferError::Differs { table: "users" })),
        "{refused:?}"
    );
    assert_eq!(counts(target.db()).await, counts_of_new());
}

#[tokio::test]
async fn what_is_written_during_a_copy_is_in_it_whole_or_not_at_all() {
    for source in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        fill_many(source.db(), 700).await;
        let target = TestDatabase::sqlite().await;
        let writing = async {
            for turn in 0..20 {
                student(source.db(), &format!("late{turn}")).await;
            }
        };
        let (copied, ()) = tokio::join!(transfer::copy(source.db(), target.db()), writing);
        let users = rows(&copied.unwrap(), "users");
        // Each user has moved the counter by one: both are of the same moment.
        let given = number(&target, "SELECT next_uid - 20000 FROM uid_counter").await;
        assert_eq!(i64::try_from(users).unwrap(), given);
    }
}

async fn a_database_arrives_whole_at_both_engines(source: &TestDatabase) {
    let (ada, noor) = fill(source.db()).await;
    for target in [
        TestDatabase::empty(Engine::Sqlite).await,
        TestDatabase::empty(Engine::Postgres).await,
    ] {
        let copied = transfer::copy(source.db(), target.db()).await.unwrap();
        assert_eq!(copied, counts(source.db()).await);
        assert_eq!(
            copied
                .iter()
                .map(|rows| (rows.table, rows.count))
                .collect::<Vec<_>>(),
            [
                ("users", 3),
                ("uid_counter", 1),
                ("classes", 2),
                ("memberships", 2),
                ("sessions", 1),
                ("audit", 2),
                ("runs", 2)
            ]
        );
        let (from, to) = (source.db(), target.db());
        for user in [&ada, &noor] {
            assert_eq!(
                users::password_hash_of(from, &user.username).await.unwrap(),
                users::password_hash_of(to, &user.username).await.unwrap()
            );
            assert_eq!(
                runs::of_user(from, user.id, None, 10).await.unwrap(),
                runs::of_user(to, user.id, None, 10).await.unwrap()
            );
        }
        assert_eq!(
            classes::all(from).await.unwrap(),
            classes::all(to).await.unwrap()
        );
        assert_eq!(
            audit::latest(from, None, 10).await.unwrap(),
            audit::latest(to, None, 10).await.unwrap()
        );
        let token = [7; 32].into();
        let session = sessions::find(to, &token, noon()).await.unwrap();
        assert_eq!(session, sessions::find(from, &token, noon()).await.unwrap());
        assert!(session.is_some());
        // The next uid follows the source's.
        let next = student(to, "next").await;
        assert_eq!(next.uid.get(), 20_003);
    }
}

async fn a_database_of_many_pages_arrives_whole(source: &TestDatabase) {
    fill_many(source.db(), 1_203).await;
    let target = match source.db().engine() {
        Engine::Sqlite => TestDatabase::postgres().await,
        Engine::Postgres => TestDatabase::sqlite().await,
    };
    let copied = transfer::copy(source.db(), target.db()).await.unwrap();
    assert_eq!(rows(&copied, "users"), 1_203);
    assert_eq!(rows(&copied, "memberships"), 1_203);
    let page = async |db: &Db| {
        users::list(db, UserFilter::default(), None, 2_000)
            .await
            .unwrap()
    };
    assert_eq!(page(source.db()).await, page(target.db()).await);
}

async fn a_target_with_a_user_is_refused_and_left_as_it_is(target: &TestDatabase) {
    let source = TestDatabase::sqlite().await;
    fill(source.db()).await;
    student(target.db(), "zoe").await;
    let before = counts(target.db()).await;
    let refused = transfer::copy(source.db(), target.db()).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the target is in use, for its table users holds rows already (1); nothing is ever overwritten, so give a new \
         database"
    );
    assert_eq!(counts(target.db()).await, before);
    let previewed = transfer::preview(source.db(), Some(target.db())).await;
    assert!(matches!(previewed, Err(TransferError::InUse(_))));
}

async fn a_target_in_use_without_users_is_refused(target: &TestDatabase) {
    let source = TestDatabase::sqlite().await;
    class(target.db(), "Physics").await;
    let refused = transfer::copy(source.db(), target.db()).await;
    let Err(TransferError::InUse(Rows {
        table: "classes",
        count: 1,
    })) = refused
    else {
        panic!("{refused:?}")
    };
}

async fn a_target_that_gave_uids_is_refused(target: &TestDatabase) {
    let source = TestDatabase::sqlite().await;
    let gone = student(target.db(), "gone").await;
    let mut tx = target.db().begin().await.unwrap();
    users::delete(&mut tx, gone.id).await.unwrap();
    tx.commit().await.unwrap();
    let refused = transfer::copy(source.db(), target.db()).await;
    assert!(
        matches!(
            refused,
            Err(TransferError::InUse(Rows {
                table: "uid_counter",
                ..
            }))
        ),
        "{refused:?}"
    );
}

async fn a_source_of_another_schema_is_refused(source: &TestDatabase) {
    run(
        source,
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)",
    )
    .await;
    let target = TestDatabase::empty(Engine::Sqlite).await;
    let refused = transfer::copy(source.db(), target.db()).await;
    assert!(
        matches!(refused, Err(TransferError::Source(_))),
        "{refused:?}"
    );
    assert!(
        catalogue(&target).await.is_empty(),
        "the target was migrated for nothing"
    );
}

async fn a_target_of_an_older_schema_with_users_is_not_migrated(target: &TestDatabase) {
    student(target.db(), "ada").await;
    let older = "DELETE FROM _sqlx_migrations WHERE version > 1";
    run(target, older).await;
    let source = TestDatabase::sqlite().await;
    let refused = transfer::copy(source.db(), target.db()).await;
    assert!(
        matches!(refused, Err(TransferError::InUse(_))),
        "{refused:?}"
    );
    assert_eq!(
        number(target, "SELECT COUNT(*) FROM _sqlx_migrations").await,
        1
    );
}

async fn a_preview_counts_and_changes_nothing(source: &TestDatabase) {
    fill(source.db()).await;
    let target = TestDatabase::empty(source.db().engine()).await;
    let previewed = transfer::preview(source.db(), Some(target.db()))
        .await
        .unwrap();
    assert_eq!(previewed, counts(source.db()).await);
    assert!(catalogue(&target).await.is_empty(), "a table was made");
}

fn rows(copied: &[Rows], table: &str) -> u64 {
    copied
        .iter()
        .find(|rows| rows.table == table)
        .unwrap()
        .count
}

async fn counts(db: &Db) -> Vec<Rows> {
    transfer::preview(db, None).await.unwrap()
}

fn counts_of_new() -> Vec<Rows> {
    transfer::known()
        .map(|(table, _)| Rows {
            table,
            count: u64::from(matches!(table, "classes" | "uid_counter")),
        })
        .collect()
}

fn entry(action: &str, subject: &str) -> NewAuditEntry {
    NewAuditEntry {
        at: after_noon(TimeDelta::microseconds(1)),
        actor: None,
        action: action.to_owned(),
        subject: subject.to_owned(),
        detail: String::new(),
    }
}

/// Rows with everything that could be lost: NULL and not, both booleans, bytes, microseconds, other scripts.
async fn fill(db: &Db) -> (User, User) {
    let noor = user(db, "noor", Role::Professor).await;
    let physics = class(db, "Physik · פיזיקה").await;
    let mut tx = db.begin().await.unwrap();
    let new = NewUser {
        full_name: "Ada Lovelace 🐍 עדה".parse().unwrap(),
        email: Some("ada@example.org".parse().unwrap()),
        ..new_user("ada", Role::Student)
    };
    let now = after_noon(TimeDelta::microseconds(123_456));
    let ada = users::insert(&mut tx, new, Some("$argon2id$…"), now)
        .await
        .unwrap();
    users::set_active(
        &mut tx,
        ada.id,
        false,
        after_noon(TimeDelta::milliseconds(5)),
    )
    .await
    .unwrap();
    classes::set_hints(&mut tx, physics.id, false)
        .await
        .unwrap();
    let new = NewSession {
        token_hash: [7; 32].into(),
        user: noor.id,
        created_at: now,
        expires_at: now + TimeDelta::hours(1),
        ends_at: now + TimeDelta::days(30),
        user_agent: Some("Firefox".to_owned()),
        address: None,
    };
    sessions::insert(&mut tx, new).await.unwrap();
    audit::insert(&mut tx, entry("user.created", "ada"))
        .await
        .unwrap();
    let by_noor = NewAuditEntry {
        actor: Some(noor.id),
        ..entry("class.changed", "Physik")
    };
    audit::insert(&mut tx, by_noor).await.unwrap();
    for (exit_code, signal, line) in [
        (Some(-1), None, Some(i64::MAX)),
        (None, Some("SIGKILL".to_owned()), None),
    ] {
        let run = Run {
            id: Uuid::new_v4(),
            path: "lists/dice 🎲.py".to_owned(),
            started_at: noon(),
            ended_at: now,
            cause: "finished".to_owned(),
            exit_code,
            signal,
            line,
            wall_ms: 1,
            cpu_ms: 0,
            peak_memory_bytes: 1 << 40,
            output_bytes: 12,
        };
        assert!(runs::record(&mut tx, &username("ada"), &run).await.unwrap());
    }
    tx.commit().await.unwrap();
    user(db, "root", Role::Admin).await;
    join(db, &physics, &noor).await;
    join(db, &physics, &ada).await;
    (ada, noor)
}

async fn fill_many(db: &Db, count: u32) {
    let mut tx = db.begin().await.unwrap();
    for number in 0..count {
        let new = new_user(&format!("u{number}"), Role::Student);
        let user = users::insert(&mut tx, new, None, noon()).await.unwrap();
        let membership = pythonide_domain::Membership {
            class: ClassId::DEFAULT,
            user: user.id,
        };
        classes::add_member(&mut tx, membership).await.unwrap();
    }
    tx.commit().await.unwrap();
}
