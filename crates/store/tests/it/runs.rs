//! Runs that are over.

use chrono::TimeDelta;
use pythonide_store::{runs, users};
use pythonide_testdb::TestDatabase;
use uuid::Uuid;

use crate::build::{after_noon, student, username};

on_both_engines! {
    a_run_is_recorded_once,
    a_run_of_nobody_is_not_recorded,
    runs_are_paged_from_the_newest,
    runs_of_the_same_instant_are_each_listed_once,
    nobody_pages_from_anothers_run,
    the_runs_of_an_account_go_with_it,
}

fn run(minute: i64) -> runs::Run {
    runs::Run {
        id: Uuid::now_v7(),
        path: format!("{minute}.py"),
        started_at: after_noon(TimeDelta::minutes(minute)),
        ended_at: after_noon(TimeDelta::minutes(minute + 1)),
        cause: "finished".into(),
        exit_code: Some(-1),
        signal: None,
        line: Some(7),
        wall_ms: 60_000,
        cpu_ms: 20,
        peak_memory_bytes: 1 << 33,
        output_bytes: 3,
    }
}

async fn record(database: &TestDatabase, name: &str, run: &runs::Run) -> bool {
    let mut tx = database.db().begin().await.unwrap();
    let is_new = runs::record(&mut tx, &username(name), run).await.unwrap();
    tx.commit().await.unwrap();
    is_new
}

async fn a_run_is_recorded_once(database: &TestDatabase) {
    let ada = student(database.db(), "ada").await;
    let killed = runs::Run {
        cause: "error".into(),
        exit_code: None,
        signal: Some("SIGSEGV".into()),
        line: None,
        ..run(0)
    };
    assert!(record(database, "ada", &killed).await);
    let again = runs::Run {
        path: "other.py".into(),
        ..killed.clone()
    };
    assert!(!record(database, "ada", &again).await);
    let found = runs::of_user(database.db(), ada.id, None, 9).await;
    assert_eq!(found.unwrap(), [killed]);
}

async fn a_run_of_nobody_is_not_recorded(database: &TestDatabase) {
    let run = run(0);
    assert!(!record(database, "nobody", &run).await);
    // The same transaction goes on: another's run is recorded under the same id.
    student(database.db(), "ada").await;
    assert!(record(database, "ada", &run).await);
}

async fn runs_are_paged_from_the_newest(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let mut all: Vec<_> = (0..5).map(run).collect();
    for run in &all {
        assert!(record(database, "ada", run).await);
    }
    all.reverse();
    let first = runs::of_user(db, ada.id, None, 3).await.unwrap();
    assert_eq!(first, all[..3]);
    let rest = runs::of_user(db, ada.id, Some(first[2].id), 3)
        .await
        .unwrap();
    assert_eq!(rest, all[3..]);
}

async fn runs_of_the_same_instant_are_each_listed_once(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        let run = run(0);
        assert!(record(database, "ada", &run).await);
        ids.push(run.id);
    }
    let (mut found, mut after) = (Vec::new(), None);
    while let [run] = &runs::of_user(db, ada.id, after, 1).await.unwrap()[..] {
        after = Some(run.id);
        found.push(run.id);
    }
    ids.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, ids);
}

async fn nobody_pages_from_anothers_run(database: &TestDatabase) {
    let db = database.db();
    let (ada, _) = (student(db, "ada").await, student(db, "bob").await);
    let bobs = run(5);
    assert!(record(database, "ada", &run(0)).await);
    assert!(record(database, "bob", &bobs).await);
    for after in [bobs.id, Uuid::now_v7()] {
        let found = runs::of_user(db, ada.id, Some(after), 9).await.unwrap();
        assert_eq!(found, []);
    }
}

async fn the_runs_of_an_account_go_with_it(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    assert!(record(database, "ada", &run(0)).await);
    let mut tx = db.begin().await.unwrap();
    assert!(users::delete(&mut tx, ada.id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(runs::of_user(db, ada.id, None, 9).await.unwrap(), []);
}
