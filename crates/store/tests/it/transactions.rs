//! What a transaction keeps, and what the pool allows around it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use pythonide_domain::Role;
use pythonide_store::users::{self, UserFilter};
use pythonide_store::{Db, Engine};
use pythonide_testdb::{TestDatabase, texts};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

use crate::build::{new_user, noon, student};

on_both_engines! {
    a_dropped_transaction_is_rolled_back,
    a_transaction_whose_beginning_nobody_awaits_any_more_does_not_stay_open,
    reads_go_on_while_a_transaction_is_open,
    what_is_committed_is_seen_by_another_server,
    the_database_answers_a_ping,
    a_closed_database_is_unavailable,
    reads_and_writes_may_move_between_threads,
}

async fn count(db: &Db) -> u64 {
    users::count(db, UserFilter::default()).await.unwrap()
}

async fn a_dropped_transaction_is_rolled_back(database: &TestDatabase) {
    let db = database.db();
    let mut tx = db.begin().await.unwrap();
    users::insert(&mut tx, new_user("ada", Role::Student), None, noon())
        .await
        .unwrap();
    drop(tx);
    assert_eq!(count(db).await, 0);
    // The connection is of use again.
    student(db, "ada").await;
    assert_eq!(count(db).await, 1);
}

/// A browser that goes away takes along what the server does for it, at any point.
async fn a_transaction_whose_beginning_nobody_awaits_any_more_does_not_stay_open(
    database: &TestDatabase,
) {
    let db = database.db();
    // There is a connection.
    db.ping().await.unwrap();
    for polls in (0..1000).step_by(5) {
        let mut beginning = Box::pin(db.begin());
        for _ in 0..polls {
            let poll = poll_fn(|context| Poll::Ready(beginning.as_mut().poll(context)));
            if poll.await.is_ready() {
                break;
            }
            yield_now().await;
        }
        drop(beginning);
        none_is_open(database).await;
    }
    student(db, "ada").await;
    assert_eq!(count(&database.connect().await).await, 1);
}

/// Returns when no connection is in a transaction; SQLite would not begin the next.
async fn none_is_open(database: &TestDatabase) {
    if database.url().file().is_some() {
        return;
    }
    let open = "SELECT pid::text FROM pg_stat_activity \
        WHERE datname = current_database() AND state = 'idle in transaction'";
    let due = Instant::now() + Duration::from_secs(5);
    while !texts(database.url(), open).await.is_empty() {
        assert!(Instant::now() < due, "a transaction has stayed open");
        sleep(Duration::from_millis(10)).await;
    }
}

async fn reads_go_on_while_a_transaction_is_open(database: &TestDatabase) {
    let db = database.db();
    let mut tx = db.begin().await.unwrap();
    users::insert(&mut tx, new_user("ada", Role::Student), None, noon())
        .await
        .unwrap();
    assert_eq!(
        users::count(&mut tx, UserFilter::default()).await.unwrap(),
        1
    );
    assert_eq!(count(db).await, 0);
    tx.commit().await.unwrap();
    assert_eq!(count(db).await, 1);
}

async fn what_is_committed_is_seen_by_another_server(database: &TestDatabase) {
    let other = database.connect().await;
    assert_eq!(count(&other).await, 0);
    student(database.db(), "ada").await;
    assert_eq!(count(&other).await, 1);
}

async fn the_database_answers_a_ping(database: &TestDatabase) {
    database.db().ping().await.unwrap();
}

async fn a_closed_database_is_unavailable(database: &TestDatabase) {
    database.db().close().await;
    let error = database.db().ping().await.unwrap_err();
    assert!(
        matches!(error, pythonide_store::StoreError::Unavailable { .. }),
        "{error:?}"
    );
}

/// A handler of the server is a task that any thread may go on with; a future that can't would not compile here.
async fn reads_and_writes_may_move_between_threads(database: &TestDatabase) {
    let db = database.db().clone();
    let task = tokio::spawn(async move {
        let mut tx = db.begin().await.unwrap();
        let ada = users::insert(&mut tx, new_user("ada", Role::Student), None, noon())
            .await
            .unwrap();
        users::list(&mut tx, UserFilter::default(), None, 1)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        users::by_id(&db, ada.id).await.unwrap()
    });
    assert!(task.await.unwrap().is_some());
}

#[tokio::test]
async fn each_engine_says_what_it_is() {
    assert_eq!(TestDatabase::sqlite().await.db().engine(), Engine::Sqlite);
    assert_eq!(
        TestDatabase::postgres().await.db().engine(),
        Engine::Postgres
    );
}
