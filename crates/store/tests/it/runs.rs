//! Runs that are over.

use chrono::TimeDelta;
use pythonide_store::runs;
use pythonide_testdb::TestDatabase;
use uuid::Uuid;

use crate::build::{after_noon, student};

on_both_engines! {
    runs_are_recorded_once_and_paged_from_the_newest,
}

fn run(minute: i64) -> runs::Run {
    runs::Run {
        id: Uuid::now_v7(),
        path: format!("{minute}.py"),
        started_at: after_noon(TimeDelta::minutes(minute)),
        ended_at: after_noon(TimeDelta::minutes(minute + 1)),
        cause: "finished".into(),
        exit_code: Some(0),
        cpu_ms: 20,
        peak_memory_bytes: 1 << 33,
        output_bytes: 3,
    }
}

async fn runs_are_recorded_once_and_paged_from_the_newest(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let mut tx = db.begin().await.unwrap();
    let mut all: Vec<_> = (0..5).map(run).collect();
    for run in &all {
        assert!(runs::record(&mut tx, &ada.username, run).await.unwrap());
        assert!(!runs::record(&mut tx, &ada.username, run).await.unwrap());
    }
    let nobody = "nobody".parse().unwrap();
    assert!(!runs::record(&mut tx, &nobody, &run(9)).await.unwrap());
    tx.commit().await.unwrap();
    all.reverse();
    let first = runs::of_user(db, &ada.username, None, 3).await.unwrap();
    assert_eq!(first, all[..3]);
    let rest = runs::of_user(db, &ada.username, Some(first[2].id), 3)
        .await
        .unwrap();
    assert_eq!(rest, all[3..]);
}
