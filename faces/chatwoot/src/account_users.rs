//! Memberships of accounts (reference §9).

mod input;
mod wire;

use axum::extract::State;
use rollcall_directory::memberships as directory;
use rollcall_model::AccountId;

use crate::Face;
use crate::answer::{Answer, done, ok};
use crate::auth::Caller;
use crate::form::Form;
use crate::path::Number;
use wire::View;

/// Lists the members of an account.
pub(crate) async fn list(State(face): State<Face>, Caller(actor): Caller, Number(account): Number) -> Answer {
    let members = directory::list(&face.directory, &actor, AccountId(account)).await?;
    Ok(ok(&members.iter().map(View::from).collect::<Vec<_>>()))
}

/// Makes a user a member of an account, or changes what a member is.
pub(crate) async fn set(
    State(face): State<Face>,
    Caller(actor): Caller,
    Number(account): Number,
    form: Form,
) -> Answer {
    let account = AccountId(account);
    let (user, role) = match input::member(form) {
        Ok(member) => member,
        // That there is no such account is told before what is wrong with its new member.
        Err(fault) => {
            directory::reach(&face.directory, &actor, account).await?;
            return Err(fault);
        }
    };
    let membership = directory::set(&face.directory, &actor, account, user, role).await?;
    Ok(ok(&View::from(&membership)))
}

/// Ends a membership, if there is one.
pub(crate) async fn delete(
    State(face): State<Face>,
    Caller(actor): Caller,
    Number(account): Number,
    form: Form,
) -> Answer {
    let account = AccountId(account);
    match input::user(form)? {
        Some(user) => directory::delete(&face.directory, &actor, account, user).await?,
        None => directory::reach(&face.directory, &actor, account).await?,
    }
    Ok(done())
}
