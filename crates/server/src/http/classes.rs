//! Classes.

use axum::{Json, extract::State};
use pythonide_domain::Username;
use pythonide_protocol::{http::StudentList, problem::Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{actors::Teacher, problem::InQuery, views::user_view};
use crate::{
    app::{AppError, members},
    state::App,
};

#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct After {
    /// The `next` of the page before.
    after: Option<String>,
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
