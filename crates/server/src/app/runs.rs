//! Runs: what a start needs to know from the database, and what there is to know of those that are over.

use pythonide_domain::UserId;
use pythonide_store::{
    classes,
    runs::{self, Run},
};
use uuid::Uuid;

use super::{AppError, error::chain, trees::OpenTree};
use crate::state::App;

/// Runs on a page.
const PAGE: u32 = 100;

/// Whether errors are explained to the user.
pub(crate) async fn hints_of(app: &App, user: UserId) -> bool {
    match classes::hints_of(&app.db, user).await {
        Ok(hints) => hints,
        // A program starts without the database, with what most classes have.
        Err(error) => {
            tracing::warn!(
                error = chain(&error),
                "could not look up whether errors are to be explained"
            );
            true
        }
    }
}

/// A page of the runs of a tree's owner that are over, and whether there are more. Nobody runs anything
/// in a tree that is no home.
pub(crate) async fn page(
    app: &App,
    tree: &OpenTree,
    after: Option<Uuid>,
) -> Result<(Vec<Run>, bool), AppError> {
    let Some(user) = tree.home_of() else {
        return Ok((Vec::new(), false));
    };
    let mut runs = runs::of_user(&app.db, user, after, PAGE + 1).await?;
    let has_more = runs.len() > PAGE as usize;
    runs.truncate(PAGE as usize);
    Ok((runs, has_more))
}
