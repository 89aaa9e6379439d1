//! Sign-ins and when they end.

use chrono::{DateTime, TimeDelta, Utc};
use pythonide_domain::{SessionId, User, UserId};
use pythonide_store::sessions::{self, NewSession, Session, TokenHash};
use pythonide_store::{Db, StoreError, Unique, users};
use pythonide_testdb::TestDatabase;

use crate::build::{after_noon, noon, student};

on_both_engines! {
    a_session_is_found_by_its_token_with_its_user,
    a_session_ends_exactly_when_it_expires,
    a_session_ends_at_its_end_however_much_it_is_used,
    a_session_never_expires_after_its_end,
    using_a_session_slides_its_expiry,
    an_older_use_does_not_shorten_a_session,
    a_token_belongs_to_one_session,
    nobody_signs_in_without_an_account,
    a_user_who_is_made_inactive_is_signed_out_for_good,
    signing_out_ends_one_session,
    signing_out_everywhere_may_spare_one,
    sessions_of_a_deleted_user_are_gone,
    sessions_that_have_ended_are_forgotten,
    a_user_sees_where_they_are_signed_in,
}

/// A session of eight idle hours and thirty days.
pub(crate) fn new(user: &User, token: u8, at: DateTime<Utc>) -> NewSession {
    NewSession {
        token_hash: TokenHash::from([token; 32]),
        user: user.id,
        created_at: at,
        expires_at: at + TimeDelta::hours(8),
        ends_at: at + TimeDelta::days(30),
        user_agent: Some("Firefox".into()),
        address: Some("192.0.2.7".into()),
    }
}

pub(crate) async fn keep(db: &Db, new: NewSession) -> Session {
    let mut tx = db.begin().await.unwrap();
    let session = sessions::insert(&mut tx, new).await.unwrap();
    tx.commit().await.unwrap();
    session
}

async fn touch(db: &Db, id: SessionId, at: DateTime<Utc>, expires_at: DateTime<Utc>) -> bool {
    let mut tx = db.begin().await.unwrap();
    let touched = sessions::touch(&mut tx, id, at, expires_at).await.unwrap();
    tx.commit().await.unwrap();
    touched
}

async fn is_found(db: &Db, token: u8, at: DateTime<Utc>) -> bool {
    sessions::find(db, &TokenHash::from([token; 32]), at)
        .await
        .unwrap()
        .is_some()
}

async fn a_session_is_found_by_its_token_with_its_user(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let at = after_noon(TimeDelta::microseconds(1));
    let session = keep(db, new(&ada, 1, at)).await;
    assert_eq!(
        (session.created_at, session.last_seen_at, session.user),
        (at, at, ada.id)
    );
    let found = sessions::find(db, &TokenHash::from([1; 32]), at)
        .await
        .unwrap();
    assert_eq!(found, Some((session, ada)));
    assert!(!is_found(db, 2, at).await);
}

/// Tries times of every precision, as SQLite keeps them as text of different lengths.
async fn a_session_ends_exactly_when_it_expires(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let just_before = TimeDelta::microseconds(1);
    for (token, micros) in (1..).zip([0, 1, 10, 1_000, 1_001, 999_999, 1_000_000, 123_456_000_000])
    {
        let expires_at = after_noon(TimeDelta::hours(1) + TimeDelta::microseconds(micros));
        keep(
            db,
            NewSession {
                expires_at,
                ..new(&ada, token, noon())
            },
        )
        .await;
        assert!(is_found(db, token, noon()).await, "{micros}");
        assert!(
            is_found(db, token, expires_at - just_before).await,
            "{micros}"
        );
        assert!(!is_found(db, token, expires_at).await, "{micros}");
        assert!(
            !is_found(db, token, expires_at + just_before).await,
            "{micros}"
        );
    }
}

async fn a_session_ends_at_its_end_however_much_it_is_used(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let ends_at = after_noon(TimeDelta::hours(10));
    let session = keep(
        db,
        NewSession {
            ends_at,
            ..new(&ada, 1, noon())
        },
    )
    .await;
    let late = after_noon(TimeDelta::hours(7));
    assert!(touch(db, session.id, late, late + TimeDelta::hours(8)).await);
    let (session, _) = sessions::find(db, &TokenHash::from([1; 32]), late)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(session.expires_at, ends_at);
    assert!(is_found(db, 1, ends_at - TimeDelta::seconds(1)).await);
    assert!(!is_found(db, 1, ends_at).await);
}

async fn a_session_never_expires_after_its_end(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let ends_at = after_noon(TimeDelta::hours(1));
    let session = keep(
        db,
        NewSession {
            ends_at,
            ..new(&ada, 1, noon())
        },
    )
    .await;
    assert_eq!(session.expires_at, ends_at);
}

async fn using_a_session_slides_its_expiry(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let session = keep(db, new(&ada, 1, noon())).await;
    let (used, expires) = (
        after_noon(TimeDelta::hours(7)),
        after_noon(TimeDelta::hours(15)),
    );
    assert!(touch(db, session.id, used, expires).await);
    let found = sessions::find(
        db,
        &TokenHash::from([1; 32]),
        after_noon(TimeDelta::hours(9)),
    )
    .await;
    let slid = Session {
        last_seen_at: used,
        expires_at: expires,
        ..session
    };
    assert_eq!(found.unwrap(), Some((slid, ada)));
    assert!(!touch(db, SessionId::new(noon()), used, expires).await);
}

async fn an_older_use_does_not_shorten_a_session(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let session = keep(db, new(&ada, 1, noon())).await;
    let (late, early) = (
        after_noon(TimeDelta::hours(2)),
        after_noon(TimeDelta::hours(1)),
    );
    assert!(touch(db, session.id, late, late + TimeDelta::hours(8)).await);
    assert!(!touch(db, session.id, early, early + TimeDelta::hours(8)).await);
    assert!(is_found(db, 1, after_noon(TimeDelta::hours(9))).await);
}

async fn a_token_belongs_to_one_session(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    keep(db, new(&ada, 1, noon())).await;
    let mut tx = db.begin().await.unwrap();
    let again = sessions::insert(&mut tx, new(&ada, 1, noon())).await;
    assert!(
        matches!(
            again,
            Err(StoreError::Conflict {
                what: Unique::Token
            })
        ),
        "{again:?}"
    );
}

async fn nobody_signs_in_without_an_account(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    let mut tx = db.begin().await.unwrap();
    let nobody = NewSession {
        user: UserId::new(noon()),
        ..new(&ada, 1, noon())
    };
    let refused = sessions::insert(&mut tx, nobody).await;
    assert!(
        matches!(refused, Err(StoreError::MissingReference { .. })),
        "{refused:?}"
    );
}

async fn a_user_who_is_made_inactive_is_signed_out_for_good(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    keep(db, new(&ada, 1, noon())).await;
    for is_active in [false, true] {
        let mut tx = db.begin().await.unwrap();
        users::set_active(&mut tx, ada.id, is_active, noon())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(!is_found(db, 1, noon()).await, "{is_active}");
    }
    keep(db, new(&ada, 2, noon())).await;
    assert!(is_found(db, 2, noon()).await);
}

async fn signing_out_ends_one_session(database: &TestDatabase) {
    let db = database.db();
    let (ada, bob) = (student(db, "ada").await, student(db, "bob").await);
    let first = keep(db, new(&ada, 1, noon())).await;
    keep(db, new(&ada, 2, noon())).await;
    let mut tx = db.begin().await.unwrap();
    for (user, is_ended) in [(&bob, false), (&ada, true), (&ada, false)] {
        let ended = sessions::delete(&mut tx, user.id, first.id).await;
        assert_eq!(ended.unwrap(), is_ended, "{}", user.username);
    }
    tx.commit().await.unwrap();
    assert_eq!(
        [is_found(db, 1, noon()).await, is_found(db, 2, noon()).await],
        [false, true]
    );
}

async fn signing_out_everywhere_may_spare_one(database: &TestDatabase) {
    let db = database.db();
    let (ada, bob) = (student(db, "ada").await, student(db, "bob").await);
    keep(db, new(&ada, 1, noon())).await;
    keep(db, new(&ada, 2, noon())).await;
    let spared = keep(db, new(&ada, 3, noon())).await;
    keep(db, new(&bob, 4, noon())).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(
        sessions::delete_all_of(&mut tx, ada.id, Some(spared.id))
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        sessions::delete_all_of(&mut tx, ada.id, None)
            .await
            .unwrap(),
        1
    );
    tx.commit().await.unwrap();
    assert!(is_found(db, 4, noon()).await);
}

async fn sessions_of_a_deleted_user_are_gone(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    keep(db, new(&ada, 1, noon())).await;
    let mut tx = db.begin().await.unwrap();
    users::delete(&mut tx, ada.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        crate::schema::number(database, "SELECT COUNT(*) FROM sessions").await,
        0
    );
}

async fn sessions_that_have_ended_are_forgotten(database: &TestDatabase) {
    let db = database.db();
    let ada = student(db, "ada").await;
    keep(db, new(&ada, 1, noon())).await;
    keep(db, new(&ada, 2, after_noon(TimeDelta::hours(1)))).await;
    let at = after_noon(TimeDelta::hours(8));
    let mut tx = db.begin().await.unwrap();
    assert_eq!(sessions::delete_expired(&mut tx, at).await.unwrap(), 1);
    assert_eq!(sessions::delete_expired(&mut tx, at).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert!(is_found(db, 2, at).await);
}

async fn a_user_sees_where_they_are_signed_in(database: &TestDatabase) {
    let db = database.db();
    let (ada, bob) = (student(db, "ada").await, student(db, "bob").await);
    let ended = NewSession {
        expires_at: after_noon(TimeDelta::hours(2)),
        ..new(&ada, 1, noon())
    };
    keep(db, ended).await;
    let first = keep(db, new(&ada, 2, noon())).await;
    let second = keep(db, new(&ada, 3, after_noon(TimeDelta::hours(1)))).await;
    keep(db, new(&bob, 4, noon())).await;
    let at = after_noon(TimeDelta::hours(2));
    let listed = sessions::list_of(db, ada.id, at, 10).await.unwrap();
    assert_eq!(listed, [second.clone(), first]);
    assert_eq!(
        sessions::list_of(db, ada.id, at, 1).await.unwrap(),
        [second]
    );
}
