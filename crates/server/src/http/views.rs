//! From the domain's types to what travels.

use pythonide_domain::{Class, Role, User};
use pythonide_protocol::http::{ClassView, RoleView, UserView};

pub(crate) fn user_view(user: &User) -> UserView {
    UserView {
        username: user.username.to_string(),
        full_name: user.full_name.to_string(),
        role: match user.role {
            Role::Student => RoleView::Student,
            Role::Professor => RoleView::Professor,
            Role::Admin => RoleView::Admin,
        },
    }
}

pub(crate) fn class_view(class: &Class, user: &User) -> ClassView {
    ClassView {
        id: class.id.uuid(),
        name: class.name.to_string(),
        teaches: user.role != Role::Student,
    }
}
