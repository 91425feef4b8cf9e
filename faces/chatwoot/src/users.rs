//! Users: U1 to U6 (reference §5).

pub(crate) mod email;
mod input;
mod password;
pub(crate) mod wire;

use std::sync::Arc;

use axum::extract::State;
use rollcall_directory::{Directory, login_links, memberships, passwords, users};
use rollcall_model::{Actor, User, UserKey, Whom};

use crate::Settings;
use crate::answer::{Answer, done, ok};
use crate::auth::Caller;
use crate::form::Form;
use crate::path::Number;

/// U1: the user who has the e-mail address, else a new one.
pub(crate) async fn create(
    State(directory): State<Arc<Directory>>,
    Caller(actor): Caller,
    mut form: Form,
) -> Answer {
    if let Some(email) = input::sought(&mut form)
        && let Some(user) = users::adopt(&directory, &actor, &email).await?
    {
        return shown(&directory, &actor, &user).await;
    }
    let input::Create { mut new, password } = input::create(form)?;
    new.password_hash = Some(passwords::hash(&directory, password).await?);
    let user = users::create_or_adopt(&directory, &actor, new).await?;
    shown(&directory, &actor, &user).await
}

/// U2.
pub(crate) async fn get(
    State(directory): State<Arc<Directory>>,
    Caller(actor): Caller,
    Number(id): Number,
) -> Answer {
    let user = users::find(&directory, &actor, &whom(id)).await?;
    shown(&directory, &actor, &user).await
}

/// U3.
pub(crate) async fn update(
    State(directory): State<Arc<Directory>>,
    Caller(actor): Caller,
    Number(id): Number,
    form: Form,
) -> Answer {
    // Whoever does not get at the user is not told what is wrong with the fields.
    let user = users::find(&directory, &actor, &whom(id)).await?;
    let input::Update { mut patch, password } = input::update(form, user.email.as_ref())?;
    if let Some(password) = password {
        patch.password_hash = Some(passwords::hash(&directory, password).await?);
    }
    let user = users::update(&directory, &actor, whom(id), patch).await?;
    shown(&directory, &actor, &user).await
}

/// U4: gone when this answers.
pub(crate) async fn delete(
    State(directory): State<Arc<Directory>>,
    Caller(actor): Caller,
    Number(id): Number,
) -> Answer {
    users::delete(&directory, &actor, whom(id)).await?;
    Ok(done())
}

/// U5.
pub(crate) async fn login_link(
    State(directory): State<Arc<Directory>>,
    State(settings): State<Arc<Settings>>,
    Caller(actor): Caller,
    Number(id): Number,
) -> Answer {
    let link = login_links::create(&directory, &actor, UserKey(id)).await?;
    Ok(ok(&wire::link(&settings.frontend_url, &link.email, &link.token)))
}

/// U6: the token that the user has anyway.
pub(crate) async fn token(
    State(directory): State<Arc<Directory>>,
    Caller(actor): Caller,
    Number(id): Number,
) -> Answer {
    let user = users::find(&directory, &actor, &whom(id)).await?;
    Ok(ok(&wire::token(&directory, &actor.app, &user)))
}

fn whom(id: i64) -> Whom {
    Whom::Key(UserKey(id))
}

async fn shown(directory: &Directory, actor: &Actor, user: &User) -> Answer {
    let accounts = memberships::of_user(directory, &actor.app, user).await?;
    Ok(ok(&wire::view(directory, &actor.app, user, &accounts)))
}
