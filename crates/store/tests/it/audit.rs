//! The audit log.

use chrono::TimeDelta;
use pythonide_store::audit::{self, AuditEntry, NewAuditEntry};
use pythonide_store::{Db, users};
use pythonide_testdb::TestDatabase;

use crate::build::{after_noon, noon, student};

on_both_engines! {
    entries_are_paged_from_the_newest,
    what_a_deleted_user_did_stays_told,
}

async fn note(db: &Db, new: NewAuditEntry) -> AuditEntry {
    let mut tx = db.begin().await.unwrap();
    let entry = audit::insert(&mut tx, new).await.unwrap();
    tx.commit().await.unwrap();
    entry
}

fn new(action: &str) -> NewAuditEntry {
    NewAuditEntry {
        at: noon(),
        actor: None,
        action: action.into(),
        subject: "ada".into(),
        detail: String::new(),
    }
}

/// Several entries share a time, so the id has to break the tie between pages.
async fn entries_are_paged_from_the_newest(database: &TestDatabase) {
    let db = database.db();
    let mut noted = Vec::new();
    for micros in [0, 0, 0, 0, 1, 1, 2_000_000] {
        let at = after_noon(TimeDelta::microseconds(micros));
        noted.push(
            note(
                db,
                NewAuditEntry {
                    at,
                    ..new("user.created")
                },
            )
            .await,
        );
    }
    noted.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.id)));
    let mut seen: Vec<AuditEntry> = Vec::new();
    for size in [2, 2, 2, 1, 0] {
        let before = seen.last().map(|entry| entry.id);
        let page = audit::latest(db, before, 2).await.unwrap();
        assert_eq!(page.len(), size);
        seen.extend(page);
    }
    assert_eq!(seen, noted);
}

async fn what_a_deleted_user_did_stays_told(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let entry = note(
        db,
        NewAuditEntry {
            actor: Some(ada.id),
            ..new("file.deleted")
        },
    )
    .await;
    let mut tx = db.begin().await.unwrap();
    users::delete(&mut tx, ada.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(audit::latest(db, None, 10).await.unwrap(), [entry]);
}
