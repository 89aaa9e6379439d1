//! Who calls, and what right that gives, as types that only extractors here can make.
//!
//! Nobody gets 401; a stranger gets 404, for what there is is not for strangers to know; somebody
//! who may know but not do gets 403.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use pythonide_domain::{ClassId, Tree, User, UserId};
use pythonide_link::wire;
use serde::Deserialize;

use super::problem::InPath;
use crate::{
    app::{
        AppError, members,
        sessions::{self, Session},
        trees::{self, OpenTree},
    },
    places::RequestSlot,
    state::App,
};

/// Bound to TLS and to this host by its name.
const SECURE_COOKIE: &str = "__Host-pythonide";
/// On plain HTTP, where a browser would refuse the other.
const PLAIN_COOKIE: &str = "pythonide";

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct SignedIn {
    session: Session,
    token: String,
}

impl SignedIn {
    /// The user.
    pub(crate) fn user(&self) -> &User {
        &self.session.user
    }

    /// The session.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// What opens the session, to look later whether it still does.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignedIn({})", self.session.user.username)
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let token = token(app, &parts.headers).ok_or(AppError::SignedOut)?;
        let session = sessions::find(app, token).await?;
        Ok(Self {
            session,
            token: token.to_owned(),
        })
    }
}

impl OptionalFromRequestParts<App> for SignedIn {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, AppError> {
        match <Self as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Ok(signed_in) => Ok(Some(signed_in)),
            Err(AppError::SignedOut) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Somebody who teaches the class in the path.
#[derive(Debug)]
pub(crate) struct Teacher {
    user: UserId,
    class: ClassId,
}

impl Teacher {
    /// The teacher.
    pub(crate) fn user(&self) -> UserId {
        self.user
    }

    /// The class.
    pub(crate) fn class(&self) -> ClassId {
        self.class
    }
}

/// The part of the path that names a class; others may follow.
#[derive(Debug, Deserialize)]
struct OfClass {
    class: String,
}

impl FromRequestParts<App> for Teacher {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let signed_in = <SignedIn as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let InPath(OfClass { class }) = InPath::from_request_parts(parts, app).await?;
        let class = class.parse().map_err(|_| AppError::NotFound("class"))?;
        members::check_teaches(app, signed_in.user(), class).await?;
        let user = signed_in.user().id;
        Ok(Self { user, class })
    }
}

/// The tree in the path, which the caller may read. It holds one of the caller's request slots.
#[derive(Debug)]
pub(crate) struct ReadableTree {
    tree: OpenTree,
    _slot: RequestSlot,
}

impl ReadableTree {
    /// The tree.
    pub(crate) fn open(&self) -> &OpenTree {
        &self.tree
    }

    /// Who looks at them.
    pub(crate) fn asker(&self) -> UserId {
        self.tree.asker()
    }

    /// Whose files the host is to look at.
    pub(crate) fn owner(&self) -> wire::Owner {
        self.tree.owner()
    }

    /// Whether the caller may change them too.
    pub(crate) fn is_writable(&self) -> bool {
        self.tree.is_writable()
    }
}

/// The part of the path that names a tree; others may follow.
#[derive(Debug, Deserialize)]
struct OfTree {
    tree: String,
}

impl FromRequestParts<App> for ReadableTree {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let signed_in = <SignedIn as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let InPath(OfTree { tree }) = InPath::from_request_parts(parts, app).await?;
        let tree: Tree = tree.parse().map_err(|_| AppError::NotFound("folder"))?;
        let slot = app.requests.acquire(signed_in.user().id).await;
        let slot = slot.ok_or(AppError::Busy(
            "You have asked for too much at once. Nothing was changed; try again in a moment.",
        ))?;
        let tree = trees::open(app, signed_in.user(), &tree).await?;
        Ok(Self { tree, _slot: slot })
    }
}

/// The tree in the path, in which the caller may see and bring back what was there before: in the shared one that may be
/// a solution that was withdrawn.
#[derive(Debug)]
pub(crate) struct RestorableTree(ReadableTree);

impl RestorableTree {
    /// Whose files the host is to bring back.
    pub(crate) fn owner(&self) -> wire::Owner {
        self.0.owner()
    }
}

impl FromRequestParts<App> for RestorableTree {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let tree = ReadableTree::from_request_parts(parts, app).await?;
        if tree.open().is_restorable() {
            Ok(Self(tree))
        } else {
            Err(AppError::ReadOnly)
        }
    }
}

/// The tree in the path, which the caller may change.
#[derive(Debug)]
pub(crate) struct WritableTree(ReadableTree);

impl WritableTree {
    /// Who changes them.
    pub(crate) fn asker(&self) -> UserId {
        self.0.asker()
    }

    /// Whose files the host is to change.
    pub(crate) fn owner(&self) -> wire::Owner {
        self.0.owner()
    }
}

impl FromRequestParts<App> for WritableTree {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let tree = ReadableTree::from_request_parts(parts, app).await?;
        if tree.is_writable() {
            Ok(Self(tree))
        } else {
            Err(AppError::ReadOnly)
        }
    }
}

/// The token in the request's cookie.
pub(crate) fn token<'headers>(app: &App, headers: &'headers HeaderMap) -> Option<&'headers str> {
    let name = cookie_name(app);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, token)| token)
}

/// The cookie that carries `token`, or takes it back.
pub(crate) fn cookie(app: &App, token: Option<&str>) -> String {
    let secure = if app.settings.is_behind_tls() {
        "; Secure"
    } else {
        ""
    };
    let (token, age) = match token {
        Some(token) => (token, app.session_total().as_secs()),
        None => ("", 0),
    };
    format!(
        "{}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}",
        cookie_name(app)
    )
}

fn cookie_name(app: &App) -> &'static str {
    if app.settings.is_behind_tls() {
        SECURE_COOKIE
    } else {
        PLAIN_COOKIE
    }
}
