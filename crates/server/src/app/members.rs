//! Classes and who is in them.

use pythonide_domain::{Class, ClassId, Membership, Role, User, UserId, Username};
use pythonide_store::{
    audit::{self, NewAuditEntry},
    classes,
};

use super::AppError;
use crate::state::App;

/// Students on a page.
pub const PAGE: u32 = 200;

/// The classes of a user, by name; an administrator's are all.
pub(crate) async fn classes_of(app: &App, user: &User) -> Result<Vec<Class>, AppError> {
    Ok(match user.role {
        Role::Admin => classes::all(&app.db).await?,
        Role::Professor | Role::Student => classes::classes_of(&app.db, user.id).await?,
    })
}

/// Whether the user may see who is in the class: 404 to strangers, 403 to its students.
pub(crate) async fn check_teaches(app: &App, user: &User, class: ClassId) -> Result<(), AppError> {
    let is_member = classes::is_member(
        &app.db,
        Membership {
            class,
            user: user.id,
        },
    )
    .await?;
    match user.role {
        Role::Admin if classes::by_id(&app.db, class).await?.is_some() => Ok(()),
        Role::Professor if is_member => Ok(()),
        Role::Student if is_member => Err(AppError::Forbidden),
        _ => Err(AppError::NotFound("class")),
    }
}

/// A page of a class's students, and whether there are more.
pub(crate) async fn students(
    app: &App,
    class: ClassId,
    after: Option<&Username>,
) -> Result<(Vec<User>, bool), AppError> {
    let mut students = classes::students_of(&app.db, class, after, PAGE + 1).await?;
    let has_more = students.len() > PAGE as usize;
    students.truncate(PAGE as usize);
    Ok((students, has_more))
}

/// The class.
pub(crate) async fn class(app: &App, id: ClassId) -> Result<Class, AppError> {
    let class = classes::by_id(&app.db, id).await?;
    class.ok_or(AppError::NotFound("class"))
}

/// Changes what a teacher of the class may; `None` leaves it as it is.
pub(crate) async fn change_class(
    app: &App,
    teacher: UserId,
    id: ClassId,
    hints: Option<bool>,
) -> Result<Class, AppError> {
    let mut tx = app.db.begin().await?;
    let class = classes::by_id(&mut tx, id).await?;
    let mut class = class.ok_or(AppError::NotFound("class"))?;
    if let Some(hints) = hints
        && classes::set_hints(&mut tx, id, hints).await?
    {
        class.hints = hints;
        let word = if hints { "on" } else { "off" };
        let entry = NewAuditEntry {
            at: app.clock.now(),
            actor: Some(teacher),
            action: "class.changed".to_owned(),
            subject: class.name.to_string(),
            detail: format!("explanations of errors {word}"),
        };
        audit::insert(&mut tx, entry).await?;
    }
    tx.commit().await?;
    Ok(class)
}

/// What the sign-in page calls the place: the only class, or the product.
pub(crate) async fn site_title(app: &App) -> Result<String, AppError> {
    let classes = classes::all(&app.db).await?;
    let named: Vec<_> = classes
        .iter()
        .filter(|class| class.id != ClassId::DEFAULT)
        .collect();
    Ok(match named.as_slice() {
        [only] => only.name.to_string(),
        _ => "pythonide".to_owned(),
    })
}
