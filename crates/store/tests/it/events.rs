//! What servers tell each other.

use std::time::Duration;

use pythonide_domain::User;
use pythonide_store::events::{Event, Events, Heard};
use pythonide_store::{Db, Engine, sessions};
use pythonide_testdb::TestDatabase;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::build::{noon, student};
use crate::sessions::{keep, new};

on_both_engines! {
    an_event_is_heard_once_it_is_committed,
    what_is_rolled_back_is_not_told,
    every_end_of_a_session_is_told,
    a_transaction_that_tells_too_much_says_so,
    other_servers_hear_of_it,
}

const SOON: Duration = Duration::from_secs(20);

/// Returns what has been heard already.
async fn heard(events: &mut Events) -> Option<Heard> {
    tokio::select! {
        biased;
        heard = events.next() => Some(heard),
        () = std::future::ready(()) => None,
    }
}

async fn next(events: &mut Events) -> Heard {
    timeout(SOON, events.next())
        .await
        .expect("something to hear")
}

fn ended(user: &User) -> Heard {
    Heard::Event(Event::SessionsEnded { user: user.id })
}

async fn end_a_session(db: &Db, user: &User, token: u8) {
    let session = keep(db, new(user, token, noon())).await;
    let mut tx = db.begin().await.unwrap();
    assert!(
        sessions::delete(&mut tx, user.id, session.id)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
}

async fn an_event_is_heard_once_it_is_committed(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let session = keep(db, new(&ada, 1, noon())).await;
    let mut events = db.events();
    let mut tx = db.begin().await.unwrap();
    sessions::delete(&mut tx, ada.id, session.id).await.unwrap();
    assert_eq!(heard(&mut events).await, None);
    tx.commit().await.unwrap();
    assert_eq!(heard(&mut events).await, Some(ended(&ada)));
    assert_eq!(heard(&mut events).await, None);
}

async fn what_is_rolled_back_is_not_told(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let session = keep(db, new(&ada, 1, noon())).await;
    let mut events = db.events();
    let mut tx = db.begin().await.unwrap();
    sessions::delete(&mut tx, ada.id, session.id).await.unwrap();
    drop(tx);
    assert_eq!(heard(&mut events).await, None);
}

async fn every_end_of_a_session_is_told(database: &TestDatabase) {
    use pythonide_store::users;

    let db = database.db();
    let ada = student(db, "ada").await;
    let mut events = db.events();
    for (token, way) in (1..).zip(["all", "all again", "inactive", "inactive again", "deleted"]) {
        if !way.contains("again") {
            keep(db, new(&ada, token, noon())).await;
        }
        let mut tx = db.begin().await.unwrap();
        match way {
            "deleted" => drop(users::delete(&mut tx, ada.id).await.unwrap()),
            "inactive" | "inactive again" => {
                assert!(
                    users::set_active(&mut tx, ada.id, false, noon())
                        .await
                        .unwrap()
                );
            }
            _ => drop(
                sessions::delete_all_of(&mut tx, ada.id, None)
                    .await
                    .unwrap(),
            ),
        }
        tx.commit().await.unwrap();
        // Where nothing ended there is nothing to tell.
        let expected = (!way.contains("again")).then(|| ended(&ada));
        assert_eq!(heard(&mut events).await, expected, "{way}");
    }
}

async fn a_transaction_that_tells_too_much_says_so(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let mut kept = Vec::new();
    for token in 1..=65 {
        kept.push(keep(db, new(&ada, token, noon())).await.id);
    }
    let mut events = db.events();
    let mut tx = db.begin().await.unwrap();
    for id in kept {
        sessions::delete(&mut tx, ada.id, id).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(heard(&mut events).await, Some(Heard::Missed));
    assert_eq!(heard(&mut events).await, None);
}

async fn other_servers_hear_of_it(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let other = database.connect().await;
    let mut events = other.events();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { other.hear_others().await });
    match db.engine() {
        Engine::Postgres => {
            assert_eq!(next(&mut events).await, Heard::Missed, "before it listened");
            end_a_session(db, &ada, 1).await;
            assert_eq!(next(&mut events).await, ended(&ada));
        }
        // That it has begun to look is not to be seen, so this writes until it is.
        Engine::Sqlite => {
            let noticed = async {
                for token in 1.. {
                    end_a_session(db, &ada, token).await;
                    let noticed = timeout(Duration::from_secs(2), events.next()).await;
                    if let Ok(heard) = noticed {
                        return heard;
                    }
                }
                unreachable!("it goes on for ever")
            };
            assert_eq!(timeout(SOON, noticed).await.unwrap(), Heard::Missed);
        }
    }
}

#[tokio::test]
async fn a_server_whose_connection_was_cut_knows_that_it_missed_some_and_hears_again() {
    let database = TestDatabase::postgres().await;
    let db = database.db();
    let ada = student(db, "ada").await;
    let other = database.connect().await;
    let mut events = other.events();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { other.hear_others().await });
    assert_eq!(next(&mut events).await, Heard::Missed);
    let cut = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    assert_eq!(crate::schema::number(&database, cut).await, 1);
    assert_eq!(next(&mut events).await, Heard::Missed, "it listens again");
    end_a_session(db, &ada, 1).await;
    assert_eq!(next(&mut events).await, ended(&ada));
}
