//! Which host keeps which workspace.

use std::time::Duration;

use pythonide_store::{
    StoreError,
    hosts::{self, Binding, Bound, Host},
};
use pythonide_testdb::TestDatabase;
use uuid::Uuid;

on_both_engines! {
    a_workspace_stays_with_its_host_while_that_lives,
    a_host_that_was_late_lives_on_until_somebody_needs_its_workspaces,
    a_host_that_was_declared_dead_stays_so,
    a_host_that_answers_is_not_declared_dead_because_the_database_was_away,
    of_two_who_take_the_same_workspace_one_gets_it,
    a_host_started_again_at_its_address_takes_the_place_of_the_one_before,
    another_host_that_lives_at_an_address_is_found_and_seen_to_be_renewed,
    hosts_that_are_late_are_not_told,
    a_renewal_that_comes_late_takes_nothing_from_what_another_server_has_told,
}

const LONG: Duration = Duration::from_hours(1);
const OVER: Duration = Duration::ZERO;

async fn register(database: &TestDatabase, address: &str, span: Duration) -> Uuid {
    let host = Host {
        id: Uuid::now_v7(),
        address: address.to_owned(),
        version: "1".to_owned(),
        is_draining: false,
    };
    let mut tx = database.db().begin().await.unwrap();
    hosts::register(&mut tx, &host, span).await.unwrap();
    tx.commit().await.unwrap();
    host.id
}

async fn bind(database: &TestDatabase, owner: &str, candidate: Uuid) -> Option<Binding> {
    bind_unless(database, owner, candidate, None).await
}

async fn bind_unless(
    database: &TestDatabase,
    owner: &str,
    candidate: Uuid,
    answers: Option<Uuid>,
) -> Option<Binding> {
    let mut tx = database.db().begin().await.unwrap();
    let bound = hosts::bind(&mut tx, owner, candidate, |host| answers == Some(host));
    let bound = bound.await.unwrap();
    tx.commit().await.unwrap();
    let Bound { binding, lives_for } = bound?;
    assert!(lives_for <= LONG);
    assert!(binding.host == candidate || !lives_for.is_zero());
    Some(binding)
}

async fn renew(database: &TestDatabase, host: Uuid) -> Result<bool, StoreError> {
    let mut tx = database.db().begin().await.unwrap();
    let renewed = hosts::renew(&mut tx, host, false, LONG).await?;
    tx.commit().await?;
    Ok(renewed)
}

async fn a_workspace_stays_with_its_host_while_that_lives(database: &TestDatabase) {
    let first = register(database, "a", LONG).await;
    let second = register(database, "b", LONG).await;
    let bound = Some(Binding {
        host: first,
        fence: 1,
    });
    assert_eq!(bind(database, "ada", first).await, bound);
    assert_eq!(bind(database, "ada", second).await, bound);
    assert_eq!(bind(database, "ben", second).await.unwrap().host, second);
}

async fn a_host_that_was_late_lives_on_until_somebody_needs_its_workspaces(
    database: &TestDatabase,
) {
    let first = register(database, "a", OVER).await;
    bind(database, "ada", first).await.unwrap();
    assert!(renew(database, first).await.unwrap());
    let second = register(database, "b", LONG).await;
    assert_eq!(bind(database, "ada", second).await.unwrap().host, first);
}

async fn a_host_that_was_declared_dead_stays_so(database: &TestDatabase) {
    let first = register(database, "a", OVER).await;
    bind(database, "ada", first).await.unwrap();
    let second = register(database, "b", LONG).await;
    let moved = Binding {
        host: second,
        fence: 2,
    };
    assert_eq!(bind(database, "ada", second).await, Some(moved));
    assert!(!renew(database, first).await.unwrap());
    assert_eq!(bind(database, "ada", first).await, Some(moved));
    // A workspace of a host without a row is free as well.
    let mut tx = database.db().begin().await.unwrap();
    hosts::retire(&mut tx, second).await.unwrap();
    tx.commit().await.unwrap();
    let third = register(database, "c", LONG).await;
    assert_eq!(bind(database, "ada", third).await.unwrap().fence, 3);
}

async fn a_host_that_answers_is_not_declared_dead_because_the_database_was_away(
    database: &TestDatabase,
) {
    let first = register(database, "a", OVER).await;
    bind(database, "ada", first).await.unwrap();
    let second = register(database, "b", LONG).await;
    assert_eq!(
        bind_unless(database, "ada", second, Some(first)).await,
        None
    );
    assert!(renew(database, first).await.unwrap());
    let bound = bind_unless(database, "ada", second, Some(first)).await;
    assert_eq!(bound.unwrap().host, first);
}

async fn of_two_who_take_the_same_workspace_one_gets_it(database: &TestDatabase) {
    let first = register(database, "a", OVER).await;
    let (second, third) = (
        register(database, "b", LONG).await,
        register(database, "c", LONG).await,
    );
    bind(database, "ada", first).await.unwrap();
    let (one, other) = tokio::join!(bind(database, "ada", second), bind(database, "ada", third));
    let winner = bind(database, "ada", first).await.unwrap();
    assert_eq!(winner.fence, 2);
    for bound in [one, other].into_iter().flatten() {
        assert_eq!(bound, winner);
    }
}

async fn a_host_started_again_at_its_address_takes_the_place_of_the_one_before(
    database: &TestDatabase,
) {
    let first = register(database, "a", LONG).await;
    bind(database, "ada", first).await.unwrap();
    let again = register(database, "a", LONG).await;
    assert!(!renew(database, first).await.unwrap());
    let bound = bind(database, "ada", again).await.unwrap();
    assert_eq!((bound.host, bound.fence), (again, 2));
}

async fn another_host_that_lives_at_an_address_is_found_and_seen_to_be_renewed(
    database: &TestDatabase,
) {
    let other_at = async |address: &str, id| {
        let mut tx = database.db().begin().await.unwrap();
        let found = hosts::other_at(&mut tx, address, id).await.unwrap();
        tx.commit().await.unwrap();
        found
    };
    let first = register(database, "a", LONG).await;
    register(database, "late", OVER).await;
    assert_eq!(other_at("a", first).await, None);
    assert_eq!(other_at("late", first).await, None);
    let found = other_at("a", Uuid::nil()).await.unwrap();
    assert_eq!(found.id, first);
    assert_eq!(other_at("a", Uuid::nil()).await, Some(found));
    assert!(renew(database, first).await.unwrap());
    let renewed = other_at("a", Uuid::nil()).await.unwrap();
    assert!(renewed.id == first && renewed.live_until > found.live_until);
}

async fn hosts_that_are_late_are_not_told(database: &TestDatabase) {
    register(database, "a", OVER).await;
    let live = register(database, "b", LONG).await;
    let mut tx = database.db().begin().await.unwrap();
    let found = hosts::live(&mut tx).await.unwrap();
    assert_eq!(found.iter().map(|host| host.id).collect::<Vec<_>>(), [live]);
}

async fn a_renewal_that_comes_late_takes_nothing_from_what_another_server_has_told(
    database: &TestDatabase,
) {
    let host = register(database, "a", LONG).await;
    let mut tx = database.db().begin().await.unwrap();
    let before = hosts::other_at(&mut tx, "a", Uuid::nil()).await.unwrap();
    let short = Duration::from_secs(1);
    assert!(hosts::renew(&mut tx, host, false, short).await.unwrap());
    let after = hosts::other_at(&mut tx, "a", Uuid::nil()).await.unwrap();
    assert!(before.is_some() && after == before);
}
