//! Classes.

use axum::{Json, extract::State};
use pythonide_domain::{Class, Username};
use pythonide_protocol::{
    http::{ChangeClass, ClassSettingsView, StudentList},
    problem::Problem,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    actors::Teacher,
    problem::{Body, InQuery},
    views::user_view,
};
use crate::{
    app::{AppError, members},
    state::App,
};

#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct After {
    /// The `next` of the page before.
    after: Option<String>,
}

/// A class that the caller teaches.
#[utoipa::path(get, path = "/api/classes/{class}", params(("class" = String, Path)), responses(
    (status = 200, body = ClassSettingsView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn get_class(
    teacher: Teacher,
    State(app): State<App>,
) -> Result<Json<ClassSettingsView>, AppError> {
    let class = members::class(&app, teacher.class()).await?;
    Ok(Json(settings_view(&class)))
}

/// Changes a class that the caller teaches.
#[utoipa::path(patch, path = "/api/classes/{class}", params(("class" = String, Path)), request_body = ChangeClass, responses(
    (status = 200, body = ClassSettingsView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 422, body = Problem)))]
pub(super) async fn change_class(
    teacher: Teacher,
    State(app): State<App>,
    Body(ChangeClass { hints }): Body<ChangeClass>,
) -> Result<Json<ClassSettingsView>, AppError> {
    let class = members::change_class(&app, teacher.user(), teacher.class(), hints).await?;
    Ok(Json(settings_view(&class)))
}

/// A page of the students of a class that the caller teaches.
#[utoipa::path(get, path = "/api/classes/{class}/students", params(("class" = String, Path), After), responses(
    (status = 200, body = StudentList), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn list_students(
    teacher: Teacher,
    State(app): State<App>,
    InQuery(After { after }): InQuery<After>,
) -> Result<Json<StudentList>, AppError> {
    let after = after.map(|after| Username::parse(&after)).transpose();
    let after = after.map_err(|problem| AppError::Invalid(problem.to_string()))?;
    let (students, has_more) = members::students(&app, teacher.class(), after.as_ref()).await?;
    let next = students
        .last()
        .filter(|_| has_more)
        .map(|last| last.username.to_string());
    Ok(Json(StudentList {
        students: students.iter().map(user_view).collect(),
        next,
    }))
}

fn settings_view(class: &Class) -> ClassSettingsView {
    ClassSettingsView {
        id: class.id.uuid(),
        name: class.name.to_string(),
        hints: class.hints,
    }
}
