//! Accounts (reference §8).

mod input;
mod locales;
mod support_email;
mod wire;

use axum::extract::State;
use rollcall_directory::accounts as directory;
use rollcall_model::AccountId;

use crate::Face;
use crate::answer::{Answer, done, ok};
use crate::auth::Caller;
use crate::form::Form;
use crate::path::Number;
use wire::View;

/// Lists the accounts that the caller gets at.
pub(crate) async fn list(State(face): State<Face>, Caller(actor): Caller) -> Answer {
    let accounts = directory::list(&face.directory, &actor).await?;
    let views: Vec<_> = accounts.iter().map(|account| View::of(account, &face.settings)).collect();
    Ok(ok(&views))
}

/// Makes an account.
pub(crate) async fn create(State(face): State<Face>, Caller(actor): Caller, form: Form) -> Answer {
    let new = input::new_account(form, &face.settings)?;
    let account = directory::create(&face.directory, &actor, new).await?;
    Ok(ok(&View::of(&account, &face.settings)))
}

/// Reads one account.
pub(crate) async fn get(State(face): State<Face>, Caller(actor): Caller, Number(id): Number) -> Answer {
    let account = directory::get(&face.directory, &actor, AccountId(id)).await?;
    Ok(ok(&View::of(&account, &face.settings)))
}

/// Changes one account.
pub(crate) async fn update(
    State(face): State<Face>,
    Caller(actor): Caller,
    Number(id): Number,
    form: Form,
) -> Answer {
    let id = AccountId(id);
    let patch = match input::patch(form, &face.settings) {
        Ok(patch) => patch,
        // That there is no such account is told before what is wrong with the change of it.
        Err(fault) => {
            directory::get(&face.directory, &actor, id).await?;
            return Err(fault);
        }
    };
    let account = directory::update(&face.directory, &actor, id, patch).await?;
    Ok(ok(&View::of(&account, &face.settings)))
}

/// Removes one account.
pub(crate) async fn delete(State(face): State<Face>, Caller(actor): Caller, Number(id): Number) -> Answer {
    directory::delete(&face.directory, &actor, AccountId(id)).await?;
    Ok(done())
}
