//! Builders: what a test needs to be there, in one line.

use chrono::{DateTime, TimeDelta, Utc};
use pythonide_domain::{
    Class, ClassId, ClassName, FullName, Membership, NewUser, Role, User, Username,
};
use pythonide_store::{Db, classes, users};

/// The time at which every test starts; later times are given as an offset.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

/// A time after noon.
pub(crate) fn after_noon(by: TimeDelta) -> DateTime<Utc> {
    noon() + by
}

pub(crate) fn username(name: &str) -> Username {
    name.parse().unwrap()
}

pub(crate) fn new_user(name: &str, role: Role) -> NewUser {
    let username = username(name);
    NewUser {
        full_name: FullName::from(&username),
        username,
        email: None,
        role,
    }
}

pub(crate) async fn user(db: &Db, name: &str, role: Role) -> User {
    let mut tx = db.begin().await.unwrap();
    let user = users::insert(&mut tx, new_user(name, role), None, noon())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    user
}

pub(crate) async fn student(db: &Db, name: &str) -> User {
    user(db, name, Role::Student).await
}

pub(crate) async fn class(db: &Db, name: &str) -> Class {
    let mut tx = db.begin().await.unwrap();
    let name: ClassName = name.parse().unwrap();
    let class = classes::ensure(&mut tx, ClassId::new(noon()), &name)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    class
}

pub(crate) async fn join(db: &Db, class: &Class, user: &User) {
    let mut tx = db.begin().await.unwrap();
    let membership = Membership {
        class: class.id,
        user: user.id,
    };
    assert!(classes::add_member(&mut tx, membership).await.unwrap());
    tx.commit().await.unwrap();
}

pub(crate) fn names(users: &[User]) -> Vec<&str> {
    users.iter().map(|user| user.username.as_str()).collect()
}
