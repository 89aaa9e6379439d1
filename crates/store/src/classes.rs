//! Classes and who is in them.

use pythonide_domain::{Class, ClassId, ClassName, Membership, Role, User, UserId, Username};
use uuid::Uuid;

use crate::error::StoreError;
use crate::reader::Reader;
use crate::tx::Tx;
use crate::users::{self, UserFilter};

sql! {
    CLASS_BY_ID = "SELECT id, name, hints FROM classes WHERE id = $1";

    CLASS_BY_NAME = "SELECT id, name, hints FROM classes WHERE name = $1";

    ALL_CLASSES = "SELECT id, name, hints FROM classes ORDER BY name";

    ENSURE_CLASS = "
        INSERT INTO classes (id, name) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";

    CLASSES_OF_USER = "
        SELECT c.id, c.name, c.hints FROM classes AS c JOIN memberships AS m ON m.class_id = c.id
         WHERE m.user_id = $1 ORDER BY c.name";

    ADD_MEMBER = "
        INSERT INTO memberships (class_id, user_id) VALUES ($1, $2)
        ON CONFLICT (class_id, user_id) DO NOTHING";

    REMOVE_MEMBER = "DELETE FROM memberships WHERE class_id = $1 AND user_id = $2";

    IS_MEMBER = "
        SELECT EXISTS (
            SELECT 1 FROM memberships WHERE class_id = $1 AND user_id = $2) AS is_member";

    TEACHES = "
        SELECT EXISTS (
            SELECT 1 FROM memberships AS teaching
              JOIN memberships AS learning ON learning.class_id = teaching.class_id
              JOIN users AS professor ON professor.id = teaching.user_id AND professor.role = 'professor'
              JOIN users AS student ON student.id = learning.user_id AND student.role = 'student'
             WHERE professor.id = $1 AND student.id = $2) AS teaches";

    SET_CLASS_HINTS = "UPDATE classes SET hints = $2 WHERE id = $1 AND hints <> $2";

    HINTS_OF_USER = "
        SELECT NOT EXISTS (
            SELECT 1 FROM classes AS c JOIN memberships AS m ON m.class_id = c.id
             WHERE m.user_id = $1 AND NOT c.hints) AS hints";
}

/// Returns the class.
pub async fn by_id(
    reader: impl Into<Reader<'_>>,
    id: ClassId,
) -> Result<Option<Class>, StoreError> {
    let row: Option<ClassRow> = reader.into().optional(&CLASS_BY_ID, (id.uuid(),)).await?;
    row.map(Class::try_from).transpose()
}

/// Returns the class of exactly this name.
pub async fn by_name(
    reader: impl Into<Reader<'_>>,
    name: &ClassName,
) -> Result<Option<Class>, StoreError> {
    let row: Option<ClassRow> = reader
        .into()
        .optional(&CLASS_BY_NAME, (name.as_str(),))
        .await?;
    row.map(Class::try_from).transpose()
}

/// Returns every class, by name. Not paged: classes are made one by one by people.
pub async fn all(reader: impl Into<Reader<'_>>) -> Result<Vec<Class>, StoreError> {
    let rows: Vec<ClassRow> = reader.into().all(&ALL_CLASSES, ()).await?;
    rows.into_iter().map(Class::try_from).collect()
}

/// Returns the class of this name, made under `id` if there is none.
pub async fn ensure(tx: &mut Tx, id: ClassId, name: &ClassName) -> Result<Class, StoreError> {
    tx.execute(&ENSURE_CLASS, (id.uuid(), name.as_str()))
        .await?;
    // Whoever made it, it is there now: an insert at the same time was waited for.
    let row: ClassRow = Reader::from(tx)
        .one(&CLASS_BY_NAME, (name.as_str(),))
        .await?;
    row.try_into()
}

/// Returns the classes that the user is in, by name.
pub async fn classes_of(
    reader: impl Into<Reader<'_>>,
    user: UserId,
) -> Result<Vec<Class>, StoreError> {
    let rows: Vec<ClassRow> = reader.into().all(&CLASSES_OF_USER, (user.uuid(),)).await?;
    rows.into_iter().map(Class::try_from).collect()
}

/// Puts a user into a class; returns `false` if they were in it already.
///
/// Fails with `MissingReference` when the class or the user does not exist.
pub async fn add_member(tx: &mut Tx, membership: Membership) -> Result<bool, StoreError> {
    let Membership { class, user } = membership;
    Ok(tx.execute(&ADD_MEMBER, (class.uuid(), user.uuid())).await? == 1)
}

/// Takes a user out of a class; returns `false` if they were not in it.
pub async fn remove_member(tx: &mut Tx, membership: Membership) -> Result<bool, StoreError> {
    let Membership { class, user } = membership;
    Ok(tx
        .execute(&REMOVE_MEMBER, (class.uuid(), user.uuid()))
        .await?
        == 1)
}

/// Returns whether the user is in the class, in whatever role.
pub async fn is_member(
    reader: impl Into<Reader<'_>>,
    membership: Membership,
) -> Result<bool, StoreError> {
    let Membership { class, user } = membership;
    let (is_member,): (bool,) = reader
        .into()
        .one(&IS_MEMBER, (class.uuid(), user.uuid()))
        .await?;
    Ok(is_member)
}

/// Returns whether the first is a professor, the second a student, and both are in the same class.
///
/// An admin teaches nobody, and a professor does not teach a colleague.
pub async fn teaches(
    reader: impl Into<Reader<'_>>,
    professor: UserId,
    student: UserId,
) -> Result<bool, StoreError> {
    let (teaches,): (bool,) = reader
        .into()
        .one(&TEACHES, (professor.uuid(), student.uuid()))
        .await?;
    Ok(teaches)
}

/// Returns up to `limit` students of the class in the order of their usernames, starting after `after`.
pub async fn students_of(
    reader: impl Into<Reader<'_>>,
    class: ClassId,
    after: Option<&Username>,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    let students = UserFilter {
        class: Some(class),
        role: Some(Role::Student),
        ..UserFilter::default()
    };
    users::list(reader, students, after, limit).await
}

/// Switches the explanations of errors on or off for a class; returns whether that changed anything.
pub async fn set_hints(tx: &mut Tx, class: ClassId, hints: bool) -> Result<bool, StoreError> {
    Ok(tx.execute(&SET_CLASS_HINTS, (class.uuid(), hints)).await? == 1)
}

/// Returns whether errors are explained to the user: unless a class that they are in has that off.
pub async fn hints_of(reader: impl Into<Reader<'_>>, user: UserId) -> Result<bool, StoreError> {
    let (hints,): (bool,) = reader.into().one(&HINTS_OF_USER, (user.uuid(),)).await?;
    Ok(hints)
}

#[derive(Debug, sqlx::FromRow)]
struct ClassRow {
    id: Uuid,
    name: String,
    hints: bool,
}

impl TryFrom<ClassRow> for Class {
    type Error = StoreError;

    fn try_from(row: ClassRow) -> Result<Self, StoreError> {
        let ClassRow { id, name, hints } = row;
        let name = ClassName::parse(&name).map_err(StoreError::corrupt("classes"))?;
        Ok(Self {
            id: id.into(),
            name,
            hints,
        })
    }
}
